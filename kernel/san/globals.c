/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "globals.h"
#include "shadow.h"

/* As gcc 12 describes one (gcc/asan.cc, asan_add_global). */
struct global {
	vaddr_t start;
	uint64_t bytes, bytes_with_gap;
	const char *name, *file;
	uint64_t unused[3];
};

void __asan_register_globals(const struct global *global, uint64_t count);
void __asan_unregister_globals(const struct global *global, uint64_t count);

/* The compiler's functions, as san.ld collects them; each calls back below. */
extern void (*const globals_first[])(void), (*const globals_last[])(void);

static vaddr_t wanted; /* 0: none, the gaps are to be marked */
static const char *found;

static void visit(const struct global *g)
{
	vaddr_t end = g->start + g->bytes, gap = round_up(end, SHADOW_UNIT);
	vaddr_t gap_end = g->start + g->bytes_with_gap;

	if (!wanted) {
		shadow_set(g->start, g->bytes, SHADOW_LIVE);
		shadow_set(gap, gap_end - gap, SHADOW_GLOBAL);
	} else if (wanted >= end && wanted < gap_end) {
		found = g->name;
	}
}

void __asan_register_globals(const struct global *global, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		visit(&global[i]);
}

/* For programs that unload a part of themselves. */
void __asan_unregister_globals(const struct global *global, uint64_t count)
{
	(void)global;
	(void)count;
}

static void visit_all(void)
{
	for (void (*const *f)(void) = globals_first; f < globals_last; f++)
		(*f)();
}

void globals_start(void)
{
	visit_all();
}

const char *globals_name(vaddr_t address)
{
	wanted = address;
	found = "?";
	visit_all();
	return found;
}
