/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where the next object goes in an untyped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "untyped.h"

#define NOWHERE UINT64_MAX
#define BYTES(bits) (1ull << (bits))

/* untyped_fit() with its two results as one; a refusal leaves the start alone. */
static uint64_t fit(uint64_t watermark, unsigned size, unsigned bits)
{
	uint64_t start = NOWHERE;

	if (untyped_fit(watermark, size, bits, &start))
		assert_true(start != NOWHERE);
	else
		assert_true(start == NOWHERE);
	return start;
}

static void an_object_goes_to_the_next_multiple_of_its_size(void **state)
{
	/* clang-format off */
	static const struct {
		uint64_t watermark;
		unsigned size, bits;
		uint64_t want;
	} rows[] = {
		{ 0,		     12, 12, 0 },
		{ 1,		     12, 12, NOWHERE },
		{ BYTES(12),	     12, 12, NOWHERE },
		{ BYTES(12),	     12,  4, NOWHERE },	/* used up */
		{ 0,		     12, 13, NOWHERE },	/* larger than all of it */
		{ 0,		     12, 47, NOWHERE },
		{ 0,		     12, 63, NOWHERE },
		{ 0,		      0, 63, NOWHERE },
		{ 0,		      0,  0, 0 },
		{ 0,		     20,  6, 0 },
		{ 64,		     20,  6, 64 },
		{ 64,		     20, 12, BYTES(12) },
		{ 65,		     20,  6, 128 },
		{ BYTES(20) - 65,    20,  6, BYTES(20) - 64 },
		{ BYTES(20) - 64,    20,  6, BYTES(20) - 64 },
		{ BYTES(20) - 63,    20,  6, NOWHERE },
		{ BYTES(20) - 1,     20,  6, NOWHERE },
		{ BYTES(19),	     20, 19, BYTES(19) },
		{ BYTES(19) + 1,     20, 19, NOWHERE },
		{ 1,		     20, 19, BYTES(19) },
		{ 0,		     47, 47, 0 },
		{ 1,		     47, 47, NOWHERE },
		{ 1,		     47, 46, BYTES(46) },
		{ BYTES(46),	     47, 46, BYTES(46) },
		{ BYTES(46) + 1,     47, 46, NOWHERE },
		{ BYTES(47) - 4096,  47, 12, BYTES(47) - 4096 },
		{ BYTES(47) - 4095,  47, 12, NOWHERE },
		{ BYTES(47),	     47,  4, NOWHERE },
		{ BYTES(47),	     47, 47, NOWHERE },
		{ BYTES(47),	     47, 48, NOWHERE },
		{ UINT64_MAX,	     47,  4, NOWHERE },	/* rounds up to 0 */
		{ UINT64_MAX,	     47, 47, NOWHERE },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (fit(rows[i].watermark, rows[i].size, rows[i].bits) != rows[i].want)
			fail_msg("row %zu is wrong", i);
}

/* By trying one byte after the other. */
static uint64_t search(uint64_t watermark, unsigned size, unsigned bits)
{
	for (uint64_t at = watermark; at + BYTES(bits) <= BYTES(size); at++)
		if (at % BYTES(bits) == 0)
			return at;
	return NOWHERE;
}

static void every_small_case_agrees_with_a_search(void **state)
{
	enum { LARGEST = 8 };

	(void)state;
	for (unsigned size = 0; size <= LARGEST; size++)
		for (unsigned bits = 0; bits <= LARGEST + 2; bits++)
			for (uint64_t watermark = 0; watermark <= BYTES(size); watermark++)
				if (fit(watermark, size, bits) != search(watermark, size, bits))
					fail_msg("wrong for watermark %llu, size %u, bits %u",
						 (unsigned long long)watermark, size, bits);
}

static void an_untyped_gives_all_its_memory_to_objects_of_one_size(void **state)
{
	enum { SIZE = 10 };

	(void)state;
	for (unsigned bits = 0; bits <= SIZE; bits++) {
		uint64_t start = 0, watermark = 0, count = 0;

		while (untyped_fit(watermark, SIZE, bits, &start)) {
			assert_int_equal(start, watermark);
			watermark = start + BYTES(bits);
			count++;
		}
		assert_int_equal(count, BYTES(SIZE - bits));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_goes_to_the_next_multiple_of_its_size),
		cmocka_unit_test(every_small_case_agrees_with_a_search),
		cmocka_unit_test(an_untyped_gives_all_its_memory_to_objects_of_one_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
