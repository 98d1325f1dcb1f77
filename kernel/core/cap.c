/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cap.h"
#include "arch/clamp.h"
#include "assert.h"
#include "irq.h"
#include "notification.h"
#include "object.h"
#include "page_table.h"
#include "preempt.h"
#include "san.h"
#include "thread.h"
#include "timer.h"

struct slot cap_root;

static bool is_mapped(const struct slot *s)
{
	return (s->type == OBJECT_FRAME || s->type == OBJECT_PAGE_TABLE) && s->mapping;
}

void cap_derive(struct slot *to, struct slot *from, rights_t rights, uint64_t badge)
{
	struct object *object = object_of(from);

	assert(slot_empty(to) && from->type != OBJECT_UNTYPED);
	to->type = from->type;
	to->size = from->size;
	to->rights = (uint16_t)(from->rights & rights);
	to->object = from->object;
	to->badge = badge;
	to->flags = from->flags & SLOT_DEVICE;
	slot_link(from, to);
	if (object)
		object_reference(object);
	work(WORK_SLOT);
}

void cap_move(struct slot *to, struct slot *from)
{
	assert(slot_empty(to));
	slot_move(to, from);
	if (is_mapped(to))
		page_table_moved(to);
	work(WORK_SLOT);
}

void cap_unlink(struct slot *s)
{
	struct slot *parent = slot_unlink(s);

	slot_clear(s);
	if (parent && parent->type == OBJECT_UNTYPED) {
		san_reset(parent);
		parent->badge = 0;
		parent->mapping = 0;
	}
}

/* A slot inside an object is about to be emptied. */
static void forget(struct slot *s)
{
	switch (s->holder) {
	case HOLDER_WATCH:
		break; /* an empty one is not armed */
	case HOLDER_NOTIFICATION_TIME:
		notification_set_context(container_of(s, struct notification, time), NULL);
		break;
	case HOLDER_TIMER_NOTIFICATION:
		timer_forget(s);
		break;
	case HOLDER_IRQ_NOTIFICATION:
		irq_handler_forget(s);
		break;
	default:
		thread_forget(s);
	}
}

void cap_delete(struct slot *s)
{
	assert(!slot_empty(s) && !(s->flags & SLOT_TOMB));
	work(WORK_SLOT);
	if (s->holder != HOLDER_CNODE)
		forget(s);
	if (is_mapped(s))
		page_table_unmap(s);
	if (object_of(s) && object_release(s))
		return;
	cap_unlink(s);
}

void cap_replace(struct slot *inside, struct slot *from)
{
	if (!slot_empty(inside))
		cap_delete(inside);
	if (from)
		cap_derive(inside, from, from->rights, from->badge);
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
	if (cptr >= t->cspace_slots)
		return ERR_BAD_CAP;

	/* A user chose cptr, so the bound must hold under speculation too. */
	struct slot *s = &t->cspace[clamp_index(cptr, t->cspace_slots)];

	if (slot_empty(s) || !cptr)
		return ERR_BAD_CAP;
	*out = s;
	return OK;
}

static status_t check(struct slot *s, enum object_type type, rights_t need, struct slot **out)
{
	if (s->type != type)
		return ERR_WRONG_TYPE;
	if ((s->rights & need) != need)
		return ERR_NO_RIGHT;
	*out = s;
	return OK;
}

status_t cap_lookup(const struct thread *t, cptr_t cptr, enum object_type type, rights_t need,
		    struct slot **out)
{
	struct slot *s;
	status_t status = cap_lookup_any(t, cptr, &s);

	return status ? status : check(s, type, need, out);
}

status_t cap_lookup_optional(const struct thread *t, cptr_t cptr, enum object_type type,
			     rights_t need, struct slot **out)
{
	*out = NULL;
	return cptr ? cap_lookup(t, cptr, type, need, out) : OK;
}

status_t cap_lookup_cnode(struct thread *t, cptr_t cptr, rights_t need, struct slot **out)
{
	if (cptr)
		return cap_lookup(t, cptr, OBJECT_CNODE, need, out);
	if (slot_empty(&t->cnode))
		return ERR_BAD_CAP;
	return check(&t->cnode, OBJECT_CNODE, need, out);
}
