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

bool cnode_bury(const struct slot *tomb);
