/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "page_table.h"
#include "arch/layout.h"
#include "arch/paging.h"
#include "assert.h"
#include "cap.h"
#include "kozo_handlers.h"
#include "preempt.h"
#include "vspace.h"

void page_table_create(const struct slot *slot)
{
	struct page_table *t = slot->object;

	t->level = slot->size;
}

void page_table_moved(const struct slot *s)
{
	record_table(s->mapping)->back[record_index(s->mapping)] = slot_number(s);
}

/* A root has a twin to keep in step; other tables are just memory. */
static void set_entry(struct page_table *t, unsigned index, uint64_t entry)
{
	if (t->level == ROOT_LEVEL)
		vspace_set_root(t, index, entry);
	else
		t->entry[index] = entry;
}

/*
 * A table may be installed in several places, and those above it too. While there
 * is one place at each level, one address space has changed; otherwise all may have.
 */
void page_table_flush(struct page_table *t)
{
	while (t->level < ROOT_LEVEL) {
		if (!t->installed)
			return;
		if (t->installed > 1) {
			paging_forget_all();
			return;
		}
		t = record_table(t->places);
	}
	vspace_flush(container_of(t, struct vspace, wide));
}

/* Of more pages than this it costs less to forget all, and to find them again. */
enum { PAGES_MAX = 32 };

/* While there is one place at each level, there is one address, too. */
static inline void flush_pages(struct page_table *t, unsigned index, unsigned count)
{
	vaddr_t address = (vaddr_t)index << PAGE_BITS;

#pragma GCC unroll 3
	for (unsigned level = 2; level <= ROOT_LEVEL; level++) {
		if (t->installed != 1) {
			page_table_flush(t);
			return;
		}
		address += (vaddr_t)record_index(t->places) << page_table_bits(level);
		t = record_table(t->places);
	}
	vspace_flush_pages(container_of(t, struct vspace, wide), address, count);
}

void page_table_flush_page(struct page_table *t, unsigned index)
{
	flush_pages(t, index, 1);
}

void page_table_flush_entries(struct entries e)
{
	if (e.table->level > 1 || e.count > PAGES_MAX)
		page_table_flush(e.table);
	else
		flush_pages(e.table, e.index, e.count);
}

/* The table that `s` names was put into, or taken from, the place that `s` maps it at. */
static void count_place(const struct slot *s, bool put)
{
	struct page_table *t = s->object;

	t->installed += put ? 1 : -1u;
	t->places += put ? s->mapping : -s->mapping;
}

static struct entries entries_of(const struct slot *frame)
{
	struct entries e = mapped_at(frame);

	e.count = frame_shape(frame->size).entries;
	return e;
}

struct entries page_table_clear(struct slot *frame)
{
	struct entries e = entries_of(frame);

	for (unsigned i = 1; i < e.count; i++)
		e.table->entry[e.index + i] = 0;
	page_take(e.table, e.index, frame);
	work(WORK_MAP + e.count * WORK_ENTRY);
	return e;
}

/* Returns the table that it was installed in. */
static struct page_table *take_out(struct slot *table)
{
	struct page_table *t = record_table(table->mapping);
	unsigned index = record_index(table->mapping);

	set_entry(t, index, 0);
	t->back[index] = 0;
	count_place(table, false);
	table->mapping = 0;
	work(WORK_MAP);
	return t;
}

void page_table_unmap(struct slot *s)
{
	page_table_flush(s->type == OBJECT_FRAME ? page_table_clear(s).table : take_out(s));
}

bool page_table_bury(const struct slot *tomb)
{
	struct page_table *t = tomb->object;

	if (tomb->badge == TABLE_ENTRIES)
		return false;
	if (t->back[tomb->badge])
		page_table_unmap(slot_by_number(t->back[tomb->badge]));
	return true;
}

static vaddr_t base_of(vaddr_t address)
{
	return address >> page_table_bits(2) << page_table_bits(2);
}

static bool is_at(const struct table_cursor *cursor, vaddr_t address)
{
	return cursor->table && cursor->base == base_of(address);
}

struct table_entry page_table_look(struct vspace *space, vaddr_t address,
				   struct table_cursor *cursor)
{
	struct table_entry e = { &space->wide, ROOT_LEVEL, page_table_index(address, ROOT_LEVEL) };

	if (is_at(cursor, address))
		return (struct table_entry){ cursor->table, 1, page_table_index(address, 1) };
	for (;;) {
		uint64_t entry = e.table->entry[e.index];

		if (!pte_present(entry) || (e.level < ROOT_LEVEL && pte_is_page(entry, e.level)))
			break;
		e.table = phys_to_virt(pte_address(entry));
		e.level--;
		e.index = page_table_index(address, e.level);
	}
	if (e.level == 1)
		*cursor = (struct table_cursor){ e.table, base_of(address) };
	return e;
}

status_t page_table_find(struct vspace *space, vaddr_t address, unsigned level,
			 struct page_table **out)
{
	struct page_table *t = &space->wide;

	for (unsigned l = ROOT_LEVEL; l > level; l--) {
		uint64_t entry = t->entry[page_table_index(address, l)];

		if (!pte_present(entry))
			return ERR_NO_TABLE;
		if (l < ROOT_LEVEL && pte_is_page(entry, l))
			return ERR_MAPPED;
		t = phys_to_virt(pte_address(entry));
	}
	*out = t;
	return OK;
}

struct slot *page_table_slot(const struct table_entry *e)
{
	return e->table->back[e->index] ? slot_by_number(e->table->back[e->index]) : NULL;
}

struct frame_shape frame_shape_large(unsigned bits)
{
	unsigned level = paging_largest_page();

	while (bits < page_table_bits(level))
		level--;

	unsigned page_bits = page_table_bits(level);

	return (struct frame_shape){ level, 1u << (bits - page_bits), page_bits };
}

void page_table_map(struct entries e, struct slot *frame, rights_t rights, enum caching caching)
{
	struct frame_shape shape = frame_shape(frame->size);
	uint64_t entry = pte_page(virt_to_phys(frame->object), shape.level, rights, caching);

	page_put(e.table, e.index, frame, entry);
	for (unsigned i = 1; i < e.count; i++)
		e.table->entry[e.index + i] = entry + ((uint64_t)i << shape.page_bits);
	work(WORK_MAP + e.count * WORK_ENTRY);
}

/* What the CPU noted of an entry's use stays: it is harvest's to forget. */
struct entries page_table_protect(struct slot *frame, rights_t rights)
{
	struct entries e = entries_of(frame);
	uint64_t *entry = &e.table->entry[e.index], access = pte_access(rights);

	for (unsigned i = 0; i < e.count; i++)
		entry[i] = pte_with_access(entry[i], access);
	work(WORK_MAP + e.count * WORK_ENTRY);
	return e;
}

status_t page_table_put(struct slot *table, struct vspace *space, vaddr_t address)
{
	struct page_table *parent;

	if (table->mapping)
		return ERR_MAPPED;
	if (address >= USER_TOP)
		return ERR_RANGE;

	status_t status = page_table_find(space, address, table->size + 1u, &parent);

	if (status)
		return status;

	unsigned index = page_table_index(address, parent->level);

	if (pte_present(parent->entry[index]))
		return ERR_MAPPED;

	/* Commit: nothing below fails. */
	set_entry(parent, index, pte_table(virt_to_phys(table->object)));
	entry_record(parent, index, table);
	count_place(table, true);
	return OK;
}

status_t page_table_install(struct invocation *inv)
{
	struct slot *space;
	status_t status = cap_lookup(inv->caller, inv->arg[0], OBJECT_VSPACE, RIGHT_MANAGE, &space);

	return status ? status : page_table_put(inv->slot, space->object, inv->arg[1]);
}

status_t page_table_remove(struct invocation *inv)
{
	if (!inv->slot->mapping)
		return ERR_NOT_MAPPED;
	page_table_unmap(inv->slot);
	return OK;
}
