/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * Queue: things in a row, linked through a part of each. Threads wait in queues and
 * are ready in them; so are the rights to time that run, and those who borrow one.
 *
 * Invariant: a link is in one queue at most, and `in` of it says in which; there is a
 * head if and only if there is a tail. Every operation is O(1).
 *
 * This file and queue.c know nothing of what is linked. They are free of casts and
 * assembly so that they can be proven.
 *
 * Locking: the kernel lock.
 */
struct link {
	struct queue *in; /* NULL: in none, and then all is */
	struct link *next, *prev;
};

struct queue {
	struct link *head, *tail;
};

/* Put a link that is in no queue behind the others, or in front of them. */
void queue_push(struct queue *q, struct link *l);
void queue_push_front(struct queue *q, struct link *l);

/* Take a link out of the queue that it is in. */
void queue_remove(struct link *l);
