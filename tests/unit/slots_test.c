/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which slots are free. */
/* links: services/lib/kozo-sys/slots.c tests/unit/panic_stub.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "panic_stub.h"
#include "slots.h"

static struct slots slots;

static void hands_out_each_slot_once(void **state)
{
	(void)state;
	slots_begin(&slots, 100, 200);
	assert_int_equal(slots_free(&slots), 200);
	for (cptr_t slot = 100; slot < 300; slot++)
		assert_int_equal(slots_take(&slots, 1), slot);
	assert_int_equal(slots_take(&slots, 1), 0);
	assert_int_equal(slots_free(&slots), 0);
}

static void hands_out_a_slot_again_that_came_back(void **state)
{
	(void)state;
	slots_begin(&slots, 1, 8);
	assert_int_equal(slots_take(&slots, 8), 1);
	slots_give(&slots, 5, 1);
	slots_give(&slots, 3, 1);
	assert_int_equal(slots_take(&slots, 1), 3);
	assert_int_equal(slots_take(&slots, 1), 5);
	assert_int_equal(slots_take(&slots, 1), 0);
}

static void finds_a_run_only_where_one_is(void **state)
{
	(void)state;
	slots_begin(&slots, 10, 10);
	assert_int_equal(slots_take(&slots, 10), 10);
	slots_give(&slots, 11, 2);
	slots_give(&slots, 15, 3);
	assert_int_equal(slots_take(&slots, 4), 0);
	assert_int_equal(slots_take(&slots, 3), 15);
	assert_int_equal(slots_take(&slots, 3), 0);
	assert_int_equal(slots_take(&slots, 2), 11);
	assert_int_equal(slots_free(&slots), 0);
}

static void finds_a_run_across_words_of_the_bitmap(void **state)
{
	(void)state;
	slots_begin(&slots, 1, SLOTS_MAX);
	assert_int_equal(slots_take(&slots, 60), 1);
	assert_int_equal(slots_take(&slots, 130), 61);
	assert_int_equal(slots_take(&slots, SLOTS_MAX - 190), 191);
	assert_int_equal(slots_take(&slots, 1), 0);
}

static void keeps_no_account_of_more_than_fits(void **state)
{
	(void)state;
	slots_begin(&slots, 1, SLOTS_MAX + 1);
	assert_int_equal(slots_free(&slots), SLOTS_MAX);
	assert_int_equal(slots_take(&slots, SLOTS_MAX + 1), 0);
	assert_int_equal(slots_take(&slots, SLOTS_MAX), 1);
}

static void takes_nothing_back_that_it_did_not_hand_out(void **state)
{
	static const struct {
		cptr_t first;
		size_t count;
	} wrong[] = {
		{ 9, 1 },     { 10, 11 },	{ 20, 1 }, { 15, 6 },
		{ ~0ull, 1 }, { 15, SIZE_MAX }, { 12, 1 },
	};

	(void)state;
	slots_begin(&slots, 10, 10);
	assert_int_equal(slots_take(&slots, 2), 10);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect_panic(slots_give(&slots, wrong[i].first, wrong[i].count));
}

/* Take and give at random, and keep a simple account beside it. */
static void agrees_with_a_simple_account(void **state)
{
	enum { COUNT = 150, STEPS = 20000 };
	unsigned char used[COUNT] = { 0 };

	(void)state;
	srand(1);
	slots_begin(&slots, 1, COUNT);
	for (int step = 0; step < STEPS; step++) {
		size_t i = (size_t)rand() % COUNT, length = (size_t)rand() % 5 + 1;

		if (used[i]) {
			slots_give(&slots, i + 1, 1);
			used[i] = 0;
			continue;
		}

		cptr_t first = slots_take(&slots, length);

		for (size_t at = 0; first && at < length; at++) {
			assert_false(used[first - 1 + at]);
			used[first - 1 + at] = 1;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_out_each_slot_once),
		cmocka_unit_test(hands_out_a_slot_again_that_came_back),
		cmocka_unit_test(finds_a_run_only_where_one_is),
		cmocka_unit_test(finds_a_run_across_words_of_the_bitmap),
		cmocka_unit_test(keeps_no_account_of_more_than_fits),
		cmocka_unit_test(takes_nothing_back_that_it_did_not_hand_out),
		cmocka_unit_test(agrees_with_a_simple_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
