/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * The debug console: serial port, screen and, under an emulator, the debug
 * port. Each part is used if the machine has it.
 */
void console_put(char c);

/*
 * A program uses these ports: if they are the serial port's, a driver has that now, and
 * the console does without.
 */
void console_ports_used(unsigned first, unsigned count);

/* Whatever drivers have, the console uses again: nobody else runs any more. */
void console_take_back(void);

/* A character that has come in at the serial port; -1: none. Never waits. */
int console_get(void);
