/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * A set of physical pages, kept as sorted ranges that neither touch nor
 * overlap. Boot time only. The firmware's list may be in any order, overlap
 * itself and end in the middle of a page: add what is usable, then remove what
 * is not, and the doubtful pages are gone.
 */
enum { MEMMAP_RANGES = 128 };

struct memory_range {
	paddr_t start, end; /* whole pages; start < end */
};

struct memmap {
	unsigned count;
	struct memory_range range[MEMMAP_RANGES];
};

/*
 * Add the whole pages within `bytes` bytes from `start`, below `limit`. False:
 * the set has too many ranges, and these pages are left out.
 */
bool memmap_add(struct memmap *map, paddr_t start, uint64_t bytes, paddr_t limit);

/*
 * Remove every page that these bytes touch. If that would split a range and
 * there are too many already, the smaller part is given up as well.
 */
void memmap_remove(struct memmap *map, paddr_t start, uint64_t bytes);

/*
 * Remove `bytes` bytes, a page multiple but not 0, at a multiple of `align`, a
 * power of two of at least a page, from as low as possible but not below
 * `lowest`. False: no range has that much. A split is as in memmap_remove().
 */
MUST_USE bool memmap_take(struct memmap *map, uint64_t bytes, uint64_t align, paddr_t lowest,
			  paddr_t *start);

/*
 * Split off the first naturally aligned power-of-two piece of the set, of at
 * most 2^max_bits bytes. False: the set is empty.
 */
MUST_USE bool memmap_take_piece(struct memmap *map, unsigned max_bits, paddr_t *start,
				unsigned *bits);

uint64_t memmap_bytes(const struct memmap *map);
