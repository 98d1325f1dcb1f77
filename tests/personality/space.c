/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The memory of a process: pages, whose frames come into being when they are touched. */
#include <string.h>

#include "kozo_stubs.h"
#include "process.h"

/* Of a page fault's error code. */
enum { ERROR_WRITE = 2, ERROR_FETCH = 16 };

bool is_user(vaddr_t address, size_t bytes)
{
	const vaddr_t top = USER_TOP - PAGE;

	if (address > top || bytes > top - address)
		return false;
	return address + bytes <= REGION_BASE || address >= REGION_TOP;
}

/* --- ranges of pages ------------------------------------------------------------------ */

/* Of address 0: one that is free. NULL: there is none. */
static struct page *page_of(struct process *p, vaddr_t address)
{
	for (struct page *page = p->page + 1; page < p->page + PAGES; page++)
		if (page->address == address)
			return page;
	return NULL;
}

bool pages_set(struct process *p, vaddr_t start, vaddr_t end, rights_t rights)
{
	for (vaddr_t at = start / PAGE * PAGE; at < end; at += PAGE) {
		struct page *page = page_of(p, at);

		if (!page)
			page = page_of(p, 0);
		if (!page)
			return false;
		page->address = at;
		page->rights = rights;
	}
	return true;
}

void pages_remove(struct process *p, vaddr_t start, vaddr_t end)
{
	vaddr_t reached;

	NEED(kozo_vspace_unmap_range(p->vspace, start, end - start, &reached));
	for (word_t slot = 1, done; slot < PAGES; slot++)
		if (p->page[slot].address >= start && p->page[slot].address < end) {
			NEED(kozo_cnode_delete_range(p->frames, slot, 1, &done));
			p->page[slot] = (struct page){ 0 };
		}
}

/* What is writable from now on is made so by the fault: it may have to be copied. */
bool pages_protect(struct process *p, vaddr_t start, vaddr_t end, rights_t rights)
{
	vaddr_t reached;

	if (!pages_set(p, start, end, rights))
		return false;
	rights = RIGHT_READ | (rights & RIGHT_EXECUTE);
	NEED(kozo_vspace_protect_range(p->vspace, start, end - start, rights, 0, &reached));
	return true;
}

/* --- page faults ---------------------------------------------------------------------- */

/* Whether something failed for want of tables, which are there from now on. */
static bool lacked_tables(struct process *p, vaddr_t address, status_t status)
{
	if (status != ERR_NO_TABLE) {
		need(status, "map pages");
		return false;
	}
	for (unsigned level = PAGE_TABLE_LEVELS; level >= 1; level--) {
		status = kozo_page_table_install(process_make(p, OBJECT_PAGE_TABLE, level),
						 p->vspace, address);
		if (status == ERR_MAPPED)
			status = memory_drop(&given.memory, p->held[--p->holds]);
		need(status, "a table");
	}
	return true;
}

/* The bytes of the program that fall into a page, put where that is mapped meanwhile. */
static void fill(const struct process *p, vaddr_t page)
{
	for (size_t i = 0; i < p->elf.segment_count; i++) {
		const struct elf_segment *s = &p->elf.segment[i];
		vaddr_t start = s->address > page ? s->address : page;
		vaddr_t end = s->address + s->file_size;

		if (end > page + PAGE)
			end = page + PAGE;
		if (start < end)
			memcpy((uint8_t *)PLACE_SCRATCH + (start - page),
			       p->elf.base + s->offset + (start - s->address), end - start);
	}
}

/* A frame of its own: with the program's bytes, or those of the one that it shares. */
static void give_frame(struct process *p, struct page *page)
{
	word_t slot = (word_t)(page - p->page), fault[2], done;
	cptr_t frame;
	status_t status;

	NEED(memory_make(&given.memory, OBJECT_FRAME, PAGE_BITS, &frame));
	NEED(kozo_frame_map(frame, SLOT_VSPACE, PLACE_SCRATCH, RIGHT_READ | RIGHT_WRITE, 0));
	if (!page->present)
		fill(p, page->address);
	else if (copy_window((void *)PLACE_SCRATCH, (const void *)page->address, PAGE, fault))
		panic("a page that is there cannot be read");
	NEED(kozo_frame_unmap(frame));
	NEED(kozo_cnode_delete_range(p->frames, slot, 1, &done));
	do
		status = kozo_frame_map(frame, p->vspace, page->address, page->rights, 0);
	while (lacked_tables(p, page->address, status));
	NEED(kozo_cnode_move(p->frames, slot, SLOT_CNODE, frame));
	slots_give(&given.memory.slots, frame, 1);
	page->present = true;
	page->shared = false;
}

bool page_resolve(struct process *p, vaddr_t address, word_t error)
{
	struct page *page = page_of(p, address / PAGE * PAGE);
	rights_t wanted = error & ERROR_WRITE	? RIGHT_WRITE
			  : error & ERROR_FETCH ? RIGHT_EXECUTE
						: RIGHT_READ;
	rights_t rights;
	vaddr_t reached;

	if (!page || !(page->rights & wanted))
		return false;
	if (!page->present || (page->shared && wanted == RIGHT_WRITE)) {
		give_frame(p, page);
		return true;
	}
	rights = page->rights & ~(page->shared ? (rights_t)RIGHT_WRITE : 0);
	NEED(kozo_vspace_protect_range(p->vspace, page->address, PAGE, rights, 0, &reached));
	return true;
}

/* --- fork ---------------------------------------------------------------------------- */

/* Fork what lies in a range, and say which slot of the child comes next. */
static word_t fork_range(struct process *p, struct process *child, vaddr_t at, vaddr_t end,
			 word_t slot)
{
	const rights_t all = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE;
	status_t status;
	word_t done;

	do {
		status = kozo_vspace_fork_range(p->vspace, child->vspace, at, end - at,
						child->frames, slot, all, &done, &at);
		slot += done;
	} while (lacked_tables(child, at, status));
	return slot;
}

/*
 * The kernel fills the child's slots by ascending addresses, and so do we: what it has
 * mapped there is told by its count alone. Then follow the pages that were never touched.
 */
void space_fork(struct process *p, struct process *child)
{
	word_t last = fork_range(p, child, 0, REGION_BASE, 1), to = 1;
	struct page *from;

	last = fork_range(p, child, REGION_TOP, USER_TOP, last);
	for (vaddr_t below = 0; to < last; below = child->page[to++].address) {
		from = &p->page[0]; /* no page */
		for (struct page *page = p->page + 1; page < p->page + PAGES; page++)
			if (page->present && page->address > below &&
			    (!from->address || page->address < from->address))
				from = page;
		if (!from->address)
			panic("fork_range has forked more pages than there are");
		from->shared = true;
		child->page[to] = *from;
	}
	for (from = p->page + 1; from < p->page + PAGES; from++)
		if (from->address && !from->present)
			child->page[to++] = *from;
}

/* --- the copy window ---------------------------------------------------------------- */

static bool copy(struct process *p, vaddr_t user, void *to, const void *from, size_t bytes)
{
	word_t fault[2];

	if (!is_user(user, bytes))
		return false;
	while (copy_window(to, from, bytes, fault))
		if (!page_resolve(p, fault[0], fault[1]))
			return false;
	return true;
}

bool from_guest(struct process *p, void *to, vaddr_t from, size_t bytes)
{
	return copy(p, from, to, (const void *)from, bytes);
}

bool to_guest(struct process *p, vaddr_t to, const void *from, size_t bytes)
{
	return copy(p, to, (void *)to, from, bytes);
}
