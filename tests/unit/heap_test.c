/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The heap of services: pieces that do not overlap, room that comes back, what is broken is told. */
/* links: services/lib/service/heap.c tests/unit/panic_stub.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "heap.h"
#include "panic_stub.h"

enum { STEP = 1024, STEPS_MAX = 16 };

static uint8_t memory[STEP * STEPS_MAX] __attribute__((aligned(HEAP_ALIGNMENT)));
static struct heap heap;
static unsigned steps, steps_most;

static size_t grow(size_t bytes)
{
	size_t done = 0;

	for (; done < bytes && steps < steps_most; steps++)
		done += STEP;
	return done;
}

static void begin(unsigned most)
{
	memset(memory, 0xa5, sizeof(memory));
	steps = 0;
	steps_most = most;
	heap_begin(&heap, memory, grow);
}

static void gives_aligned_pieces_that_do_not_overlap(void **state)
{
	uint8_t *piece[8];

	(void)state;
	begin(STEPS_MAX);
	for (unsigned i = 0; i < 8; i++) {
		piece[i] = heap_allocate(&heap, i * 37);
		assert_non_null(piece[i]);
		assert_int_equal((uintptr_t)piece[i] % HEAP_ALIGNMENT, 0);
		memset(piece[i], (int)i, i * 37);
	}
	for (unsigned i = 0; i < 8; i++)
		for (unsigned n = 0; n < i * 37; n++)
			assert_int_equal(piece[i][n], i);
}

static void grows_by_no_more_than_it_needs(void **state)
{
	(void)state;
	begin(STEPS_MAX);
	assert_non_null(heap_allocate(&heap, STEP - HEAP_ALIGNMENT));
	assert_int_equal(steps, 1);
	assert_non_null(heap_allocate(&heap, 3 * STEP - HEAP_ALIGNMENT));
	assert_int_equal(steps, 4);
}

static void joins_what_is_free_side_by_side(void **state)
{
	void *piece[4];

	(void)state;
	begin(1);
	for (unsigned i = 0; i < 4; i++)
		piece[i] = heap_allocate(&heap, STEP / 4 - HEAP_ALIGNMENT);
	assert_null(heap_allocate(&heap, 1));
	heap_free(&heap, piece[1]);
	heap_free(&heap, piece[3]);
	heap_free(&heap, piece[2]);
	assert_ptr_equal(heap_allocate(&heap, 3 * STEP / 4 - HEAP_ALIGNMENT), piece[1]);
	assert_null(heap_allocate(&heap, 1));
}

static void joins_what_is_free_with_what_it_grows_by(void **state)
{
	(void)state;
	begin(3);

	void *all = heap_allocate(&heap, STEP - HEAP_ALIGNMENT);

	heap_free(&heap, all);
	assert_ptr_equal(heap_allocate(&heap, 2 * STEP - HEAP_ALIGNMENT), all);
	assert_non_null(heap_allocate(&heap, STEP - HEAP_ALIGNMENT));
	assert_int_equal(steps, 3);
}

static void says_no_and_loses_nothing(void **state)
{
	(void)state;
	begin(4);

	void *all = heap_allocate(&heap, 4 * STEP - HEAP_ALIGNMENT);

	assert_non_null(all);
	assert_null(heap_allocate(&heap, 0));
	heap_free(&heap, all);
	assert_null(heap_allocate(&heap, 4 * STEP));
	assert_null(heap_allocate(&heap, SIZE_MAX));
	assert_null(heap_allocate(&heap, SIZE_MAX / 2));
	assert_ptr_equal(heap_allocate(&heap, 4 * STEP - HEAP_ALIGNMENT), all);
}

static void resizes_in_place_if_there_is_room(void **state)
{
	(void)state;
	begin(1);

	uint8_t *a = heap_allocate(&heap, 100), *b = heap_allocate(&heap, 100);

	memset(a, 7, 100);
	assert_null(heap_resize(&heap, a, STEP));
	assert_ptr_equal(heap_resize(&heap, a, 10), a);
	assert_ptr_equal(heap_resize(&heap, a, 100), a);

	uint8_t *moved = heap_resize(&heap, a, 600);

	assert_ptr_not_equal(moved, a);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(moved[i], 7);
	heap_free(&heap, b);
	assert_ptr_equal(heap_allocate(&heap, 200), a);
	assert_null(heap_resize(&heap, moved, SIZE_MAX));
	assert_non_null(heap_resize(&heap, NULL, 5));
	heap_free(&heap, NULL);
}

/* Against a model: what each piece holds. */
static void holds_what_was_written_whatever_is_asked(void **state)
{
	enum { PIECES = 32 };
	struct {
		uint8_t *at;
		size_t size;
	} piece[PIECES] = { 0 };

	(void)state;
	begin(STEPS_MAX);
	srand(1);
	for (unsigned n = 0; n < 50000; n++) {
		unsigned i = (unsigned)rand() % PIECES;
		size_t size = (size_t)rand() % 600, less = piece[i].size;
		uint8_t *at = rand() % 3 ? heap_resize(&heap, piece[i].at, size) : NULL;

		if (at && size < less)
			less = size;
		for (size_t b = 0; b < less; b++)
			assert_int_equal((at ? at : piece[i].at)[b], (uint8_t)(i + b));
		if (!at) {
			heap_free(&heap, piece[i].at);
			size = 0;
		}
		piece[i].at = at;
		piece[i].size = size;
		for (size_t b = 0; b < size; b++)
			at[b] = (uint8_t)(i + b);
	}
	for (unsigned i = 0; i < PIECES; i++)
		heap_free(&heap, piece[i].at);
	steps_most = 0;
	assert_non_null(heap_allocate(&heap, (size_t)(heap.end - heap.start) - HEAP_ALIGNMENT));
}

/* It looks like one, but lies beyond the end. */
static void panics_when_a_piece_of_another_heap_is_freed(void **state)
{
	(void)state;
	begin(STEPS_MAX);
	assert_non_null(heap_allocate(&heap, STEP));

	void *another = heap_allocate(&heap, 3 * STEP);

	heap_begin(&heap, memory, grow);
	assert_non_null(heap_allocate(&heap, 1));
	expect_panic(heap_free(&heap, another));
}

static void panics_when_it_is_broken(void **state)
{
	(void)state;
	begin(STEPS_MAX);

	uint8_t *a = heap_allocate(&heap, 32), *b = heap_allocate(&heap, 32);

	expect_panic(heap_free(&heap, a + 1));
	expect_panic(heap_free(&heap, a + 16));
	expect_panic(heap_free(&heap, memory));
	expect_panic(heap_free(&heap, memory + sizeof(memory)));
	heap_free(&heap, a);
	expect_panic(heap_free(&heap, a));
	expect_panic((void)heap_resize(&heap, a, 1));
	a[32] = 0; /* into the header of b */
	expect_panic(heap_free(&heap, b));
	expect_panic((void)heap_allocate(&heap, 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_aligned_pieces_that_do_not_overlap),
		cmocka_unit_test(grows_by_no_more_than_it_needs),
		cmocka_unit_test(joins_what_is_free_side_by_side),
		cmocka_unit_test(joins_what_is_free_with_what_it_grows_by),
		cmocka_unit_test(says_no_and_loses_nothing),
		cmocka_unit_test(resizes_in_place_if_there_is_room),
		cmocka_unit_test(holds_what_was_written_whatever_is_asked),
		cmocka_unit_test(panics_when_a_piece_of_another_heap_is_freed),
		cmocka_unit_test(panics_when_it_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
