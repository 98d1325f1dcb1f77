/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "slot.h"

static void set_flag(struct slot *s, uint16_t flag, bool on)
{
	s->flags = (uint16_t)(on ? s->flags | flag : s->flags & ~flag);
}

/*
 * The two sides of a place in a sibling list. What lies before a place is
 * either a sibling, whose `next` leads here, or the parent, whose `first` does.
 */
static void join_before(struct slot *before, bool is_parent, struct slot *s)
{
	if (is_parent)
		before->first = s;
	else
		before->next = s;
	s->prev = before;
	set_flag(s, SLOT_FIRST, is_parent);
}

static void join_after(struct slot *after, bool is_parent, struct slot *s)
{
	if (is_parent)
		after->last = s;
	else
		after->prev = s;
	s->next = after;
	set_flag(s, SLOT_LAST, is_parent);
}

void slot_link(struct slot *parent, struct slot *child)
{
	if (parent->first) {
		set_flag(parent->first, SLOT_FIRST, false);
		join_after(parent->first, false, child);
	} else {
		join_after(parent, true, child);
	}
	join_before(parent, true, child);
}

/* Close the gap that a slot without children leaves. */
static struct slot *close_gap(struct slot *s)
{
	bool first = s->flags & SLOT_FIRST, last = s->flags & SLOT_LAST;

	if (first && last) {
		struct slot *parent = s->next;

		parent->first = NULL;
		parent->last = NULL;
		return parent;
	}
	if (first)
		join_before(s->prev, true, s->next);
	else
		join_after(s->next, last, s->prev);
	return NULL;
}

struct slot *slot_unlink(struct slot *s)
{
	if (!s->first)
		return close_gap(s);

	join_before(s->prev, s->flags & SLOT_FIRST, s->first);
	join_after(s->next, s->flags & SLOT_LAST, s->last);
	s->first = NULL;
	s->last = NULL;
	return NULL;
}

void slot_move(struct slot *to, struct slot *from)
{
	uint16_t holder = to->holder;

	*to = *from;
	to->holder = holder;
	join_before(to->prev, to->flags & SLOT_FIRST, to);
	join_after(to->next, to->flags & SLOT_LAST, to);
	if (to->first) {
		to->first->prev = to;
		to->last->next = to;
	}
	slot_clear(from);
}

void slot_clear(struct slot *s)
{
	uint16_t holder = s->holder;

	*s = (struct slot){ .holder = holder };
}
