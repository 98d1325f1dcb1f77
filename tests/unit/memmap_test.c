/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Sets of physical pages: the edges one by one, then random steps beside a model
 * that keeps one bool for each page.
 */
/* links: kernel/boot/memmap.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "dice.h"
#include "memmap.h"

#define PAGE (1ull << PAGE_BITS)
#define NO_LIMIT UINT64_MAX
#define TOP (UINT64_MAX - PAGE + 1) /* of the pages that a set can hold */

static struct memmap map;

/* Sorted ranges of whole pages that neither touch nor overlap. */
static void assert_well_formed(void)
{
	dice_assert(map.count <= MEMMAP_RANGES);
	for (unsigned i = 0; i < map.count; i++) {
		struct memory_range r = map.range[i];

		dice_assert(r.start < r.end);
		dice_assert(r.start % PAGE == 0 && r.end % PAGE == 0);
		dice_assert(i == 0 || map.range[i - 1].end < r.start);
	}
}

static void assert_ranges(const struct memory_range *want, unsigned count)
{
	assert_well_formed();
	assert_int_equal(map.count, count);
	assert_memory_equal(map.range, want, count * sizeof(*want));
}

/* Pages 0, 2, 4, ...: as many ranges as there can be. */
static void fill_every_other_page(void)
{
	map.count = 0;
	map.given_up = 0;
	for (unsigned i = 0; i < MEMMAP_RANGES; i++)
		memmap_add(&map, 2 * i * PAGE, PAGE, NO_LIMIT);
	assert_int_equal(map.count, MEMMAP_RANGES);
	assert_int_equal(map.given_up, 0);
}

static void only_whole_pages_below_the_limit_are_added(void **state)
{
	/* clang-format off */
	static const struct {
		paddr_t start;
		uint64_t bytes;
		paddr_t limit, want_start, want_end; /* both 0: nothing */
	} rows[] = {
		{ 0x1000,	0x1000,		NO_LIMIT,	0x1000,	0x2000 },
		{ 0,		0x5000,		NO_LIMIT,	0,	0x5000 },
		{ 0x0fff,	0x1001,		NO_LIMIT,	0x1000,	0x2000 },
		{ 0x0fff,	0x1000,		NO_LIMIT,	0,	0 },
		{ 0x1001,	0x1fff,		NO_LIMIT,	0x2000,	0x3000 },
		{ 0x1001,	0x1ffe,		NO_LIMIT,	0,	0 },
		{ 0x1000,	0x0fff,		NO_LIMIT,	0,	0 },
		{ 0x1000,	0x1fff,		NO_LIMIT,	0x1000,	0x2000 },
		{ 0x1000,	0,		NO_LIMIT,	0,	0 },
		{ 0x1234,	0,		NO_LIMIT,	0,	0 },
		{ 0,		0,		NO_LIMIT,	0,	0 },
		{ 0x1000,	0x9000,		0x3000,		0x1000,	0x3000 },
		{ 0x1000,	0x9000,		0x3fff,		0x1000,	0x3000 },
		{ 0x1000,	0x9000,		0x1000,		0,	0 },
		{ 0x1000,	0x9000,		0x0800,		0,	0 },
		{ 0x1000,	0x9000,		0,		0,	0 },
		{ 0x1000,	UINT64_MAX,	0x3000,		0x1000,	0x3000 },
		{ 0x1000,	UINT64_MAX,	NO_LIMIT,	0x1000,	TOP },
		{ TOP - PAGE,	PAGE,		NO_LIMIT,	TOP - PAGE, TOP },
		{ TOP - PAGE,	2 * PAGE,	NO_LIMIT,	TOP - PAGE, TOP },
		{ TOP,		PAGE,		NO_LIMIT,	0,	0 },
		{ TOP + 1,	PAGE,		NO_LIMIT,	0,	0 },
		{ UINT64_MAX,	1,		NO_LIMIT,	0,	0 },
		{ UINT64_MAX,	UINT64_MAX,	NO_LIMIT,	0,	0 },
		{ UINT64_MAX,	UINT64_MAX,	0x3000,		0,	0 },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct memory_range want = { rows[i].want_start, rows[i].want_end };

		map.count = 0;
		memmap_add(&map, rows[i].start, rows[i].bytes, rows[i].limit);
		assert_ranges(&want, want.end ? 1 : 0);
		assert_int_equal(memmap_bytes(&map), want.end - want.start);
	}
}

/* To pages 2 to 3 and 6 to 7, one range is added. */
static void what_touches_or_overlaps_becomes_one_range(void **state)
{
	static const struct {
		unsigned first, end;
		unsigned count;
		struct memory_range want[3];
	} rows[] = {
		{ 0, 1, 3, { { 0, 1 }, { 2, 4 }, { 6, 8 } } },
		{ 0, 2, 2, { { 0, 4 }, { 6, 8 } } },
		{ 0, 3, 2, { { 0, 4 }, { 6, 8 } } },
		{ 2, 3, 2, { { 2, 4 }, { 6, 8 } } },
		{ 3, 5, 2, { { 2, 5 }, { 6, 8 } } },
		{ 4, 5, 2, { { 2, 5 }, { 6, 8 } } },
		{ 4, 6, 1, { { 2, 8 } } },
		{ 5, 6, 2, { { 2, 4 }, { 5, 8 } } },
		{ 3, 7, 1, { { 2, 8 } } },
		{ 1, 9, 1, { { 1, 9 } } },
		{ 7, 9, 2, { { 2, 4 }, { 6, 9 } } },
		{ 8, 9, 2, { { 2, 4 }, { 6, 9 } } },
		{ 9, 10, 3, { { 2, 4 }, { 6, 8 }, { 9, 10 } } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct memory_range want[3];

		map.count = 0;
		memmap_add(&map, 6 * PAGE, 2 * PAGE, NO_LIMIT);
		memmap_add(&map, 2 * PAGE, 2 * PAGE, NO_LIMIT);
		memmap_add(&map, rows[i].first * PAGE, (rows[i].end - rows[i].first) * PAGE,
			   NO_LIMIT);
		for (unsigned n = 0; n < 3; n++)
			want[n] = (struct memory_range){ rows[i].want[n].start * PAGE,
							 rows[i].want[n].end * PAGE };
		assert_ranges(want, rows[i].count);
	}
}

/* From pages 1 to 4, given in bytes. */
static void every_page_that_is_touched_is_removed(void **state)
{
	/* clang-format off */
	static const struct {
		paddr_t start;
		uint64_t bytes;
		unsigned count;
		struct memory_range want[2];
	} rows[] = {
		{ 0x2000, 0,	       1, { { 0x1000, 0x5000 } } },
		{ 0x2345, 0,	       1, { { 0x1000, 0x5000 } } },
		{ 0x2345, 1,	       2, { { 0x1000, 0x2000 }, { 0x3000, 0x5000 } } },
		{ 0x2fff, 1,	       2, { { 0x1000, 0x2000 }, { 0x3000, 0x5000 } } },
		{ 0x2fff, 2,	       2, { { 0x1000, 0x2000 }, { 0x4000, 0x5000 } } },
		{ 0x2000, 0x1000,      2, { { 0x1000, 0x2000 }, { 0x3000, 0x5000 } } },
		{ 0x2000, 0x1001,      2, { { 0x1000, 0x2000 }, { 0x4000, 0x5000 } } },
		{ 0x1000, 1,	       1, { { 0x2000, 0x5000 } } },
		{ 0x0fff, 1,	       1, { { 0x1000, 0x5000 } } },
		{ 0x0fff, 2,	       1, { { 0x2000, 0x5000 } } },
		{ 0x4fff, 1,	       1, { { 0x1000, 0x4000 } } },
		{ 0x5000, 1,	       1, { { 0x1000, 0x5000 } } },
		{ 0x1000, 0x4000,      0, { { 0 } } },
		{ 0x1fff, 0x2002,      0, { { 0 } } },
		{ 0,	  UINT64_MAX,  0, { { 0 } } },
		{ 0x3000, UINT64_MAX,  1, { { 0x1000, 0x3000 } } },
		{ 0x3000, UINT64_MAX - 0x3000, 1, { { 0x1000, 0x3000 } } },
		{ UINT64_MAX, 1,       1, { { 0x1000, 0x5000 } } },
		{ UINT64_MAX, UINT64_MAX, 1, { { 0x1000, 0x5000 } } },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		map.count = 0;
		memmap_add(&map, 0x1000, 0x4000, NO_LIMIT);
		memmap_remove(&map, rows[i].start, rows[i].bytes);
		assert_ranges(rows[i].want, rows[i].count);
	}
}

static void the_last_pages_can_be_removed(void **state)
{
	static const struct memory_range left = { TOP - 4 * PAGE, TOP - 2 * PAGE };

	(void)state;
	map.count = 0;
	memmap_add(&map, left.start, UINT64_MAX, NO_LIMIT);
	memmap_remove(&map, left.end + 1, UINT64_MAX);
	assert_ranges(&left, 1);
	memmap_remove(&map, left.start, UINT64_MAX - left.start);
	assert_ranges(NULL, 0);
}

/* To pages 0, 2, 4, ... another range is added. */
static void a_range_too_many_costs_the_smallest(void **state)
{
	const paddr_t high = 2 * MEMMAP_RANGES * PAGE;

	(void)state;
	fill_every_other_page();
	memmap_add(&map, high, 2 * PAGE, NO_LIMIT);
	assert_well_formed();
	assert_int_equal(map.count, MEMMAP_RANGES);
	assert_int_equal(map.given_up, PAGE);
	assert_true(memmap_has(&map, high, 2 * PAGE));

	/* One by one, larger ranges take the places of all; then a small one finds none. */
	fill_every_other_page();
	for (unsigned i = 0; i < MEMMAP_RANGES; i++)
		memmap_add(&map, high + 3 * i * PAGE, 2 * PAGE, NO_LIMIT);
	assert_int_equal(map.given_up, MEMMAP_RANGES * PAGE);
	memmap_add(&map, 0, PAGE, NO_LIMIT);
	assert_well_formed();
	assert_int_equal(map.given_up, (MEMMAP_RANGES + 1) * PAGE);
	assert_int_equal(map.range[0].start, high);
}

static void what_needs_no_range_of_its_own_costs_nothing(void **state)
{
	struct memmap full;

	(void)state;
	fill_every_other_page();
	full = map;
	memmap_add(&map, 2 * MEMMAP_RANGES * PAGE, 0, NO_LIMIT);
	assert_memory_equal(&map, &full, sizeof(map));
	memmap_add(&map, (2 * MEMMAP_RANGES - 1) * PAGE, 3 * PAGE, NO_LIMIT);
	assert_int_equal(map.count, MEMMAP_RANGES);
	memmap_add(&map, PAGE, PAGE, NO_LIMIT);
	assert_int_equal(map.count, MEMMAP_RANGES - 1);
	assert_int_equal(map.given_up, 0);
	assert_well_formed();
}

/* Ranges of eight pages, and the first of 20; that one loses one of its pages. */
static void a_split_too_many_costs_the_smallest_part(void **state)
{
	static const struct {
		unsigned page, start, end; /* what is left of it; both 0: two parts */
	} rows[] = {
		{ 0, 1, 20 }, { 1, 2, 20 },  { 7, 8, 20 },  { 9, 0, 0 },
		{ 10, 0, 0 }, { 12, 0, 12 }, { 18, 0, 18 }, { 19, 0, 19 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		map.count = 0;
		map.given_up = 0;
		memmap_add(&map, 0, 20 * PAGE, NO_LIMIT);
		for (unsigned n = 1; n < MEMMAP_RANGES; n++)
			memmap_add(&map, (20 + 9 * n) * PAGE, 8 * PAGE, NO_LIMIT);
		memmap_remove(&map, rows[i].page * PAGE, 1);
		assert_well_formed();
		assert_int_equal(map.count, MEMMAP_RANGES);
		if (rows[i].end) {
			assert_int_equal(map.range[0].start, rows[i].start * PAGE);
			assert_int_equal(map.range[0].end, rows[i].end * PAGE);
			assert_int_equal(map.given_up, (19 - rows[i].end + rows[i].start) * PAGE);
		} else {
			assert_int_equal(map.range[1].start, (rows[i].page + 1) * PAGE);
			assert_int_equal(map.given_up, 8 * PAGE);
		}
	}
}

/* Of pages 1 to 4 and 16 to 31. */
static void what_it_has_it_has_to_the_last_byte(void **state)
{
	static const struct {
		paddr_t start;
		uint64_t bytes;
		bool has;
	} rows[] = {
		{ 0x1000, 0x4000, true },
		{ 0x1000, 1, true },
		{ 0x4fff, 1, true },
		{ 0x1000, 0, true },
		{ 0x0fff, 1, false },
		{ 0x0fff, 2, false },
		{ 0x5000, 1, false },
		{ 0x1000, 0x4001, false },
		{ 0x4fff, 2, false },
		{ 0x1000, 0xf001, false },
		{ 0x1fff0, 0x10, true },
		{ 0x1fff0, 0x11, false },
		{ 0x10000, UINT64_MAX, false },
		{ UINT64_MAX, 1, false },
		{ 0x20000, 0, false },
	};

	(void)state;
	map.count = 0;
	memmap_add(&map, 0x1000, 0x4000, NO_LIMIT);
	memmap_add(&map, 0x10000, 0x10000, NO_LIMIT);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (memmap_has(&map, rows[i].start, rows[i].bytes) != rows[i].has)
			fail_msg("row %zu is wrong", i);
}

static void doubtful_pages_are_gone_when_the_unusable_is_removed_last(void **state)
{
	static const struct memory_range want[] = { { 0, 0x9f000 }, { 0x100000, 0x7fe0000 } };

	(void)state;
	map.count = 0;
	memmap_add(&map, 0x100000, 0x7f00000, NO_LIMIT);
	memmap_add(&map, 0, 0x9fc00, NO_LIMIT);
	memmap_remove(&map, 0x7fe0000, 0x20000);
	memmap_remove(&map, 0xf0000, 0x10000);
	memmap_remove(&map, 0x9fc00, 0x400);
	assert_ranges(want, 2);
}

/* From pages 1 to 3 and 16 to 31. */
static void memory_is_taken_from_the_lowest_place_that_fits(void **state)
{
	/* clang-format off */
	static const struct {
		uint64_t pages, align;
		paddr_t lowest, want; /* NO_LIMIT: refused */
	} rows[] = {
		{  1, PAGE,	 0,	    0x1000 },
		{  3, PAGE,	 0,	    0x1000 },
		{  4, PAGE,	 0,	    0x10000 },
		{ 16, PAGE,	 0,	    0x10000 },
		{ 17, PAGE,	 0,	    NO_LIMIT },
		{  1, 2 * PAGE,	 0,	    0x2000 },
		{  2, 2 * PAGE,	 0,	    0x2000 },
		{  3, 2 * PAGE,	 0,	    0x10000 },
		{  1, 4 * PAGE,	 0,	    0x10000 },
		{  1, 32 * PAGE, 0,	    NO_LIMIT },
		{  1, PAGE,	 0x1001,    0x2000 },
		{  1, PAGE,	 0x3000,    0x3000 },
		{  1, PAGE,	 0x3001,    0x10000 },
		{  1, PAGE,	 0x1f000,   0x1f000 },
		{  1, PAGE,	 0x1f001,   NO_LIMIT },
		{  1, PAGE,	 0x20000,   NO_LIMIT },
		{  1, 8 * PAGE,  0x10001,   0x18000 },
		{  8, 8 * PAGE,  0x10001,   0x18000 },
		{  9, 8 * PAGE,  0x10001,   NO_LIMIT },
		{  1, PAGE,	 TOP,	    NO_LIMIT },
		{  1, PAGE,	 TOP + 1,   NO_LIMIT }, /* rounds up to 0 */
		{  1, 1ull << 63, 1,	    NO_LIMIT },
		{  1, 1ull << 63, TOP,	    NO_LIMIT },
		{ 1ull << 50, PAGE, 0,	    NO_LIMIT },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		paddr_t start = NO_LIMIT;
		bool taken;

		map.count = 0;
		memmap_add(&map, 0x1000, 0x3000, NO_LIMIT);
		memmap_add(&map, 0x10000, 0x10000, NO_LIMIT);
		taken = memmap_take(&map, rows[i].pages * PAGE, rows[i].align, rows[i].lowest,
				    &start);
		if (taken != (rows[i].want != NO_LIMIT) || start != rows[i].want)
			fail_msg("row %zu is wrong", i);
		assert_well_formed();
		assert_int_equal(memmap_bytes(&map) / PAGE, taken ? 19 - rows[i].pages : 19);
	}
}

/*
 * ---- random steps ----
 *
 * The model knows `model.pages` pages from `model.base`, and nothing happens
 * elsewhere.
 */
enum { PAGES_MAX = 1024 };

typedef unsigned __int128 wide_t; /* an address that may lie beyond the last one */

static struct {
	paddr_t base;
	unsigned pages;
	unsigned calm; /* the larger, the rarer is a range of many pages */
	uint64_t given_up;
	bool has[PAGES_MAX];
} model;

static paddr_t page_at(unsigned page)
{
	return model.base + page * PAGE;
}

static unsigned count_runs(void)
{
	unsigned runs = 0;

	for (unsigned i = 0; i < model.pages; i++)
		runs += model.has[i] && (i == 0 || !model.has[i - 1]);
	return runs;
}

/* The page behind the last one of the run that `page` is in. */
static unsigned run_end(unsigned page)
{
	while (page < model.pages && model.has[page])
		page++;
	return page;
}

static void set_pages(unsigned first, unsigned end, bool has)
{
	for (unsigned i = first; i < end; i++)
		model.has[i] = has;
}

/* If there are too many runs now, the smallest goes; of equal ones, the lowest. */
static void model_give_up(void)
{
	unsigned smallest = 0, least = PAGES_MAX + 1;

	if (count_runs() <= MEMMAP_RANGES)
		return;
	for (unsigned i = 0; i < model.pages; i = run_end(i) + 1)
		if (model.has[i] && run_end(i) - i < least) {
			least = run_end(i) - i;
			smallest = i;
		}
	set_pages(smallest, smallest + least, false);
	model.given_up += least * PAGE;
}

static void assert_as_modelled(void)
{
	unsigned count = 0;

	assert_well_formed();
	for (unsigned i = 0; i < model.pages; i++)
		count += model.has[i];
	dice_assert(memmap_bytes(&map) == count * PAGE);
	dice_assert(map.count == count_runs());
	dice_assert(map.given_up == model.given_up);
	for (unsigned i = 0; i < map.count; i++)
		for (paddr_t at = map.range[i].start; at < map.range[i].end; at += PAGE)
			dice_assert(at - model.base < model.pages * PAGE &&
				    model.has[(at - model.base) / PAGE]);
}

/* Mostly a few pages, sometimes many, none, or all there can be. */
static uint64_t random_bytes(paddr_t start)
{
	uint64_t longest = model.pages * PAGE - (start - model.base);
	uint64_t choice = dice_roll(model.calm), bytes = dice_roll(4 * PAGE);

	if (choice == 0)
		return 0;
	if (choice == 1 && page_at(model.pages) == 0) /* the model reaches to the end */
		return UINT64_MAX - dice_roll(longest);
	if (choice < 10)
		bytes = dice_roll(longest) >> dice_roll(8);
	if (choice & 1)
		bytes = round_up(bytes, PAGE);
	return bytes < longest ? bytes : longest;
}

static paddr_t random_address(void)
{
	paddr_t address = model.base + dice_roll(model.pages * PAGE);

	return dice_roll(2) ? address : round_down(address, PAGE);
}

static void random_add(void)
{
	paddr_t start = random_address(), limit = dice_roll(4) ? NO_LIMIT : random_address();
	uint64_t bytes = random_bytes(start);
	wide_t end = (wide_t)start + bytes;

	for (unsigned i = 0; i < model.pages; i++)
		if (page_at(i) >= start && (wide_t)page_at(i) + PAGE <= end &&
		    (wide_t)page_at(i) + PAGE <= limit)
			model.has[i] = true;
	memmap_add(&map, start, bytes, limit);
	model_give_up();
}

static void random_remove(void)
{
	paddr_t start = random_address();
	uint64_t bytes = random_bytes(start);
	wide_t end = (wide_t)start + bytes;
	unsigned first = (unsigned)((start - model.base) / PAGE), i = first;

	if (bytes)
		for (; i < model.pages && page_at(i) < end; i++)
			model.has[i] = false;
	memmap_remove(&map, start, bytes);
	model_give_up();
}

/* The first page from `lowest` where a take must succeed, or model.pages. */
static unsigned search(unsigned pages, uint64_t align, paddr_t lowest)
{
	for (unsigned i = 0; i < model.pages; i++)
		if (page_at(i) >= lowest && page_at(i) % align == 0 && run_end(i) >= i + pages)
			return i;
	return model.pages;
}

static void random_take(void)
{
	unsigned pages = 1 + (unsigned)dice_roll(4);
	uint64_t align = PAGE << dice_roll(4);
	paddr_t lowest = dice_roll(2) ? 0 : random_address(), start;
	unsigned want = search(pages, align, lowest);

	if (!memmap_take(&map, pages * PAGE, align, lowest, &start)) {
		dice_assert(want == model.pages);
		return;
	}
	dice_assert(want < model.pages && start == page_at(want));
	set_pages(want, want + pages, false);
	model_give_up();
}

static void random_step(void)
{
	uint64_t choice = dice_roll(16);

	if (choice < 8)
		random_add();
	else if (choice < 14)
		random_remove();
	else
		random_take();
}

static void random_steps_do_what_a_list_of_all_pages_does(void **state)
{
	static const struct {
		uint64_t seed;
		paddr_t base;
		unsigned pages, calm, steps;
		bool too_many; /* ranges, at times */
	} runs[] = {
		{ 1, 0, 20, 200, 20000, false },
		{ 2, 0x7fff0000, 100, 200, 20000, false },
		{ 3, 0 - 20 * PAGE, 20, 200, 20000, false },
		{ 4, 0 - 100 * PAGE, 100, 200, 20000, false },
		{ 5, 0, PAGES_MAX, 20000, 20000, true },
		{ 6, 0 - PAGES_MAX * PAGE, PAGES_MAX, 20000, 20000, true },
	};

	(void)state;
	for (size_t run = 0; run < ARRAY_SIZE(runs); run++) {
		map.count = 0;
		map.given_up = 0;
		memset(&model, 0, sizeof(model));
		model.base = runs[run].base;
		model.pages = runs[run].pages;
		model.calm = runs[run].calm;
		for (dice_begin(runs[run].seed); dice.step < runs[run].steps; dice.step++) {
			random_step();
			assert_as_modelled();
		}
		assert_int_equal(model.given_up > 100 * PAGE, runs[run].too_many);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_whole_pages_below_the_limit_are_added),
		cmocka_unit_test(what_touches_or_overlaps_becomes_one_range),
		cmocka_unit_test(every_page_that_is_touched_is_removed),
		cmocka_unit_test(the_last_pages_can_be_removed),
		cmocka_unit_test(a_range_too_many_costs_the_smallest),
		cmocka_unit_test(what_needs_no_range_of_its_own_costs_nothing),
		cmocka_unit_test(a_split_too_many_costs_the_smallest_part),
		cmocka_unit_test(what_it_has_it_has_to_the_last_byte),
		cmocka_unit_test(doubtful_pages_are_gone_when_the_unusable_is_removed_last),
		cmocka_unit_test(memory_is_taken_from_the_lowest_place_that_fits),
		cmocka_unit_test(random_steps_do_what_a_list_of_all_pages_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
