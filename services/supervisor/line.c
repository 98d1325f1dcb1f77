/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "line.h"

#include <string.h>

enum {
	KEY_CTRL_A = 0x01,
	KEY_CTRL_E = 0x05,
	KEY_BACKSPACE = 0x08,
	KEY_CTRL_K = 0x0b,
	KEY_CTRL_L = 0x0c,
	KEY_CTRL_U = 0x15,
	KEY_CTRL_W = 0x17,
	KEY_ESCAPE = 0x1b,
	KEY_DELETE = 0x7f,
};

/* The numbers in ESC [ number ~. */
enum { HOME = 1, DELETE = 3, END = 4, HOME_TOO = 7, END_TOO = 8, KEY_NUMBER_MAX = 99 };

/* A terminal that does not know how to be cleared begins the row anew. */
static const char clear_terminal[] = "\x1b[H\x1b[2J\r";

void line_begin(struct line *line, const char *prompt, const struct history *history,
		void (*echo)(const char *text))
{
	*line = (struct line){ .prompt = prompt, .history = history, .echo = echo };
	echo(prompt);
}

/* --- what is shown --------------------------------------------------------- */

static void repeat(const struct line *line, char c, size_t count)
{
	char text[LINE_LENGTH_MAX + 1];

	memset(text, c, count);
	text[count] = '\0';
	if (count)
		line->echo(text);
}

static void move_to(struct line *line, size_t place)
{
	if (place < line->cursor)
		repeat(line, '\b', line->cursor - place);
	else if (place > line->cursor)
		line->echo(line->text + line->cursor);
	if (place > line->cursor)
		repeat(line, '\b', line->length - place);
	line->cursor = place;
}

/* From the cursor on, then blanks where there was more before; the cursor stays. */
static void show_rest(const struct line *line, size_t blanks)
{
	if (line->cursor < line->length)
		line->echo(line->text + line->cursor);
	repeat(line, ' ', blanks);
	repeat(line, '\b', line->length - line->cursor + blanks);
}

static void clear(const struct line *line)
{
	line->echo(clear_terminal);
	line->echo(line->prompt);
	if (line->length)
		line->echo(line->text);
	repeat(line, '\b', line->length - line->cursor);
}

/* --- what is kept ----------------------------------------------------------- */

static void add(struct line *line, char c)
{
	const char shown[] = { c, '\0' };

	if (c < ' ' || c > '~' || line->length == LINE_LENGTH_MAX)
		return;
	memmove(line->text + line->cursor + 1, line->text + line->cursor,
		line->length + 1 - line->cursor);
	line->text[line->cursor++] = c;
	line->length++;
	line->echo(shown);
	show_rest(line, 0);
}

/* Both are places in the line; the cursor is at `from` then. */
static void take_away(struct line *line, size_t from, size_t to)
{
	if (from == to)
		return;
	move_to(line, from);
	memmove(line->text + from, line->text + to, line->length + 1 - to);
	line->length -= to - from;
	show_rest(line, to - from);
}

static void replace(struct line *line, const char *text)
{
	size_t before = line->length;

	move_to(line, 0);
	line->length = strlen(text);
	memcpy(line->text, text, line->length + 1);
	show_rest(line, before > line->length ? before - line->length : 0);
	move_to(line, line->length);
}

static size_t word_start(const struct line *line)
{
	size_t place = line->cursor;

	while (place > 0 && line->text[place - 1] == ' ')
		place--;
	while (place > 0 && line->text[place - 1] != ' ')
		place--;
	return place;
}

static void recall(struct line *line, size_t back)
{
	const char *text = back ? history_find(line->history, back) : line->draft;

	if (!text)
		return;
	if (line->recalled == 0)
		memcpy(line->draft, line->text, line->length + 1);
	line->recalled = back;
	replace(line, text);
}

/* --- keys --------------------------------------------------------------------- */

static void go_left(struct line *line)
{
	if (line->cursor > 0)
		move_to(line, line->cursor - 1);
}

static void go_right(struct line *line)
{
	if (line->cursor < line->length)
		move_to(line, line->cursor + 1);
}

static void delete_left(struct line *line)
{
	if (line->cursor > 0)
		take_away(line, line->cursor - 1, line->cursor);
}

static void delete_right(struct line *line)
{
	if (line->cursor < line->length)
		take_away(line, line->cursor, line->cursor + 1);
}

static void press_numbered(struct line *line)
{
	switch (line->key) {
	case HOME:
	case HOME_TOO:
		move_to(line, 0);
		break;
	case END:
	case END_TOO:
		move_to(line, line->length);
		break;
	case DELETE:
		delete_right(line);
		break;
	}
}

static void press(struct line *line, char letter)
{
	switch (letter) {
	case 'A':
		recall(line, line->recalled + 1);
		break;
	case 'B':
		if (line->recalled)
			recall(line, line->recalled - 1);
		break;
	case 'C':
		go_right(line);
		break;
	case 'D':
		go_left(line);
		break;
	case 'F':
		move_to(line, line->length);
		break;
	case 'H':
		move_to(line, 0);
		break;
	case '~':
		press_numbered(line);
		break;
	}
}

/* ESC [ or ESC O begins a sequence; ESC and another character are one key. */
static void begin_sequence(struct line *line, char c)
{
	line->state = c == '[' || c == 'O' ? LINE_SEQUENCE : LINE_TEXT;
	line->key = 0;
	line->key_is_read = false;
}

/* Digits, which may be followed by others behind a semicolon, and a letter or tilde. */
static void take_sequence(struct line *line, char c)
{
	if (c >= '0' && c <= '9') {
		if (!line->key_is_read && line->key <= KEY_NUMBER_MAX / 10)
			line->key = line->key * 10 + (unsigned)(c - '0');
	} else if (c == '[') {
		line->state = LINE_FUNCTION_KEY; /* ESC [ [ letter: of the Linux console */
	} else if (c >= '@') {
		line->state = LINE_TEXT;
		press(line, c);
	} else {
		line->key_is_read = true;
	}
}

static void take_text(struct line *line, char c)
{
	switch (c) {
	case KEY_BACKSPACE:
	case KEY_DELETE:
		delete_left(line);
		break;
	case KEY_CTRL_A:
		move_to(line, 0);
		break;
	case KEY_CTRL_E:
		move_to(line, line->length);
		break;
	case KEY_CTRL_K:
		take_away(line, line->cursor, line->length);
		break;
	case KEY_CTRL_L:
		clear(line);
		break;
	case KEY_CTRL_U:
		take_away(line, 0, line->cursor);
		break;
	case KEY_CTRL_W:
		take_away(line, word_start(line), line->cursor);
		break;
	default:
		add(line, c);
	}
}

enum line_result line_take(struct line *line, char c)
{
	if (c == '\r' || c == '\n') {
		move_to(line, line->length);
		line->echo("\n");
		return LINE_DONE;
	}
	if (c == KEY_ESCAPE) {
		line->state = LINE_ESCAPE;
		return LINE_MORE;
	}
	switch (line->state) {
	case LINE_TEXT:
		take_text(line, c);
		break;
	case LINE_ESCAPE:
		begin_sequence(line, c);
		break;
	case LINE_SEQUENCE:
		take_sequence(line, c);
		break;
	case LINE_FUNCTION_KEY:
		line->state = LINE_TEXT;
		break;
	}
	return LINE_MORE;
}
