/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The line editor of the console, and its history: what is typed, what is kept, and what
 * a terminal shows. The terminal is modelled here: one row, whose text and cursor must be
 * those of the line after each key.
 */
/* links: services/supervisor/line.c services/supervisor/history.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "dice.h"
#include "line.h"

#define PROMPT "Init> "
#define UP "\x1b[A"
#define DOWN "\x1b[B"
#define RIGHT "\x1b[C"
#define LEFT "\x1b[D"
#define HOME "\x1b[H"
#define END "\x1b[F"
#define DELETE "\x1b[3~"

/* --- a terminal ------------------------------------------------------------- */

enum { COLUMNS = 512 };

static struct {
	char row[COLUMNS];
	size_t column;
	size_t bytes;	  /* that it was sent */
	bool was_cleared; /* as a whole */
	bool is_ended;	  /* the cursor has left the row */
} terminal;

static void terminal_begin(void)
{
	memset(&terminal, 0, sizeof(terminal));
	memset(terminal.row, ' ', sizeof(terminal.row));
}

static void put(char c)
{
	assert_false(terminal.is_ended);
	if (c == '\b') {
		assert_true(terminal.column > 0);
		terminal.column--;
	} else if (c == '\r') {
		terminal.column = 0;
	} else if (c == '\n') {
		terminal.is_ended = true;
	} else {
		assert_in_range(c, ' ', '~');
		assert_true(terminal.column < COLUMNS);
		terminal.row[terminal.column++] = c;
	}
}

static void echo(const char *text)
{
	static const char clear[] = "\x1b[H\x1b[2J";

	assert_true(*text != '\0');
	terminal.bytes += strlen(text);
	if (strncmp(text, clear, strlen(clear)) == 0) {
		memset(terminal.row, ' ', sizeof(terminal.row));
		terminal.was_cleared = true;
		text += strlen(clear);
	}
	for (; *text != '\0'; text++)
		put(*text);
}

/* What is behind the prompt, without the blanks at its end. */
static const char *shown(void)
{
	static char text[COLUMNS + 1];
	size_t length = COLUMNS;

	while (length > strlen(PROMPT) && terminal.row[length - 1] == ' ')
		length--;
	assert_memory_equal(terminal.row, PROMPT, strlen(PROMPT));
	memcpy(text, terminal.row + strlen(PROMPT), length - strlen(PROMPT));
	text[length - strlen(PROMPT)] = '\0';
	return text;
}

/* Blanks at the line's end cannot be seen. */
static void must_show(const struct line *line)
{
	size_t seen = strlen(shown());

	assert_int_equal(strlen(line->text), line->length);
	assert_memory_equal(shown(), line->text, seen);
	for (size_t i = seen; i < line->length; i++)
		assert_int_equal(line->text[i], ' ');
	assert_true(line->cursor <= line->length);
	assert_int_equal(terminal.column, strlen(PROMPT) + line->cursor);
}

/* --- typing on it --------------------------------------------------------------- */

static struct history history;

static void press(struct line *line, const char *keys)
{
	for (; *keys != '\0'; keys++) {
		assert_int_equal(line_take(line, *keys), LINE_MORE);
		must_show(line);
	}
}

static struct line type(const char *keys)
{
	struct line line;

	terminal_begin();
	line_begin(&line, PROMPT, &history, echo);
	must_show(&line);
	press(&line, keys);
	return line;
}

static int without_history(void **state)
{
	(void)state;
	memset(&history, 0, sizeof(history));
	return 0;
}

static void ends_at_return_or_line_feed(void **state)
{
	static const char ends[] = { '\r', '\n' };

	(void)state;
	for (size_t i = 0; i < sizeof(ends); i++) {
		struct line line = type("cat etc/motd" HOME RIGHT);

		assert_int_equal(line_take(&line, ends[i]), LINE_DONE);
		assert_string_equal(line.text, "cat etc/motd");
		assert_string_equal(shown(), "cat etc/motd");
		assert_true(terminal.is_ended);
		assert_int_equal(terminal.column, strlen(PROMPT "cat etc/motd"));
	}
}

static void edits(void **state)
{
	static const struct {
		const char *keys, *text;
		size_t cursor;
	} cases[] = {
		{ "ab\b", "a", 1 },
		{ "ab\x7f", "a", 1 },
		{ "\b\x7f", "", 0 },
		{ "ac" LEFT "b", "abc", 2 },
		{ "ac\x1bOD"
		  "b\x1bOC"
		  "d",
		  "abcd", 4 },
		{ LEFT "a" RIGHT "b", "ab", 2 },
		{ "abc" LEFT LEFT "\b", "bc", 0 },
		{ "abc" LEFT LEFT DELETE, "ac", 1 },
		{ "abc" DELETE, "abc", 3 },
		{ "bc" HOME "a" END "d", "abcd", 4 },
		{ "bc\x1b[1~a\x1b[4~d", "abcd", 4 },
		{ "bc\x1b[7~a\x1b[8~d", "abcd", 4 },
		{ "bc\x1bOHa\x1bOFd", "abcd", 4 },
		{ "bc\x01"
		  "a\x05"
		  "d",
		  "abcd", 4 },
		{ "abc" LEFT "\x15", "c", 0 },
		{ "abc" LEFT "\x0b", "ab", 2 },
		{ "one two  \x17", "one ", 4 },
		{ "one two" LEFT "\x17", "one o", 4 },
		{ "one\x17\x17", "", 0 },
		{ "abc" LEFT "\x0c"
		  "x",
		  "abxc", 3 },
		{ "a\x1b[1;5Db", "ba", 1 }, /* Ctrl and left: as left alone */
		{ "a\x1b[2~\x1b[15~\x1b[200~\x1b[33~b", "ab", 2 }, /* Insert, F5, and more */
		{ "a\x1bOPb", "ab", 2 },			   /* F1 of xterm */
		{ "a\x1b[[Ab", "ab", 2 },			   /* and of the Linux console */
		{ "a\x1bxb", "ab", 2 },				   /* Alt-x */
		{ "a\x1b\x1b[Db", "ba", 1 },			   /* Esc, then left */
		{ "a\t\x03\xc3\xa9z", "az", 2 },		   /* what cannot be shown */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct line line = type(cases[i].keys);

		assert_string_equal(line.text, cases[i].text);
		assert_int_equal(line.cursor, cases[i].cursor);
	}
}

/* What is typed at a line's end costs a terminal no more than itself. */
static void shows_what_is_typed_and_no_more(void **state)
{
	struct line line = type("");
	size_t before = terminal.bytes;

	(void)state;
	press(&line, "cat etc/motd");
	assert_int_equal(terminal.bytes - before, strlen("cat etc/motd"));
}

static void clears_the_terminal(void **state)
{
	struct line line = type("abc");

	(void)state;
	assert_false(terminal.was_cleared);
	press(&line, "\x0c");
	assert_true(terminal.was_cleared);
}

static void keeps_no_more_than_fits(void **state)
{
	char keys[LINE_LENGTH_MAX + 100];
	struct line line;

	(void)state;
	memset(keys, 'x', sizeof(keys));
	keys[sizeof(keys) - 1] = '\0';
	line = type(keys);
	assert_int_equal(line.length, LINE_LENGTH_MAX);
	press(&line, HOME "y");
	assert_int_equal(line.length, LINE_LENGTH_MAX);
	assert_int_equal(line.cursor, 0);
	press(&line, DELETE "y");
	assert_int_equal(line.length, LINE_LENGTH_MAX);
	assert_int_equal(line.text[0], 'y');
}

static void ends_even_within_a_key_sequence(void **state)
{
	struct line line = type("a\x1b[");

	(void)state;
	assert_int_equal(line_take(&line, '\r'), LINE_DONE);
	assert_string_equal(line.text, "a");
}

/* Whatever is pressed, the terminal shows the line. */
static void shows_the_line_after_any_keys(void **state)
{
	static const char *const keys[] = {
		"a",	"bc",	" ",	"word ", LEFT,	 LEFT,	  RIGHT,  HOME,	   END,
		DELETE, "\b",	"\x0b", "\x15",	 "\x17", "\x0c",  "\x1b", "\x1b[", "3",
		"~",	"\xff", UP,	DOWN,	 UP,	 "\x1bO", "H",	  "[",	   "1;2",
	};

	(void)state;
	dice_begin(1);
	history_add(&history, "a line that is longer than most of them");
	history_add(&history, "x");
	for (unsigned run = 0; run < 200; run++) {
		struct line line = type("");

		for (unsigned i = 0; i < 100; i++)
			press(&line, keys[dice_roll(sizeof(keys) / sizeof(keys[0]))]);
	}
}

/* --- history ---------------------------------------------------------------------- */

static void recalls_what_was_typed_before(void **state)
{
	static const struct {
		const char *keys, *text;
	} cases[] = {
		{ UP, "third" },
		{ UP UP, "second" },
		{ UP UP UP UP, "first" },
		{ UP UP DOWN, "third" },
		{ "new" UP DOWN, "new" },
		{ "new" UP UP DOWN DOWN DOWN "er", "newer" },
		{ DOWN, "" },
		{ UP "!" UP DOWN, "third" },
		{ "\x1bOA\x1bOA\x1bOB", "third" },
	};

	(void)state;
	history_add(&history, "first");
	history_add(&history, "second");
	history_add(&history, "third");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct line line = type(cases[i].keys);

		assert_string_equal(line.text, cases[i].text);
		assert_int_equal(line.cursor, line.length);
	}
}

static void keeps_each_line_once_and_the_last_ones(void **state)
{
	char text[] = "line a";

	(void)state;
	for (; text[5] <= 'z'; text[5]++)
		history_add(&history, text);
	history_add(&history, "");
	history_add(&history, "line p");
	history_add(&history, "line p");
	assert_string_equal(history_find(&history, 1), "line p");
	assert_string_equal(history_find(&history, 2), "line z");
	assert_string_equal(history_find(&history, 11), "line q");
	assert_string_equal(history_find(&history, 12), "line o");
	assert_string_equal(history_find(&history, HISTORY_LINES), "line k");
	assert_null(history_find(&history, HISTORY_LINES + 1));
	assert_null(history_find(&history, 0));
}

static void believes_only_text(void **state)
{
	(void)state;
	history_add(&history, "good");
	history_begin(&history);
	assert_string_equal(history_find(&history, 1), "good");
	history.line[HISTORY_LINES - 1][3] = '\x1b'; /* behind an end: it is never shown */
	history_begin(&history);
	assert_string_equal(history_find(&history, 1), "good");
	history.line[HISTORY_LINES - 1][0] = '\x1b';
	history_begin(&history);
	assert_null(history_find(&history, 1));

	history_add(&history, "good");
	memset(history.line[5], 'x', sizeof(history.line[5])); /* without an end */
	history_begin(&history);
	assert_null(history_find(&history, 1));
	assert_null(history_find(&history, 6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ends_at_return_or_line_feed, without_history),
		cmocka_unit_test_setup(edits, without_history),
		cmocka_unit_test_setup(shows_what_is_typed_and_no_more, without_history),
		cmocka_unit_test_setup(clears_the_terminal, without_history),
		cmocka_unit_test_setup(keeps_no_more_than_fits, without_history),
		cmocka_unit_test_setup(ends_even_within_a_key_sequence, without_history),
		cmocka_unit_test_setup(shows_the_line_after_any_keys, without_history),
		cmocka_unit_test_setup(recalls_what_was_typed_before, without_history),
		cmocka_unit_test_setup(keeps_each_line_once_and_the_last_ones, without_history),
		cmocka_unit_test_setup(believes_only_text, without_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
