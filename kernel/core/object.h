/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "slot.h"

/*
 * The header of every counted object: all but Frames and Untypeds, which are plain
 * memory, and those that are not made of memory.
 *
 * It is a slot, the object's tomb. While the object lives the tomb is empty
 * (a CNode's header is therefore also its null capability) and its badge counts
 * the capabilities that name the object (bits 0-31) and keeps the object's
 * number, which tells objects apart to people (bits 32-63).
 *
 * When the last capability goes, the object is stopped, and that capability
 * moves to the tomb: the user's slot is empty at once, and the memory stays
 * pinned by a child of its untyped until tombs_step() has taken everything
 * out of the object. From then on the badge counts progress.
 *
 * Locking: the kernel lock.
 */
struct object {
	struct slot tomb;
};

/* log2 of an object's bytes; size as in Untyped.retype. 0: no such object. */
unsigned object_bits(unsigned type, uint64_t size);

/* Make the object that `slot` names in zeroed memory, with this one reference. */
void object_create(struct slot *slot);

/* The header of what a slot names; NULL for a type that has none. */
struct object *object_of(const struct slot *slot);

uint32_t object_number(const struct object *object);

void object_reference(struct object *object);

/* Nobody names it any more. */
static inline bool object_is_dying(const struct object *object)
{
	return !slot_empty(&object->tomb);
}

/*
 * Give up the reference of `slot`, which is full. False: others remain, and
 * the slot is unchanged. True: it was the last one and has moved to the tomb.
 */
MUST_USE bool object_release(struct slot *slot);

/*
 * Take one thing out of the object that died last. False: nothing is dying. A
 * step costs at most WORK_TABLE.
 */
bool tombs_step(void);

/* The object that died last, and how many are dying; `mapping` leads to the next. */
const struct slot *tombs_first(unsigned *count);

/*
 * An invocation that deletes calls deletion_begin() first, deletes, and goes on
 * with deletion_finish() until that returns OK: then everything it caused to die
 * is gone. What others left dying is below on the pile, and not its concern.
 */
struct invocation;

void deletion_begin(struct invocation *inv);
bool deletion_unfinished(const struct invocation *inv);
MUST_USE status_t deletion_finish(struct invocation *inv);
