/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Invariants 4 and 5: every entry of every page table, and the slot behind it.
 */
#include "arch/layout.h"
#include "arch/paging.h"
#include "arch/this_cpu.h"
#include "check.h"
#include "cpu.h"
#include "vspace.h"

enum { USER_ENTRIES = TABLE_ENTRIES / 2 }; /* of a root; the kernel's are above */

/* What the CPU notes in an entry is no part of it. */
static bool same_entry(uint64_t a, uint64_t b)
{
	return !((a ^ b) & ~(uint64_t)(PTE_ACCESSED | PTE_DIRTY));
}

static uint32_t number_of(const struct slot *s)
{
	return (uint32_t)(virt_to_phys(s) >> MARK_BITS);
}

/* The entry `i` of a mapped frame as it must be, with rights and caching as in `first`. */
static uint64_t frame_entry(const struct slot *frame, unsigned i, uint64_t first)
{
	struct frame_shape shape = frame_shape(frame->size);
	paddr_t address = virt_to_phys(frame->object) + ((paddr_t)i << shape.page_bits);

	return pte_page(address, shape.level, pte_rights(first), pte_caching(first));
}

/* Returns how many entries belong to the frame whose first is at `index`. */
static unsigned check_frame_at(const struct page_table *t, unsigned index, const struct slot *frame)
{
	struct frame_shape shape = frame_shape(frame->size);
	uint64_t first = t->entry[index];

	if (shape.level != t->level || index % shape.entries) {
		broken(4, "a frame is mapped in a table where it does not fit", frame);
		return 1;
	}
	if (pte_rights(first) & ~(rights_t)frame->rights)
		broken(5, "a mapping allows what its capability does not", frame);
	if (!(frame->flags & SLOT_DEVICE) != (pte_caching(first) == CACHED))
		broken(5, "a device's memory is mapped cached, or RAM is not", frame);
	for (unsigned i = 0; i < shape.entries; i++)
		if (!same_entry(t->entry[index + i], frame_entry(frame, i, first)) ||
		    (i && t->back[index + i]))
			broken(4, "an entry is not what its frame asks for", &t->entry[index + i]);
	return shape.entries;
}

static void check_table_at(const struct page_table *t, unsigned index, const struct slot *table)
{
	if (table->size + 1u != t->level)
		broken(4, "a table is installed in a table of a wrong level", table);
	if (!same_entry(t->entry[index], pte_table(virt_to_phys(table->object))))
		broken(4, "an entry is not what its table asks for", &t->entry[index]);
}

/* Returns how many entries are dealt with. */
static unsigned check_entry(const struct page_table *t, unsigned index)
{
	const struct slot *s = phys_to_virt((paddr_t)t->back[index] << MARK_BITS);

	if (!t->back[index]) {
		if (t->entry[index])
			broken(4, "a page-table entry has no slot behind it", &t->entry[index]);
		return 1;
	}
	check.entries++;
	if (!is_live(s) || (s->type != OBJECT_FRAME && s->type != OBJECT_PAGE_TABLE) ||
	    s->flags & SLOT_TOMB || s->mapping != virt_to_phys(&t->entry[index])) {
		broken(4, "a page-table entry and its slot disagree", &t->entry[index]);
		return 1;
	}
	if (s->type == OBJECT_FRAME)
		return check_frame_at(t, index, s);
	check_table_at(t, index, s);
	return 1;
}

static void check_entries(const struct page_table *t, unsigned count)
{
	for (unsigned i = 0; i < count;)
		i += check_entry(t, i);
}

void check_table(const struct slot *s)
{
	const struct page_table *t = s->object;

	if (t->level != s->size)
		broken(4, "a table has another level than its capability says", s);
	check_entries(t, TABLE_ENTRIES);
}

static bool in_region(unsigned index)
{
	return index >= page_table_index(REGION_BASE, ROOT_LEVEL) &&
	       index < page_table_index(REGION_TOP, ROOT_LEVEL);
}

static void check_tag(paddr_t root, const struct paging_tag *tag)
{
	const struct cpu *cpu = this_cpu();

	check.space |= pte_address(cpu->cr3) == root;
	check.identified += cpu->identified[tag->identifier] == tag;
	if (tag->cr3 && pte_address(tag->cr3) != root)
		broken(4, "a root is entered by the address of another", tag);
}

void check_space(const struct slot *s)
{
	const struct vspace *v = s->object;

	check_tag(virt_to_phys(v->wide.entry), &v->tag[0]);
	check_tag(virt_to_phys(v->restricted), &v->tag[1]);
	check_entries(&v->wide, USER_ENTRIES);
	for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t want = i < USER_ENTRIES && in_region(i) ? 0 : v->wide.entry[i];

		if (!same_entry(v->restricted[i], want))
			broken(4, "the restricted root is not the wide one without the region",
			       &v->restricted[i]);
		if (i >= USER_ENTRIES && (v->wide.entry[i] & PTE_USER || v->wide.back[i]))
			broken(5, "users reach the kernel's half", &v->wide.entry[i]);
	}
}

/* The table that a slot installs somewhere; NULL: none. */
static struct page_table *installed_by(const struct slot *s)
{
	bool is = s->type == OBJECT_PAGE_TABLE && s->mapping && !(s->flags & SLOT_TOMB);

	return is ? s->object : NULL;
}

void take_place(struct slot *s)
{
	struct page_table *t = installed_by(s);

	if (t) {
		t->installed--;
		t->places -= s->mapping;
	}
}

void check_no_place(struct slot *s)
{
	const struct page_table *t = s->object;

	if (s->type == OBJECT_PAGE_TABLE && (t->installed || t->places))
		broken(4, "a table does not know where it is installed", s);
}

void give_place(struct slot *s)
{
	struct page_table *t = installed_by(s);

	if (t) {
		t->installed++;
		t->places += s->mapping;
	}
}

void check_mapping(const struct slot *s)
{
	const struct page_table *t = phys_to_virt(round_down(s->mapping, 1 << PAGE_BITS));
	uint64_t index = s->mapping % (1 << PAGE_BITS) / sizeof(uint64_t);

	if ((s->type != OBJECT_FRAME && s->type != OBJECT_PAGE_TABLE) || s->flags & SLOT_TOMB ||
	    !s->mapping)
		return;
	check.mapped++;
	if (!marks_reach(t, sizeof(*t)) || t->back[index] != number_of(s))
		broken(4, "a mapped slot and its page-table entry disagree", s);
}
