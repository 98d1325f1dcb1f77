/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

struct thread;

/*
 * Hardware breakpoints: each thread has its own DR0 to DR3 and DR7 (SDM vol. 3, 17.2).
 *
 * Invariant: cpu->breakpoints is the thread whose breakpoints the CPU watches for;
 * if there is none, DR7 is 0. They stay loaded while the kernel works for their
 * thread, which cannot trap the kernel: they are user addresses, and the kernel
 * reaches user memory only through its direct map.
 *
 * Locking: the kernel lock.
 */
enum { BREAKPOINTS = 4 };

struct breakpoints {
	vaddr_t address[BREAKPOINTS];
	word_t control; /* as in DR7; 0: there are none */
};

/* User addresses only, and nothing in DR7 but what to watch for there. */
bool breakpoints_acceptable(const struct breakpoints *b);
