/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arch/paging.h"
#include "arch/this_cpu.h"
#include "cpu.h"
#include "kernel_tables.h"
#include "processor.h"

enum { LEVEL_2M = 2, LEVEL_1G = 3, IDENTIFIER_MASK = (1 << TAG_IDENTIFIER_BITS) - 1 };

#define CR3_KEEP (1ull << 63) /* what is remembered under the identifier stays */

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

static void load(uint64_t root)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(root) : "memory");
}

bool paging_tag_is_good(uint64_t tag)
{
	return tag >> TAG_IDENTIFIER_BITS == this_cpu()->tag >> TAG_IDENTIFIER_BITS;
}

/* Identifier 0 is the kernel's own root, so it begins a generation that has no tags yet. */
static uint64_t next_tag(struct cpu *cpu)
{
	if (!(++cpu->tag & IDENTIFIER_MASK))
		cpu->tag++;
	return cpu->tag;
}

void paging_enter(paddr_t root, uint64_t *tag)
{
	uint64_t keep = CR3_KEEP;

	if (!paging_tag_is_good(*tag)) {
		*tag = next_tag(this_cpu());
		keep = 0;
	}
	load(processor.pcid ? root | (*tag & IDENTIFIER_MASK) | keep : root);
}

void paging_forget_all(void)
{
	struct cpu *cpu = this_cpu();

	cpu->tag = (cpu->tag | IDENTIFIER_MASK) + 1;
}

void paging_load_kernel(void)
{
	load(image_to_phys(kernel_tables.root));
}

/* A change of CR4.PGE forgets everything (SDM vol. 3, 4.10.4.1); not all CPUs' INVLPG does. */
void paging_flush_kernel(void)
{
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 & ~CR4_GLOBAL_PAGES) : "memory");
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
}
