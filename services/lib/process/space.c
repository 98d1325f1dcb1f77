/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "space.h"

#include <assert.h>

#include "kozo_stubs.h"

enum { LEVEL_BITS = 9 }; /* log2 of the entries of a table */

static uint64_t table_span(unsigned level)
{
	return (uint64_t)1 << (PAGE_BITS + LEVEL_BITS * level);
}

static status_t make_in_work(struct space *space, enum object_type type, word_t size)
{
	word_t done;

	return kozo_untyped_retype(space->arena, type, size, SLOT_CNODE, space->work, 1, &done);
}

static status_t move_to_pages(struct space *space)
{
	status_t status = kozo_cnode_move(space->pages, space->used, SLOT_CNODE, space->work);

	if (status == OK)
		space->used++;
	return status;
}

static status_t add_table(struct space *space, unsigned level, vaddr_t address)
{
	status_t status = make_in_work(space, OBJECT_PAGE_TABLE, level);

	if (status == OK)
		status = kozo_page_table_install(space->work, space->vspace, address);
	if (status == OK)
		status = move_to_pages(space);
	if (status == OK)
		space->covered[level] = (address & ~(table_span(level) - 1)) + table_span(level);
	return status;
}

/* The level of the table that holds the entries of a frame: the largest that fit. */
static unsigned level_of(unsigned bits)
{
	return (bits - PAGE_BITS) / LEVEL_BITS + 1;
}

static status_t add_tables(struct space *space, unsigned bits, vaddr_t address)
{
	status_t status = OK;

	for (unsigned level = PAGE_TABLE_LEVELS; status == OK && level >= level_of(bits); level--) {
		if (address >= space->covered[level])
			status = add_table(space, level, address);
	}
	return status;
}

status_t space_new(struct space *space, unsigned bits, vaddr_t address)
{
	assert(address >= space->top);

	status_t status = add_tables(space, bits, address);

	return status == OK ? make_in_work(space, OBJECT_FRAME, bits) : status;
}

status_t space_share(struct space *space, cptr_t frame, unsigned bits, vaddr_t address,
		     rights_t rights)
{
	assert(address >= space->top);

	status_t status = add_tables(space, bits, address);

	if (status != OK)
		return status;
	return kozo_cnode_mint(SLOT_CNODE, space->work, SLOT_CNODE, frame, rights, 0);
}

status_t space_place(struct space *space, unsigned bits, vaddr_t address, rights_t rights)
{
	status_t status = kozo_frame_map(space->work, space->vspace, address, rights, 0);

	if (status == OK)
		status = move_to_pages(space);
	if (status == OK)
		space->top = address + ((uint64_t)1 << bits);
	return status;
}

size_t space_tables_most(size_t bytes, size_t regions)
{
	/* Each region begins and ends within a table of each level. */
	return bytes / table_span(1) + regions * 2 * PAGE_TABLE_LEVELS;
}
