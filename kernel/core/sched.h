/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "thread.h"

/*
 * Who runs next: 256 priorities, first come first served within one. A thread
 * keeps the CPU until it waits, yields or is outranked.
 *
 * The running thread is in no queue. Locking: the kernel lock.
 */
enum { READY_WORDS = PRIORITIES / 64 };

struct run_queue {
	struct thread_queue ready[PRIORITIES];
	uint64_t occupied[READY_WORDS]; /* bit p: ready[p] is not empty */
};

/* Thread `t`, whose state is THREAD_READY, may run. */
void sched_add(struct thread *t);

/* Thread `t`, whose state is THREAD_READY, may run no longer. */
void sched_remove(struct thread *t);

/* Make the thread that is to run now the CPU's current one. NULL: none is. */
struct thread *sched_choose(void);
