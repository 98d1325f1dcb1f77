/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "memory.h"

#include <assert.h>

#include "describe.h"
#include "kozo_stubs.h"

unsigned log2_up(uint64_t value)
{
	unsigned bits = 0;

	while ((uint64_t)1 << bits < value)
		bits++;
	return bits;
}

unsigned memory_object_bits(const struct memory *memory, enum object_type type, word_t size)
{
	if (memory->object_bits[type])
		return memory->object_bits[type];
	return (unsigned)size + (type == OBJECT_CNODE ? SLOT_BITS : 0);
}

/*
 * Ask the kernel how full each piece is. Pieces only ever look fuller to us
 * than they are: the kernel starts over when the last object in one has gone.
 */
static void refresh(struct memory *memory)
{
	for (size_t i = 0; i < memory->pool.count; i++) {
		struct pool_piece *piece = &memory->pool.piece[i];
		struct description d;

		if (kozo_describe(memory->cnode, piece->untyped, &d) == OK)
			piece->used = d.badge;
	}
}

static struct pool_piece *find_piece(struct memory *memory, unsigned bits)
{
	struct pool_piece *piece = pool_fit(&memory->pool, bits);

	if (piece)
		return piece;
	refresh(memory);
	return pool_fit(&memory->pool, bits);
}

status_t memory_make_at(struct memory *memory, cptr_t slot, enum object_type type, word_t size)
{
	unsigned bits = memory_object_bits(memory, type, size);
	struct pool_piece *piece = find_piece(memory, bits);
	word_t done;

	if (!piece)
		return ERR_NO_MEMORY;

	status_t status =
		kozo_untyped_retype(piece->untyped, type, size, memory->cnode, slot, 1, &done);

	if (status == OK)
		pool_use(piece, bits);
	return status;
}

status_t memory_make(struct memory *memory, enum object_type type, word_t size, cptr_t *made)
{
	cptr_t slot = slots_take(&memory->slots, 1);

	if (!slot)
		return ERR_NO_MEMORY;

	status_t status = memory_make_at(memory, slot, type, size);

	if (status == OK)
		*made = slot;
	else
		slots_give(&memory->slots, slot, 1);
	return status;
}

status_t memory_drop(struct memory *memory, cptr_t cptr)
{
	status_t status = kozo_cnode_delete(memory->cnode, cptr);

	if (status == OK)
		slots_give(&memory->slots, cptr, 1);
	return status;
}

status_t memory_lend(struct memory *memory, unsigned bits, cptr_t *untyped)
{
	cptr_t whole = pool_take_whole(&memory->pool, bits);

	if (!whole)
		return memory_make(memory, OBJECT_UNTYPED, bits, untyped);
	*untyped = whole;
	return OK;
}

status_t memory_take_back(struct memory *memory, cptr_t untyped, unsigned bits)
{
	status_t status = kozo_cnode_revoke(memory->cnode, untyped);

	if (status != OK)
		return status;
	if (pool_add(&memory->pool, untyped, bits))
		return OK;
	return memory_drop(memory, untyped);
}

void memory_free(struct memory *memory, uint64_t *total, uint64_t *most)
{
	refresh(memory);
	pool_free(&memory->pool, total, most);
}
