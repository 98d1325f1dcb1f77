/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "sched_context.h"
#include "thread.h"

/*
 * Loans: the time that a thread has from another.
 *
 * A thread without time of its own is passive. When it receives a call, or a signal of
 * a notification that has time to lend, it borrows the caller's, or the notification's,
 * until it next receives. If what it borrowed runs out, or goes away, it goes on on its
 * reserve; if it has none, that is a fault.
 *
 * A loan is between the thread and the context: the caller may be interrupted or die,
 * and what it lent stays lent.
 *
 * Locking: the kernel lock.
 */

/*
 * The fast paths lend without saying so: the running thread has the context, and no
 * loan. Whoever comes into the kernel by another way calls this first.
 */
void loan_record_now(struct thread *t);

static inline void loan_record(struct thread *t)
{
	if (t->context != t->own)
		loan_record_now(t);
}

/*
 * The thread, which borrows nothing and is in no run queue, gets `x`, which may be
 * NULL. Whoever calls this makes it ready.
 */
void loan_begin(struct thread *t, struct sched_context *x);

/* It gives back what it has borrowed, if anything, and leaves its reserve. */
void loan_end(struct thread *t);

/* A ready thread has no time. True: now it has its reserve. */
MUST_USE bool loan_replace(struct thread *t);

/* What a ready thread had borrowed is gone, and it would run now. */
void loan_tell_gone(struct thread *t);

/* What a ready thread has borrowed is used up. */
void loan_ran_out(struct thread *t);

/* What a thread has borrowed is going away. */
void loan_lose(struct thread *t);

/* The time that the slots inside a thread hold; NULL: none. */
void loan_set_own(struct thread *t, struct sched_context *x);
void loan_set_reserve(struct thread *t, struct sched_context *x);

/* The least priority of what it borrows. */
void loan_set_ceiling(struct thread *t, uint32_t priority);
