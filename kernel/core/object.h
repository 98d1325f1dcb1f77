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

enum { OBJECT_NUMBER_SHIFT = 32 };

/* How a type of object is made of memory. */
struct object_form {
	uint8_t bits;		    /* log2 of its bytes; 0: it is not made of memory */
	bool grows;		    /* and its size is added to them */
	uint8_t size_min, size_max; /* as in Untyped.retype; 0: it has none */
	uint16_t rights;	    /* of who makes it */
	uint16_t header;	    /* where its header lies, plus 1; 0: it has none */
	uint16_t inside;	    /* where the slots inside it begin, */
	uint8_t slots;		    /* how many there are, */
	uint8_t holder;		    /* and what the first one is; those that follow are the next */
	void (*create)(const struct slot *slot); /* from zeroed memory; or NULL */
} __attribute__((aligned(32)));			 /* which one is where takes no multiplication */

/* What is inside a new object with several slots: `create` of it, or a part of that. */
void object_number_slots(const struct slot *slot);

extern const struct object_form object_forms[OBJECT_TYPES];

/* log2 of an object's bytes; size as in Untyped.retype. 0: no such object. */
static inline unsigned object_bits(unsigned type, uint64_t size)
{
	const struct object_form *form = &object_forms[type];

	if (size < form->size_min || size > form->size_max)
		return 0;
	return form->bits + (form->grows ? (unsigned)size : 0);
}

static inline bool slot_is_counted(const struct slot *slot)
{
	return object_forms[slot->type].header;
}

/* The header of what a slot names; NULL for a type that has none. */
static inline struct object *object_of(const struct slot *slot)
{
	if (!slot_is_counted(slot))
		return NULL;
	return (struct object *)((char *)slot->object + object_forms[slot->type].header - 1);
}

uint32_t object_number(const struct object *object);

/* How many capabilities name it. */
static inline uint32_t object_references(const struct object *object)
{
	return (uint32_t)object->tomb.badge;
}

static inline void object_reference(struct object *object)
{
	object->tomb.badge++;
}

/* Nobody names it any more. */
static inline bool object_is_dying(const struct object *object)
{
	return !slot_empty(&object->tomb);
}

/* Give up a reference that is not the last one. False: it is. */
MUST_USE static inline bool object_release(struct object *object)
{
	if (object_references(object) <= 1)
		return false;
	object->tomb.badge--;
	return true;
}

/* Nobody names it but `slot`: the object is stopped, and the slot moves to the tomb. */
void object_end(struct slot *slot);

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

/*
 * All of an invocation that gives a slot inside an object what its first argument names, of
 * this type and with these rights; 0: nothing. What was there before may die. Refuses as
 * cap_lookup() does.
 */
MUST_USE status_t deletion_replace(struct invocation *inv, struct slot *inside,
				   enum object_type type, rights_t need);
