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
 * What a type of object needs beyond its methods. `header` is where the struct
 * object lies, `stop` takes the object out of use in O(1), and `bury` takes one
 * thing out of a stopped object: it is called with 0, 1, 2, ... until it
 * answers that nothing is left.
 */
struct object_kind {
	uint8_t bits;
	uint16_t header;
	void (*create)(void *object, const struct slot *slot);
	void (*stop)(void *object);
	bool (*bury)(const struct slot *tomb);
};

static const struct object_kind kinds[OBJECT_TYPES] = {
	[OBJECT_CNODE] = { 0, 0, NULL, NULL, cnode_bury },
	[OBJECT_THREAD] = { THREAD_BITS, 0, thread_create, thread_halt, thread_bury },
	[OBJECT_SCHED_CONTEXT] = { SCHED_CONTEXT_BITS, 0, context_create, context_stop,
				   context_bury },
	[OBJECT_ENDPOINT] = { ENDPOINT_BITS, 0, endpoint_create, NULL, endpoint_bury },
	[OBJECT_NOTIFICATION] = { NOTIFICATION_BITS, 0, notification_create, notification_stop,
				  notification_bury },
	[OBJECT_TIMER] = { TIMER_BITS, 0, timer_create, timer_stop, timer_bury },
	[OBJECT_IRQ_HANDLER] = { IRQ_HANDLER_BITS, 0, irq_handler_create, irq_handler_stop,
				 irq_handler_bury },
	[OBJECT_REPLY] = { REPLY_BITS, 0, NULL, reply_abandon, NULL },
	[OBJECT_PAGE_TABLE] = { PAGE_TABLE_BITS, offsetof(struct page_table, object),
				page_table_create, NULL, page_table_bury },
	[OBJECT_VSPACE] = { VSPACE_BITS, offsetof(struct vspace, wide.object), vspace_create,
			    vspace_stop, page_table_bury },
};

enum { NUMBER_SHIFT = 32 };

static struct slot *tombs; /* of stopped objects, the last one first; `mapping` leads on */
static unsigned tomb_count;
static uint32_t last_number;

unsigned object_bits(unsigned type, uint64_t size)
{
	switch (type) {
	case OBJECT_UNTYPED:
		return size >= UNTYPED_BITS_MIN && size <= UNTYPED_BITS_MAX ? (unsigned)size : 0;
	case OBJECT_FRAME:
		return size >= FRAME_BITS_MIN && size <= FRAME_BITS_MAX ? (unsigned)size : 0;
	case OBJECT_CNODE:
		if (size < CNODE_BITS_MIN || size > CNODE_BITS_MAX)
			return 0;
		return (unsigned)size + SLOT_BITS;
	case OBJECT_PAGE_TABLE:
		return size >= 1 && size <= PAGE_TABLE_LEVELS ? PAGE_TABLE_BITS : 0;
	default:
		return type < OBJECT_TYPES && size == 0 ? kinds[type].bits : 0;
	}
}

struct object *object_of(const struct slot *slot)
{
	const struct object_kind *kind = &kinds[slot->type];

	if (!kind->bits && slot->type != OBJECT_CNODE)
		return NULL;
	return (struct object *)((char *)slot->object + kind->header);
}

void object_create(struct slot *slot)
{
	struct object *object = object_of(slot);

	if (!object)
		return;
	object->tomb.badge = (uint64_t)++last_number << NUMBER_SHIFT | 1;
	if (kinds[slot->type].create)
		kinds[slot->type].create(slot->object, slot);
}

uint32_t object_number(const struct object *object)
{
	return (uint32_t)(object->tomb.badge >> NUMBER_SHIFT);
}

void object_reference(struct object *object)
{
	object->tomb.badge++;
}

bool object_release(struct slot *slot)
{
	struct object *object = object_of(slot);
	const struct object_kind *kind = &kinds[slot->type];

	assert((uint32_t)object->tomb.badge > 0);
	if ((uint32_t)object->tomb.badge > 1) {
		object->tomb.badge--;
		return false;
	}
	if (kind->stop)
		kind->stop(slot->object);
	slot_move(&object->tomb, slot);
	object->tomb.flags |= SLOT_TOMB;
	object->tomb.badge = 0;
	object->tomb.mapping = (uint64_t)tombs;
	tombs = &object->tomb;
	tomb_count++;
	return true;
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
