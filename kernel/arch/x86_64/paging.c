/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arch/paging.h"
#include "arch/this_cpu.h"
#include "cpu.h"
#include "isolation.h"
#include "kernel_tables.h"
#include "processor.h"

enum { LEVEL_2M = 2, LEVEL_1G = 3 };

/* Of what INVPCID takes. */
enum invalidation { INVALIDATE_PAGE, INVALIDATE_IDENTIFIER };

#define CR3_STALE (1ull << 62) /* in cpu->cr3 only: equal to none */

struct isolation isolation;
struct kernel_tables kernel_tables __attribute__((aligned(1 << PAGE_BITS)));

unsigned paging_largest_page(void)
{
	return processor.large_1g ? LEVEL_1G : LEVEL_2M;
}

void paging_share_kernel(uint64_t *root)
{
	if (isolation.on) {
		root[ROOT_IMAGE] = isolation.image;
		return;
	}
	root[ROOT_DIRECT] = kernel_tables.root[ROOT_DIRECT];
	root[ROOT_IMAGE] = kernel_tables.root[ROOT_IMAGE];
}

bool paging_identifies(void)
{
	return processor.pcid && (!isolation.on || processor.invpcid);
}

/* Under an identifier that need not be loaded (SDM vol. 2, INVPCID). */
static void invalidate(enum invalidation what, uint64_t identifier, vaddr_t page)
{
	const uint64_t descriptor[2] = { identifier, page };

	__asm__ volatile("invpcid %0, %1" : : "m"(descriptor), "r"((uint64_t)what) : "memory");
}

static void load(uint64_t cr3)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(cr3) : "memory");
}

/*
 * Is this root loaded? If not, what the CPU remembers of it lies under an identifier of
 * its own, if there are any, and is forgotten when the root is entered without its tag.
 */
static bool forget_unless_loaded(struct paging_tag *tag, uint64_t loaded)
{
	if (tag->cr3 == loaded)
		return true;
	if (tag->cr3 & CR3_KEEP)
		tag->cr3 = 0;
	return false;
}

void paging_forget(struct paging_tag *tag)
{
	struct cpu *cpu = this_cpu();

	if (forget_unless_loaded(tag, cpu->cr3)) {
		tag->cr3 = 0;
		cpu->reschedule = true;
	}
}

/* A CR3 without an identifier forgets everything when it is loaded on the way out. */
static void forget_isolated(uint64_t cr3, vaddr_t first, unsigned count)
{
	for (; cr3 & CR3_KEEP && count; count--, first += 1 << PAGE_BITS)
		invalidate(INVALIDATE_PAGE, cr3 & (IDENTIFIERS - 1), first);
}

/*
 * INVLPG forgets what there is of a page under the identifier that is loaded, and no other
 * (SDM vol. 3, 4.10.4.1).
 */
void paging_forget_pages(struct paging_tag tag[2], vaddr_t first, unsigned count)
{
	uint64_t loaded = this_cpu()->cr3;
	bool wide = forget_unless_loaded(&tag[0], loaded);
	bool restricted = forget_unless_loaded(&tag[1], loaded);

	if (!wide && !restricted)
		return;
	if (isolation.on) {
		forget_isolated(loaded, first, count);
		return;
	}
	for (; count; count--, first += 1 << PAGE_BITS)
		__asm__ volatile("invlpg (%0)" : : "r"(first) : "memory");
}

/* What is loaded does not count as loaded, and no tag has an identifier. */
void paging_forget_all(void)
{
	struct cpu *cpu = this_cpu();

	cpu->reschedule = true;
	cpu->cr3 |= CR3_STALE;
	for (unsigned i = 0; i < IDENTIFIERS; i++)
		if (cpu->identified[i])
			cpu->identified[i]->cr3 = 0;
}

void paging_release(paddr_t root, const struct paging_tag *tag)
{
	struct cpu *cpu = this_cpu();

	if (cpu->identified[tag->identifier] == tag)
		cpu->identified[tag->identifier] = NULL;
	if (pte_address(cpu->cr3) == root) {
		cpu->cr3 = 0;
		paging_load_kernel();
	}
}

/* A tag that lost only what the CPU remembers keeps its identifier; 0 is the kernel's own. */
static uint64_t identify(struct cpu *cpu, struct paging_tag *tag)
{
	if (cpu->identified[tag->identifier] == tag)
		return tag->identifier;
	cpu->identifier = cpu->identifier % (IDENTIFIERS - 1) + 1;
	if (cpu->identified[cpu->identifier])
		cpu->identified[cpu->identifier]->cr3 = 0;
	cpu->identified[cpu->identifier] = tag;
	tag->identifier = cpu->identifier;
	return tag->identifier;
}

/* The kernel has a root of its own, and this one is loaded on the way out. */
static void enter_isolated(const struct paging_tag *tag, bool is_new)
{
	if (is_new && tag->cr3 & CR3_KEEP)
		invalidate(INVALIDATE_IDENTIFIER, tag->identifier, 0);
	isolated_user = tag->cr3;
}

void paging_enter(paddr_t root, struct paging_tag *tag)
{
	struct cpu *cpu = this_cpu();
	bool is_new = !tag->cr3;

	if (is_new)
		tag->cr3 = paging_identifies() ? root | identify(cpu, tag) | CR3_KEEP : root;
	if (isolation.on)
		enter_isolated(tag, is_new);
	else
		load(is_new ? tag->cr3 & ~CR3_KEEP : tag->cr3);
	cpu->cr3 = tag->cr3;
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
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 ^ CR4_GLOBAL_PAGES) : "memory");
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
}
