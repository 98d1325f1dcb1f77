/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "arch/paging.h"
#include "object.h"

/*
 * PageTable: one table of 512 entries, and behind each entry the number of the
 * slot that put it there, so that neither side ever searches for the other.
 *
 * Invariant: the slot whose number is back[i] has `mapping` equal to the
 * physical address of entry[i]; every other present entry belongs to the frame
 * of the nearest back entry below it. A slot is mapped or installed at most
 * once. Locking: the kernel lock.
 */
enum {
	PAGE_TABLE_BITS = 13,
	INDEX_BITS = 9,
	TABLE_ENTRIES = 1 << INDEX_BITS,
	ROOT_LEVEL = PAGE_TABLE_LEVELS + 1,
};

struct vspace;

struct page_table {
	uint64_t entry[TABLE_ENTRIES];
	uint32_t back[TABLE_ENTRIES]; /* slot number, 0: none */
	struct object object;
	uint32_t level;	    /* 1 holds pages; ROOT_LEVEL is the wide root of a VSpace */
	uint32_t installed; /* in so many places */
	uint64_t places;    /* their `mapping`s, added up: if there is one, this is it */
} __attribute__((aligned(1 << PAGE_TABLE_BITS)));

_Static_assert(sizeof(struct page_table) == 1 << PAGE_TABLE_BITS, "a table fits its size");

void page_table_create(const struct slot *slot);
bool page_table_bury(const struct slot *tomb);

/* The mapped slot has moved here. */
void page_table_moved(const struct slot *s);

/* --- slots and their entries -------------------------------------------------------- */

/* Entries of one table: `count` of them, from `index` on. */
struct entries {
	struct page_table *table;
	unsigned index, count;
};

enum { SLOT_NUMBER_SHIFT = 6 };

/* Slots lie in user-provided memory, so the direct map reaches all of them. */
static inline uint32_t slot_number(const struct slot *s)
{
	return (uint32_t)(virt_to_phys(s) >> SLOT_NUMBER_SHIFT);
}

static inline struct slot *slot_by_number(uint32_t number)
{
	return phys_to_virt((paddr_t)number << SLOT_NUMBER_SHIFT);
}

/* A table begins on a page boundary with its entries. */
static inline struct page_table *record_table(uint64_t mapping)
{
	return phys_to_virt(round_down(mapping, 1 << PAGE_BITS));
}

static inline unsigned record_index(uint64_t mapping)
{
	return (unsigned)((mapping & ((1 << PAGE_BITS) - 1)) / sizeof(uint64_t));
}

/* The first entry of a mapped slot. */
static inline struct entries mapped_at(const struct slot *s)
{
	return (struct entries){ record_table(s->mapping), record_index(s->mapping), 1 };
}

/* This slot has put the entry there. */
static inline void entry_record(struct page_table *t, unsigned index, struct slot *s)
{
	t->back[index] = slot_number(s);
	s->mapping = virt_to_phys(&t->entry[index]);
}

/*
 * Pages: frames of one page, as most are, in tables of level 1. The slot of the page that
 * a present entry maps; NULL: the entry is one of a larger frame's.
 */
static inline struct slot *page_at(const struct page_table *t, unsigned index)
{
	struct slot *s = slot_by_number(t->back[index]);

	return t->back[index] && s->size == PAGE_BITS ? s : NULL;
}

/* May page_put() map what `s` names with these rights? It must be RAM. */
static inline bool page_is_free(const struct slot *s, rights_t rights)
{
	return s->type == OBJECT_FRAME && s->size == PAGE_BITS && !(s->flags & SLOT_DEVICE) &&
	       !(rights & ~(rights_t)s->rights) && !s->mapping;
}

static inline void page_put(struct page_table *t, unsigned index, struct slot *page, uint64_t entry)
{
	t->entry[index] = entry;
	entry_record(t, index, page);
}

static inline void page_take(struct page_table *t, unsigned index, struct slot *page)
{
	t->entry[index] = 0;
	t->back[index] = 0;
	page->mapping = 0;
}

/* Returns the bits that this changed. */
static inline uint64_t page_protect(struct page_table *t, unsigned index, uint64_t access)
{
	uint64_t was = t->entry[index], entry = pte_with_access(was, access);

	t->entry[index] = entry;
	return entry ^ was;
}

/* --- changes ------------------------------------------------------------------------- */

/*
 * An entry of this table was changed: no CPU may go on with what it remembers. Whole
 * address spaces are forgotten before user code runs again, so another time costs little.
 */
void page_table_flush(struct page_table *t);

/* The same, but a few pages, or one, are forgotten here and now. */
void page_table_flush_entries(struct entries e);
void page_table_flush_page(struct page_table *t, unsigned index);

/* Undo the mapping of a mapped Frame or the installation of a PageTable, maybe one of many. */
void page_table_unmap(struct slot *s);

/* The same for a Frame, and rewrite its entries with these rights, for whoever flushes them. */
struct entries page_table_clear(struct slot *frame);
struct entries page_table_protect(struct slot *frame, rights_t rights);

/* Enter a Frame's slot where frame_find_place() found room. */
void page_table_map(struct entries e, struct slot *frame, rights_t rights, enum caching caching);

/*
 * Put the table that `table` names, which is installed nowhere, where `address`
 * falls: ERR_MAPPED, ERR_RANGE, ERR_NO_TABLE.
 */
MUST_USE status_t page_table_put(struct slot *table, struct vspace *space, vaddr_t address);

/* --- finding ------------------------------------------------------------------------- */

/*
 * The table of `level` through which `space` translates `address`. ERR_NO_TABLE
 * if one above it is missing, ERR_MAPPED if a page is in the way.
 */
MUST_USE status_t page_table_find(struct vspace *space, vaddr_t address, unsigned level,
				  struct page_table **out);

/*
 * Where an address was last found: the lowest table, so that the addresses behind need
 * no walk. Only while no table is installed or removed; all zero: nowhere.
 */
struct table_cursor {
	struct page_table *table;
	vaddr_t base; /* of what it translates */
};

/* An entry on the way from a root to an address. */
struct table_entry {
	struct page_table *table;
	unsigned level, index;
};

/* The last entry that `address` leads to: one that maps a page, or that is empty. */
struct table_entry page_table_look(struct vspace *space, vaddr_t address,
				   struct table_cursor *cursor);

/* The slot that put this entry there; NULL: it is empty, or not a frame's first. */
struct slot *page_table_slot(const struct table_entry *e);

/*
 * Where a Frame of 2^bits bytes goes: the level of its table, and how many
 * entries of that table it takes.
 */
struct frame_shape {
	unsigned level;
	unsigned entries;
	unsigned page_bits;
};

struct frame_shape frame_shape_large(unsigned bits);

static inline struct frame_shape frame_shape(unsigned bits)
{
	if (bits == PAGE_BITS)
		return (struct frame_shape){ 1, 1, PAGE_BITS };
	return frame_shape_large(bits);
}

/* log2 of the bytes that one entry of a table of `level` spans. */
static inline unsigned page_table_bits(unsigned level)
{
	return PAGE_BITS + INDEX_BITS * (level - 1);
}

/* The index into a table of `level` that `address` selects. */
static inline unsigned page_table_index(vaddr_t address, unsigned level)
{
	return address >> page_table_bits(level) & (TABLE_ENTRIES - 1);
}
