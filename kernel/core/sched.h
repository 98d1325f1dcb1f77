/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "sched_context.h"
#include "thread.h"

/*
 * Who runs next. The queues hold scheduling contexts, of 256 priorities, and each of
 * those its ready threads. Among equals each has a turn of 5 ms, and within a context
 * each thread; so one that has a thousand threads gets no more than one that has one.
 *
 * The running thread is in no queue, and neither is the context that it runs on. They
 * go back when there may be something else to run: `reschedule` of the CPU.
 *
 * Locking: the kernel lock.
 */
enum { READY_WORDS = PRIORITIES / 64 };

struct run_queue {
	struct queue ready[PRIORITIES];
	struct queue lost[PRIORITIES];	/* threads: what they borrowed is gone */
	uint64_t occupied[READY_WORDS]; /* bit p: ready[p] or lost[p] is not empty */
	uint32_t top;			/* above the highest such p; 0: there is none */
};

/*
 * Thread `t`, which is in no queue, may run: its state is THREAD_READY from now on. One
 * that has no time takes its reserve. One that has none either waits for somebody to give
 * it time, or, if what it borrowed is gone, has a fault when it would have run.
 */
void sched_add(struct thread *t);

/* The same, but on the running thread's time it is the next. */
void sched_add_next(struct thread *t);

/* Thread `t`, whose state is THREAD_READY, may run no longer. */
void sched_remove(struct thread *t);

/*
 * Make the thread that is to run now the CPU's current one. NULL: none is, or, while
 * `reschedule` of the CPU is set, it takes another step to find out.
 */
struct thread *sched_choose(void);

/* The turn of the running thread ends, and that of its context among its equals. */
void sched_end_turn(void);

/* What the running thread has used until now is charged, to whom it is now. */
void sched_charge(void);

/* The running thread dies: what it has used is charged. */
void sched_end_current(void);

/* A context's terms change, from now on; 0, 0: it has no time. */
void sched_configure(struct sched_context *x, uint64_t budget, uint64_t period, uint32_t priority);

/* A context whose threads are gone ends. */
void sched_release(const struct sched_context *x);

/* The moment of a context, which is on no timeline any more, has come. */
void sched_refill(struct sched_context *x);

/* What was used of a context, and by a thread, until now. */
uint64_t sched_consumed(const struct sched_context *x);
uint64_t sched_time_of(const struct thread *t);
