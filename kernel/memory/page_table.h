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

void page_table_create(void *object, const struct slot *slot);
bool page_table_bury(const struct slot *tomb);

/* The mapped slot has moved here. */
void page_table_moved(const struct slot *s);

/* An entry of this table was changed: no CPU may go on with what it remembers. */
void page_table_flush(struct page_table *t);

/* Undo the mapping of a mapped Frame or the installation of a PageTable. */
void page_table_unmap(struct slot *s);

/*
 * The same, and page_table_protect(), for whoever does it for many: the table has
 * changed, and is to be flushed before user code runs.
 */
struct page_table *page_table_unmap_one(struct slot *s);
struct page_table *page_table_protect_one(struct slot *frame, rights_t rights);

/*
 * Where a range of addresses was last found: the lowest table, so that the addresses
 * behind need no walk. Only while no table is installed or removed; all zero: nowhere.
 */
struct table_cursor {
	struct page_table *table;
	vaddr_t base; /* of what it translates */
};

/*
 * The table of `level` through which `space` translates `address`. ERR_NO_TABLE
 * if one above it is missing, ERR_MAPPED if a page is in the way.
 */
MUST_USE status_t page_table_find(struct vspace *space, vaddr_t address, unsigned level,
				  struct page_table **out);

/* As page_table_find() for the lowest level, from where the cursor is on. */
MUST_USE status_t page_table_find_next(struct vspace *space, vaddr_t address,
				       struct table_cursor *cursor, struct page_table **out);

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

/*
 * Put the table that `table` names, which is installed nowhere, where `address`
 * falls: ERR_MAPPED, ERR_RANGE, ERR_NO_TABLE.
 */
MUST_USE status_t page_table_put(struct slot *table, struct vspace *space, vaddr_t address);

/* Enter a Frame's slot at `index` of `t`, where frame_find_place() found room. */
void page_table_map(struct page_table *t, unsigned index, struct slot *frame, rights_t rights,
		    enum caching caching);

/* Rewrite the entries of a mapped Frame with these rights; how it is cached stays. */
void page_table_protect(struct slot *frame, rights_t rights);

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
