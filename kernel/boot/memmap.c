/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "memmap.h"

#define PAGE (1ull << PAGE_BITS)

static paddr_t lower(paddr_t a, paddr_t b)
{
	return a < b ? a : b;
}

static paddr_t higher(paddr_t a, paddr_t b)
{
	return a > b ? a : b;
}

static void drop(struct memmap *map, unsigned i, unsigned n)
{
	map->count -= n;
	for (; i < map->count; i++)
		map->range[i] = map->range[i + n];
}

static uint64_t size_of(struct memory_range r)
{
	return r.end - r.start;
}

static void give_up_smallest(struct memmap *map)
{
	unsigned smallest = 0;

	for (unsigned i = 1; i < map->count; i++)
		if (size_of(map->range[i]) < size_of(map->range[smallest]))
			smallest = i;
	map->given_up += size_of(map->range[smallest]);
	drop(map, smallest, 1);
}

static void insert(struct memmap *map, unsigned i, struct memory_range r)
{
	for (unsigned j = map->count; j > i; j--)
		map->range[j] = map->range[j - 1];
	map->range[i] = r;
	if (++map->count > MEMMAP_RANGES)
		give_up_smallest(map);
}

/* The end of a range that may be said to go beyond the last address. */
static paddr_t end_of(paddr_t start, uint64_t bytes)
{
	return bytes > UINT64_MAX - start ? UINT64_MAX : start + bytes;
}

void memmap_add(struct memmap *map, paddr_t start, uint64_t bytes, paddr_t limit)
{
	paddr_t end = round_down(lower(end_of(start, bytes), limit), PAGE);

	if (start > end || round_up(start, PAGE) >= end)
		return;
	start = round_up(start, PAGE);

	/* [first, after) are the ranges that this one touches and swallows. */
	unsigned first = 0, after;

	while (first < map->count && map->range[first].end < start)
		first++;
	for (after = first; after < map->count && map->range[after].start <= end; after++) {
		start = lower(start, map->range[after].start);
		end = higher(end, map->range[after].end);
	}
	if (first == after) {
		insert(map, first, (struct memory_range){ start, end });
		return;
	}
	map->range[first] = (struct memory_range){ start, end };
	drop(map, first + 1, after - first - 1);
}

/* Take [start, end) out of range i. */
static void cut(struct memmap *map, unsigned i, paddr_t start, paddr_t end)
{
	struct memory_range r = map->range[i];

	drop(map, i, 1);
	if (end < r.end)
		insert(map, i, (struct memory_range){ end, r.end });
	if (r.start < start)
		insert(map, i, (struct memory_range){ r.start, start });
}

void memmap_remove(struct memmap *map, paddr_t start, uint64_t bytes)
{
	paddr_t end = end_of(start, bytes);

	if (!bytes)
		return;
	start = round_down(start, PAGE);
	end = end > UINT64_MAX - PAGE ? UINT64_MAX : round_up(end, PAGE);

	/* From the top, so that what cut() moves has been looked at already. */
	for (unsigned i = map->count; i-- > 0;)
		if (map->range[i].start < end && map->range[i].end > start)
			cut(map, i, start, end);
}

bool memmap_has(const struct memmap *map, paddr_t start, uint64_t bytes)
{
	for (unsigned i = 0; i < map->count; i++)
		if (map->range[i].start <= start && start < map->range[i].end)
			return bytes <= map->range[i].end - start;
	return false;
}

bool memmap_take(struct memmap *map, uint64_t bytes, uint64_t align, paddr_t lowest, paddr_t *start)
{
	for (unsigned i = 0; i < map->count; i++) {
		paddr_t from = higher(map->range[i].start, lowest), end = map->range[i].end;
		paddr_t at = round_up(from, align);

		if (at < from || at >= end || end - at < bytes)
			continue;
		cut(map, i, at, at + bytes);
		*start = at;
		return true;
	}
	return false;
}

uint64_t memmap_bytes(const struct memmap *map)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < map->count; i++)
		bytes += size_of(map->range[i]);
	return bytes;
}
