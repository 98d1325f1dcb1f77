/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "untyped.h"
#include "arch/clamp.h"
#include "cap.h"
#include "cnode.h"
#include "kozo_handlers.h"
#include "object.h"
#include "preempt.h"
#include "san.h"
#include "string.h"

enum { ZERO_STEP = 1 << PAGE_BITS };

static const rights_t full_rights[OBJECT_TYPES] = {
	[OBJECT_UNTYPED] = RIGHT_MANAGE,
	[OBJECT_CNODE] = RIGHT_MANAGE | RIGHT_INSPECT,
	[OBJECT_THREAD] = RIGHT_MANAGE | RIGHT_INSPECT,
	[OBJECT_SCHED_CONTEXT] = RIGHT_MANAGE | RIGHT_INSPECT,
	[OBJECT_ENDPOINT] = RIGHT_SEND | RIGHT_RECEIVE | RIGHT_GRANT,
	[OBJECT_NOTIFICATION] = RIGHT_SEND | RIGHT_RECEIVE,
	[OBJECT_TIMER] = RIGHT_MANAGE | RIGHT_INSPECT,
	[OBJECT_IRQ_HANDLER] = RIGHT_MANAGE,
	[OBJECT_REPLY] = RIGHT_MANAGE,
	[OBJECT_PAGE_TABLE] = RIGHT_MANAGE,
	[OBJECT_VSPACE] = RIGHT_MANAGE | RIGHT_DERIVE,
	[OBJECT_FRAME] = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_PHYSICAL,
};

/*
 * Zero what is not zero yet of the memory below `end`. All below the watermark
 * is given away, so a page that was zeroed once stays so however often we are
 * interrupted. Returns RESTART at a preemption point.
 */
static status_t zero_to(struct slot *untyped, uint64_t end)
{
	if (untyped->mapping < untyped->badge)
		untyped->mapping = untyped->badge;
	while (untyped->mapping < end) {
		uint64_t left = end - untyped->mapping;
		uint64_t bytes = left < ZERO_STEP ? left : ZERO_STEP;

		memset((char *)untyped->object + untyped->mapping, 0, bytes);
		untyped->mapping += bytes;
		work(WORK_ZERO);
		if (preempt_due() && untyped->mapping < end)
			return RESTART;
	}
	return OK;
}

/* An untyped knows what of its memory is zero; so then does one made from it. */
static uint64_t zeroed_within(const struct slot *untyped, uint64_t start, uint64_t end)
{
	if (untyped->mapping <= start)
		return 0;
	return (untyped->mapping < end ? untyped->mapping : end) - start;
}

/* Make [start, end) ready for an object. Returns RESTART at a preemption point. */
static status_t prepare(struct slot *untyped, enum object_type type, uint64_t start, uint64_t end,
			struct slot *to)
{
	if (untyped->flags & SLOT_DEVICE)
		return OK;
	san_claim((char *)untyped->object + start, end - start);
	if (type != OBJECT_UNTYPED)
		return zero_to(untyped, end);
	to->mapping = zeroed_within(untyped, start, end);
	return OK;
}

status_t untyped_make(struct slot *untyped, enum object_type type, uint64_t size, struct slot *to)
{
	unsigned bits = object_bits(type, size);
	uint64_t start;

	if (!untyped_fit(untyped->badge, untyped->size, bits, &start))
		return ERR_NO_MEMORY;

	/* Commit: nothing below fails. The gap that alignment leaves is lost first. */
	uint64_t end = start + (1ull << bits);

	untyped->badge = start;
	if (prepare(untyped, type, start, end, to))
		return RESTART;

	untyped->badge = end;
	to->type = (uint8_t)type;
	to->size = (uint8_t)size;
	to->rights = (uint16_t)full_rights[type];
	to->object = (char *)untyped->object + start;
	to->flags = untyped->flags & SLOT_DEVICE;
	slot_link(untyped, to);
	san_made(to);
	object_create(to);
	work(WORK_SLOT);
	return OK;
}

/* May a user make objects of this type and size from `untyped`? The kernel keeps none in a device. */
static bool can_make(const struct slot *untyped, word_t type, word_t size)
{
	if (type >= OBJECT_TYPES || !full_rights[clamp_index(type, OBJECT_TYPES)])
		return false;
	if (untyped->flags & SLOT_DEVICE && type != OBJECT_UNTYPED && type != OBJECT_FRAME)
		return false;
	return object_bits((unsigned)type, size);
}

/* One object in slot arg[3]; moves the arguments on to the next. */
static status_t make_next(struct invocation *inv, struct slot *slots, word_t limit)
{
	struct slot *to = &slots[clamp_index(inv->arg[3], limit)];
	status_t status = ERR_SLOT_USED;

	if (slot_empty(to))
		status = untyped_make(inv->slot, (enum object_type)inv->arg[0], inv->arg[1], to);
	if (status)
		return status;
	inv->arg[3]++;
	inv->arg[4]--;
	inv->result[0]++;
	return preempt_due() && inv->arg[4] ? RESTART : OK;
}

/* Stops at the first refusal; result 0 is the number of objects made. */
status_t untyped_retype(struct invocation *inv)
{
	struct slot *cnode;

	if (!can_make(inv->slot, inv->arg[0], inv->arg[1]) || !inv->arg[4])
		return ERR_BAD_ARG;

	status_t status = cap_lookup_cnode(inv->caller, inv->arg[2], RIGHT_MANAGE, &cnode);

	if (!status)
		status = cnode_check_range(cnode, inv->arg[3], inv->arg[4]);
	while (!status && inv->arg[4])
		status = make_next(inv, cnode->object, 1ull << cnode->size);
	return status;
}
