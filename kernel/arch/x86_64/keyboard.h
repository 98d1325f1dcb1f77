/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/* A character from the PS/2 keyboard, as on a US layout; -1: none. */
int keyboard_get(void);
