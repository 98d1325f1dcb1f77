/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "frame.h"
#include "arch/clamp.h"
#include "arch/layout.h"
#include "arch/paging.h"
#include "cap.h"
#include "cnode.h"
#include "kozo_handlers.h"
#include "page_table.h"
#include "preempt.h"
#include "thread.h"
#include "vspace.h"

static const rights_t map_rights = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE;

status_t frame_check_wish(word_t rights, word_t flags, word_t known)
{
	word_t both = RIGHT_WRITE | RIGHT_EXECUTE;

	if (rights & ~(word_t)map_rights || !(rights & RIGHT_READ))
		return ERR_BAD_ARG;
	if (flags & ~known)
		return ERR_BAD_ARG;
	if ((rights & both) == both && !(flags & MAP_WRITE_EXECUTE))
		return ERR_BAD_ARG;
	return OK;
}

static bool in_user_space(vaddr_t address, unsigned bits)
{
	word_t bytes = 1ull << bits;

	return !(address & (bytes - 1)) && address <= USER_TOP - bytes;
}

status_t frame_find_place(unsigned bits, struct vspace *space, vaddr_t address,
			  struct entries *place)
{
	struct frame_shape shape = frame_shape(bits);
	uint64_t any = 0;

	if (!in_user_space(address, bits))
		return ERR_RANGE;

	status_t status = page_table_find(space, address, shape.level, &place->table);

	if (status)
		return status;
	place->index = page_table_index(address, shape.level);
	place->count = shape.entries;
	work(shape.entries * WORK_ENTRY);
	for (unsigned i = 0; i < shape.entries; i++)
		any |= place->table->entry[place->index + i];
	return pte_present(any) ? ERR_MAPPED : OK;
}

/* Only a device's memory can be mapped in another way than RAM. */
static status_t check_caching(const struct slot *frame, word_t flags)
{
	return flags & MAP_WRITE_COMBINING && !(frame->flags & SLOT_DEVICE) ? ERR_BAD_ARG : OK;
}

static enum caching caching_of(const struct slot *frame, word_t flags)
{
	if (!(frame->flags & SLOT_DEVICE))
		return CACHED;
	return flags & MAP_WRITE_COMBINING ? WRITE_COMBINING : UNCACHED;
}

status_t frame_put(struct slot *frame, struct vspace *space, vaddr_t address, rights_t rights,
		   word_t flags)
{
	struct entries place;

	if (check_caching(frame, flags))
		return ERR_BAD_ARG;
	if (rights & ~(rights_t)frame->rights)
		return ERR_NO_RIGHT;
	if (frame->mapping)
		return ERR_MAPPED;

	status_t status = frame_find_place(frame->size, space, address, &place);

	if (status)
		return status;
	page_table_map(place, frame, rights, caching_of(frame, flags));
	return OK;
}

/* A page into an empty entry of a table that is there. All else, refusals too, is frame_put(). */
static bool put_page(struct slot *page, struct vspace *space, vaddr_t address, rights_t rights)
{
	unsigned index = page_table_index(address, 1);
	struct page_table *t;

	if (!page_is_free(page, rights) || !in_user_space(address, PAGE_BITS) ||
	    !vspace_find_lowest(space, address, &t) || pte_present(t->entry[index]))
		return false;
	page_put(t, index, page, pte_page(virt_to_phys(page->object), 1, rights, CACHED));
	return true;
}

status_t frame_map(struct invocation *inv)
{
	rights_t rights = (rights_t)inv->arg[2];
	struct slot *space;
	status_t status = frame_check_wish(inv->arg[2], inv->arg[3], MAP_FLAGS);

	if (!status)
		status = check_caching(inv->slot, inv->arg[3]);
	if (!status)
		status = cap_lookup(inv->caller, inv->arg[0], OBJECT_VSPACE, RIGHT_MANAGE, &space);
	if (status)
		return status;
	if (put_page(inv->slot, space->object, inv->arg[1], rights))
		return OK;
	return frame_put(inv->slot, space->object, inv->arg[1], rights, inv->arg[3]);
}

static void unmap_page(struct slot *page)
{
	struct entries e = mapped_at(page);

	page_take(e.table, e.index, page);
	page_table_flush_page(e.table, e.index);
}

status_t frame_unmap(struct invocation *inv)
{
	struct slot *frame = inv->slot;

	if (!frame->mapping)
		return ERR_NOT_MAPPED;
	if (frame->size == PAGE_BITS)
		unmap_page(frame);
	else
		page_table_flush_entries(page_table_clear(frame));
	return OK;
}

static void protect_page(struct slot *page, rights_t rights)
{
	struct entries e = mapped_at(page);

	page_protect(e.table, e.index, pte_access(rights));
	page_table_flush_page(e.table, e.index);
}

status_t frame_protect(struct invocation *inv)
{
	struct slot *frame = inv->slot;
	rights_t rights = (rights_t)inv->arg[0];
	status_t status = frame_check_wish(inv->arg[0], inv->arg[1], PROTECT_FLAGS);

	if (status)
		return status;
	if (rights & ~(rights_t)frame->rights)
		return ERR_NO_RIGHT;
	if (!frame->mapping)
		return ERR_NOT_MAPPED;
	if (frame->size == PAGE_BITS)
		protect_page(frame, rights);
	else
		page_table_flush_entries(page_table_protect(frame, rights));
	return OK;
}

status_t frame_address(struct invocation *inv)
{
	inv->result[0] = virt_to_phys(inv->slot->object);
	return OK;
}

static status_t check_address(const struct slot *s)
{
	if (slot_empty(s))
		return ERR_BAD_CAP;
	if (s->type != OBJECT_FRAME)
		return ERR_WRONG_TYPE;
	return s->rights & RIGHT_PHYSICAL ? OK : ERR_NO_RIGHT;
}

/* The list is short: no step of it needs a preemption point. */
status_t cnode_addresses(struct invocation *inv)
{
	const struct slot *slots = inv->slot->object;
	uint64_t SHARED *list;

	if (!inv->caller->ipc_buffer || inv->arg[1] > LIST_MAX)
		return ERR_BAD_ARG;
	list = &inv->caller->ipc_buffer->word[IPC_REGISTERS];

	status_t status = cnode_check_range(inv->slot, inv->arg[0], inv->arg[1]);

	for (word_t i = 0; !status && i < inv->arg[1]; i++) {
		const struct slot *s =
			&slots[clamp_index(inv->arg[0] + i, 1ull << inv->slot->size)];

		status = check_address(s);
		if (status)
			break;
		shared_put(&list[i], virt_to_phys(s->object));
		inv->result[0]++;
	}
	return status;
}
