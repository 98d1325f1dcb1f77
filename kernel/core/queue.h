/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * Queue: threads that wait for the same thing, linked through themselves.
 *
 * Invariant: a thread is in one queue at most, and `queue` of it says in which;
 * there is a head if and only if there is a tail. Every operation is O(1).
 *
 * Locking: the kernel lock.
 */
struct thread;

struct thread_queue {
	struct thread *head, *tail;
};

/* Put a thread that is in no queue behind the others, or in front of them. */
void queue_push(struct thread_queue *q, struct thread *t);
void queue_push_front(struct thread_queue *q, struct thread *t);

/* Take a thread out of the queue that it is in. */
void queue_remove(struct thread *t);
