/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "slot.h"

/*
 * CNode: 2^size slots. Slot 0 is the CNode's own header (struct object); while
 * the CNode lives it reads as empty, which makes it the null capability.
 *
 * Locking: the kernel lock.
 */
_Static_assert(sizeof(struct slot) == 1 << SLOT_BITS, "a CNode is an array of slots");

/*
 * Do the `count` slots from `first` lie within the CNode that a slot names? None
 * at all may begin just behind the last one. ERR_RANGE.
 */
MUST_USE status_t cnode_check_range(const struct slot *cnode, word_t first, word_t count);

bool cnode_bury(const struct slot *tomb);
