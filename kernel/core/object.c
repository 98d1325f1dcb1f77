/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "object.h"
#include "assert.h"
#include "cap.h"
#include "cnode.h"
#include "endpoint.h"
#include "invoke.h"
#include "irq.h"
#include "notification.h"
#include "page_table.h"
#include "preempt.h"
#include "reply.h"
#include "san.h"
#include "sched_context.h"
#include "thread.h"
#include "timer.h"
#include "vspace.h"

/*
 * What a type of object needs beyond its methods and its form. `stop` takes the object out of
 * use in O(1), and `bury` takes one thing out of a stopped object whose slots inside are empty:
 * it is called with 0, 1, 2, ... until it answers that nothing is left.
 */
struct object_kind {
	void (*stop)(void *object);
	bool (*bury)(const struct slot *tomb);
};

static const struct object_kind kinds[OBJECT_TYPES] = {
	[OBJECT_CNODE] = { NULL, cnode_bury },
	[OBJECT_THREAD] = { thread_halt, reply_forget_one },
	[OBJECT_SCHED_CONTEXT] = { context_stop, context_bury },
	[OBJECT_ENDPOINT] = { NULL, endpoint_bury },
	[OBJECT_NOTIFICATION] = { notification_stop, notification_bury },
	[OBJECT_TIMER] = { timer_stop, NULL },
	[OBJECT_IRQ_HANDLER] = { irq_handler_stop, NULL },
	[OBJECT_REPLY] = { reply_abandon, NULL },
	[OBJECT_PAGE_TABLE] = { NULL, page_table_bury },
	[OBJECT_VSPACE] = { vspace_stop, page_table_bury },
};

#define HEADER(type, field) .header = 1 + offsetof(struct type, field)
#define INSIDE(type, first, last, first_holder) \
	.inside = offsetof(struct type, first), .holder = (first_holder), \
	.slots = 1 + (offsetof(struct type, last) - offsetof(struct type, first)) / \
			     sizeof(struct slot)

const struct object_form object_forms[OBJECT_TYPES] = {
	[OBJECT_UNTYPED] = { 0, true, UNTYPED_BITS_MIN, UNTYPED_BITS_MAX, RIGHT_MANAGE },
	[OBJECT_CNODE] = { SLOT_BITS, true, CNODE_BITS_MIN, CNODE_BITS_MAX,
			   RIGHT_MANAGE | RIGHT_INSPECT, .header = 1 },
	[OBJECT_THREAD] = { THREAD_BITS, .rights = RIGHT_MANAGE | RIGHT_INSPECT,
			    HEADER(thread, object),
			    INSIDE(thread, cnode, reserve_time, HOLDER_THREAD_CNODE),
			    .create = thread_create },
	[OBJECT_SCHED_CONTEXT] = { SCHED_CONTEXT_BITS, .rights = RIGHT_MANAGE | RIGHT_INSPECT,
				   HEADER(sched_context, object), .create = context_create },
	[OBJECT_ENDPOINT] = { ENDPOINT_BITS, .rights = RIGHT_SEND | RIGHT_RECEIVE | RIGHT_GRANT,
			      HEADER(endpoint, object),
			      INSIDE(endpoint, watch, watch, HOLDER_WATCH) },
	[OBJECT_NOTIFICATION] = { NOTIFICATION_BITS, .rights = RIGHT_SEND | RIGHT_RECEIVE,
				  HEADER(notification, object),
				  INSIDE(notification, watch, time, HOLDER_WATCH),
				  .create = object_number_slots },
	[OBJECT_TIMER] = { TIMER_BITS, .rights = RIGHT_MANAGE | RIGHT_INSPECT,
			   HEADER(timer, object),
			   INSIDE(timer, notification, notification, HOLDER_TIMER_NOTIFICATION) },
	[OBJECT_IRQ_HANDLER] = { IRQ_HANDLER_BITS, .rights = RIGHT_MANAGE,
				 HEADER(irq_handler, object),
				 INSIDE(irq_handler, notification, notification,
					HOLDER_IRQ_NOTIFICATION) },
	[OBJECT_REPLY] = { REPLY_BITS, .rights = RIGHT_MANAGE, HEADER(reply, object) },
	[OBJECT_PAGE_TABLE] = { PAGE_TABLE_BITS, false, 1, PAGE_TABLE_LEVELS, RIGHT_MANAGE,
				HEADER(page_table, object), .create = page_table_create },
	[OBJECT_VSPACE] = { VSPACE_BITS, .rights = RIGHT_MANAGE | RIGHT_DERIVE,
			    HEADER(vspace, wide.object), .create = vspace_create },
	[OBJECT_FRAME] = { 0, true, FRAME_BITS_MIN, FRAME_BITS_MAX,
			   RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_PHYSICAL },
};

void object_number_slots(const struct slot *slot)
{
	const struct object_form *form = &object_forms[slot->type];
	struct slot *inside = (struct slot *)((char *)slot->object + form->inside);

	for (unsigned i = 1; i < form->slots; i++)
		inside[i].holder = (uint16_t)(form->holder + i);
}

static struct slot *tombs; /* of stopped objects, the last one first; `mapping` leads on */
static unsigned tomb_count;

uint32_t object_number(const struct object *object)
{
	return (uint32_t)(object->tomb.badge >> OBJECT_NUMBER_SHIFT);
}

void object_end(struct slot *slot)
{
	struct object *object = object_of(slot);

	assert(object_references(object) == 1);
	if (kinds[slot->type].stop)
		kinds[slot->type].stop(slot->object);
	slot_move(&object->tomb, slot);
	object->tomb.flags |= SLOT_TOMB;
	object->tomb.badge = 0;
	object->tomb.mapping = (uint64_t)tombs;
	tombs = &object->tomb;
	tomb_count++;
}

/* Empty a slot inside a dying object. False: they all are. */
static bool bury_slot(const struct slot *tomb)
{
	const struct object_form *form = &object_forms[tomb->type];
	struct slot *inside = (struct slot *)((char *)tomb->object + form->inside);

	for (unsigned i = 0; i < form->slots; i++) {
		if (slot_empty(&inside[i]))
			continue;
		cap_delete(&inside[i]);
		return true;
	}
	return false;
}

/*
 * What dies while something is taken out of an object goes on top, so the one
 * below waits for it.
 */
bool tombs_step(void)
{
	struct slot *tomb = tombs;

	if (!tomb)
		return false;
	work(WORK_LOOK);
	if (bury_slot(tomb))
		return true;
	if (kinds[tomb->type].bury && kinds[tomb->type].bury(tomb)) {
		tomb->badge++;
		return true;
	}
	assert(tombs == tomb);
	tombs = (struct slot *)tomb->mapping;
	tomb_count--;

	const struct slot was = *tomb; /* the tomb ends with the object around it */

	cap_unlink(tomb);
	san_gone(&was);
	return true;
}

const struct slot *tombs_first(unsigned *count)
{
	*count = tomb_count;
	return tombs;
}

void deletion_begin(struct invocation *inv)
{
	if (!inv->resumed)
		inv->caller->restart.tombs = tomb_count;
}

bool deletion_unfinished(const struct invocation *inv)
{
	return caller_lives(inv) && tomb_count > inv->caller->restart.tombs;
}

status_t deletion_finish(struct invocation *inv)
{
	while (deletion_unfinished(inv)) {
		tombs_step();
		if (preempt_due())
			return RESTART;
	}
	return OK;
}

status_t deletion_replace(struct invocation *inv, struct slot *inside, enum object_type type,
			  rights_t need)
{
	struct slot *from;

	if (inv->resumed)
		return deletion_finish(inv);

	status_t status = cap_lookup_optional(inv->caller, inv->arg[0], type, need, &from);

	if (status)
		return status;

	/* Commit: nothing below fails. */
	deletion_begin(inv);
	cap_replace(inside, from);
	return deletion_finish(inv);
}
