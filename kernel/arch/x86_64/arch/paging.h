/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "arch/layout.h"

/*
 * Page tables as the CPU reads them: four levels of 512 entries, level 4 the
 * root (Intel SDM vol. 3, 4.5). Levels are numbered as in PageTable.
 */
enum pte_bit {
	PTE_PRESENT = 1 << 0,
	PTE_WRITE = 1 << 1,
	PTE_USER = 1 << 2,
	PTE_WRITE_THROUGH = 1 << 3, /* with our PAT: write-combining */
	PTE_CACHE_DISABLE = 1 << 4, /* with the one above: uncached */
	PTE_ACCESSED = 1 << 5,
	PTE_DIRTY = 1 << 6,
	PTE_PAGE = 1 << 7, /* levels 2 and 3: maps a page, is not a table */
	PTE_GLOBAL = 1 << 8,
};

#define PTE_NO_EXECUTE (1ull << 63)
#define PTE_ADDRESS 0x000ffffffffff000ull

static inline bool pte_present(uint64_t entry)
{
	return entry & PTE_PRESENT;
}

static inline bool pte_is_page(uint64_t entry, unsigned level)
{
	return level == 1 || (entry & PTE_PAGE);
}

/* For levels 2 and above: does the entry lead to another table? */
static inline bool pte_is_table(uint64_t entry)
{
	return (entry & (PTE_PRESENT | PTE_PAGE)) == PTE_PRESENT;
}

static inline paddr_t pte_address(uint64_t entry)
{
	return entry & PTE_ADDRESS;
}

/* An entry that leads to the next table of a user address space. */
static inline uint64_t pte_table(paddr_t table)
{
	return table | PTE_PRESENT | PTE_WRITE | PTE_USER;
}

/* How memory is cached: bits of an entry that select from our PAT (processor.c). */
enum caching {
	CACHED = 0,
	WRITE_COMBINING = PTE_WRITE_THROUGH,
	UNCACHED = PTE_CACHE_DISABLE | PTE_WRITE_THROUGH,
};

static inline enum caching pte_caching(uint64_t entry)
{
	return (enum caching)(entry & (PTE_CACHE_DISABLE | PTE_WRITE_THROUGH));
}

/* The bits that say what a mapping allows beyond reading. */
static inline uint64_t pte_access(rights_t rights)
{
	return (rights & RIGHT_WRITE ? PTE_WRITE : 0) |
	       (rights & RIGHT_EXECUTE ? 0 : PTE_NO_EXECUTE);
}

/* An entry of a table of `level` that maps a user page. */
static inline uint64_t pte_page(paddr_t page, unsigned level, rights_t rights, enum caching caching)
{
	return page | PTE_PRESENT | PTE_USER | caching | (level > 1 ? PTE_PAGE : 0) |
	       pte_access(rights);
}

/* The same page, mapped with these bits of pte_access(); all else, its use too, stays. */
static inline uint64_t pte_with_access(uint64_t entry, uint64_t access)
{
	return (entry & ~(PTE_WRITE | PTE_NO_EXECUTE)) | access;
}

/* What a mapping allows. */
static inline rights_t pte_rights(uint64_t entry)
{
	return RIGHT_READ | ((entry & PTE_WRITE) ? RIGHT_WRITE : 0) |
	       ((entry & PTE_NO_EXECUTE) ? 0 : RIGHT_EXECUTE);
}

/* What the CPU noted in an entry, and the entry without it. */
static inline bool pte_accessed(uint64_t entry)
{
	return entry & PTE_ACCESSED;
}

static inline bool pte_dirty(uint64_t entry)
{
	return entry & PTE_DIRTY;
}

static inline uint64_t pte_forget_use(uint64_t entry)
{
	return entry & ~(uint64_t)(PTE_ACCESSED | PTE_DIRTY);
}

/* The highest level whose entries can map a page on this CPU: 2 or 3. */
unsigned paging_largest_page(void);

/* Give a root table the kernel's half. */
void paging_share_kernel(uint64_t *root);

/*
 * What a CPU remembers of an address space is kept under a process-context
 * identifier, if it has those (SDM vol. 3, 4.10.1). They are a cache that nobody
 * owns: a root that is entered without one gets the next in turn, which whoever had it
 * loses, and what the CPU still remembers under that identifier is forgotten then. So
 * to flush an address space is to have its tag forgotten.
 */
enum { IDENTIFIERS = 256 };

struct paging_tag {
	uint64_t cr3; /* to enter the root with; 0: what the CPU remembers of it is not good */
	uint64_t identifier;
};

/*
 * Translate by this root, which is not loaded under this tag, from now on, and by nothing
 * that was true only before.
 */
void paging_enter(paddr_t root, struct paging_tag *tag);

/* Translations by the root of this tag were changed: they are forgotten before user code runs. */
void paging_forget(struct paging_tag *tag);

/*
 * The same for both roots of an address space, here and now, if no more than the
 * translations of these pages of 4 KiB were changed.
 */
void paging_forget_pages(struct paging_tag tag[2], vaddr_t first, unsigned count);

/* The root ends. */
void paging_release(paddr_t root, const struct paging_tag *tag);

/* Translations by any root were changed. */
void paging_forget_all(void);

/* Forget all translations, those of the kernel too. */
void paging_flush_kernel(void);

/* The kernel's own root, which maps nothing for users. */
void paging_load_kernel(void);
