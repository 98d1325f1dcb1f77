/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * console: the prompt Init>, on the serial port and the screen: a thread of its own, less
 * urgent than all services.
 *
 * Input is polled, and the thread yields between looks, until there is a driver to
 * wait for.
 */
void console_begin(void);
