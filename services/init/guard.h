/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "process.h"

/*
 * guard: the thread of init that is told of the faults of its processes. A process
 * that faults is marked `died`, and whoever of init waits for it waits no longer:
 * the call ends with ERR_INTERRUPTED.
 */
MUST_USE status_t guard_begin(void);

/* From now on the guard is told of this process's faults, until it is destroyed. */
MUST_USE status_t guard_watch(struct process *p);
