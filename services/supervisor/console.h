/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "history.h"
#include "kozo_abi.h"

/*
 * console: the prompt Init>, on the serial port and the screen: a thread of its own, more
 * urgent than all services, so that none can keep whoever types there from ending it.
 *
 * The thread waits for the interrupts of serial port and keyboard; on a machine without
 * them it looks again and again. What was typed before is in kept memory, for which there is room in
 * CONSOLE_KEPT_BYTES.
 */
enum { CONSOLE_KEPT_BYTES = sizeof(struct history), CONSOLE_PRIORITY = 253 };

void console_begin(void *kept);

/* Its thread. */
cptr_t console_thread(void);
