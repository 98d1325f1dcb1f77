/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "object.h"
#include "queue.h"
#include "timeline.h"

struct thread;

/*
 * SchedContext: a right to CPU time, which any number of threads share in turn.
 *
 * A context may use its budget in each period; what it leaves unused is lost, and what
 * it used beyond is taken off the next budget, so that time is conserved. One that
 * has used its budget is on the timeline until its period is over, unless none of its
 * own threads is ready.
 *
 * A thread runs on its own time, on what was lent to it, or on its reserve: `context`
 * of it is the one. Those that are ready are in one of two queues, but for the running
 * thread: those that borrow, the one that became ready last in front, and the context's
 * own. The first of them runs first, and the context is urgent as that one is.
 *
 * Locking: the kernel lock.
 */
enum { SCHED_CONTEXT_BITS = 8 };

struct sched_context {
	struct object object;
	uint64_t budget, period; /* ticks; both equal: all the time there is; both 0: none */
	uint32_t priority;
	uint16_t is_limited;	     /* it has not all the time there is; 0 or 1 */
	int64_t left;		     /* of the budget; below 0: of the next one */
	uint64_t refill;	     /* when the period ends */
	int64_t turn;		     /* left of its turn */
	uint64_t consumed;	     /* in all */
	struct queue borrowing, own; /* ready threads */
	struct queue loans;	     /* all that borrow it, by `loan` of the thread */
	struct link run;	     /* in a queue of the CPU: sched.h */
	struct moment moment;	     /* on the timeline: its refill */
};

_Static_assert(sizeof(struct sched_context) <= 1 << SCHED_CONTEXT_BITS,
	       "a scheduling context fits its size");

static inline bool context_is_exhausted(const struct sched_context *x)
{
	return x->is_limited && x->left <= 0;
}

static inline bool context_is_ready(const struct sched_context *x)
{
	return x->borrowing.head || x->own.head;
}

/* The priority at which a thread runs, on the context that it has. */
uint32_t context_priority(const struct thread *t);

void context_create(const struct slot *slot);
void context_stop(void *object);
bool context_bury(const struct slot *tomb);
