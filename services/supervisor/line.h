/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>

/*
 * line: the line that somebody is typing.
 *
 * Characters go in one at a time; what a terminal has to show comes out through
 * `echo`. Backspace and Ctrl-U take back; the sequences that cursor and function
 * keys send are swallowed, and so is what a terminal could not show.
 */
enum { LINE_LENGTH_MAX = 255 };

struct line {
	char text[LINE_LENGTH_MAX + 1]; /* always ends with NUL */
	size_t length;
	enum { LINE_TEXT, LINE_ESCAPE, LINE_SEQUENCE } state;
	void (*echo)(const char *text);
};

enum line_result { LINE_MORE, LINE_DONE };

void line_begin(struct line *line, void (*echo)(const char *text));

/* LINE_DONE: the line has ended and stands in `text`. */
enum line_result line_take(struct line *line, char c);
