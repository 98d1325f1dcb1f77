/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"

/*
 * slots: which slots of a CNode are free, as far as its owner knows.
 *
 * Bookkeeping only: taking a slot puts nothing in it, and giving one back does
 * not empty it. Who takes a slot fills it; who gives it back has emptied it.
 */
enum { SLOTS_MAX = 4096 };

struct slots {
	cptr_t first; /* the slot of bit 0; never 0, the null capability */
	size_t count; /* at most SLOTS_MAX */
	size_t low;   /* every bit below it is set */
	uint64_t used[SLOTS_MAX / 64];
};

/* All of [first, first + count) is free; what exceeds SLOTS_MAX is left out. */
void slots_begin(struct slots *slots, cptr_t first, size_t count);

/* The first of `count` consecutive slots, at least 1. 0: there is no such run. */
MUST_USE cptr_t slots_take(struct slots *slots, size_t count);

/* Slots that slots_take() handed out, not necessarily all of one run. */
void slots_give(struct slots *slots, cptr_t first, size_t count);

size_t slots_free(const struct slots *slots);
