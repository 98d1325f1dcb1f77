/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Sets of pages: the input is a list of steps. Each is taken with a memmap and
 * with one flag a page, and the two must agree.
 */
/* links: kernel/boot/memmap.c */
#include "boot_facts.h"

/* The memory that steps are about, and some of them reach beyond it. */
enum { PAGES = 288 };

static struct memmap map;
static bool page[PAGES];
static uint64_t given_up;

/* --- the flags --------------------------------------------------------------- */

/* Set or clear those of [start, start + bytes): only if whole, or even if touched. */
UNWATCHED static void flag(paddr_t start, uint64_t bytes, bool value)
{
	paddr_t end = bytes > UINT64_MAX - start ? UINT64_MAX : start + bytes;

	for (paddr_t at = 0; at < PAGES * PAGE; at += PAGE) {
		bool whole = start <= at && end >= at + PAGE;
		bool touched = bytes && start < at + PAGE && end > at;

		if (value ? whole : touched)
			page[at / PAGE] = value;
	}
}

/* Would a piece of that size fit here, at the start of a page? */
UNWATCHED static bool fits(paddr_t start, uint64_t bytes)
{
	for (uint64_t i = 0; i < bytes; i += PAGE)
		if (start + i >= PAGES * PAGE || !page[(start + i) / PAGE])
			return false;
	return true;
}

/* The end of the range that begins here. */
UNWATCHED static unsigned range_end(unsigned start)
{
	while (start < PAGES && page[start])
		start++;
	return start;
}

/* If there are too many ranges, the first of the smallest goes. */
UNWATCHED static void give_up(void)
{
	unsigned ranges = 0, smallest = 0, size = PAGES + 1;

	for (unsigned i = 0; i < PAGES; i = range_end(i) + 1) {
		unsigned length = range_end(i) - i;

		ranges += length > 0;
		if (length > 0 && length < size) {
			smallest = i;
			size = length;
		}
	}
	if (ranges <= MEMMAP_RANGES)
		return;
	memset(page + smallest, false, size);
	given_up += size * PAGE;
}

/* The map holds what the flags say. */
UNWATCHED static void compare(void)
{
	uint64_t bytes = 0;
	unsigned at = 0;

	give_up();
	check_memmap(&map);
	for (unsigned i = 0; i < map.count; i++) {
		while (at < PAGES && !page[at])
			at++;
		must(map.range[i].start == (paddr_t)at * PAGE);
		at = range_end(at);
		must(map.range[i].end == (paddr_t)at * PAGE);
		bytes += map.range[i].end - map.range[i].start;
	}
	for (; at < PAGES; at++)
		must(!page[at]);
	must(map.given_up == given_up && memmap_bytes(&map) == bytes);
}

/* --- steps ------------------------------------------------------------------- */

/* A number of bytes, mostly near a multiple of a page, sometimes as large as can be. */
static uint64_t take_bytes(struct input *input)
{
	uint64_t pages = input_byte(input);
	uint8_t how = input_byte(input);

	pages |= (how & 1u) << 8;
	switch (how >> 5) {
	case 1:
		return pages * PAGE + 1;
	case 2:
		return pages * PAGE + PAGE - 1;
	case 3:
		return UINT64_MAX - pages * PAGE;
	case 4:
		return UINT64_MAX - pages;
	default:
		return pages * PAGE;
	}
}

static void step_add(struct input *input)
{
	paddr_t start = take_bytes(input);
	uint64_t bytes = take_bytes(input);

	memmap_add(&map, start, bytes, PAGES * PAGE);
	flag(start, bytes, true);
}

static void step_remove(struct input *input)
{
	paddr_t start = take_bytes(input);
	uint64_t bytes = take_bytes(input);

	memmap_remove(&map, start, bytes);
	flag(start, bytes, false);
}

static void step_has(struct input *input)
{
	paddr_t start = take_bytes(input);
	uint64_t bytes = 1 + input_byte(input) * 512u;

	must(memmap_has(&map, start, bytes) == fits(round_down(start, PAGE), start % PAGE + bytes));
}

static void step_take(struct input *input)
{
	uint64_t bytes = (1 + input_byte(input)) * PAGE;
	uint64_t align = PAGE << input_byte(input) % 8;
	paddr_t lowest = take_bytes(input), start = 0, want = round_up(lowest, align);
	bool can_be = want >= lowest;

	while (want < PAGES * PAGE && !fits(want, bytes))
		want += align;
	can_be = can_be && want < PAGES * PAGE;

	bool taken = memmap_take(&map, bytes, align, lowest, &start);

	must(taken == can_be);
	must(start == (taken ? want : 0));
	if (taken)
		flag(start, bytes, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const steps[])(struct input *) = { step_add, step_remove, step_take,
							 step_has };
	struct input input = { data, size };

	map.count = 0;
	map.given_up = given_up = 0;
	memset(page, false, sizeof(page));
	while (input.left) {
		steps[input_byte(&input) % ARRAY_SIZE(steps)](&input);
		compare();
	}
	return 0;
}
