/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "string.h"
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
 * of casts to other types and of assembly so that they can be proven.
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
	HOLDER_CNODE, /* an ordinary slot; the others as they lie in their objects */
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

/* Make a slot that is in no tree empty. */
static inline void slot_clear(struct slot *s)
{
	memset(s, 0, offsetof(struct slot, holder));
	s->object = NULL;
	s->badge = 0;
	s->mapping = 0;
	s->next = NULL;
	s->prev = NULL;
	s->first = NULL;
	s->last = NULL;
}

/* As slot_link(), with these flags and those that follow from its place. */
static inline void slot_link_with(struct slot *parent, struct slot *child, unsigned flags)
{
	struct slot *after = parent->first;

	if (after) {
		after->flags &= (uint16_t)~SLOT_FIRST;
		after->prev = child;
		child->next = after;
		child->flags = (uint16_t)(flags | SLOT_FIRST);
	} else {
		parent->last = child;
		child->next = parent;
		child->flags = (uint16_t)(flags | SLOT_FIRST | SLOT_LAST);
	}
	child->prev = parent;
	parent->first = child;
}

/* Put `child`, which is in no tree, in front of the children of `parent`. */
static inline void slot_link(struct slot *parent, struct slot *child)
{
	slot_link_with(parent, child, child->flags & ~(unsigned)(SLOT_FIRST | SLOT_LAST));
}

/* As slot_unlink(), of a slot with children. */
void slot_unlink_parent(struct slot *s);

/*
 * Take `s` out of the tree; its children move up into its place. Returns the
 * parent if that has no child left, else NULL.
 */
static inline struct slot *slot_unlink(struct slot *s)
{
	bool first = s->flags & SLOT_FIRST, last = s->flags & SLOT_LAST;
	struct slot *before = s->prev, *after = s->next;

	if (s->first) {
		slot_unlink_parent(s);
		return NULL;
	}
	if (first && last) {
		after->first = NULL;
		after->last = NULL;
		return after;
	}
	if (first) {
		before->first = after;
		after->flags |= SLOT_FIRST;
	} else {
		before->next = after;
	}
	if (last) {
		after->last = before;
		before->flags |= SLOT_LAST;
	} else {
		after->prev = before;
	}
	return NULL;
}

/* Move everything but the holder from `from` to the empty slot `to`. */
static inline void slot_move(struct slot *to, struct slot *from)
{
	struct slot *next = from->next, *prev = from->prev;
	struct slot *first = from->first, *last = from->last;
	uint16_t flags = from->flags;

	memcpy(to, from, offsetof(struct slot, flags));
	to->flags = flags;
	to->object = from->object;
	to->badge = from->badge;
	to->mapping = from->mapping;
	to->next = next;
	to->prev = prev;
	to->first = first;
	to->last = last;
	slot_clear(from);
	if (flags & SLOT_FIRST)
		prev->first = to;
	else
		prev->next = to;
	if (flags & SLOT_LAST)
		next->last = to;
	else
		next->prev = to;
	if (first) {
		first->prev = to;
		last->next = to;
	}
}
