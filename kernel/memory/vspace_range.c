/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Operations on ranges. Those by address walk the tables to the slot behind each
 * entry, so it does not matter where the capabilities of the pages lie. A range
 * moves on by moving the caller's arguments: what is left of it is always the
 * part that was not done.
 */
#include "arch/clamp.h"
#include "arch/paging.h"
#include "cap.h"
#include "cnode.h"
#include "frame.h"
#include "kozo_handlers.h"
#include "preempt.h"
#include "thread.h"
#include "vspace.h"

#define PAGE (1ull << PAGE_BITS)

static struct vspace *target(const struct invocation *inv)
{
	return inv->slot->object;
}

/*
 * What is left of a range of addresses, in the arguments that hold it; and what is known
 * of it until the call ends or leaves at a preemption point.
 */
struct range {
	word_t *address, *length;
	struct table_cursor cursor;
	struct page_table *changed; /* to be flushed, or NULL */
};

static void range_flush(struct range *r)
{
	if (r->changed)
		page_table_flush(r->changed);
	r->changed = NULL;
}

/* A table has changed; one flush for all changes of one table is enough. */
static void range_changed(struct range *r, struct page_table *t)
{
	if (r->changed != t)
		range_flush(r);
	r->changed = t;
}

static bool range_is_good(const struct range *r)
{
	return !(*r->address % PAGE) && !(*r->length % PAGE) && *r->address <= USER_TOP &&
	       *r->length <= USER_TOP - *r->address;
}

static void range_advance(const struct range *r, uint64_t bytes)
{
	if (bytes > *r->length)
		bytes = *r->length;
	*r->address += bytes;
	*r->length -= bytes;
}

/*
 * The slot of the frame at the beginning of the range, all of which must lie in
 * it. Skips what is not mapped: *slot is NULL then, and the range has advanced.
 */
static status_t range_next(struct vspace *space, struct range *r, struct slot **slot)
{
	struct table_entry e = page_table_look(space, *r->address, &r->cursor);
	uint64_t span = 1ull << page_table_bits(e.level);

	work(WORK_LOOK);
	*slot = NULL;
	if (!pte_present(e.table->entry[e.index])) {
		range_advance(r, span - *r->address % span);
		return OK;
	}
	*slot = page_table_slot(&e);
	if (!*slot || *r->address % span || 1ull << (*slot)->size > *r->length)
		return ERR_RANGE;
	return OK;
}

typedef status_t page_t(struct invocation *inv, struct range *r, struct slot *frame);

static status_t do_each_page(struct invocation *inv, struct range *r, page_t *page)
{
	status_t status = OK;

	while (!status && *r->length) {
		struct slot *frame;

		if (preempt_due())
			return RESTART;
		status = range_next(target(inv), r, &frame);
		if (status || !frame)
			continue;

		uint64_t bytes = 1ull << frame->size;

		status = page(inv, r, frame);
		if (!status)
			range_advance(r, bytes);
	}
	return status;
}

/* Do `page` for each frame in the range; results are the caller's to set. */
static status_t each_page(struct invocation *inv, struct range *r, page_t *page)
{
	status_t status = do_each_page(inv, r, page);

	range_flush(r);
	return status;
}

static status_t unmap_page(struct invocation *inv, struct range *r, struct slot *frame)
{
	(void)inv;
	range_changed(r, page_table_unmap_one(frame));
	return OK;
}

status_t vspace_unmap_range(struct invocation *inv)
{
	struct range r = { .address = &inv->arg[0], .length = &inv->arg[1] };

	inv->result[0] = *r.address;
	if (!range_is_good(&r))
		return ERR_BAD_ARG;

	status_t status = each_page(inv, &r, unmap_page);

	inv->result[0] = *r.address;
	return status;
}

static status_t protect_page(struct invocation *inv, struct range *r, struct slot *frame)
{
	rights_t rights = (rights_t)inv->arg[2];

	if (rights & ~(rights_t)frame->rights)
		return ERR_NO_RIGHT;
	range_changed(r, page_table_protect_one(frame, rights));
	return OK;
}

status_t vspace_protect_range(struct invocation *inv)
{
	struct range r = { .address = &inv->arg[0], .length = &inv->arg[1] };
	status_t status = frame_check_wish(inv->arg[2], inv->arg[3], PROTECT_FLAGS);

	inv->result[0] = *r.address;
	if (!status && !range_is_good(&r))
		status = ERR_BAD_ARG;
	if (status)
		return status;
	status = each_page(inv, &r, protect_page);
	inv->result[0] = *r.address;
	return status;
}

/* Map the frame in slot arg[1] at arg[3], and move both on. */
static status_t map_next(struct invocation *inv, const struct slot *cnode, struct vspace *space,
			 struct table_cursor *cursor)
{
	struct slot *slots = cnode->object;
	struct slot *frame = &slots[clamp_index(inv->arg[1], 1ull << cnode->size)];

	work(WORK_LOOK);
	if (slot_empty(frame))
		return ERR_BAD_CAP;
	if (frame->type != OBJECT_FRAME)
		return ERR_WRONG_TYPE;

	status_t status =
		frame_put(frame, space, inv->arg[3], cursor, (rights_t)inv->arg[4], inv->arg[5]);

	if (status)
		return status;
	inv->arg[1]++;
	inv->arg[2]--;
	inv->arg[3] += 1ull << frame->size;
	inv->result[0]++;
	return OK;
}

status_t vspace_map_range(struct invocation *inv)
{
	struct table_cursor cursor = { 0 };
	struct slot *cnode;
	status_t status = frame_check_wish(inv->arg[4], inv->arg[5], MAP_FLAGS);

	if (!status)
		status = cap_lookup_cnode(inv->caller, inv->arg[0], RIGHT_MANAGE, &cnode);
	if (!status)
		status = cnode_check_range(cnode, inv->arg[1], inv->arg[2]);
	while (!status && inv->arg[2]) {
		if (preempt_due())
			return RESTART;
		status = map_next(inv, cnode, target(inv), &cursor);
	}
	return status;
}

/* Where fork_range puts children: no step of it empties the slots that say so. */
struct fork {
	struct range range; /* first, so that a page_t finds the rest */
	struct vspace *space;
	struct table_cursor cursor;
	struct slot *cnode;
};

static status_t fork_begin(const struct invocation *inv, struct fork *f)
{
	struct slot *destination;
	status_t status =
		cap_lookup(inv->caller, inv->arg[0], OBJECT_VSPACE, RIGHT_MANAGE, &destination);

	if (!status)
		status = cap_lookup_cnode(inv->caller, inv->arg[3], RIGHT_MANAGE, &f->cnode);
	if (!status)
		status = cnode_check_range(f->cnode, inv->arg[4], 0);
	if (!status)
		f->space = destination->object;
	return status;
}

/* The slot for the next child. ERR_RANGE, ERR_SLOT_USED. */
static status_t fork_slot(const struct invocation *inv, const struct fork *f, struct slot **to)
{
	struct slot *slots = f->cnode->object;
	word_t count = 1ull << f->cnode->size;

	if (inv->arg[4] >= count)
		return ERR_RANGE;
	*to = &slots[clamp_index(inv->arg[4], count)];
	return slot_empty(*to) ? OK : ERR_SLOT_USED;
}

/* A child of `frame` at the same address of the destination, and both without WRITE. */
static status_t fork_page(struct invocation *inv, struct range *r, struct slot *frame)
{
	struct fork *f = container_of(r, struct fork, range);
	struct table_entry e = page_table_look(target(inv), *r->address, &r->cursor);
	uint64_t entry = e.table->entry[e.index];
	rights_t rights = pte_rights(entry) & ~(rights_t)RIGHT_WRITE;
	struct frame_place place;
	struct slot *to;

	if (rights & ~(inv->arg[5] & frame->rights))
		return ERR_NO_RIGHT;

	status_t status = fork_slot(inv, f, &to);

	if (!status)
		status = frame_find_place(frame->size, f->space, *r->address, &f->cursor, &place);
	if (status)
		return status;

	/* Commit: nothing below fails. */
	cap_derive(to, frame, (rights_t)inv->arg[5], 0);
	page_table_map(place.table, place.index, to, rights, pte_caching(entry));
	range_changed(r, page_table_protect_one(frame, rights));
	inv->arg[4]++;
	inv->result[0]++;
	return OK;
}

status_t vspace_fork_range(struct invocation *inv)
{
	struct fork f = { .range = { .address = &inv->arg[1], .length = &inv->arg[2] } };

	inv->result[1] = inv->arg[1];
	if (!range_is_good(&f.range) || inv->arg[5] >> 16)
		return ERR_BAD_ARG;

	status_t status = fork_begin(inv, &f);

	if (!status)
		status = each_page(inv, &f.range, fork_page);
	inv->result[1] = inv->arg[1];
	return status;
}

enum { HARVEST_MAX = 64 };

/* One large page may stand behind several of the pages asked for: read all, then forget. */
status_t vspace_harvest(struct invocation *inv)
{
	vaddr_t address = inv->arg[0];
	word_t pages = inv->arg[1];
	struct table_cursor cursor = { 0 };

	if (address % PAGE || pages > HARVEST_MAX || address > USER_TOP - pages * PAGE)
		return ERR_BAD_ARG;
	for (word_t i = 0; i < pages; i++) {
		struct table_entry e = page_table_look(target(inv), address + i * PAGE, &cursor);
		uint64_t entry = e.table->entry[e.index];

		inv->result[0] |= (word_t)(pte_present(entry) && pte_accessed(entry)) << i;
		inv->result[1] |= (word_t)(pte_present(entry) && pte_dirty(entry)) << i;
	}
	for (word_t i = 0; i < pages; i++) {
		struct table_entry e = page_table_look(target(inv), address + i * PAGE, &cursor);
		uint64_t *entry = &e.table->entry[e.index];

		if (!pte_present(*entry) || *entry == pte_forget_use(*entry))
			continue;
		*entry = pte_forget_use(*entry);
		page_table_flush(e.table);
	}
	return OK;
}
