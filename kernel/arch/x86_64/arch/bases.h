/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

struct thread;

/*
 * The bases of fs and gs, which user code uses as it likes; with FSGSBASE it also
 * sets them as it likes. The CPU keeps those of the last thread that ran
 * (cpu->bases), and the thread's registers have them when another one runs.
 */

/* `t` is about to end: the CPU keeps nothing of it. */
void bases_release(const struct thread *t);
