/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * Timeline: moments, the earliest first; equal ones in the order in which they
 * came. The moments are parts of the objects that wait for them.
 *
 * It is an AVL tree: the heights of a moment's two sides differ by one at most, so
 * that n moments lie at most 1.44 log2(n + 2) deep, whatever was added and removed
 * before (Knuth, The Art of Computer Programming, vol. 3, 6.2.3). Adding and
 * removing take that many steps, and asking for the first takes one.
 *
 * This file and timeline.c know nothing of clocks and objects. They are free of
 * casts and assembly so that they can be proven.
 *
 * Locking: the kernel lock.
 */
enum side { EARLIER, LATER, SIDES };

/* Whose it is, for those who wait for it. */
enum moment_kind { MOMENT_TIMER, MOMENT_REFILL };

struct moment {
	uint64_t time;
	struct moment *above;
	struct moment *below[SIDES];
	uint32_t height; /* of what hangs here, itself included; 0: on no timeline */
	enum moment_kind kind;
};

struct timeline {
	struct moment *root;
	struct moment *first; /* the earliest one */
};

static inline bool moment_is_set(const struct moment *m)
{
	return m->height;
}

/* Put a moment that is on no timeline behind all that are not later than `time`. */
void timeline_add(struct timeline *t, struct moment *m, uint64_t time);

/* Take a moment off the timeline that it is on. */
void timeline_remove(struct timeline *t, struct moment *m);
