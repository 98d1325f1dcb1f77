/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "line.h"

enum {
	KEY_BACKSPACE = 0x08,
	KEY_CTRL_U = 0x15,
	KEY_ESCAPE = 0x1b,
	KEY_DELETE = 0x7f,
};

void line_begin(struct line *line, void (*echo)(const char *text))
{
	*line = (struct line){ .echo = echo };
}

static void add(struct line *line, char c)
{
	const char text[] = { c, '\0' };

	if (c < ' ' || c > '~' || line->length == LINE_LENGTH_MAX)
		return;
	line->text[line->length++] = c;
	line->text[line->length] = '\0';
	line->echo(text);
}

static void take_back(struct line *line)
{
	if (line->length == 0)
		return;
	line->text[--line->length] = '\0';
	line->echo("\b \b");
}

/* ESC [ digits letter, or ESC and one character. */
static void skip_sequence(struct line *line, char c)
{
	if (line->state == LINE_ESCAPE)
		line->state = c == '[' || c == 'O' ? LINE_SEQUENCE : LINE_TEXT;
	else if (c >= '@')
		line->state = LINE_TEXT;
}

enum line_result line_take(struct line *line, char c)
{
	if (c == '\r' || c == '\n') {
		line->echo("\n");
		return LINE_DONE;
	}
	if (line->state != LINE_TEXT) {
		skip_sequence(line, c);
		return LINE_MORE;
	}
	switch (c) {
	case KEY_ESCAPE:
		line->state = LINE_ESCAPE;
		break;
	case KEY_BACKSPACE:
	case KEY_DELETE:
		take_back(line);
		break;
	case KEY_CTRL_U:
		while (line->length > 0)
			take_back(line);
		break;
	default:
		add(line, c);
	}
	return LINE_MORE;
}
