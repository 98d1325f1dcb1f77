/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * A set of physical pages, kept as sorted ranges that neither touch nor
 * overlap. Boot time only. The firmware's list may be in any order, overlap
 * itself and end in the middle of a page: add what is usable, then remove what
 * is not, and the doubtful pages are gone.
 *
 * Whatever would leave more than MEMMAP_RANGES ranges costs the smallest of
 * them, so that a list of crumbs does not crowd out the memory that counts.
 */
enum { MEMMAP_RANGES = 128 };

struct memory_range {
	paddr_t start, end; /* whole pages; start < end */
};

struct memmap {
	unsigned count;
	uint64_t given_up; /* bytes of all ranges that were one too many */
	struct memory_range range[MEMMAP_RANGES + 1]; /* the last is room for a new one */
};

/* Add the whole pages within `bytes` bytes from `start`, below `limit`. */
void memmap_add(struct memmap *map, paddr_t start, uint64_t bytes, paddr_t limit);

/* Remove every page that these bytes touch. */
void memmap_remove(struct memmap *map, paddr_t start, uint64_t bytes);

/* Does it have every page that these bytes touch? */
bool memmap_has(const struct memmap *map, paddr_t start, uint64_t bytes);

/*
 * Remove `bytes` bytes, a page multiple but not 0, at a multiple of `align`, a
 * power of two of at least a page, from as low as possible but not below
 * `lowest`. False: no range has that much.
 */
MUST_USE bool memmap_take(struct memmap *map, uint64_t bytes, uint64_t align, paddr_t lowest,
			  paddr_t *start);

uint64_t memmap_bytes(const struct memmap *map);
