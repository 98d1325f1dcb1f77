/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * Timeline: moments, the earliest first; equal ones in the order in which they
 * came. The moments are parts of the objects that wait for them.
 *
 * It is a leftist heap: no moment comes before the one that it hangs below, and of what
 * hangs below one, the short side ends no later than the long one. So n moments have a
 * short side of log2(n + 1) at most, whatever was added and removed before (Knuth, The
 * Art of Computer Programming, vol. 3, 5.2.3). Adding and removing take that many steps
 * down and up again, and asking for the first takes one.
 *
 * This file and timeline.c know nothing of clocks and objects. They are free of
 * casts and assembly so that they can be proven.
 *
 * Locking: the kernel lock.
 */
enum side { LONG, SHORT, SIDES };

/* Whose it is, for those who wait for it. */
enum moment_kind { MOMENT_TIMER, MOMENT_REFILL };

struct moment {
	uint64_t time;
	uint64_t order; /* of those at the same time */
	struct moment *above;
	struct moment *below[SIDES];
	uint32_t rank; /* how many hang along short sides, itself included; 0: on no timeline */
	enum moment_kind kind;
};

struct timeline {
	struct moment *first; /* the earliest one */
	uint64_t added;	      /* so many, ever */
};

static inline bool moment_is_set(const struct moment *m)
{
	return m->rank;
}

/* Put a moment that is on no timeline behind all that are not later than `time`. */
void timeline_add(struct timeline *t, struct moment *m, uint64_t time);

/* Take a moment off the timeline that it is on. */
void timeline_remove(struct timeline *t, struct moment *m);
