/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The line editor of the console: what is typed, what is kept, what is shown. */
/* links: services/supervisor/line.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "line.h"

static char shown[4096];

static void echo(const char *text)
{
	size_t length = strlen(shown);

	assert_true(length + strlen(text) < sizeof(shown));
	memcpy(shown + length, text, strlen(text) + 1);
}

static struct line type(const char *keys)
{
	struct line line;

	shown[0] = '\0';
	line_begin(&line, echo);
	for (; *keys != '\0'; keys++)
		assert_int_equal(line_take(&line, *keys), LINE_MORE);
	assert_int_equal(strlen(line.text), line.length);
	return line;
}

static void keeps_and_shows_what_is_typed(void **state)
{
	struct line line = type("cat etc/motd");

	(void)state;
	assert_string_equal(line.text, "cat etc/motd");
	assert_string_equal(shown, "cat etc/motd");
}

static void ends_at_return_or_line_feed(void **state)
{
	static const char ends[] = { '\r', '\n' };

	(void)state;
	for (size_t i = 0; i < sizeof(ends); i++) {
		struct line line = type("ls");

		assert_int_equal(line_take(&line, ends[i]), LINE_DONE);
		assert_string_equal(line.text, "ls");
		assert_string_equal(shown, "ls\n");
	}
}

static void edits(void **state)
{
	static const struct {
		const char *keys, *text, *shown;
	} cases[] = {
		{ "ab\b", "a", "ab\b \b" },
		{ "ab\x7f", "a", "ab\b \b" },
		{ "\b\x7f", "", "" },
		{ "ab\x15", "", "ab\b \b\b \b" },
		{ "ab\x15"
		  "c",
		  "c", "ab\b \b\b \bc" },
		{ "a\x1b[Ab", "ab", "ab" },		/* cursor up */
		{ "a\x1b[3~b", "ab", "ab" },		/* delete */
		{ "a\x1bOPb", "ab", "ab" },		/* a function key */
		{ "a\x1bxb", "ab", "ab" },		/* Alt-x */
		{ "a\x01\t\x03\xc3\xa9z", "az", "az" }, /* what cannot be shown */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(type(cases[i].keys).text, cases[i].text);
		assert_string_equal(shown, cases[i].shown);
	}
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
	assert_int_equal(strlen(shown), LINE_LENGTH_MAX);
	assert_int_equal(line_take(&line, '\b'), LINE_MORE);
	assert_int_equal(line.length, LINE_LENGTH_MAX - 1);
}

static void ends_even_within_a_key_sequence(void **state)
{
	struct line line = type("a\x1b[");

	(void)state;
	assert_int_equal(line_take(&line, '\r'), LINE_DONE);
	assert_string_equal(line.text, "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_and_shows_what_is_typed),
		cmocka_unit_test(ends_at_return_or_line_feed),
		cmocka_unit_test(edits),
		cmocka_unit_test(keeps_no_more_than_fits),
		cmocka_unit_test(ends_even_within_a_key_sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
