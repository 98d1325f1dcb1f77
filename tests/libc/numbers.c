/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <strings.h>

#include "test.h"

/* What strtol makes of a text: the number, how much of it was read, and errno. */
static const struct {
	const char *text;
	int base;
	long value, length;
	int error;
} signed_numbers[] = {
	{ "0", 10, 0, 1, 0 },
	{ " \t\n-42x", 10, -42, 6, 0 },
	{ "+7", 0, 7, 2, 0 },
	{ "0x1fg", 0, 31, 4, 0 },
	{ "0x1f", 16, 31, 4, 0 },
	{ "0x", 16, 0, 1, 0 },
	{ "0xg", 0, 0, 1, 0 },
	{ "0755", 0, 493, 4, 0 },
	{ "089", 0, 0, 1, 0 },
	{ "1012", 2, 5, 3, 0 },
	{ "zZ", 36, 35 * 36 + 35, 2, 0 },
	{ "9223372036854775807", 10, LONG_MAX, 19, 0 },
	{ "9223372036854775808", 10, LONG_MAX, 19, ERANGE },
	{ "-9223372036854775808", 10, LONG_MIN, 20, 0 },
	{ "-9223372036854775809", 10, LONG_MIN, 20, ERANGE },
	{ "99999999999999999999999999x", 10, LONG_MAX, 26, ERANGE },
	{ "", 10, 0, 0, EINVAL },
	{ "x", 10, 0, 0, EINVAL },
	{ " -", 10, 0, 0, EINVAL },
	{ "1", 37, 0, 0, EINVAL },
};

TEST(reads_signed, "strtol reads numbers in every base, up to the largest")
{
	for (size_t i = 0; i < ROWS(signed_numbers); i++) {
		const char *text = signed_numbers[i].text;
		char *end;

		errno = 0;
		EXPECT_ROW(text, strtol(text, &end, signed_numbers[i].base),
			   signed_numbers[i].value);
		EXPECT_ROW(text, end - text, signed_numbers[i].length);
		EXPECT_ROW(text, errno, signed_numbers[i].error);
	}
}

static const struct {
	const char *text;
	unsigned long value;
	int error;
} unsigned_numbers[] = {
	{ "18446744073709551615", ULONG_MAX, 0 },
	{ "18446744073709551616", ULONG_MAX, ERANGE },
	{ "0xffffffffffffffff", ULONG_MAX, 0 },
	{ "-1", ULONG_MAX, 0 },
	{ "12", 12, 0 },
};

TEST(reads_unsigned, "strtoul and its like read what has no sign")
{
	for (size_t i = 0; i < ROWS(unsigned_numbers); i++) {
		const char *text = unsigned_numbers[i].text;

		errno = 0;
		EXPECT_ROW(text, strtoul(text, NULL, 0), unsigned_numbers[i].value);
		EXPECT_ROW(text, strtoull(text, NULL, 0), unsigned_numbers[i].value);
		EXPECT_ROW(text, strtoumax(text, NULL, 0), unsigned_numbers[i].value);
		EXPECT_ROW(text, errno, unsigned_numbers[i].error);
	}
	EXPECT(strtoll("-5", NULL, 10), -5);
	EXPECT(strtoimax("-5", NULL, 10), -5);
	EXPECT(atoi(" 12monkeys"), 12);
	EXPECT(atol("-12"), -12);
	EXPECT(atoll("nothing"), 0);
}

TEST(divides, "what is left of a division has the sign of what was divided")
{
	div_t d = div(-7, 2);
	ldiv_t l = ldiv(7, -2);
	lldiv_t ll = lldiv(-8, 3);

	EXPECT(d.quot, -3);
	EXPECT(d.rem, -1);
	EXPECT(l.quot, -3);
	EXPECT(l.rem, 1);
	EXPECT(ll.quot, -2);
	EXPECT(ll.rem, -2);
	EXPECT(imaxdiv(9, 4).rem, 1);
	EXPECT(abs(-3), 3);
	EXPECT(labs(-3L), 3);
	EXPECT(llabs(3LL), 3);
	EXPECT(imaxabs(INT64_C(-4)), 4);
}

TEST(finds_bits, "ffs tells the lowest bit that is set")
{
	EXPECT(ffs(0), 0);
	EXPECT(ffs(8), 4);
	EXPECT(ffs(INT_MIN), 32);
	EXPECT(ffsl(LONG_MIN), 64);
	EXPECT(ffsll(1LL << 40), 41);
}

/* --- sorting ---------------------------------------------------------------------- */

enum { MANY = 1000 };

struct item {
	int key;
	char padding[9]; /* of a size that no register has */
};

static int by_key(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static int backwards(const void *a, const void *b, void *calls)
{
	++*(long *)calls;
	return by_key(b, a);
}

static struct item items[MANY];

/* Every key once, in an order that looks like none: 7 has no factor in common with MANY. */
static void fill(void)
{
	for (int i = 0; i < MANY; i++) {
		int key = i * 7 % MANY;

		items[i] = (struct item){ .key = key, .padding = { (char)key } };
	}
}

static long out_of_place(int first, int step)
{
	long wrong = 0;

	for (int i = 0; i < MANY; i++) {
		int key = first + i * step;

		wrong += items[i].key != key || items[i].padding[0] != (char)key;
	}
	return wrong;
}

TEST(sorts, "qsort sorts, either way, and bsearch finds")
{
	const struct item *found, wanted = { .key = 123 }, none = { .key = MANY };
	long calls = 0;

	fill();
	qsort(items, MANY, sizeof(items[0]), by_key);
	EXPECT(out_of_place(0, 1), 0);
	found = bsearch(&wanted, items, MANY, sizeof(items[0]), by_key);
	EXPECT(found == &items[123], 1);
	found = bsearch(&none, items, MANY, sizeof(items[0]), by_key);
	EXPECT(found == NULL, 1);
	qsort_r(items, MANY, sizeof(items[0]), backwards, &calls);
	EXPECT(out_of_place(MANY - 1, -1), 0);
	EXPECT(calls > 0, 1);
	qsort(items, 0, sizeof(items[0]), by_key);
	EXPECT(out_of_place(MANY - 1, -1), 0);
}

TEST(random_again, "rand gives the same numbers again after the same seed")
{
	unsigned seed = 1, same = 1;
	int first;

	srand(7);
	first = rand();
	EXPECT(rand() == first, 0);
	srand(7);
	EXPECT(rand(), first);
	EXPECT(rand_r(&seed), rand_r(&same));
	EXPECT(seed == 1, 0);
}
