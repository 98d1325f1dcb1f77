/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cap.h"
#include "assert.h"
#include "irq.h"
#include "notification.h"
#include "preempt.h"
#include "san.h"
#include "timer.h"

struct slot cap_root;

void cap_derive(struct slot *to, struct slot *from, rights_t rights, uint64_t badge)
{
	cap_derive_quick(to, from, rights, badge);
	work(WORK_SLOT);
}

void cap_move(struct slot *to, struct slot *from)
{
	cap_move_quick(to, from);
	work(WORK_SLOT);
}

static inline void unlink(struct slot *s)
{
	struct slot *parent = slot_unlink(s);

	slot_clear(s);
	if (parent && parent->type == OBJECT_UNTYPED) {
		san_reset(parent);
		parent->badge = 0;
		parent->mapping = 0;
	}
}

void cap_unlink(struct slot *s)
{
	unlink(s);
}

/* What an object keeps of a slot inside it follows what that holds, or is about to lose: NULL. */
static void slot_changed(struct slot *inside, const struct slot *now)
{
	switch (inside->holder) {
	case HOLDER_WATCH:
		break; /* an empty one is not armed */
	case HOLDER_NOTIFICATION_TIME:
		notification_set_context(container_of(inside, struct notification, time),
					 now ? now->object : NULL);
		break;
	case HOLDER_TIMER_NOTIFICATION:
		timer_stop(container_of(inside, struct timer, notification));
		break;
	case HOLDER_IRQ_NOTIFICATION:
		if (!now)
			irq_handler_forget(inside);
		break;
	default:
		thread_slot_changed(inside, now);
	}
}

bool cap_delete_quick(struct slot *s)
{
	if (s->holder != HOLDER_CNODE || s->flags & SLOT_TOMB || cap_is_mapped(s))
		return false;
	if (slot_is_counted(s) && !object_release(object_of(s)))
		return false;
	unlink(s);
	return true;
}

void cap_delete(struct slot *s)
{
	assert(!slot_empty(s) && !(s->flags & SLOT_TOMB));
	work(WORK_SLOT);
	if (s->holder != HOLDER_CNODE)
		slot_changed(s, NULL);
	if (cap_is_mapped(s))
		page_table_unmap(s);
	if (slot_is_counted(s) && !object_release(object_of(s)))
		object_end(s);
	else
		cap_unlink(s);
}

void cap_replace(struct slot *inside, struct slot *from)
{
	if (!slot_empty(inside))
		cap_delete(inside);
	if (!from)
		return;
	cap_derive(inside, from, from->rights, from->badge);
	slot_changed(inside, inside);
}

bool cap_revoke_step(struct slot *s)
{
	if (!s->first)
		return false;
	if (s->first->flags & SLOT_TOMB)
		tombs_step();
	else
		cap_delete(s->first);
	return true;
}

status_t cap_lookup_any(const struct thread *t, cptr_t cptr, struct slot **out)
{
	struct slot *s = cap_at(t, cptr);

	if (slot_empty(s))
		return ERR_BAD_CAP;
	*out = s;
	return OK;
}

status_t cap_lookup(const struct thread *t, cptr_t cptr, enum object_type type, rights_t need,
		    struct slot **out)
{
	return cap_lookup_quick(t, cptr, type, need, out);
}

status_t cap_lookup_optional(const struct thread *t, cptr_t cptr, enum object_type type,
			     rights_t need, struct slot **out)
{
	*out = NULL;
	return cptr ? cap_lookup(t, cptr, type, need, out) : OK;
}

status_t cap_lookup_cnode(struct thread *t, cptr_t cptr, rights_t need, struct slot **out)
{
	return cap_lookup_cnode_quick(t, cptr, need, out);
}
