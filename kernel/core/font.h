/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The font of the kernel log's screen: the printable characters of ASCII, and
 * one more glyph for everything that is not.
 *
 * A character is drawn in a cell of FONT_WIDTH x FONT_HEIGHT dots. The last
 * column and the last row of each cell are empty, which keeps neighbours apart.
 */
enum { FONT_WIDTH = 6, FONT_HEIGHT = 9 };

#define FONT_FIRST ' '
#define FONT_OTHER '\x7f'

/* Is dot x, y of the cell of `c` part of the character? FONT_FIRST <= c <= FONT_OTHER. */
bool font_dot(char c, unsigned x, unsigned y);
