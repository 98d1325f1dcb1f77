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

/* What is left of a range of addresses, in the arguments that hold it. */
struct range {
	word_t *address, *length;
};

static bool range_is_good(struct range r)
{
	return !(*r.address % PAGE) && !(*r.length % PAGE) && *r.address <= USER_TOP &&
	       *r.length <= USER_TOP - *r.address;
}

static void range_advance(struct range r, uint64_t bytes)
{
	if (bytes > *r.length)
		bytes = *r.length;
	*r.address += bytes;
	*r.length -= bytes;
}

/*
 * The slot of the frame at the beginning of the range, all of which must lie in
 * it. Skips what is not mapped: *slot is NULL then, and the range has advanced.
 */
static status_t range_next(struct vspace *space, struct range r, struct slot **slot)
{
	struct table_entry e = page_table_look(space, *r.address);
	uint64_t span = 1ull << page_table_bits(e.level);

	work(WORK_LOOK);
	*slot = NULL;
	if (!pte_present(e.table->entry[e.index])) {
		range_advance(r, span - *r.address % span);
		return OK;
	}
	*slot = page_table_slot(&e);
	if (!*slot || *r.address % span || 1ull << (*slot)->size > *r.length)
		return ERR_RANGE;
	return OK;
}

typedef status_t page_t(struct invocation *inv, struct slot *frame, vaddr_t address);

/* Do `page` for each frame in the range; results are the caller's to set. */
static status_t each_page(struct invocation *inv, struct range r, page_t *page)
{
	status_t status = OK;

	while (!status && *r.length) {
		struct slot *frame;

		if (preempt_due())
			return RESTART;
		status = range_next(target(inv), r, &frame);
		if (status || !frame)
			continue;

		uint64_t bytes = 1ull << frame->size;

		status = page(inv, frame, *r.address);
		if (!status)
			range_advance(r, bytes);
	}
	return status;
}

static status_t unmap_page(struct invocation *inv, struct slot *frame, vaddr_t address)
{
	(void)inv, (void)address;
	page_table_unmap(frame);
	return OK;
}

status_t vspace_unmap_range(struct invocation *inv)
{
	struct range r = { &inv->arg[0], &inv->arg[1] };

	inv->result[0] = *r.address;
	if (!range_is_good(r))
		return ERR_BAD_ARG;

	status_t status = each_page(inv, r, unmap_page);

	inv->result[0] = *r.address;
	return status;
}

static status_t protect_page(struct invocation *inv, struct slot *frame, vaddr_t address)
{
	rights_t rights = (rights_t)inv->arg[2];

	(void)address;
	if (rights & ~(rights_t)frame->rights)
		return ERR_NO_RIGHT;
	page_table_protect(frame, rights);
	return OK;
}

status_t vspace_protect_range(struct invocation *inv)
{
	struct range r = { &inv->arg[0], &inv->arg[1] };
	status_t status = frame_check_wish(inv->arg[2], inv->arg[3], PROTECT_FLAGS);

	inv->result[0] = *r.address;
	if (!status && !range_is_good(r))
		status = ERR_BAD_ARG;
	if (status)
		return status;
	status = each_page(inv, r, protect_page);
	inv->result[0] = *r.address;
	return status;
}

/* Map the frame in slot arg[1] at arg[3], and move both on. */
static status_t map_next(struct invocation *inv, const struct slot *cnode, struct vspace *space)
{
	struct slot *slots = cnode->object;
	struct slot *frame = &slots[clamp_index(inv->arg[1], 1ull << cnode->size)];

	work(WORK_LOOK);
	if (slot_empty(frame))
		return ERR_BAD_CAP;
	if (frame->type != OBJECT_FRAME)
		return ERR_WRONG_TYPE;

	status_t status = frame_put(frame, space, inv->arg[3], (rights_t)inv->arg[4], inv->arg[5]);

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
	struct slot *cnode;
	status_t status = frame_check_wish(inv->arg[4], inv->arg[5], MAP_FLAGS);

	if (!status)
		status = cap_lookup_cnode(inv->caller, inv->arg[0], RIGHT_MANAGE, &cnode);
	if (!status)
		status = cnode_check_range(cnode, inv->arg[1], inv->arg[2]);
	while (!status && inv->arg[2]) {
		if (preempt_due())
			return RESTART;
		status = map_next(inv, cnode, target(inv));
	}
	return status;
}

/* Where fork_range puts the next child: the space it is mapped in, and its slot. */
static status_t fork_target(struct invocation *inv, struct vspace **space, struct slot **to)
{
	struct slot *destination, *cnode;
	status_t status =
		cap_lookup(inv->caller, inv->arg[0], OBJECT_VSPACE, RIGHT_MANAGE, &destination);

	if (!status)
		status = cap_lookup_cnode(inv->caller, inv->arg[3], RIGHT_MANAGE, &cnode);
	if (!status)
		status = cnode_check_range(cnode, inv->arg[4], 0);
	if (status)
		return status;

	struct slot *slots = cnode->object;

	*space = destination->object;
	*to = inv->arg[4] < 1ull << cnode->size
		      ? &slots[clamp_index(inv->arg[4], 1ull << cnode->size)]
		      : NULL;
	return OK;
}

/* A child of `frame` at the same address of the destination, and both without WRITE. */
static status_t fork_page(struct invocation *inv, struct slot *frame, vaddr_t address)
{
	struct table_entry e = page_table_look(target(inv), address);
	uint64_t entry = e.table->entry[e.index];
	rights_t rights = pte_rights(entry) & ~(rights_t)RIGHT_WRITE;
	struct frame_place place;
	struct vspace *space;
	struct slot *to;
	status_t status = fork_target(inv, &space, &to);

	if (status)
		return status;
	if (rights & ~(inv->arg[5] & frame->rights))
		return ERR_NO_RIGHT;
	if (!to)
		return ERR_RANGE;
	if (!slot_empty(to))
		return ERR_SLOT_USED;
	status = frame_find_place(frame->size, space, address, &place);
	if (status)
		return status;

	/* Commit: nothing below fails. */
	cap_derive(to, frame, (rights_t)inv->arg[5], 0);
	page_table_map(place.table, place.index, to, rights, pte_caching(entry));
	page_table_protect(frame, rights);
	inv->arg[4]++;
	inv->result[0]++;
	return OK;
}

status_t vspace_fork_range(struct invocation *inv)
{
	struct range r = { &inv->arg[1], &inv->arg[2] };
	struct vspace *space;
	struct slot *to;

	inv->result[1] = *r.address;
	if (!range_is_good(r) || inv->arg[5] >> 16)
		return ERR_BAD_ARG;

	status_t status = fork_target(inv, &space, &to);

	if (!status)
		status = each_page(inv, r, fork_page);
	inv->result[1] = *r.address;
	return status;
}

enum { HARVEST_MAX = 64 };

/* One large page may stand behind several of the pages asked for: read all, then forget. */
status_t vspace_harvest(struct invocation *inv)
{
	vaddr_t address = inv->arg[0];
	word_t pages = inv->arg[1];

	if (address % PAGE || pages > HARVEST_MAX || address > USER_TOP - pages * PAGE)
		return ERR_BAD_ARG;
	for (word_t i = 0; i < pages; i++) {
		struct table_entry e = page_table_look(target(inv), address + i * PAGE);
		uint64_t entry = e.table->entry[e.index];

		inv->result[0] |= (word_t)(pte_present(entry) && pte_accessed(entry)) << i;
		inv->result[1] |= (word_t)(pte_present(entry) && pte_dirty(entry)) << i;
	}
	for (word_t i = 0; i < pages; i++) {
		struct table_entry e = page_table_look(target(inv), address + i * PAGE);

		uint64_t *entry = &e.table->entry[e.index];

		if (!pte_present(*entry) || *entry == pte_forget_use(*entry))
			continue;
		*entry = pte_forget_use(*entry);
		page_table_flush(e.table);
	}
	return OK;
}
