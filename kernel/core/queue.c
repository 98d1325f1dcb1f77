/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "queue.h"
#include "assert.h"
#include "thread.h"

void queue_push(struct thread_queue *q, struct thread *t)
{
	assert(!t->queue);
	t->queue = q;
	t->queue_next = NULL;
	t->queue_prev = q->tail;
	if (q->tail)
		q->tail->queue_next = t;
	else
		q->head = t;
	q->tail = t;
}

void queue_push_front(struct thread_queue *q, struct thread *t)
{
	assert(!t->queue);
	t->queue = q;
	t->queue_prev = NULL;
	t->queue_next = q->head;
	if (q->head)
		q->head->queue_prev = t;
	else
		q->tail = t;
	q->head = t;
}

void queue_remove(struct thread *t)
{
	struct thread_queue *q = t->queue;

	if (t->queue_prev)
		t->queue_prev->queue_next = t->queue_next;
	else
		q->head = t->queue_next;
	if (t->queue_next)
		t->queue_next->queue_prev = t->queue_prev;
	else
		q->tail = t->queue_prev;
	t->queue = NULL;
}
