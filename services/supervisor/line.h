/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "history.h"

/*
 * line: the line that somebody is typing.
 *
 * Characters go in one at a time; what a terminal has to show comes out through
 * `echo`. Keys are known by the sequences of xterm, of the Linux console and of the
 * console's keyboard:
 *
 *	left, right, Home, End, Ctrl-A, Ctrl-E		move the cursor
 *	Backspace, Delete, Ctrl-W, Ctrl-U, Ctrl-K	take away a character, the word before
 *							the cursor, all before it, all behind it
 *	up, down					lines that were typed before
 *	Ctrl-L						clear the terminal, but for this line
 *
 * All other sequences are swallowed, and so is what a terminal could not show. A line
 * that does not fit the terminal's row is kept right and may be shown wrong, for to go
 * back over the edge is not possible on every terminal.
 */
struct line {
	char text[LINE_LENGTH_MAX + 1]; /* always ends with NUL */
	size_t length;
	size_t cursor; /* at most `length` */
	enum { LINE_TEXT, LINE_ESCAPE, LINE_SEQUENCE, LINE_FUNCTION_KEY } state;
	unsigned key;			 /* the number in a sequence, so far */
	bool key_is_read;		 /* that number has ended */
	const struct history *history;	 /* constant while the line is typed */
	size_t recalled;		 /* so many entries back; 0: none of them */
	char draft[LINE_LENGTH_MAX + 1]; /* what was typed before the first was recalled */
	const char *prompt;
	void (*echo)(const char *text);
};

enum line_result { LINE_MORE, LINE_DONE };

/* Shows the prompt. The line keeps all three pointers. */
void line_begin(struct line *line, const char *prompt, const struct history *history,
		void (*echo)(const char *text));

/* LINE_DONE: the line has ended and stands in `text`. */
enum line_result line_take(struct line *line, char c);
