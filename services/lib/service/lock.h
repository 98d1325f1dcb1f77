/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "kozo_abi.h"

/*
 * Locks between the threads of one service.
 *
 * A mutex that nobody else holds costs one atomic instruction and no system call; who has
 * to wait does so at a Notification. It is not recursive. What *_begin() fails with is
 * service_make()'s; it is called once, before any thread uses the lock.
 */
struct mutex {
	uint32_t state; /* 0: free. 1: held. 2: held, and others may wait */
	cptr_t wait, wake;
};

MUST_USE status_t mutex_begin(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);

/* A number that cannot go below 0: who takes one from 0 waits until somebody adds one. */
struct semaphore {
	uint32_t count;
	cptr_t wait, wake;
};

MUST_USE status_t semaphore_begin(struct semaphore *s, uint32_t count);
void semaphore_take(struct semaphore *s);
void semaphore_give(struct semaphore *s);

/* Something that is done once, whoever comes first; the others wait until it is done. */
struct once {
	struct mutex mutex;
	bool done;
};

MUST_USE status_t once_begin(struct once *o);
void once_run(struct once *o, void (*what)(void));
