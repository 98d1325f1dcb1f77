/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The library's vsnprintf, which is called libc_vsnprintf here (see the Makefile),
 * against what this machine's makes of the same.
 */
/* links: services/lib/libc/vsnprintf.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "dice.h"

enum { TEXT_MAX = 128, UNTOUCHED = '?', RUNS = 4, STEPS = 50000 };

int libc_vsnprintf(char *restrict text, size_t size, const char *restrict fmt, va_list ap);

static char ours[TEXT_MAX], theirs[TEXT_MAX];

static int print_to(char *text, size_t size, const char *fmt, ...)
{
	va_list ap;

	memset(ours, UNTOUCHED, sizeof(ours));
	va_start(ap, fmt);

	int length = libc_vsnprintf(text, size, fmt, ap);

	va_end(ap);
	return length;
}

#define print(...) print_to(ours, __VA_ARGS__)

static const char *one_of(const char *const *words, size_t count)
{
	return words[dice_roll(count)];
}

#define ONE_OF(words) one_of(words, sizeof(words) / sizeof((words)[0]))

/* A number whose length is random, too; often one of those at an edge. */
static uint64_t some_number(void)
{
	uint64_t number = dice_roll(UINT64_MAX) >> dice_roll(64);

	switch (dice_roll(8)) {
	case 0:
		return 0;
	case 1:
		return 0 - number;
	case 2:
		return (uint64_t)1 << dice_roll(64);
	default:
		return number;
	}
}

enum { FLAGS_MAX = 3 };

static void choose_flags(char flags[FLAGS_MAX + 1])
{
	size_t count = dice_roll(FLAGS_MAX + 1);

	for (size_t i = 0; i < count; i++)
		flags[i] = "-+ #0"[dice_roll(5)];
	flags[count] = '\0';
}

static void compare(const char *fmt, uint64_t number, int width, int precision)
{
	size_t size = dice_roll(4) ? TEXT_MAX : dice_roll(TEXT_MAX);

	memset(theirs, UNTOUCHED, sizeof(theirs));

	int length = snprintf(theirs, size, fmt, width, precision, number);

	if (print(size, fmt, width, precision, number) != length || memcmp(ours, theirs, TEXT_MAX))
		fail_msg("seed %llu, step %u: \"%s\" of %d, %d, %#llx is \"%.*s\", not \"%.*s\"",
			 (unsigned long long)dice.seed, dice.step, fmt, width, precision,
			 (unsigned long long)number, TEXT_MAX, ours, TEXT_MAX, theirs);
}

static void prints_integers_as_this_machine_does(void **state)
{
	static const char *const sizes[] = { "", "hh", "h", "l", "ll", "j", "z", "t" };
	static const char *const letters[] = { "d", "i", "u", "o", "x", "X" };

	(void)state;
	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		dice_begin(seed);
		for (; dice.step < STEPS; dice.step++) {
			char flags[FLAGS_MAX + 1], fmt[32];

			choose_flags(flags);
			snprintf(fmt, sizeof(fmt), "<%%%s*.*%s%s>", flags, ONE_OF(sizes),
				 ONE_OF(letters));
			compare(fmt, some_number(), (int)dice_roll(60) - 30,
				(int)dice_roll(30) - 3);
		}
	}
}

/* A format, and what it means with 7 and -9: widths and precisions that are not '*'. */
static const char *const formats[] = {
	"%d%d",	   "%5d|%-5d|", "%05d%6.3d", "%.d%.0d",		"%+d% d",	 "%x%X",
	"%#x %#o", "%hhu %hu",	"%%%i%%%u",  "%12.7x|%-+012d|", "plain %d, %d.", "",
};

static void reads_widths_and_precisions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		memset(theirs, UNTOUCHED, sizeof(theirs));
		assert_int_equal(snprintf(theirs, TEXT_MAX, formats[i], 7, -9),
				 print(TEXT_MAX, formats[i], 7, -9));
		assert_memory_equal(ours, theirs, TEXT_MAX);
	}
}

static void prints_strings_and_characters(void **state)
{
	const char endless[] = { 'e', 'n', 'd' };

	(void)state;
	assert_int_equal(print(TEXT_MAX, "[%s|%5s|%-5s|%.2s|%4.1s|%c|%3c|%-3c]", "a", "bc", "de",
			       "fgh", "ijk", 'l', 'm', 'n'),
			 33);
	assert_string_equal(ours, "[a|   bc|de   |fg|   i|l|  m|n  ]");
	print(TEXT_MAX, "%.3s %.*s", endless, -1, "whole");
	assert_string_equal(ours, "end whole");
	print(TEXT_MAX, "%s %p", NULL, NULL);
	assert_string_equal(ours, "(null) 0000000000000000");
	print(TEXT_MAX, "%p", (void *)0xabcdef);
	assert_string_equal(ours, "0x0000000000abcdef");
}

/* What is no conversion of ours, and what stands before it. */
static const char *const mistakes[] = {
	"so far %f",  "so far %Lg",  "so far %e", "so far %n", "so far %ls",
	"so far %lc", "so far %y",   "so far %",  "so far %-", "so far %5.",
	"so far %l",  "so far %hhs", "so far %a",
};

static void refuses_what_is_no_conversion(void **state)
{
	int number = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		errno = 0;
		assert_int_equal(print(TEXT_MAX, mistakes[i], &number), -1);
		assert_int_equal(errno, EINVAL);
		assert_string_equal(ours, "so far ");
	}
	assert_int_equal(number, 1);
}

static void refuses_what_is_longer_than_an_int_tells(void **state)
{
	(void)state;
	assert_int_equal(print(8, "%2147483647d", 1), INT_MAX);
	assert_int_equal(print(8, "%-*d", INT_MIN, 1), -1);
	assert_int_equal(errno, EOVERFLOW);
	assert_int_equal(print(8, "%2147483647d%d", 1, 2), -1);
	assert_int_equal(print(8, "%99999999999999999999d", 1), INT_MAX);
	assert_int_equal(print(8, "%.2147483647d%d", 1, 2), -1);
	assert_string_equal(ours, "0000000");
}

static void stores_nothing_where_there_is_no_room(void **state)
{
	(void)state;
	assert_int_equal(print_to(NULL, 0, "%3d %s", 12, "text"), 8);
	assert_int_equal(print(0, "%d %s", 12, "text"), 7);
	assert_int_equal(ours[0], UNTOUCHED);
	assert_int_equal(print(1, "%d", 12), 2);
	assert_string_equal(ours, "");
	assert_int_equal(ours[1], UNTOUCHED);
	assert_int_equal(print(3, "%d", 12), 2);
	assert_string_equal(ours, "12");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_integers_as_this_machine_does),
		cmocka_unit_test(reads_widths_and_precisions),
		cmocka_unit_test(prints_strings_and_characters),
		cmocka_unit_test(refuses_what_is_no_conversion),
		cmocka_unit_test(refuses_what_is_longer_than_an_int_tells),
		cmocka_unit_test(stores_nothing_where_there_is_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
