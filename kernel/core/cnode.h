/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "arch/clamp.h"
#include "slot.h"

/*
 * CNode: 2^size slots. Slot 0 is the CNode's own header (struct object); while
 * the CNode lives it reads as empty, which makes it the null capability.
 *
 * Locking: the kernel lock.
 */
_Static_assert(sizeof(struct slot) == 1 << SLOT_BITS, "a CNode is an array of slots");

/* Slot `index` of the CNode that `cnode` names; slot 0 if it has no such slot. */
static inline struct slot *cnode_slot(const struct slot *cnode, word_t index)
{
	struct slot *slots = cnode->object;

	return &slots[clamp_index(index, 1ull << cnode->size)];
}

/*
 * Do the `count` slots from `first` lie within the CNode that a slot names? None
 * at all may begin just behind the last one. ERR_RANGE.
 */
MUST_USE static inline status_t cnode_check_range(const struct slot *cnode, word_t first,
						  word_t count)
{
	word_t slots = 1ull << cnode->size;

	if (!first || first > slots || count > slots - first)
		return ERR_RANGE;
	return OK;
}

bool cnode_bury(const struct slot *tomb);
