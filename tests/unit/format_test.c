/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The core of every printf in KOZO, against what the C library makes of the same. */
/* links: abi/lib/format.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "format.h"

enum { TEXT_MAX = 256 };

static char ours[TEXT_MAX];
static size_t length;

static void put(void *arg, char c)
{
	assert_ptr_equal(arg, ours);
	assert_true(length + 1 < TEXT_MAX);
	ours[length++] = c;
	ours[length] = '\0';
}

static void make(const char *fmt, ...)
{
	size_t returned;
	va_list ap;

	length = 0;
	ours[0] = '\0';
	va_start(ap, fmt);
	returned = format(put, ours, fmt, ap);
	va_end(ap);
	assert_int_equal(returned, length);
}

/* The same format and arguments, given to both. */
#define expect_as_in_c(...) \
	do { \
		char theirs[TEXT_MAX]; \
		snprintf(theirs, sizeof(theirs), __VA_ARGS__); \
		make(__VA_ARGS__); \
		assert_string_equal(ours, theirs); \
	} while (0)

static void puts_plain_text_as_it_is(void **state)
{
	(void)state;
	expect_as_in_c("plain, 100%% of it\n");
	make("%s", "");
	assert_string_equal(ours, "");
}

static void puts_strings_and_characters(void **state)
{
	(void)state;
	expect_as_in_c("[%s] [%8s] [%-8s] [%c] [%3c] [%-3c]", "text", "text", "text", 'x', 'y',
		       'z');
	expect_as_in_c("[%.2s] [%8.2s] [%-8.2s] [%.0s] [%.9s]", "text", "text", "text", "text",
		       "text");
	expect_as_in_c("[%*s] [%-*s] [%.*s]", 6, "text", 6, "text", 3, "text");
}

static void does_not_read_a_string_beyond_its_precision(void **state)
{
	const char no_end[] = { 'a', 'b', 'c' };

	(void)state;
	make("%.3s|%.*s", no_end, 2, no_end);
	assert_string_equal(ours, "abc|ab");
}

static void says_what_a_null_string_is(void **state)
{
	const char *none = NULL;

	(void)state;
	make("%s", none);
	assert_string_equal(ours, "(null)");
}

static void puts_numbers_of_every_size(void **state)
{
	(void)state;
	expect_as_in_c("%d %d %d", 0, INT32_MAX, INT32_MIN);
	expect_as_in_c("%u %x", UINT32_MAX, UINT32_MAX);
	expect_as_in_c("%ld %ld %lu %lx", INT64_MAX, INT64_MIN, UINT64_MAX, UINT64_MAX);
	expect_as_in_c("%lld %llu %llx", -1ll, 1ull << 63, 0xabcdefull);
	expect_as_in_c("%zu %zx", (size_t)12345, (size_t)0xfeed);
}

static void pads_numbers(void **state)
{
	(void)state;
	expect_as_in_c("[%5d] [%-5d] [%05d] [%1d]", 42, 42, 42, 42);
	expect_as_in_c("[%5d] [%-5d] [%05d] [%1d]", -42, -42, -42, -42);
	expect_as_in_c("[%016lx] [%8x] [%-8x] [%*u]", 0xc0ffeeul, 0xc0ffeeu, 0xc0ffeeu, 7, 9u);
}

static void puts_a_pointer_as_sixteen_digits(void **state)
{
	(void)state;
	make("%p %p", (void *)0x1234abcd, NULL);
	assert_string_equal(ours, "000000001234abcd 0000000000000000");
}

static void shows_a_mistake_in_the_format_as_it_stands(void **state)
{
	(void)state;
	make("%q and 5% and %", 1);
	assert_string_equal(ours, "%q and 5% and %");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_plain_text_as_it_is),
		cmocka_unit_test(puts_strings_and_characters),
		cmocka_unit_test(does_not_read_a_string_beyond_its_precision),
		cmocka_unit_test(says_what_a_null_string_is),
		cmocka_unit_test(puts_numbers_of_every_size),
		cmocka_unit_test(pads_numbers),
		cmocka_unit_test(puts_a_pointer_as_sixteen_digits),
		cmocka_unit_test(shows_a_mistake_in_the_format_as_it_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
