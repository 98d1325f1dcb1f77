/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "untyped.h"
#include "arch/clamp.h"
#include "arch/zero.h"
#include "cap.h"
#include "cnode.h"
#include "kozo_handlers.h"
#include "object.h"
#include "preempt.h"
#include "san.h"

enum { ZERO_STEP = 1 << PAGE_BITS };

static uint32_t last_number;

/* Zero on to `at`, from where that is known. */
static inline void zero_on(struct slot *untyped, uint64_t from, uint64_t at)
{
	zero_words((uint64_t *)((char *)untyped->object + from), (at - from) / sizeof(uint64_t));
	untyped->mapping = at;
	work(WORK_ZERO);
}

/* What is not known to be zero: all below the watermark is given away. */
static inline uint64_t zeroed_to(const struct slot *untyped)
{
	return untyped->mapping > untyped->badge ? untyped->mapping : untyped->badge;
}

/* An untyped knows what of its memory is zero; so then does one made from it. */
static uint64_t zeroed_within(const struct slot *untyped, uint64_t start, uint64_t end)
{
	if (untyped->mapping <= start)
		return 0;
	return (untyped->mapping < end ? untyped->mapping : end) - start;
}

/* Make an object of zeroed memory, with one reference. */
static inline void create(char *object, const struct object_form *form, const struct slot *slot)
{
	struct object *header = (struct object *)(object + form->header - 1);
	struct slot *inside = (struct slot *)(object + form->inside);

	if (!form->header)
		return;
	header->tomb.badge = (uint64_t)++last_number << OBJECT_NUMBER_SHIFT | 1;
	inside->holder = form->holder; /* 0 without such slots, where all is 0 */
	if (form->create)
		form->create(slot);
}

/*
 * One object of type arg[0] and size arg[1], so of 2^bits bytes, of which no more than a
 * page is to be zeroed; moves the arguments on.
 */
static status_t make(struct invocation *inv, unsigned bits, struct slot *to)
{
	struct slot *untyped = inv->slot;
	unsigned device = untyped->flags & SLOT_DEVICE;
	word_t type = inv->arg[0];
	uint64_t start;

	if (!slot_empty(to))
		return ERR_SLOT_USED;
	if (!untyped_fit(untyped->badge, untyped->size, bits, &start))
		return ERR_NO_MEMORY;

	/* Commit: nothing below fails. The gap that alignment leaves is lost first. */
	uint64_t end = start + (1ull << bits);
	char *object = (char *)untyped->object + start;

	untyped->badge = start;
	if (!device) {
		uint64_t from = zeroed_to(untyped);

		san_claim(object, end - start);
		if (type == OBJECT_UNTYPED)
			to->mapping = zeroed_within(untyped, start, end);
		else if (from < end)
			zero_on(untyped, from, end);
	}
	untyped->badge = end;
	to->type = (uint8_t)type;
	to->size = (uint8_t)inv->arg[1];
	to->rights = object_forms[type].rights;
	to->object = object;
	slot_link_with(untyped, to, device);
	san_made(to);
	inv->arg[3]++;
	inv->arg[4]--;
	inv->result[0]++;
	create(object, &object_forms[type], to);
	return OK;
}

/*
 * All but the last page of where the next object goes, if it fits. A page that was zeroed
 * once stays so, however often we are interrupted: RESTART at a preemption point.
 */
static status_t zero_pages(struct slot *untyped, unsigned bits)
{
	uint64_t start, end;

	if (!untyped_fit(untyped->badge, untyped->size, bits, &start))
		return OK;
	end = start + (1ull << bits);
	untyped->badge = start;
	san_claim((char *)untyped->object + start, end - start);
	for (uint64_t from = zeroed_to(untyped); from + ZERO_STEP < end; from += ZERO_STEP) {
		zero_on(untyped, from, from + ZERO_STEP);
		if (preempt_due())
			return RESTART;
	}
	return OK;
}

/* Is there more to zero than a page? */
static bool is_large(const struct invocation *inv, unsigned bits)
{
	return bits > PAGE_BITS && inv->arg[0] != OBJECT_UNTYPED &&
	       !(inv->slot->flags & SLOT_DEVICE);
}

/* Objects of any size in the slots from `to` on, which there are, up to the first refusal. */
static __attribute__((noinline)) status_t make_many(struct invocation *inv, unsigned bits,
						    struct slot *to)
{
	for (;; to++) {
		status_t status = OK;

		if (is_large(inv, bits) && slot_empty(to))
			status = zero_pages(inv->slot, bits);
		if (!status)
			status = make(inv, bits, to);
		if (status || !inv->arg[4])
			return status;
		work(WORK_SLOT);
		if (preempt_due())
			return RESTART;
	}
}

status_t untyped_make(struct slot *untyped, enum object_type type, uint64_t size, struct slot *to)
{
	struct invocation inv = { .slot = untyped, .arg = { type, size, 0, 0, 1 } };

	return make_many(&inv, object_bits(type, size), to);
}

/* The kernel keeps no objects in memory of a device. */
static bool may_make(const struct slot *untyped, word_t type)
{
	return !(untyped->flags & SLOT_DEVICE) || type == OBJECT_UNTYPED || type == OBJECT_FRAME;
}

/* Result 0 is the number of objects made. */
status_t untyped_retype(struct invocation *inv)
{
	word_t type = clamp_index(inv->arg[0], OBJECT_TYPES), count = inv->arg[4];
	unsigned bits = object_bits((unsigned)type, inv->arg[1]);
	struct slot *cnode;

	if (!bits || !may_make(inv->slot, type) || !count)
		return ERR_BAD_ARG;

	status_t status = cap_lookup_cnode_quick(inv->caller, inv->arg[2], RIGHT_MANAGE, &cnode);

	if (status)
		return status;
	if (cnode_check_range(cnode, inv->arg[3], count))
		return ERR_RANGE;

	struct slot *to = cnode_slot(cnode, inv->arg[3]);

	if (count == 1 && bits <= PAGE_BITS)
		return make(inv, bits, to);
	return make_many(inv, bits, to);
}
