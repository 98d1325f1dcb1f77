/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "thread.h"

/*
 * Notification: a word of pending signals that threads wait for.
 *
 * Invariants: while a thread waits, no bit is pending, so a signal goes to one
 * place, the first waiter or the word. A notification that is bound to a thread
 * is waited for by that thread only, and the two point at each other; then the
 * thread also waits for signals whenever it waits for a message.
 *
 * Locking: the kernel lock.
 */
enum { NOTIFICATION_BITS = 7 };

struct notification {
	struct object object;
	word_t pending;
	struct thread_queue waiters; /* THREAD_WAITING */
	struct thread *bound;
};

_Static_assert(sizeof(struct notification) <= 1 << NOTIFICATION_BITS,
	       "a notification fits its size");

/* Raise bits: somebody who waits is woken, or they stay pending. */
void notification_signal(struct notification *n, word_t bits);

/* Give a thread the pending bits. False: there are none. */
MUST_USE bool notification_take(struct notification *n, struct thread *t);

/* The bits that a holder of this capability raises: those it was minted with. */
word_t notification_bits(const struct slot *s);

/*
 * The slot inside an object that signals: the capability it signals through. Raising
 * raises the bits of that capability, if there is one.
 */
void notification_raise(const struct slot *inside);

/*
 * The `bind` of such an object: its first argument is a Notification's cptr, and needs
 * SEND. What the slot held is deleted, so this may take several steps.
 */
MUST_USE status_t notification_keep(struct invocation *inv, struct slot *inside);

/* The thread is not bound any more, if it was. */
void notification_unbind(struct thread *t);

void notification_stop(void *object);
bool notification_bury(const struct slot *tomb);
