/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "thread.h"

/*
 * Faults: what a thread did that it cannot go on from.
 *
 * A page fault of code inside the thread's copy window is the thread's own
 * affair: it goes on at the window's landing address. Any other fault becomes a
 * call, in the thread's name, to the endpoint in its slot `handler`. Without one
 * the thread is stopped. A cptr that names nothing is a fault if whoever handles its faults
 * wants it to be one: then the handler can put something there, and the call is made anew.
 *
 * Locking: the kernel lock.
 */
struct fault {
	word_t label; /* FAULT_* */
	word_t word[FAULT_WORDS];
};

/* Tell the thread's handler. False: it has none that can be told. */
MUST_USE bool fault_tell(struct thread *t, const struct fault *f);

/* Nobody handles a fault of the thread: it is told to the log, and for init it is the end. */
void fault_stop(struct thread *t, const char *what);

/* Whoever should have answered is gone: the thread stays stopped. */
void fault_unanswered(struct thread *t);

/* The handler has answered, with this label: let the thread go on, or stay stopped. */
void fault_answered(struct thread *t, word_t label);

/* Is this a page fault at `pc` that the thread's copy window catches? */
bool fault_is_caught(const struct thread *t, vaddr_t pc);
