/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "object.h"
#include "queue.h"

/*
 * Reply: one caller waiting for one answer.
 *
 * Invariants: `caller` and its thread's `reply` point at each other, as do
 * `receiver` and its thread's `receive`; at most one of the two is set. So a
 * Reply is free, waiting for a message together with its receiver, or owing an
 * answer; then it is in the queue `owed` of `server`, the thread that has received
 * the call, while that lives. Who has the Reply may answer. Locking: the kernel lock.
 */
enum { REPLY_BITS = 7 };

struct reply {
	struct object object;
	struct thread *caller;	 /* THREAD_AWAITS_REPLY */
	struct thread *receiver; /* THREAD_RECEIVING */
	struct thread *server;	 /* who has received the caller, or NULL */
	struct link owed;
	bool grant; /* the answer may carry capabilities */
};

_Static_assert(sizeof(struct reply) <= 1 << REPLY_BITS, "a reply fits its size");

/* Bind a free Reply to a thread that is about to wait for a message. */
void reply_attach_receiver(struct reply *r, struct thread *t);

/* The thread stops receiving, with or without a Reply. */
void reply_detach_receiver(struct thread *t);

/* `caller` waits for an answer through the free Reply `r`, which `server` owes. */
void reply_attach_caller(struct reply *r, struct thread *caller, struct thread *server);

/* The caller waits no longer. */
void reply_detach_caller(struct thread *caller);

/* The server of the Reply that this is the link `owed` of dies; it can be answered still. */
void reply_forget_server(struct link *owed);

/* The last capability went: whoever waits for the answer learns it. */
void reply_abandon(void *object);
