/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * Capability slots and the derivation tree.
 *
 * A slot is one cache line. An empty one is all zero. A full one is in the
 * derivation tree exactly once: whoever derived it (by copy, mint or retype)
 * is its parent.
 *
 * The tree is threaded so that every step is O(1). Siblings are a doubly linked
 * list whose two ends point at the parent, marked by SLOT_FIRST and SLOT_LAST;
 * a slot keeps its first and last child. Nobody can reach the parent from the
 * middle of a list, and nobody needs to.
 *
 * This file and slot.c know nothing of what a capability names. They are free
 * of casts and assembly so that they can be proven.
 *
 * Locking: the kernel lock.
 */
enum slot_flag {
	SLOT_FIRST = 1 << 0, /* `prev` is the parent */
	SLOT_LAST = 1 << 1,  /* `next` is the parent */
	SLOT_TOMB = 1 << 2,  /* holds the last capability of a dying object */
	SLOT_DEVICE =
		1 << 3, /* Untyped, Frame: memory of a device, which the kernel never touches */
};

/* Where a slot lies, so that clearing it can clear what was cached from it. */
enum slot_holder {
	HOLDER_CNODE, /* an ordinary slot */
	HOLDER_THREAD_CNODE,
	HOLDER_THREAD_VSPACE,
	HOLDER_THREAD_BUFFER,
	HOLDER_THREAD_HANDLER,
	HOLDER_THREAD_GUEST,
	HOLDER_THREAD_TIME,
	HOLDER_THREAD_RESERVE,
	HOLDER_WATCH,
	HOLDER_NOTIFICATION_TIME,
	HOLDER_TIMER_NOTIFICATION,
	HOLDER_IRQ_NOTIFICATION,
};

struct slot {
	uint8_t type;	  /* enum object_type; OBJECT_NULL: empty */
	uint8_t size;	  /* as in Untyped.retype */
	uint16_t rights;  /* RIGHT_* */
	uint16_t flags;	  /* SLOT_* */
	uint16_t holder;  /* enum slot_holder; belongs to the place, never moves */
	void *object;	  /* memory of a Frame or Untyped: its direct-map address */
	uint64_t badge;	  /* Untyped: watermark, bytes from its start in use */
	uint64_t mapping; /* Frame, PageTable: physical address of its entry, 0: none.
			   * Untyped: zeroed_to, bytes from its start known to be zero
			   * or handed on. In a watch: it is armed. */
	struct slot *next, *prev;
	struct slot *first, *last;
} __attribute__((aligned(1 << SLOT_BITS)));

_Static_assert(sizeof(struct slot) == 64, "a slot is one cache line");

static inline bool slot_empty(const struct slot *s)
{
	return s->type == OBJECT_NULL;
}

/* Put `child`, which is in no tree, in front of the children of `parent`. */
void slot_link(struct slot *parent, struct slot *child);

/*
 * Take `s` out of the tree; its children move up into its place. Returns the
 * parent if that has no child left, else NULL.
 */
struct slot *slot_unlink(struct slot *s);

/* Move everything but the holder from `from` to the empty slot `to`. */
void slot_move(struct slot *to, struct slot *from);

/* Make a slot that is in no tree empty. */
void slot_clear(struct slot *s);
