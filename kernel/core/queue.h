/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "assert.h"
#include "types.h"

/*
 * Queue: things in a row, linked through a part of each. Threads wait in queues and
 * are ready in them; so are the rights to time that run, and those who borrow one.
 *
 * Invariant: a link is in one queue at most, and `in` of it says in which; there is a
 * head if and only if there is a tail. Every operation is O(1).
 *
 * This file knows nothing of what is linked. It is free of casts and assembly so that
 * it can be proven.
 *
 * Locking: the kernel lock.
 */
struct link {
	struct queue *in; /* NULL: in none, and then all is */
	struct link *next, *prev;
};

enum { QUEUE_BITS = 4 };

struct queue {
	struct link *head, *tail;
};

_Static_assert(sizeof(struct queue) == 1 << QUEUE_BITS, "queues can be counted in assembly");

/* Put a link that is in no queue in front of the others, or behind them. */
static inline void queue_put(struct queue *q, struct link *l, bool front)
{
	assert(!l->in);
	l->in = q;
	l->next = front ? q->head : NULL;
	l->prev = front ? NULL : q->tail;
	if (l->prev)
		l->prev->next = l;
	else
		q->head = l;
	if (l->next)
		l->next->prev = l;
	else
		q->tail = l;
}

static inline void queue_push(struct queue *q, struct link *l)
{
	queue_put(q, l, false);
}

/* Take a link out of the queue that it is in. */
static inline void queue_remove(struct link *l)
{
	struct queue *q = l->in;

	if (l->prev)
		l->prev->next = l->next;
	else
		q->head = l->next;
	if (l->next)
		l->next->prev = l->prev;
	else
		q->tail = l->prev;
	*l = (struct link){ 0 };
}
