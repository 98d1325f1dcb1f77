/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "kasan.h"
#include "panic.h"
#include "unchecked.h"

static bool checking;

void kasan_start(void)
{
	checking = true;
}

void kasan_stop(void)
{
	checking = false;
}

_Noreturn void kasan_report(const char *what, uint64_t bytes, vaddr_t start, vaddr_t bad)
{
	struct place at = shadow_describe(bad);
	const char *unit = bytes == 1 ? "byte" : "bytes";

	if (bad == start)
		panic("KASAN: %s of %lu %s at 0x%lx, %s%s%s", what, bytes, unit, start, at.before,
		      at.name, at.after);
	panic("KASAN: %s of %lu bytes at 0x%lx, whose byte %lu is %s%s%s", what, bytes, start,
	      bad - start, at.before, at.name, at.after);
}

/* May the bytes from `start` to `end`, of the same eight, be touched? */
static bool is_live(vaddr_t start, vaddr_t end)
{
	unsigned how = shadow_at(start);

	if (how == SHADOW_LIVE || how == SHADOW_DEVICE || how == SHADOW_CLAIMED)
		return true;
	return how < SHADOW_UNIT && end - round_down(start, SHADOW_UNIT) <= how;
}

static void check(const char *what, vaddr_t start, uint64_t bytes)
{
	vaddr_t end = start + bytes, next;

	if (!checking)
		return;
	for (vaddr_t at = start; at != end; at = next) {
		next = round_down(at, SHADOW_UNIT) + SHADOW_UNIT;
		if (end - at < next - at)
			next = end;
		if (!is_live(at, next))
			kasan_report(what, bytes, start, at);
		/* All of these eight may be touched, and so may what is like them. */
		if (end - next >= SHADOW_UNIT)
			next += shadow_run(next - SHADOW_UNIT, end - next + SHADOW_UNIT) -
				SHADOW_UNIT;
	}
}

/* --- what gcc calls --------------------------------------------------------- */

#define ACCESS(bytes) \
	void __asan_load##bytes##_noabort(vaddr_t address); \
	void __asan_load##bytes##_noabort(vaddr_t address) \
	{ \
		check("read", address, bytes); \
	} \
	void __asan_store##bytes##_noabort(vaddr_t address); \
	void __asan_store##bytes##_noabort(vaddr_t address) \
	{ \
		check("write", address, bytes); \
	}

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

void __asan_loadN_noabort(vaddr_t address, uint64_t bytes);
void __asan_storeN_noabort(vaddr_t address, uint64_t bytes);
void __asan_handle_no_return(void);
void __asan_poison_stack_memory(vaddr_t start, uint64_t bytes);
void __asan_unpoison_stack_memory(vaddr_t start, uint64_t bytes);

void __asan_loadN_noabort(vaddr_t address, uint64_t bytes)
{
	check("read", address, bytes);
}

void __asan_storeN_noabort(vaddr_t address, uint64_t bytes)
{
	check("write", address, bytes);
}

/* What does not return stops the machine, or leaves no function on the stack. */
void __asan_handle_no_return(void)
{
}

void __asan_poison_stack_memory(vaddr_t start, uint64_t bytes)
{
	shadow_set(start, round_up(bytes, SHADOW_UNIT), SHADOW_STACK_ENDED);
}

void __asan_unpoison_stack_memory(vaddr_t start, uint64_t bytes)
{
	shadow_set(start, bytes, SHADOW_LIVE);
}

/* --- string.h, whose callers the linker sends here (unchecked.h) --------------- */

void *__wrap_memcpy(void *restrict to, const void *restrict from, size_t n)
{
	check("read", (vaddr_t)from, n);
	check("write", (vaddr_t)to, n);
	return __real_memcpy(to, from, n);
}

void *__wrap_memset(void *to, int byte, size_t n)
{
	check("write", (vaddr_t)to, n);
	return __real_memset(to, byte, n);
}

int __wrap_memcmp(const void *a, const void *b, size_t n)
{
	check("read", (vaddr_t)a, n);
	check("read", (vaddr_t)b, n);
	return __real_memcmp(a, b, n);
}

size_t __wrap_strlen(const char *s)
{
	size_t n = __real_strlen(s);

	check("read", (vaddr_t)s, n + 1);
	return n;
}
