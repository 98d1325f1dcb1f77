/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "slot.h"

static void set_flag(struct slot *s, uint16_t flag, bool on)
{
	s->flags = (uint16_t)(on ? s->flags | flag : s->flags & ~flag);
}

/* What lies before a slot is either a sibling or, for the first one, the parent. */
void slot_unlink_parent(struct slot *s)
{
	bool first = s->flags & SLOT_FIRST, last = s->flags & SLOT_LAST;

	if (first)
		s->prev->first = s->first;
	else
		s->prev->next = s->first;
	s->first->prev = s->prev;
	set_flag(s->first, SLOT_FIRST, first);

	if (last)
		s->next->last = s->last;
	else
		s->next->prev = s->last;
	s->last->next = s->next;
	set_flag(s->last, SLOT_LAST, last);

	s->first = NULL;
	s->last = NULL;
}
