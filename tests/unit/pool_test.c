/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is left in each untyped, by the kernel's own rule of placement. */
/* links: services/lib/kozo-sys/pool.c tests/unit/panic_stub.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "panic_stub.h"
#include "pool.h"

static struct pool pool;

static void begin(void)
{
	pool.count = 0;
	assert_true(pool_add(&pool, 1, 20));
	assert_true(pool_add(&pool, 2, 14));
	assert_true(pool_add(&pool, 3, 16));
	assert_true(pool_add(&pool, 4, 14));
}

/* Make an object and say from which untyped; 0: there is no room. */
static cptr_t make(unsigned bits)
{
	struct pool_piece *piece = pool_fit(&pool, bits);

	if (!piece)
		return 0;
	pool_use(piece, bits);
	return piece->untyped;
}

static void takes_the_smallest_piece_that_has_room(void **state)
{
	(void)state;
	begin();
	assert_int_equal(make(14), 2);
	assert_int_equal(make(14), 4);
	assert_int_equal(make(14), 3);
	assert_int_equal(make(16), 1);
	assert_int_equal(make(21), 0);
	assert_int_equal(make(UNTYPED_BITS_MAX), 0);
}

static void fills_a_piece_that_is_begun_before_another_of_its_size(void **state)
{
	(void)state;
	begin();
	assert_int_equal(make(12), 2);
	for (int i = 0; i < 3; i++)
		assert_int_equal(make(12), 2);
	assert_int_equal(make(12), 4);
}

static void places_an_object_at_a_multiple_of_its_size(void **state)
{
	struct pool_piece *piece;

	(void)state;
	begin();
	assert_int_equal(make(6), 2);
	piece = pool_fit(&pool, 12);
	assert_int_equal(piece->untyped, 2);
	pool_use(piece, 12);
	assert_int_equal(piece->used, 2 << 12);
	pool_use(piece, 13);
	assert_int_equal(piece->used, 1 << 14);
	assert_int_equal(make(6), 4);
}

static void has_no_room_where_alignment_takes_it(void **state)
{
	(void)state;
	pool.count = 0;
	assert_true(pool_add(&pool, 1, 13));
	assert_int_equal(make(6), 1);
	assert_int_equal(make(13), 0);
	assert_int_equal(make(12), 1);
	assert_int_equal(make(12), 0);
	assert_int_equal(make(6), 0);
}

static void hands_out_whole_only_what_is_whole(void **state)
{
	(void)state;
	begin();
	assert_int_equal(make(6), 2);
	assert_int_equal(pool_take_whole(&pool, 14), 4);
	assert_int_equal(pool_take_whole(&pool, 14), 0);
	assert_int_equal(pool_take_whole(&pool, 15), 0);
	assert_int_equal(pool.count, 3);
	assert_true(pool_add(&pool, 4, 14));
	assert_int_equal(pool_take_whole(&pool, 14), 4);
}

static void adds_up_what_is_free(void **state)
{
	uint64_t total, most;

	(void)state;
	pool.count = 0;
	pool_free(&pool, &total, &most);
	assert_int_equal(total, 0);
	assert_int_equal(most, 0);
	begin();
	assert_int_equal(make(20), 1);
	assert_int_equal(make(12), 2);
	pool_free(&pool, &total, &most);
	assert_int_equal(total, (1 << 16) + 2 * (1 << 14) - (1 << 12));
	assert_int_equal(most, 1 << 16);
}

static void holds_no_more_pieces_than_fit(void **state)
{
	(void)state;
	pool.count = 0;
	for (cptr_t i = 1; i <= POOL_PIECES_MAX; i++)
		assert_true(pool_add(&pool, i, 12));
	assert_false(pool_add(&pool, 1, 12));
	assert_int_equal(pool.count, POOL_PIECES_MAX);
}

static void notices_an_object_that_does_not_fit(void **state)
{
	(void)state;
	begin();
	expect_panic(pool_use(&pool.piece[1], 15));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_smallest_piece_that_has_room),
		cmocka_unit_test(fills_a_piece_that_is_begun_before_another_of_its_size),
		cmocka_unit_test(places_an_object_at_a_multiple_of_its_size),
		cmocka_unit_test(has_no_room_where_alignment_takes_it),
		cmocka_unit_test(hands_out_whole_only_what_is_whole),
		cmocka_unit_test(adds_up_what_is_free),
		cmocka_unit_test(holds_no_more_pieces_than_fit),
		cmocka_unit_test(notices_an_object_that_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
