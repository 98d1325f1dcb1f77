/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * console: the prompt Init>, on the serial port and the screen.
 *
 * Input is polled, and init yields between looks, until there are interrupts to
 * wait for.
 */
_Noreturn void console_serve(void);
