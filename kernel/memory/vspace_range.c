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

/* How many pages from `index` of a table of level 1 on are one run: up to the next preemption point. */
static unsigned run_length(unsigned index, word_t pages, unsigned cost)
{
	unsigned length = TABLE_ENTRIES - index, steps = work_steps(cost);

	if (length > steps)
		length = steps;
	return length < pages ? length : (unsigned)pages;
}

/* --- ranges of addresses -------------------------------------------------------------- */

/*
 * What is left of a range of addresses, in the arguments that hold it; and what is known
 * of it until the call ends or leaves at a preemption point.
 */
struct range {
	struct vspace *space;
	word_t *address, *length;
	rights_t rights; /* of protect_range and fork_range */
	uint64_t access; /* of protect_range: what entries say of them */
	struct table_cursor cursor;
	struct entries changed; /* to be flushed; without a table: none */
	uint64_t stale;		/* of a run: bits of entries that were changed */
};

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

static void range_flush(const struct range *r)
{
	if (r->changed.table)
		page_table_flush_entries(r->changed);
}

/* Changes come in the order of addresses: those of one table are one flush. */
static void range_changed(struct range *r, struct entries e)
{
	if (r->changed.table == e.table) {
		r->changed.count = e.index + e.count - r->changed.index;
	} else {
		range_flush(r);
		r->changed = e;
	}
}

/*
 * What is done to a range: to pages in runs, which does only what is usual, and to a frame
 * that was not done so, which refuses or does anything that may come. `run` returns how
 * many entries it did, or saw to be empty.
 */
struct operation {
	unsigned (*run)(struct range *r, struct entries e);
	status_t (*frame)(struct range *r, struct slot *frame);
	unsigned cost; /* of a page in a run: preempt.h */
};

typedef bool page_t(struct range *r, struct page_table *t, unsigned index, struct slot *page);

/* Do `page` for each page that is mapped, until it answers false. */
static inline unsigned each_page(struct range *r, struct entries e, page_t *page)
{
	unsigned i, end = e.index + e.count;

	for (i = e.index; i < end; i++) {
		struct slot *slot;

		if (!pte_present(e.table->entry[i]))
			continue;
		slot = page_at(e.table, i);
		if (!slot || !page(r, e.table, i, slot))
			break;
	}
	return i - e.index;
}

static bool do_run(struct range *r, const struct operation *o, const struct table_entry *at)
{
	unsigned length = run_length(at->index, *r->length / PAGE, o->cost);
	struct entries e = { at->table, at->index, length };

	r->stale = 0;
	e.count = o->run(r, e);
	if (r->stale)
		range_changed(r, e);
	range_advance(r, e.count * PAGE);
	work(e.count * o->cost);
	return e.count;
}

/* Skip what is not mapped, or do a frame, all of which must lie in the range. */
static status_t do_frame(struct range *r, const struct operation *o, const struct table_entry *at)
{
	uint64_t span = 1ull << page_table_bits(at->level), within = *r->address % span;
	struct slot *frame = page_table_slot(at);

	if (!pte_present(at->table->entry[at->index])) {
		range_advance(r, span - within);
		return OK;
	}
	if (!frame || within || 1ull << frame->size > *r->length)
		return ERR_RANGE;

	status_t status = o->frame(r, frame);

	if (!status)
		range_advance(r, 1ull << frame->size);
	return status;
}

static status_t do_each(struct range *r, const struct operation *o)
{
	status_t status = OK;

	while (!status && *r->length) {
		if (preempt_due())
			return RESTART;

		struct table_entry at = page_table_look(r->space, *r->address, &r->cursor);

		work(WORK_LOOK);
		if (at.level > 1 || !do_run(r, o, &at))
			status = do_frame(r, o, &at);
	}
	return status;
}

/* Results are the caller's to set. */
static status_t range_do(struct range *r, const struct operation *o)
{
	status_t status = do_each(r, o);

	range_flush(r);
	return status;
}

/* --- unmap_range ------------------------------------------------------------------------ */

static bool unmap_page(struct range *r, struct page_table *t, unsigned index, struct slot *page)
{
	page_take(t, index, page);
	r->stale = PTE_PRESENT;
	return true;
}

static unsigned unmap_run(struct range *r, struct entries e)
{
	return each_page(r, e, unmap_page);
}

static status_t unmap_frame(struct range *r, struct slot *frame)
{
	range_changed(r, page_table_clear(frame));
	return OK;
}

status_t vspace_unmap_range(struct invocation *inv)
{
	static const struct operation unmap = { unmap_run, unmap_frame, WORK_PAGE };
	struct range r = { .space = target(inv), .address = &inv->arg[0], .length = &inv->arg[1] };

	inv->result[0] = *r.address;
	if (!range_is_good(&r))
		return ERR_BAD_ARG;

	status_t status = range_do(&r, &unmap);

	inv->result[0] = *r.address;
	return status;
}

/* --- protect_range ----------------------------------------------------------------------- */

static bool protect_page(struct range *r, struct page_table *t, unsigned index, struct slot *page)
{
	if (r->rights & ~(rights_t)page->rights)
		return false;
	r->stale |= page_protect(t, index, r->access);
	return true;
}

static unsigned protect_run(struct range *r, struct entries e)
{
	return each_page(r, e, protect_page);
}

static status_t protect_frame(struct range *r, struct slot *frame)
{
	if (r->rights & ~(rights_t)frame->rights)
		return ERR_NO_RIGHT;
	range_changed(r, page_table_protect(frame, r->rights));
	return OK;
}

status_t vspace_protect_range(struct invocation *inv)
{
	static const struct operation protect = { protect_run, protect_frame, WORK_PAGE };
	struct range r = { .space = target(inv),
			   .address = &inv->arg[0],
			   .length = &inv->arg[1],
			   .rights = (rights_t)inv->arg[2],
			   .access = pte_access((rights_t)inv->arg[2]) };
	status_t status = frame_check_wish(inv->arg[2], inv->arg[3], PROTECT_FLAGS);

	inv->result[0] = *r.address;
	if (!status && !range_is_good(&r))
		status = ERR_BAD_ARG;
	if (status)
		return status;
	status = range_do(&r, &protect);
	inv->result[0] = *r.address;
	return status;
}

/* --- map_range --------------------------------------------------------------------------- */

/* `count` frames from slot arg[1] on were mapped, which take `bytes` from arg[3] on. */
static void map_advance(struct invocation *inv, word_t count, uint64_t bytes)
{
	inv->arg[1] += count;
	inv->arg[2] -= count;
	inv->arg[3] += bytes;
	inv->result[0] += count;
}

static struct slot *next_frame(const struct invocation *inv, const struct slot *cnode)
{
	struct slot *slots = cnode->object;

	return &slots[clamp_index(inv->arg[1], 1ull << cnode->size)];
}

/* Any frame, or the reason why not. */
static status_t map_frame(struct invocation *inv, const struct slot *cnode)
{
	struct slot *frame = next_frame(inv, cnode);

	work(WORK_LOOK);
	if (slot_empty(frame))
		return ERR_BAD_CAP;
	if (frame->type != OBJECT_FRAME)
		return ERR_WRONG_TYPE;

	status_t status =
		frame_put(frame, target(inv), inv->arg[3], (rights_t)inv->arg[4], inv->arg[5]);

	if (!status)
		map_advance(inv, 1, 1ull << frame->size);
	return status;
}

/* Do all that is left, if it is pages, lie in user space? */
static bool map_in_user_space(const struct invocation *inv)
{
	vaddr_t address = inv->arg[3];

	return !(address % PAGE) && address < USER_TOP &&
	       inv->arg[2] <= (USER_TOP - address) / PAGE;
}

/* Pages, into empty entries of one table that is there. False: what comes first takes map_frame(). */
static bool map_run(struct invocation *inv, const struct slot *cnode)
{
	rights_t rights = (rights_t)inv->arg[4];
	unsigned index = page_table_index(inv->arg[3], 1), i = index;

	if (!map_in_user_space(inv) || inv->arg[5] & MAP_WRITE_COMBINING)
		return false;

	struct page_table *t;

	if (!vspace_find_lowest(target(inv), inv->arg[3], &t))
		return false;

	struct slot *page = next_frame(inv, cnode);
	unsigned end = index + run_length(index, inv->arg[2], WORK_PAGE);

	while (i < end && !pte_present(t->entry[i]) && page_is_free(page, rights)) {
		page_put(t, i, page, pte_page(virt_to_phys(page->object), 1, rights, CACHED));
		page++;
		i++;
	}
	map_advance(inv, i - index, (i - index) * PAGE);
	work(WORK_LOOK + (i - index) * WORK_PAGE);
	return i > index;
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
		if (!map_run(inv, cnode))
			status = map_frame(inv, cnode);
	}
	return status;
}

/* --- fork_range --------------------------------------------------------------------------- */

/* Where fork_range puts children: no step of it empties the slots that say so. */
struct fork {
	struct range range; /* first, so that an operation finds the rest */
	struct vspace *space;
	struct slot *cnode;
	word_t *first, *done; /* the next slot for a child; how many children there are */

	/* Of a run: */
	struct page_table *table; /* of the destination */
	struct slot *to, *end;	  /* slots for children */
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

/* The slots for children from the next on, if there is one, and the end of all. */
static struct slot *fork_slots(const struct fork *f, struct slot **end)
{
	struct slot *slots = f->cnode->object;
	word_t count = 1ull << f->cnode->size;

	*end = &slots[count];
	return *f->first < count ? &slots[clamp_index(*f->first, count)] : *end;
}

static void fork_advance(const struct fork *f, word_t count)
{
	*f->first += count;
	*f->done += count;
}

/* A child of a page at the same place of the destination's table, and both without WRITE. */
static bool fork_page(struct range *r, struct page_table *t, unsigned index, struct slot *page)
{
	struct fork *f = container_of(r, struct fork, range);
	uint64_t was = t->entry[index], entry = was & ~(uint64_t)PTE_WRITE;
	struct slot *to = f->to;

	if (pte_rights(entry) & ~(r->rights & page->rights) || to == f->end || !slot_empty(to) ||
	    pte_present(f->table->entry[index]))
		return false;

	/* Commit: nothing below fails. */
	cap_derive_page(to, page, r->rights);
	page_put(f->table, index, to, pte_forget_use(entry));
	t->entry[index] = entry;
	r->stale |= entry ^ was;
	f->to = to + 1;
	return true;
}

static unsigned fork_run(struct range *r, struct entries e)
{
	struct fork *f = container_of(r, struct fork, range);
	struct slot *first = fork_slots(f, &f->end);
	unsigned count;

	if (!vspace_find_lowest(f->space, *r->address, &f->table))
		return 0;
	f->to = first;
	count = each_page(r, e, fork_page);
	fork_advance(f, (word_t)(f->to - first));
	return count;
}

static status_t fork_frame(struct range *r, struct slot *frame)
{
	struct fork *f = container_of(r, struct fork, range);
	struct table_entry e = page_table_look(r->space, *r->address, &r->cursor);
	uint64_t entry = e.table->entry[e.index];
	rights_t rights = pte_rights(entry) & ~(rights_t)RIGHT_WRITE;
	struct slot *end, *to = fork_slots(f, &end);
	struct entries place;

	if (rights & ~(r->rights & frame->rights))
		return ERR_NO_RIGHT;
	if (to == end)
		return ERR_RANGE;
	if (!slot_empty(to))
		return ERR_SLOT_USED;

	status_t status = frame_find_place(frame->size, f->space, *r->address, &place);

	if (status)
		return status;

	/* Commit: nothing below fails. */
	cap_derive(to, frame, r->rights, 0);
	page_table_map(place, to, rights, pte_caching(entry));
	range_changed(r, page_table_protect(frame, rights));
	fork_advance(f, 1);
	return OK;
}

status_t vspace_fork_range(struct invocation *inv)
{
	static const struct operation fork = { fork_run, fork_frame, WORK_FORK };
	struct fork f = {
		.range = { .space = target(inv),
			   .address = &inv->arg[1],
			   .length = &inv->arg[2],
			   .rights = (rights_t)inv->arg[5] },
		.first = &inv->arg[4],
		.done = &inv->result[0],
	};

	inv->result[1] = inv->arg[1];
	if (!range_is_good(&f.range) || inv->arg[5] >> 16)
		return ERR_BAD_ARG;

	status_t status = fork_begin(inv, &f);

	if (!status)
		status = range_do(&f.range, &fork);
	inv->result[1] = inv->arg[1];
	return status;
}

/* --- harvest ------------------------------------------------------------------------------ */

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
