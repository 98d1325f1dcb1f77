/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "object.h"
#include "queue.h"

/*
 * Reply: one caller waiting for one answer.
 *
 * A Reply is free; or it waits for a message together with `server`, a thread that
 * receives; or it owes an answer to `caller`, whom `server` has received, if that still
 * lives. Whoever has the Reply may answer.
 *
 * Invariants: `caller` and its thread's `reply` point at each other. The last Reply that
 * a thread has received with is `receive` of it, as long as it is not free; others that
 * owe answers are in its queue `owed`. A Reply that has neither caller nor server is
 * free. Locking: the kernel lock.
 */
enum { REPLY_BITS = 7 };

struct reply {
	struct object object;
	struct thread *caller; /* THREAD_AWAITS_REPLY */
	struct thread *server;
	struct link owed;
	rights_t rights; /* that the call was received with: GRANT is for the answer, too */
};

_Static_assert(sizeof(struct reply) <= 1 << REPLY_BITS, "a reply fits its size");

static inline bool reply_is_free(const struct reply *r)
{
	return !r->caller && !r->server;
}

/*
 * A thread is about to wait for a message, with a free Reply, or with none: NULL. What
 * it still owes is set aside.
 */
void reply_attach_server(struct reply *r, struct thread *t);

/*
 * The thread, which waited for a message, stops that, with or without a Reply. What it sent
 * when it began to is forgotten.
 */
void reply_detach_server(struct thread *t);

/* `caller` waits for an answer through `r`, which its server has received it with. */
void reply_attach_caller(struct reply *r, struct thread *caller);

/* The caller waits no longer, and the Reply is free. */
void reply_detach_caller(struct thread *caller);

/*
 * What a thread that awaits an answer or a message sent is gone; its registers tell nothing
 * of it. The fast paths have not even kept it.
 */
void reply_forget_message(struct thread *caller);

/* A server is dead: one of the Replies that it owes is not its any more. False: it owes none. */
bool reply_forget_one(const struct slot *tomb);

/* How many answers a thread owes. */
word_t reply_count_owed(const struct thread *server);

/* The last capability went: whoever waits for the answer learns it. */
void reply_abandon(void *object);
