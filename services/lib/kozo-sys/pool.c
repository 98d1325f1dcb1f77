/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pool.h"

#include <assert.h>

bool pool_add(struct pool *pool, cptr_t untyped, unsigned bits)
{
	if (pool->count == POOL_PIECES_MAX)
		return false;

	assert(bits >= UNTYPED_BITS_MIN && bits <= UNTYPED_BITS_MAX);
	pool->piece[pool->count++] = (struct pool_piece){ untyped, bits, 0 };
	return true;
}

/* Where the next object of 2^bits bytes would start; bits <= UNTYPED_BITS_MAX. */
static uint64_t next_place(const struct pool_piece *piece, unsigned bits)
{
	uint64_t size = (uint64_t)1 << bits;

	return (piece->used + size - 1) & ~(size - 1);
}

static bool has_room(const struct pool_piece *piece, unsigned bits)
{
	if (bits > piece->bits)
		return false;
	return next_place(piece, bits) < (uint64_t)1 << piece->bits;
}

static bool fits_better(const struct pool_piece *a, const struct pool_piece *b)
{
	return a->bits != b->bits ? a->bits < b->bits : a->used > b->used;
}

struct pool_piece *pool_fit(struct pool *pool, unsigned bits)
{
	struct pool_piece *best = NULL;

	for (size_t i = 0; i < pool->count; i++) {
		struct pool_piece *piece = &pool->piece[i];

		if (has_room(piece, bits) && (!best || fits_better(piece, best)))
			best = piece;
	}
	return best;
}

void pool_use(struct pool_piece *piece, unsigned bits)
{
	assert(has_room(piece, bits));
	piece->used = next_place(piece, bits) + ((uint64_t)1 << bits);
}

cptr_t pool_take_whole(struct pool *pool, unsigned bits)
{
	for (size_t i = 0; i < pool->count; i++) {
		struct pool_piece *piece = &pool->piece[i];
		cptr_t untyped = piece->untyped;

		if (piece->bits != bits || piece->used > 0)
			continue;
		*piece = pool->piece[--pool->count];
		return untyped;
	}
	return 0;
}

void pool_free(const struct pool *pool, uint64_t *total, uint64_t *most)
{
	*total = 0;
	*most = 0;
	for (size_t i = 0; i < pool->count; i++) {
		uint64_t free = ((uint64_t)1 << pool->piece[i].bits) - pool->piece[i].used;

		*total += free;
		if (free > *most)
			*most = free;
	}
}
