/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "kozo_abi.h"

/*
 * pool: which untyped capabilities a program has, and what is left in each.
 *
 * Bookkeeping only; memory.h does the asking. An Untyped is used from its start
 * upwards, each object at a multiple of its own size, and its memory comes back
 * only when everything made from it is gone. `used` follows by the same rule
 * what the kernel keeps as its watermark.
 */
enum { POOL_PIECES_MAX = 512 };

struct pool_piece {
	cptr_t untyped;
	unsigned bits; /* log2 of its bytes */
	uint64_t used; /* bytes from its start; at most its size */
};

struct pool {
	size_t count;
	struct pool_piece piece[POOL_PIECES_MAX];
};

/* Count in an untyped of 2^bits bytes. False: there is no room to note it. */
MUST_USE bool pool_add(struct pool *pool, cptr_t untyped, unsigned bits);

/*
 * The smallest piece, and of equal ones the fullest, that still has room for an
 * object of 2^bits bytes; NULL: none has.
 */
struct pool_piece *pool_fit(struct pool *pool, unsigned bits);

/* Take out a piece of exactly 2^bits bytes that is not in use at all. 0: none. */
MUST_USE cptr_t pool_take_whole(struct pool *pool, unsigned bits);

/* An object of 2^bits bytes, for which there was room, has been made there. */
void pool_use(struct pool_piece *piece, unsigned bits);

/* Bytes not in use: in all pieces together, and in the piece with the most. */
void pool_free(const struct pool *pool, uint64_t *total, uint64_t *most);
