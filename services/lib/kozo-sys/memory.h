/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"
#include "pool.h"
#include "slots.h"

/*
 * memory: making kernel objects from the untyped memory that a program owns.
 *
 * Everything lands in one CNode, the program's own, in slots that this keeps
 * account of. Nothing here is ever moved, so a cptr stays good until its owner
 * gives it back.
 */
struct memory {
	cptr_t cnode;
	const uint8_t *object_bits; /* as in boot_info */
	struct slots slots;	    /* of `cnode` */
	struct pool pool;
};

/* The bits of the smallest power of two that is no less. */
unsigned log2_up(uint64_t value);

/* log2 of the bytes that an object takes; `size` as in Untyped.retype. */
unsigned memory_object_bits(const struct memory *memory, enum object_type type, word_t size);

/*
 * Make one object and put its cptr in *made.
 *
 * ERR_NO_MEMORY: no untyped has room for it, or there is no free slot.
 * Otherwise as Untyped.retype.
 */
MUST_USE status_t memory_make(struct memory *memory, enum object_type type, word_t size,
			      cptr_t *made);

/* The same, into a slot that is not of those that this keeps account of. */
MUST_USE status_t memory_make_at(struct memory *memory, cptr_t slot, enum object_type type,
				 word_t size);

/* Empty a slot that was filled by memory_make() or by its owner, and free it. */
MUST_USE status_t memory_drop(struct memory *memory, cptr_t cptr);

/*
 * Lend an untyped of 2^bits bytes, from which the borrower makes what it likes.
 * Taking it back ends everything that was made from it, wherever that went, and
 * keeps the untyped for the next borrower. Errors as of memory_make() and
 * CNode.revoke.
 */
MUST_USE status_t memory_lend(struct memory *memory, unsigned bits, cptr_t *untyped);
MUST_USE status_t memory_take_back(struct memory *memory, cptr_t untyped, unsigned bits);

/* Bytes not in use, as the kernel sees it: together, and most in one untyped. */
void memory_free(struct memory *memory, uint64_t *total, uint64_t *most);
