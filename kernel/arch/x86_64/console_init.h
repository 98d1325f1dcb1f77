/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/* Find and program the serial port and the debug port. */
void console_start(void);

/* Use the VGA text screen whose cells are there, if something is. */
void console_use_text(volatile uint16_t *cells);

/* Use a framebuffer that the screen can use, mapped at `base`, from now on. */
void console_use_pixels(const struct framebuffer *fb, volatile void *base);
