/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "page_table.h"

/*
 * VSpace: an address space with two roots. The wide root maps everything; the
 * restricted root, on which a guest runs, is the same without the personality
 * region. Whatever is installed at the top level goes into both at once.
 *
 * Locking: the kernel lock.
 */
enum { VSPACE_BITS = 14 };

struct vspace {
	struct page_table wide;
	uint64_t restricted[TABLE_ENTRIES];
	struct paging_tag tag[2]; /* of the wide and the restricted root */
};

_Static_assert(sizeof(struct vspace) <= 1 << VSPACE_BITS, "a VSpace fits its size");

void vspace_create(const struct slot *slot);
void vspace_stop(void *object);

/* A translation was changed: no CPU may go on with what it remembers of this space. */
void vspace_flush(struct vspace *v);

/* No more than the translations of these pages of 4 KiB were changed. */
static inline void vspace_flush_pages(struct vspace *v, vaddr_t first, unsigned count)
{
	paging_forget_pages(v->tag, first, count);
}

/*
 * The table of level 1 for an address of users. False: there is none, and
 * page_table_find() says why. Each level as constants is a third less to do.
 */
static inline bool vspace_find_lowest(struct vspace *v, vaddr_t address, struct page_table **out)
{
	struct page_table *t = &v->wide;

#pragma GCC unroll 3
	for (unsigned level = ROOT_LEVEL; level > 1; level--) {
		uint64_t entry = t->entry[page_table_index(address, level)];

		if (!pte_is_table(entry))
			return false;
		t = phys_to_virt(pte_address(entry));
	}
	*out = t;
	return true;
}

/* Set entry `index` of the wide root `t`, and of the restricted one if it is not hidden there. */
void vspace_set_root(struct page_table *t, unsigned index, uint64_t entry);

/*
 * Read the word at a user address, for crash reports. False: it is not aligned
 * or nothing is mapped there.
 */
bool vspace_peek(struct vspace *v, vaddr_t address, uint64_t *word);
