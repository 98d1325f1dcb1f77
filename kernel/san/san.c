/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the kernel tells of its memory, as the shadow has it. */
#include "san.h"
#include "boot.h"
#include "endpoint.h"
#include "globals.h"
#include "irq.h"
#include "kasan.h"
#include "log.h"
#include "notification.h"
#include "reply.h"
#include "seed.h"
#include "thread.h"
#include "timer.h"
#include "ubsan.h"
#include "unchecked.h"
#include "vspace.h"

/* What of its memory an object uses, if that is not all of it. */
static const uint32_t sizes[OBJECT_TYPES] = {
	[OBJECT_THREAD] = sizeof(struct thread),
	[OBJECT_ENDPOINT] = sizeof(struct endpoint),
	[OBJECT_NOTIFICATION] = sizeof(struct notification),
	[OBJECT_TIMER] = sizeof(struct timer),
	[OBJECT_IRQ_HANDLER] = sizeof(struct irq_handler),
	[OBJECT_REPLY] = sizeof(struct reply),
	[OBJECT_VSPACE] = offsetof(struct vspace, tag) + sizeof(((struct vspace *)0)->tag),
};

void san_start(struct boot *b)
{
	uint64_t before = b->table_bytes;

	shadow_start(b);
	globals_start();
	seed_choose(b);
	log_printf("boot: checked by UBSan and KASAN, which take %lu KiB\n",
		   (b->table_bytes - before) >> 10);
}

void san_check(void)
{
	kasan_start();
	seed_commit();
}

void san_stop(void)
{
	kasan_stop();
	ubsan_stop();
}

void san_claim(const void *memory, uint64_t bytes)
{
	vaddr_t start = (vaddr_t)memory;

	for (vaddr_t at = start; at < start + bytes; at += shadow_run(at, start + bytes - at))
		if (shadow_at(at) < SHADOW_DEVICE)
			kasan_report("new object", bytes, start, at);
	shadow_set(start, bytes, SHADOW_CLAIMED);
}

static uint64_t memory_of(const struct slot *slot)
{
	return 1ull << object_bits(slot->type, slot->size);
}

void san_made(const struct slot *slot)
{
	vaddr_t start = (vaddr_t)slot->object;
	uint64_t all = memory_of(slot), used = sizes[slot->type] ? sizes[slot->type] : all;

	if (slot->flags & SLOT_DEVICE)
		return;
	if (slot->type == OBJECT_FRAME) {
		shadow_set(start, all, SHADOW_FRAME);
	} else if (slot->type == OBJECT_UNTYPED) {
		shadow_set(start, all, SHADOW_FREE);
	} else {
		shadow_set(start, used, SHADOW_LIVE);
		shadow_set(start + used, all - used, SHADOW_UNUSED + slot->type);
	}
}

void san_gone(const struct slot *was)
{
	shadow_set((vaddr_t)was->object, memory_of(was), SHADOW_GONE + was->type);
}

void san_reset(const struct slot *untyped)
{
	if (!(untyped->flags & SLOT_DEVICE))
		shadow_set((vaddr_t)untyped->object, untyped->badge, SHADOW_FREE);
}

static void check_user(const char *what, const void *memory, size_t n)
{
	vaddr_t start = (vaddr_t)memory;

	for (vaddr_t at = start; at < start + n; at++)
		if (shadow_at(at) != SHADOW_FRAME)
			kasan_report(what, n, start, at);
}

void san_copy_shared(void *to, const void *from, size_t n)
{
	check_user("copy between users", from, n);
	check_user("copy between users", to, n);
	__real_memcpy(to, from, n);
}

void san_fetch_shared(void *to, const void *from, size_t n)
{
	check_user("fetch from a user", from, n);
	__real_memcpy(to, from, n);
}

void san_give_shared(void *to, const void *from, size_t n)
{
	check_user("gift to a user", to, n);
	__real_memcpy(to, from, n);
}
