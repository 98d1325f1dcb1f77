/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * The screen of the kernel log: characters on the machine's display, oldest at
 * the top. It is write-only: what it shows is remembered in RAM, because
 * reading video memory is slow, and writing it not much faster.
 *
 * Until one of the two kinds of display is chosen, nothing is shown. Choosing
 * one clears it. Nothing here is locked: whoever writes the log calls it.
 */

/* VGA text mode: 80 x 25 cells at `cells`, each a character and its colours. */
void screen_use_text(volatile uint16_t *cells);

/*
 * Can we draw on this framebuffer? Not if it is other than 24 or 32 bits per
 * pixel, too small for 20 x 4 characters, or described in a way that
 * contradicts itself.
 */
bool screen_can_use(const struct framebuffer *fb);

/* Use `fb`, for which screen_can_use() holds, mapped at `base`. */
void screen_use_pixels(const struct framebuffer *fb, volatile void *base);

/*
 * Show a character: printable ASCII, or '\n' (which also returns to the first
 * column), '\r', '\b' or '\t'. Escape sequences, ESC [ and all up to a letter,
 * are dropped, and so is ESC alone. Any other byte shows as a glyph of its own,
 * so that it is noticed.
 */
void screen_put(char c);

/*
 * Drawing takes long: a framebuffer's worth of characters is millions of instructions.
 * While the kernel starts, and when it reports its end, a character is drawn at once.
 * In between it is only remembered, and whoever has time for it calls screen_step().
 */
void screen_draw_later(void);
void screen_draw_now(void);

/* Draw at most one character. Returns what it cost in instructions, 0: nothing was left. */
unsigned screen_step(void);

/*
 * Where a cursor belongs: the cell for the next character, counted along the
 * lines from the top left. After a full line it is that line's last cell,
 * because the next line may have to be made first.
 */
unsigned screen_cursor(void);
