/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "fuzz.h"

/*
 * The world: everything that the workers have, made from one untyped, so that
 * taking that back ends it, whatever they did with it. The next one is like it.
 */

/* Once: memory, and what outlives a world, which is the workers' code and ledgers. */
void world_begin(const struct boot_info *info, word_t seed, bool sequences);

/*
 * End the world there is and make one. `inside`: the workers and their CNode are
 * made from the untyped that the workers hold, so that they can end themselves.
 */
void world_make(cptr_t server, bool inside);

/* A worker's thread and ledger, as the watcher sees them. */
cptr_t world_thread(unsigned i);
struct ledger *world_ledger(unsigned i);

/* Run worker `i` from the beginning; its random numbers go on. */
MUST_USE status_t world_start(unsigned i);

/* It may have lost its time, or what is left of it may be far away. */
MUST_USE status_t world_give_time(unsigned i);

/* One more thread in the watcher's own space; it keeps its stack and buffer. */
cptr_t world_server(void entry(word_t), void *stack_top, cptr_t *endpoint, cptr_t *reply);

/* A timer of the watcher's, and the notification that it signals. */
void world_timer(cptr_t *timer, cptr_t *notification);

_Noreturn void fail(const char *what, status_t status);

static inline void need(status_t status, const char *what)
{
	if (status)
		fail(what, status);
}
