/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "heap.h"

#include <stdbool.h>
#include <string.h>

#include <panic.h>

struct block {
	size_t size; /* with this header */
	uint64_t seal;
};

_Static_assert(sizeof(struct block) == HEAP_ALIGNMENT, "what follows a header is aligned");

#define SEAL_USED 0x75736564626c6f63ull
#define SEAL_FREE 0x66726565626c6f63ull
#define SIZE_TOO_LARGE (SIZE_MAX / 2)

static uint64_t seal_of(const struct block *b, uint64_t kind)
{
	return kind ^ (uintptr_t)b ^ b->size << 32 ^ b->size >> 32;
}

static void put(struct block *b, size_t size, uint64_t kind)
{
	b->size = size;
	b->seal = seal_of(b, kind);
}

static bool is_free(const struct heap *heap, const struct block *b)
{
	size_t most = (size_t)(heap->end - (const uint8_t *)b);

	if (b->seal == seal_of(b, SEAL_USED) && b->size <= most)
		return false;
	if (b->seal != seal_of(b, SEAL_FREE) || b->size > most)
		panic("the heap is broken at %p", (const void *)b);
	return true;
}

static struct block *behind(const struct block *b)
{
	return (struct block *)((uintptr_t)b + b->size);
}

static bool is_end(const struct heap *heap, const struct block *b)
{
	return (const uint8_t *)b == heap->end;
}

/* Of a block, free or not: it takes up the free ones behind it. */
static void join(struct heap *heap, struct block *b, uint64_t kind)
{
	struct block *next;

	while (!is_end(heap, next = behind(b)) && is_free(heap, next)) {
		if ((uint8_t *)next == heap->next)
			heap->next = (uint8_t *)b;
		put(b, b->size + next->size, kind);
	}
}

/* What is beyond `size` of a block in use becomes a free block. */
static void split(struct block *b, size_t size)
{
	size_t rest = b->size - size;

	if (rest >= 2 * sizeof(*b)) {
		put(b, size, SEAL_USED);
		put(behind(b), rest, SEAL_FREE);
	}
}

/* The first block from `from` to below `to` that has room; NULL: none. */
static struct block *find(struct heap *heap, uint8_t *from, const uint8_t *to, size_t size)
{
	for (struct block *b = (struct block *)from; (uint8_t *)b < to; b = behind(b)) {
		if (!is_free(heap, b))
			continue;
		join(heap, b, SEAL_FREE);
		if (b->size >= size)
			return b;
	}
	return NULL;
}

/* What there was at the end may be free, too, and then they are one. */
static struct block *grow(struct heap *heap, size_t size)
{
	uint8_t *from = heap->end;
	size_t more = heap->grow(size);

	if (!more)
		return NULL;
	heap->end += more;
	put((struct block *)from, more, SEAL_FREE);
	return find(heap, heap->start, heap->end, size);
}

static size_t block_size(size_t size)
{
	return sizeof(struct block) + (size + HEAP_ALIGNMENT - 1) / HEAP_ALIGNMENT * HEAP_ALIGNMENT;
}

/* The block of a piece that is in use. */
static struct block *block_of(const struct heap *heap, void *piece)
{
	uint8_t *at = piece;
	struct block *b = (struct block *)piece - 1;

	if ((uintptr_t)at % HEAP_ALIGNMENT || at <= heap->start || at > heap->end)
		panic("%p is no piece of the heap", piece);
	if (is_free(heap, b))
		panic("%p is free already", piece);
	return b;
}

void heap_begin(struct heap *heap, void *start, size_t (*grow_by)(size_t bytes))
{
	*heap = (struct heap){ .start = start, .end = start, .next = start, .grow = grow_by };
}

void *heap_allocate(struct heap *heap, size_t size)
{
	if (size > SIZE_TOO_LARGE)
		return NULL;
	size = block_size(size);

	struct block *b = find(heap, heap->next, heap->end, size);

	if (!b)
		b = find(heap, heap->start, heap->next, size);
	if (!b)
		b = grow(heap, size);
	if (!b)
		return NULL;
	put(b, b->size, SEAL_USED);
	split(b, size);
	heap->next = (uint8_t *)b;
	return b + 1;
}

void heap_free(struct heap *heap, void *piece)
{
	if (!piece)
		return;

	struct block *b = block_of(heap, piece);

	put(b, b->size, SEAL_FREE);
}

void *heap_resize(struct heap *heap, void *piece, size_t size)
{
	if (!piece)
		return heap_allocate(heap, size);
	if (size > SIZE_TOO_LARGE)
		return NULL;

	struct block *b = block_of(heap, piece);
	size_t wanted = block_size(size), had = b->size - sizeof(*b);

	if (b->size < wanted)
		join(heap, b, SEAL_USED);
	if (b->size >= wanted) {
		split(b, wanted);
		return piece;
	}

	void *larger = heap_allocate(heap, size);

	if (!larger)
		return NULL;
	memcpy(larger, piece, had);
	heap_free(heap, piece);
	return larger;
}
