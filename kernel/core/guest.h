/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "thread.h"

/*
 * Guest mode: a thread's second set of registers, with which it runs on the
 * restricted root of its address space. ENTER switches to it; a system call, an
 * exception, a signal of the bound notification or Thread.interrupt switches back
 * to the outer code, which nothing else can see.
 *
 * The guest's state lies in a frame of RAM that the thread holds in its slot
 * `guest_frame`. The outer code reads and writes it while the guest does not run,
 * others perhaps at any time: each field is read once. What has no field there
 * passes through in the registers, in both directions.
 *
 * Invariant: FLAG_INSIDE is set only while there is a frame. Locking: the
 * kernel lock.
 */

/* The guest executed `syscall`: go on in the outer code. */
void guest_leave_by_syscall(struct thread *t);

/* The guest is interrupted for one of GUEST_*, with what the hardware says of it. */
void guest_leave(struct thread *t, word_t cause, word_t address, word_t error);

/* Its frame, or NULL: it is being taken away. Then a guest that runs has nowhere to keep its state. */
void guest_set_state(struct thread *t, struct guest_state SHARED *state);
