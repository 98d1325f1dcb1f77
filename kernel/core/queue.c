/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "queue.h"
#include "assert.h"

void queue_push(struct queue *q, struct link *l)
{
	assert(!l->in);
	l->in = q;
	l->prev = q->tail;
	if (q->tail)
		q->tail->next = l;
	else
		q->head = l;
	q->tail = l;
}

void queue_push_front(struct queue *q, struct link *l)
{
	assert(!l->in);
	l->in = q;
	l->next = q->head;
	if (q->head)
		q->head->prev = l;
	else
		q->tail = l;
	q->head = l;
}

void queue_remove(struct link *l)
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
