/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The memory of a process: areas, of which pages come into being when they are touched. */
#include <string.h>

#include "kozo_stubs.h"
#include "process.h"

/* Of a page fault's error code. */
enum { ERROR_WRITE = 2, ERROR_FETCH = 16 };

static const rights_t all_rights = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE;

bool is_user(vaddr_t address, size_t bytes)
{
	const vaddr_t top = USER_TOP - PAGE;

	if (address > top || bytes > top - address)
		return false;
	return address + bytes <= REGION_BASE || address >= REGION_TOP;
}

/* --- areas ---------------------------------------------------------------------- */

static struct area *area_of(struct process *p, vaddr_t address)
{
	for (unsigned i = 0; i < AREAS; i++)
		if (address >= p->area[i].start && address < p->area[i].end)
			return &p->area[i];
	return NULL;
}

static struct area *area_free(struct process *p)
{
	for (unsigned i = 0; i < AREAS; i++)
		if (p->area[i].start == p->area[i].end)
			return &p->area[i];
	return NULL;
}

bool area_add(struct process *p, vaddr_t start, vaddr_t end, rights_t rights, bool file)
{
	struct area *free = area_free(p);

	if (!free)
		return false;
	*free = (struct area){ start, end, rights, file };
	return true;
}

/* See that no area reaches across an address. */
static bool area_cut(struct process *p, vaddr_t at)
{
	struct area *a = area_of(p, at), *free = area_free(p);

	if (!a || a->start == at)
		return true;
	if (!free)
		return false;
	*free = (struct area){ at, a->end, a->rights, a->file };
	a->end = at;
	return true;
}

static bool is_within(vaddr_t address, vaddr_t start, vaddr_t end)
{
	return address >= start && address < end;
}

bool area_remove(struct process *p, vaddr_t start, vaddr_t end)
{
	vaddr_t reached;

	if (!area_cut(p, start) || !area_cut(p, end))
		return false;
	for (unsigned i = 0; i < AREAS; i++)
		if (is_within(p->area[i].start, start, end))
			p->area[i] = (struct area){ 0 };
	NEED(kozo_vspace_unmap_range(p->vspace, start, end - start, &reached));
	for (word_t slot = 1; slot < PAGES; slot++)
		if (p->page[slot].address && is_within(p->page[slot].address, start, end)) {
			NEED(kozo_cnode_delete(p->frames, slot));
			p->page[slot].address = 0;
		}
	return true;
}

/* What is writable from now on is made so by the fault: it may have to be copied. */
bool area_protect(struct process *p, vaddr_t start, vaddr_t end, rights_t rights)
{
	vaddr_t reached;

	if (!area_cut(p, start) || !area_cut(p, end))
		return false;
	for (unsigned i = 0; i < AREAS; i++)
		if (is_within(p->area[i].start, start, end))
			p->area[i].rights = rights;
	rights = RIGHT_READ | (rights & RIGHT_EXECUTE);
	NEED(kozo_vspace_protect_range(p->vspace, start, end - start, rights, 0, &reached));
	return true;
}

/* --- pages ------------------------------------------------------------------------- */

static void add_tables(struct process *p, vaddr_t address)
{
	for (unsigned level = PAGE_TABLE_LEVELS; level >= 1; level--) {
		cptr_t table = process_make(p, OBJECT_PAGE_TABLE, level);
		status_t status = kozo_page_table_install(table, p->vspace, address);

		if (status == ERR_MAPPED)
			status = memory_drop(&memory, p->held[--p->holds]);
		need(status, "a table");
	}
}

static word_t page_of(const struct process *p, vaddr_t address)
{
	for (word_t slot = 1; slot < PAGES; slot++)
		if (p->page[slot].address == address)
			return slot;
	return 0;
}

/* Pages of all processes come of the same untypeds, since children outlive parents. */
static void make_frame(cptr_t cnode, word_t slot)
{
	struct pool_piece *piece = pool_fit(&memory.pool, PAGE_BITS);
	word_t done;

	need(piece ? kozo_untyped_retype(piece->untyped, OBJECT_FRAME, PAGE_BITS, cnode, slot, 1,
					 &done)
		   : ERR_NO_MEMORY,
	     "a page");
	pool_use(piece, PAGE_BITS);
}

word_t page_new(struct process *p, vaddr_t address)
{
	word_t slot = page_of(p, 0), done;

	if (!slot)
		return 0;
	make_frame(p->frames, slot);
	p->page[slot] = (struct page){ .address = address };
	NEED(kozo_vspace_map_range(SLOT_VSPACE, p->frames, slot, 1, PLACE_SCRATCH,
				   RIGHT_READ | RIGHT_WRITE, 0, &done));
	return slot;
}

void page_place(struct process *p, word_t slot, rights_t rights)
{
	vaddr_t address = p->page[slot].address, reached;
	word_t done;

	NEED(kozo_vspace_unmap_range(SLOT_VSPACE, PLACE_SCRATCH, PAGE, &reached));

	status_t status;

	do {
		status = kozo_vspace_map_range(p->vspace, p->frames, slot, 1, address, rights, 0,
					       &done);
		if (status == ERR_NO_TABLE)
			add_tables(p, address);
	} while (status == ERR_NO_TABLE);
	need(status, "map a page");
}

/* The bytes of the program that fall into a page. */
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

/* The page is there, and reads as it did; nobody else's copy changes from now on. */
static bool page_copy(struct process *p, word_t old, rights_t rights)
{
	vaddr_t address = p->page[old].address, reached;
	word_t slot = page_new(p, address), fault[2];

	if (!slot)
		return false;
	if (copy_window((void *)PLACE_SCRATCH, (const void *)address, PAGE, fault))
		panic("a page that is there cannot be read");
	NEED(kozo_vspace_unmap_range(p->vspace, address, PAGE, &reached));
	NEED(kozo_cnode_delete(p->frames, old));
	p->page[old].address = 0;
	page_place(p, slot, rights);
	return true;
}

bool page_resolve(struct process *p, vaddr_t address, word_t error)
{
	const struct area *area = area_of(p, address);
	rights_t wanted = error & ERROR_WRITE	? RIGHT_WRITE
			  : error & ERROR_FETCH ? RIGHT_EXECUTE
						: RIGHT_READ;
	vaddr_t page = address & ~(vaddr_t)(PAGE - 1), reached;

	if (!area || !(area->rights & wanted))
		return false;

	word_t slot = page_of(p, page);

	if (!slot) {
		slot = page_new(p, page);
		if (!slot)
			return false;
		if (area->file)
			fill(p, page);
		page_place(p, slot, area->rights);
		return true;
	}
	if (p->page[slot].shared && wanted == RIGHT_WRITE)
		return page_copy(p, slot, area->rights);

	rights_t rights = area->rights & ~(p->page[slot].shared ? (rights_t)RIGHT_WRITE : 0);

	NEED(kozo_vspace_protect_range(p->vspace, page, PAGE, rights, 0, &reached));
	return true;
}

/* --- fork ---------------------------------------------------------------------------- */

/*
 * The kernel fills the child's slots by ascending addresses, and so do we: what it has
 * mapped there is told by its count alone.
 */
static word_t fork_range(struct process *p, struct process *child, vaddr_t at, vaddr_t end,
			 word_t slot)
{
	status_t status;
	word_t done;

	do {
		status = kozo_vspace_fork_range(p->vspace, child->vspace, at, end - at,
						child->frames, slot, all_rights, &done, &at);
		slot += done;
		if (status == ERR_NO_TABLE)
			add_tables(child, at);
	} while (status == ERR_NO_TABLE);
	need(status, "fork");
	return slot;
}

void space_fork(struct process *p, struct process *child)
{
	word_t last = fork_range(p, child, 0, REGION_BASE, 1);

	last = fork_range(p, child, REGION_TOP, USER_TOP, last);
	memcpy(child->area, p->area, sizeof(p->area));
	for (word_t to = 1; to < last; to++) {
		vaddr_t below = child->page[to - 1].address;
		word_t from = 0;

		for (word_t i = 1; i < PAGES; i++)
			if (p->page[i].address > below &&
			    (!from || p->page[i].address < p->page[from].address))
				from = i;
		if (!from)
			panic("fork_range has forked more pages than there are");
		p->page[from].shared = true;
		child->page[to] = p->page[from];
	}
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
