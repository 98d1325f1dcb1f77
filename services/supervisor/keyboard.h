/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * The PS/2 keyboard, through its ports, until there is a driver. Only the console calls
 * these. A machine without one has nobody who types on it.
 */

/* Let it interrupt for each key; firmware may have left that off. */
void keyboard_start(void);

/* A character from the PS/2 keyboard, as on a US layout; -1: none. */
int keyboard_get(void);
