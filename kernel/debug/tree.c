/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Invariants 1 and 2, and of 3 what parent and child tell: the derivation tree.
 *
 * Whoever comes to a slot looks whether the slot's own link leads back to where
 * they come from. So each slot is come to from one place only, and there is no
 * way to walk in a circle.
 */
#include "cap.h"
#include "check.h"
#include "io_ports.h"
#include "object.h"

struct slot *tree_next(struct slot *s)
{
	if (s->first)
		return s->first;
	while (s != &cap_root && s->flags & SLOT_LAST)
		s = s->next;
	return s == &cap_root ? NULL : s->next;
}

bool is_live(const struct slot *s)
{
	return marks_reach(s, sizeof(*s)) && marks_any(&check.slots, s, sizeof(*s));
}

unsigned slot_memory_bits(const struct slot *s)
{
	return s->type < OBJECT_TYPES ? object_bits(s->type, s->size) : 0;
}

/* The memory that `c` names lies within that of `parent`. */
static bool lies_within(const struct slot *c, const struct slot *parent, uint64_t parent_bytes)
{
	const char *start = c->object, *from = parent->object;
	uint64_t bytes = 1ull << slot_memory_bits(c);

	return start >= from && bytes <= parent_bytes &&
	       (uint64_t)(start - from) <= parent_bytes - bytes;
}

static void check_derived(const struct slot *c, const struct slot *parent)
{
	if (c->rights & ~parent->rights)
		broken(2, "a child has rights that its parent lacks", c);
	if (c->type != parent->type)
		broken(2, "a child is of another type than its parent", c);
	else if (c->type == OBJECT_FRAME && !lies_within(c, parent, 1ull << parent->size))
		broken(2, "a part of a frame lies outside it", c);
	else if (c->type != OBJECT_FRAME &&
		 (c->object != parent->object || c->size != parent->size))
		broken(2, "a child names another object than its parent", c);
	if ((c->type == OBJECT_ENDPOINT || c->type == OBJECT_NOTIFICATION) && parent->badge &&
	    c->badge != parent->badge && !(c->flags & SLOT_TOMB))
		broken(2, "a badge was changed", c);
	if (c->type == OBJECT_IO_PORTS && !ports_lie_within(c->badge, parent->badge))
		broken(2, "a child has ports that its parent lacks", c);
}

static void check_child(const struct slot *c, const struct slot *parent)
{
	unsigned bits = slot_memory_bits(c);

	if (parent != &cap_root && (c->flags ^ parent->flags) & SLOT_DEVICE)
		broken(2, "a device's memory came of RAM, or RAM of a device's", c);
	if (c->flags & SLOT_DEVICE && c->type != OBJECT_UNTYPED && c->type != OBJECT_FRAME)
		broken(3, "an object lies in a device's memory", c);
	else if (bits && !(c->flags & SLOT_DEVICE) && !marks_reach(c->object, 1ull << bits))
		broken(2, "a slot names memory that does not exist", c);
	if (parent->type == OBJECT_UNTYPED) {
		if (!lies_within(c, parent, 1ull << parent->size))
			broken(2, "an object lies outside its untyped", c);
		else if (!lies_within(c, parent, parent->badge))
			broken(3, "an object lies above its untyped's watermark", c);
	} else if (parent != &cap_root) {
		check_derived(c, parent);
	}
}

/* `c` is the next child of `parent`, come to from `from`. */
static bool link_is_sound(struct slot *c, const struct slot *from, bool first)
{
	if (!marks_reach(c, sizeof(*c))) {
		broken(1, "a link leads to where no slot is", from);
		return false;
	}
	if (c->prev != from || !(c->flags & SLOT_FIRST) != !first) {
		broken(1, "a slot does not lead back to where it was reached from", c);
		return false;
	}
	if (marks_set(&check.slots, c, sizeof(*c))) {
		broken(1, "a slot is in the tree twice", c);
		return false;
	}
	if (slot_empty(c) || c->type >= OBJECT_TYPES) {
		broken(1, "a slot of the tree is empty", c);
		return false;
	}
	check.in_tree++;
	return true;
}

static bool children_are_sound(const struct slot *parent)
{
	const struct slot *from = parent, *last = NULL;

	for (struct slot *c = parent->first; c; c = c->flags & SLOT_LAST ? NULL : c->next) {
		if (!link_is_sound(c, from, from == parent))
			return false;
		check_child(c, parent);
		from = last = c;
	}
	if (parent->last == last && (!last || last->next == parent))
		return true;
	broken(1, "a list of children does not end at their parent", parent);
	return false;
}

bool tree_is_sound(void)
{
	for (struct slot *s = &cap_root; s; s = tree_next(s))
		if (!children_are_sound(s))
			return false;
	return true;
}
