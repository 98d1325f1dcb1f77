/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "vspace.h"
#include "arch/paging.h"

void vspace_create(const struct slot *slot)
{
	struct vspace *v = slot->object;

	v->wide.level = ROOT_LEVEL;
	paging_share_kernel(v->wide.entry);
	paging_share_kernel(v->restricted);
}

void vspace_stop(void *object)
{
	struct vspace *v = object;

	paging_release(virt_to_phys(v->wide.entry), &v->tag[0]);
	paging_release(virt_to_phys(v->restricted), &v->tag[1]);
}

void vspace_flush(struct vspace *v)
{
	paging_forget(&v->tag[0]);
	paging_forget(&v->tag[1]);
}

void vspace_set_root(struct page_table *t, unsigned index, uint64_t entry)
{
	struct vspace *v = container_of(t, struct vspace, wide);

	t->entry[index] = entry;
	if (index < page_table_index(REGION_BASE, ROOT_LEVEL) ||
	    index >= page_table_index(REGION_TOP, ROOT_LEVEL))
		v->restricted[index] = entry;
}

bool vspace_peek(struct vspace *v, vaddr_t address, uint64_t *word)
{
	const uint64_t *table = v->wide.entry;

	if (address >= USER_TOP || address % sizeof(*word))
		return false;
	for (unsigned level = ROOT_LEVEL; level > 0; level--) {
		uint64_t entry = table[page_table_index(address, level)];

		if (!pte_present(entry) || pte_caching(entry) != CACHED)
			return false; /* the kernel does not reach a device's memory */
		table = phys_to_virt(pte_address(entry));
		if (level < ROOT_LEVEL && pte_is_page(entry, level)) {
			uint64_t within = (1ull << page_table_bits(level)) - 1;

			*word = table[(address & within) / sizeof(*word)];
			return true;
		}
	}
	return false;
}
