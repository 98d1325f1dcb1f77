/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"

/*
 * thread: further threads of a service.
 *
 * Each has a stack of 16 KiB above an unmapped page, an IPC buffer and a copy window. All threads
 * of a service share its SchedContext in turn, and each's faults go where the first one's do.
 * What a thread took of the arena, about 24 KiB, is kept for the next one. Any thread
 * may call these.
 */
enum { THREADS_MAX = 16, THREAD_STACK_BITS = 14 };

struct thread;

/*
 * Run run(argument) in a thread of its own. ERR_FULL: there are THREADS_MAX that nobody
 * has joined. Otherwise as service_make().
 */
MUST_USE status_t thread_create(void (*run)(void *argument), void *argument, struct thread **made);

/* The end of the calling thread, as when run() returns. The first thread has none: a panic. */
_Noreturn void thread_exit(void);

/* Wait for a thread's end. Called once for each; then it is forgotten. */
void thread_join(struct thread *t);
