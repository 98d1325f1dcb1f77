/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * The debug console: serial port, screen and, under an emulator, the debug
 * port. Each part is used if the machine has it.
 */
void console_put(char c);

/* A character that somebody typed; -1: none. Never waits. */
int console_get(void);
