/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "history.h"
#include "kozo_abi.h"

/*
 * console: the prompt Init>, on the serial port and the screen: a thread of its own, more
 * urgent than all services, so that none can keep whoever types there from ending it.
 *
 * The thread waits for the interrupts of serial port and keyboard, and tells the supervisor's first
 * thread when one has come. If it then neither prints anything nor waits again or for somebody
 * else, for a second, the supervisor panics, and begins anew.
 * On a machine without these interrupts the thread looks again and again. What was typed before is in kept memory, for which there is room in
 * CONSOLE_KEPT_BYTES.
 */
enum {
	CONSOLE_KEPT_BYTES = sizeof(struct history),
	CONSOLE_PRIORITY = 253,
	CONSOLE_PRIORITY_POLLING = 1,
};

void console_begin(void *kept);

/* BIT_INPUT was signalled: somebody has typed, and the console goes to work. */
void console_typed(void);

/* When it is to have reacted; all bits set: nothing is expected. Then call console_time(). */
uint64_t console_next(void);
void console_time(void);

/* Its thread. */
cptr_t console_thread(void);
