/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arch/paging.h"
#include "kernel_tables.h"
#include "processor.h"

enum { LEVEL_2M = 2, LEVEL_1G = 3 };

struct kernel_tables kernel_tables __attribute__((aligned(1 << PAGE_BITS)));

unsigned paging_largest_page(void)
{
	return processor.large_1g ? LEVEL_1G : LEVEL_2M;
}

void paging_share_kernel(uint64_t *root)
{
	root[ROOT_DIRECT] = kernel_tables.root[ROOT_DIRECT];
	root[ROOT_IMAGE] = kernel_tables.root[ROOT_IMAGE];
}

void paging_load(paddr_t root)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(root) : "memory");
}

void paging_load_kernel(void)
{
	paging_load(image_to_phys(kernel_tables.root));
}
