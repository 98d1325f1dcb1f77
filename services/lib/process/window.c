/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "window.h"

#include <assert.h>
#include <string.h>

#include "kozo_stubs.h"

/* What one table of the highest level covers: above the program, it is all ours. */
static const uint64_t top_span = (uint64_t)1 << (PAGE_BITS + 9 * PAGE_TABLE_LEVELS);

static vaddr_t window, kept; /* in one table of the lowest level */

static status_t add_table(struct memory *memory, unsigned level)
{
	cptr_t table;
	status_t status = memory_make(memory, OBJECT_PAGE_TABLE, level, &table);

	if (status != OK)
		return status;
	return kozo_page_table_install(table, SLOT_VSPACE, window);
}

status_t window_begin(struct memory *memory, vaddr_t end)
{
	status_t status = OK;

	window = (end + top_span - 1) & ~(top_span - 1);
	kept = window + (1ull << WINDOW_BITS);
	for (unsigned level = PAGE_TABLE_LEVELS; status == OK && level > 0; level--)
		status = add_table(memory, level);
	return status;
}

status_t window_read(cptr_t frame, unsigned bits, size_t offset, void *data, size_t size)
{
	const size_t bytes = (size_t)1 << bits;

	assert(bits <= WINDOW_BITS && offset <= bytes && size <= bytes - offset);

	status_t status = kozo_frame_map(frame, SLOT_VSPACE, window, RIGHT_READ, 0);

	if (status != OK)
		return status;
	memcpy(data, (const char *)window + offset, size);
	return kozo_frame_unmap(frame);
}

status_t window_fill(cptr_t frame, size_t offset, const void *data, size_t size)
{
	const size_t page = (size_t)1 << PAGE_BITS;

	assert(offset <= page && size <= page - offset);

	status_t status = kozo_frame_map(frame, SLOT_VSPACE, window, RIGHT_READ | RIGHT_WRITE, 0);

	if (status != OK)
		return status;
	memcpy((char *)window + offset, data, size);
	return kozo_frame_unmap(frame);
}

status_t window_keep(cptr_t frame, vaddr_t *address)
{
	assert(kept < window + (2ull << WINDOW_BITS));

	status_t status = kozo_frame_map(frame, SLOT_VSPACE, kept, RIGHT_READ | RIGHT_WRITE, 0);

	if (status != OK)
		return status;
	*address = kept;
	kept += 1ull << PAGE_BITS;
	return OK;
}
