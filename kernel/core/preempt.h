/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "arch/this_cpu.h"
#include "cpu.h"
#include "invariants.h"

/*
 * Preemption points. The kernel runs with interrupts off, so a long operation
 * works in steps and counts what each may cost. When the sum says so, it records
 * its progress and returns RESTART; the thread then leaves the kernel with its
 * program counter at the system call instruction again. There a pending
 * interrupt is taken, somebody more urgent may run, and the operation goes on.
 *
 * Progress is kept where it cannot go stale: in the caller's argument registers
 * (a range has advanced), in the object (a tomb, an untyped's zeroed_to), or in
 * `restart` of the thread, which lives until the call ends or the thread is
 * stopped. After every step the caller's capabilities are looked up afresh.
 */
enum { RESTART = -1 };

/*
 * Costs in instructions, from above, counted where the work is done. WORK_MAX is
 * what may add up before the next step is left for later; the longest stretch is
 * that, one step, and the way in and out. shared/TARGETS.md allows 20,000. As measured
 * under attack (docs/testing.md) the longest is 18,572: fork_range at 7,000 comes to a
 * frame of 512 entries, which it looks at once and writes twice. No other is above
 * 15,000, and none of those that do one small thing after the other above 8,000.
 */
enum {
	WORK_MAX = 7000,
	WORK_LOOK = 140,   /* look up and look at a slot, an entry or a tomb */
	WORK_SLOT = 300,   /* make, move, derive or delete one capability */
	WORK_ELEMENT = 80, /* the same for an element of a range, if nothing dies */
	WORK_MAP = 200,	   /* map, unmap or protect one frame, without its entries */
	WORK_PAGE = 40,	   /* map, unmap or protect a page, one of a run */
	WORK_FORK = 90,	   /* fork one */
	WORK_TIMER = 1400, /* put a timer on the timeline, or take one off */
	WORK_ENTRY = 8,	   /* write one entry of a page table */
	WORK_ZERO = 600,   /* zero one page */
};

static inline void work(unsigned cost)
{
	this_cpu()->work += cost;
}

/* True: leave before the next step. */
static inline bool preempt_due(void)
{
	return this_cpu()->work >= (invariants_restless ? 1 : WORK_MAX);
}

/*
 * How many small steps of so much each there may be before preempt_due() is to be asked
 * again: at least one. Whoever takes them counts them with work().
 */
static inline unsigned work_steps(unsigned cost)
{
	if (invariants_restless || preempt_due())
		return 1;
	return (WORK_MAX - this_cpu()->work) / cost + 1;
}

/* How many elements of a range to do before that is asked. */
static inline word_t range_step(word_t left)
{
	const word_t most = invariants_restless ? 1 : 16;

	return left < most ? left : most;
}
