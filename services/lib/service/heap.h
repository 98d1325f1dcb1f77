/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * heap: pieces of memory of any size, from one range of addresses that grows.
 *
 * Blocks lie side by side, each behind a header with its size and a seal that depends on
 * both its place and its use. A header that does not fit its seal was overwritten, or is of no
 * block: that is a panic, and so is freeing what is free. Free neighbours are joined by who
 * looks for room, who goes on where the last search ended.
 *
 * Nothing here is locked; malloc.h is.
 */
enum { HEAP_ALIGNMENT = 16 };

struct heap {
	uint8_t *start, *end, *next;  /* next: the block where to look first */
	size_t (*grow)(size_t bytes); /* make room at `end`, if possible so much; says how much */
};

/* The range starts empty, at a multiple of HEAP_ALIGNMENT, and grows by multiples of it. */
void heap_begin(struct heap *heap, void *start, size_t (*grow_by)(size_t bytes));

/* A multiple of HEAP_ALIGNMENT. NULL: there is no room, and all else is as it was. */
void *heap_allocate(struct heap *heap, size_t size);

/* What heap_allocate() gave, or NULL. */
void heap_free(struct heap *heap, void *piece);

/* As in C, but a size of 0 is a size. NULL: the piece is as it was. */
void *heap_resize(struct heap *heap, void *piece, size_t size);
