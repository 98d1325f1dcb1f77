/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "thread.h"

/*
 * Notification: a word of pending signals that threads wait for.
 *
 * Invariants: while a thread waits, no bit is pending, so a signal goes to one
 * place, the first waiter or the word. But a bound thread without time of its own
 * has no signals while it waits for a message, unless the notification lends it time. A notification that is bound to a thread
 * is waited for by that thread only, and the two point at each other; then the
 * thread also waits for signals whenever it waits for a message.
 *
 * Locking: the kernel lock.
 */
enum { NOTIFICATION_BITS = 8 };

struct notification {
	struct object object;
	word_t pending;
	struct queue waiters; /* THREAD_WAITING */
	struct thread *bound;
	struct sched_context *context; /* cached from `time`: what it lends, or NULL */
	struct slot watch;
	struct slot time;
};

_Static_assert(sizeof(struct notification) <= 1 << NOTIFICATION_BITS,
	       "a notification fits its size");

/*
 * Give a thread the pending bits, and time if it has none and the notification lends
 * some. False: there are none.
 */
MUST_USE bool notification_take(struct notification *n, struct thread *t);

/*
 * Raise the bits of the capability in a slot, if there is one: somebody who waits is woken,
 * or they stay pending.
 */
void notification_raise(const struct slot *s);

/*
 * The `bind` of such an object: its first argument is a Notification's cptr, and needs
 * SEND. What the slot held is deleted, so this may take several steps.
 */
MUST_USE status_t notification_keep(struct invocation *inv, struct slot *inside);

/*
 * A watch: whom to signal, once, when there is work to do. It is a slot inside an object
 * that holds the notification; `mapping` of it says whether it is armed.
 *
 * There is work: signal whoever watches. That sets off no other watch, so no chain is long.
 */
void watch_fire(struct slot *watch);

/* The `watch` of an object, which has work already or has not. As notification_keep(). */
MUST_USE status_t watch_set(struct invocation *inv, struct slot *watch, bool has_work);

/* The notification lends this from now on. */
void notification_set_context(struct notification *n, struct sched_context *x);

/* The thread has got time of its own: it may have a signal that waited for that. */
void notification_offer_to(struct thread *t);

/* Can the running thread, which receives, have a signal of the notification bound to it? */
bool notification_reaches(const struct thread *t);

/* The thread is not bound any more, if it was. */
void notification_unbind(struct thread *t);

void notification_stop(void *object);
bool notification_bury(const struct slot *tomb);
