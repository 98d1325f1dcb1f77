/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Address spaces: a million pages in one, and frames of many entries. */
#include "attack.h"

#define AREA 0x200000000000ull
#define PAGE (1ull << PAGE_BITS)

enum {
	MILLION_BITS = 20,
	LAST = (1 << MILLION_BITS) - 1, /* slot 0 is nobody's */
	ENTRIES = 512,
	TABLES = 2048,
	HARVEST = 64,
	READ_WRITE = RIGHT_READ | RIGHT_WRITE,
};

/* Tables for 4 GiB from AREA on: slots 1 on of `tables` hold them. */
static void make_tables(cptr_t tables, cptr_t space)
{
	static const struct {
		word_t level, count;
	} levels[] = { { 3, 1 }, { 2, 4 }, { 1, TABLES } };
	word_t index = 1;

	for (unsigned l = 0; l < 3; l++) {
		vaddr_t span = PAGE << 9 * levels[l].level;

		make_at(tables, index, OBJECT_PAGE_TABLE, levels[l].level, levels[l].count);
		for (word_t i = 0; i < levels[l].count; i++, index++) {
			NEED(kozo_page_table_install(take(tables, index), space, AREA + i * span));
			put_back(tables, index);
		}
	}
}

static cptr_t make_space(cptr_t *tables)
{
	cptr_t space = make(OBJECT_VSPACE, 0);

	*tables = make(OBJECT_CNODE, 12);
	make_tables(*tables, space);
	return space;
}

/* A million copies of one page. */
static cptr_t make_million(void)
{
	cptr_t cnode = make(OBJECT_CNODE, MILLION_BITS);

	fill(cnode, make(OBJECT_FRAME, PAGE_BITS), LAST);
	return cnode;
}

enum { ROUND = 200 };

/* Any number of pages at the end of a table, and then all of the next one. */
static void attack_table_ends(cptr_t space, cptr_t other, cptr_t cnode, cptr_t children)
{
	word_t done;
	vaddr_t reached;

	for (word_t before = 1; before < ROUND; before++) {
		word_t pages = before + ENTRIES;
		vaddr_t start = AREA + (ENTRIES - before) * PAGE;

		NEED(kozo_vspace_map_range(space, cnode, 1, pages, start, READ_WRITE, 0, &done));
		NEED(kozo_vspace_protect_range(space, start, pages * PAGE, RIGHT_READ, 0,
					       &reached));
		NEED(kozo_vspace_fork_range(space, other, start, pages * PAGE, children, 1,
					    READ_WRITE, &done, &reached));
		NEED(kozo_vspace_unmap_range(space, start, pages * PAGE, &reached));
		NEED(kozo_cnode_delete_range(children, 1, pages, &done));
	}
}

void attack_pages(void)
{
	cptr_t tables, space = make_space(&tables), other_tables, other = make_space(&other_tables);
	cptr_t cnode = make_million(), children = make(OBJECT_CNODE, MILLION_BITS);
	word_t done, accessed, dirty;
	vaddr_t reached;

	attack_table_ends(space, other, cnode, children);
	NEED(kozo_vspace_map_range(space, cnode, 1, LAST, AREA, READ_WRITE, 0, &done));
	NEED(kozo_vspace_protect_range(space, AREA, LAST * PAGE, RIGHT_READ, 0, &reached));
	for (unsigned i = 0; i < 10; i++)
		NEED(kozo_vspace_harvest(space, AREA + i * HARVEST * PAGE, HARVEST, &accessed,
					 &dirty));
	NEED(kozo_vspace_fork_range(space, other, AREA, LAST * PAGE, children, 1, READ_WRITE, &done,
				    &reached));
	NEED(kozo_vspace_unmap_range(space, AREA, LAST * PAGE, &reached));
	NEED(kozo_vspace_unmap_range(space, 0, USER_TOP - PAGE, &reached)); /* nothing there */
	NEED(kozo_cnode_delete(SLOT_CNODE, children)); /* mapped, and the last of the CNode */
}

/* A space with a million pages dies: first its tables, or first itself. */
void attack_tables(void)
{
	cptr_t tables, space = make_space(&tables), cnode = make_million();
	word_t done;

	NEED(kozo_vspace_map_range(space, cnode, 1, LAST, AREA, READ_WRITE, 0, &done));
	NEED(kozo_cnode_delete_range(tables, 6, TABLES / 2, &done));
	NEED(kozo_cnode_delete(SLOT_CNODE, space));
	NEED(kozo_cnode_delete(SLOT_CNODE, tables));
}

/* --- frames of 512 entries --------------------------------------------------------- */

enum { GIB_BITS = 30, BEFORE = 200 };

/*
 * The costliest step there is comes last, after any amount of cheaper ones: pages
 * that are mapped, or empty places, lie in front of a frame of 512 entries.
 */
static void sweep(cptr_t space, cptr_t other, cptr_t children)
{
	vaddr_t gib = AREA + (1ull << GIB_BITS), reached;
	word_t done;

	for (word_t before = 0; before < BEFORE; before++) {
		vaddr_t start = gib - before * PAGE, length = (1ull << GIB_BITS) + before * PAGE;

		NEED(kozo_vspace_protect_range(space, start, length, READ_WRITE, 0, &reached));
		NEED(kozo_vspace_fork_range(space, other, start, length, children, 1, READ_WRITE,
					    &done, &reached));
		NEED(kozo_vspace_unmap_range(other, start, length, &reached));
		NEED(kozo_cnode_delete_range(children, 1, BEFORE, &done));
	}
}

static void install(cptr_t space, unsigned level, vaddr_t address)
{
	NEED(kozo_page_table_install(make(OBJECT_PAGE_TABLE, level), space, address));
}

/* Tables for a page in front of the second GiB, and for that as one frame. */
static cptr_t make_small_space(void)
{
	cptr_t space = make(OBJECT_VSPACE, 0);
	vaddr_t gib = AREA + (1ull << GIB_BITS);

	install(space, 3, gib);
	install(space, 2, gib);
	install(space, 2, gib - PAGE);
	install(space, 1, gib - PAGE);
	return space;
}

void attack_frames(void)
{
	cptr_t space = make_small_space(), other = make_small_space();
	cptr_t frame = slots(1), children = make(OBJECT_CNODE, 10), pages = make(OBJECT_CNODE, 10);
	vaddr_t gib = AREA + (1ull << GIB_BITS), reached;
	word_t done;

	/* Zeroing as much is an attack of its own. */
	NEED(kozo_untyped_retype(memory(1), OBJECT_FRAME, GIB_BITS, SLOT_CNODE, frame, 1, &done));
	for (unsigned i = 0; i < 3; i++) {
		NEED(kozo_frame_map(frame, space, gib, READ_WRITE, 0));
		NEED(kozo_frame_protect(frame, RIGHT_READ, 0));
		NEED(kozo_frame_unmap(frame));
	}
	NEED(kozo_frame_map(frame, space, gib, READ_WRITE, 0));
	sweep(space, other, children);
	fill(pages, make(OBJECT_FRAME, PAGE_BITS), BEFORE);
	NEED(kozo_vspace_map_range(space, pages, 1, BEFORE, gib - BEFORE * PAGE, READ_WRITE, 0,
				   &done));
	sweep(space, other, children);
	NEED(kozo_vspace_unmap_range(space, gib - BEFORE * PAGE, BEFORE * PAGE, &reached));
	/* In a list of copies, after any number of others, as a range. */
	NEED(kozo_frame_unmap(frame));
	NEED(kozo_cnode_copy(pages, BEFORE + 1, SLOT_CNODE, frame));
	for (word_t before = 0; before < BEFORE; before++) {
		word_t first = BEFORE + 1 - before;

		NEED(kozo_vspace_map_range(space, pages, first, before + 1, gib - before * PAGE,
					   READ_WRITE, 0, &done));
		NEED(kozo_vspace_unmap_range(space, gib - before * PAGE,
					     (1ull << GIB_BITS) + before * PAGE, &reached));
	}
	for (word_t before = 0; before < BEFORE; before++) {
		NEED(kozo_vspace_map_range(space, pages, BEFORE + 1, 1, gib, READ_WRITE, 0, &done));
		NEED(kozo_cnode_delete_range(pages, BEFORE + 1 - before, before + 1, &done));
		NEED(kozo_cnode_copy(pages, BEFORE + 1, SLOT_CNODE, frame));
	}
}
