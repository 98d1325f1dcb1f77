/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tables.h"
#include "../kernel_tables.h"
#include "../processor.h"
#include "../stacks.h"
#include "arch/msr.h"
#include "arch/paging.h"

static const uint64_t data_page = PTE_PRESENT | PTE_WRITE | PTE_GLOBAL | PTE_NO_EXECUTE;
static const uint64_t constant_page = PTE_PRESENT | PTE_GLOBAL | PTE_NO_EXECUTE;
static const uint64_t code_page = PTE_PRESENT | PTE_GLOBAL;

extern uint64_t early_high[ENTRIES]; /* start.asm's table of the top 512 GiB */
extern const char kernel_boot_start[], kernel_boot_text_end[], kernel_boot_end[];
extern const char kernel_text_start[], kernel_text_end[], kernel_rodata_end[], kernel_end[];

struct memory_range boot_image(void)
{
	return (struct memory_range){ image_to_phys(kernel_text_start), image_to_phys(kernel_end) };
}

struct memory_range boot_image_discarded(void)
{
	return (struct memory_range){ image_to_phys(kernel_boot_start),
				      image_to_phys(kernel_boot_end) };
}

uint64_t *tables_below(struct boot *b, uint64_t *entry)
{
	if (!(*entry & PTE_PRESENT))
		*entry = virt_to_phys(boot_pages(b, 1)) | TABLE_ENTRY;
	return phys_to_virt(pte_address(*entry));
}

/* Map the large pages that [start, end) touches; huge ones where they fit. */
static void map_direct(struct boot *b, paddr_t start, paddr_t end)
{
	paddr_t at = round_down(start, LARGE);

	while (at < end) {
		uint64_t *huge = &kernel_tables.direct[at / HUGE];

		if (processor.large_1g && !(at % HUGE) && end - at >= HUGE &&
		    !(*huge & PTE_PRESENT)) {
			*huge = at | data_page | PTE_PAGE;
			at += HUGE;
			continue;
		}
		if (!(*huge & PTE_PAGE))
			tables_below(b, huge)[at / LARGE % ENTRIES] = at | data_page | PTE_PAGE;
		at += LARGE;
	}
}

/* Take what stays of the kernel image out of the direct map: it has its own place. */
static void hide_image(struct boot *b)
{
	struct memory_range image = boot_image();

	for (paddr_t large = round_down(image.start, LARGE); large < image.end; large += LARGE) {
		uint64_t *pages = boot_pages(b, 1);
		uint64_t *directory = tables_below(b, &kernel_tables.direct[large / HUGE]);

		for (unsigned i = 0; i < ENTRIES; i++) {
			paddr_t page = large + i * PAGE;

			if (page < image.start || page >= image.end)
				pages[i] = page | data_page;
		}
		directory[large / LARGE % ENTRIES] = virt_to_phys(pages) | TABLE_ENTRY;
	}
}

static void map_image(const char *start, const char *end, uint64_t protection)
{
	for (const char *page = start; page < end; page += PAGE) {
		paddr_t address = image_to_phys(page);

		if (!stack_is_guard((vaddr_t)page))
			kernel_tables.image_pages[address / PAGE] = address | protection;
	}
}

static void map_segments(void)
{
	map_image(kernel_boot_start, kernel_boot_text_end, code_page);
	map_image(kernel_boot_text_end, kernel_boot_end, data_page);
	map_image(kernel_text_start, kernel_text_end, code_page);
	map_image(kernel_text_end, kernel_rodata_end, constant_page);
	map_image(kernel_rodata_end, kernel_end, data_page);
}

static void link_tables(void)
{
	struct kernel_tables *t = &kernel_tables;

	t->root[ROOT_DIRECT] = image_to_phys(t->direct) | TABLE_ENTRY;
	t->root[ROOT_IMAGE] = image_to_phys(t->high) | TABLE_ENTRY;
	t->high[KERNEL_BASE / HUGE % ENTRIES] = image_to_phys(t->image) | TABLE_ENTRY;
	for (unsigned i = 0; i < IMAGE_TABLES; i++)
		t->image[i] = image_to_phys(&t->image_pages[(size_t)i * ENTRIES]) | TABLE_ENTRY;
	t->high[SCREEN_BASE / HUGE % ENTRIES] = image_to_phys(t->screen) | TABLE_ENTRY;
	t->screen[DEVICE_BASE / LARGE % ENTRIES] = image_to_phys(t->device) | TABLE_ENTRY;
}

_Static_assert(PHYS_MAX / HUGE <= ENTRIES, "one table spans the direct map");

void tables_build(struct boot *b)
{
	if (image_to_phys(kernel_end) > IMAGE_TABLES * LARGE)
		boot_stop("this kernel image is too large for its own page tables");

	/* The firmware's data below 1 MiB, the image, and all RAM. */
	map_direct(b, 0, LARGE);
	for (unsigned i = 0; i < b->ram.count; i++)
		map_direct(b, b->ram.range[i].start, b->ram.range[i].end);
	hide_image(b);
	map_segments();
	link_tables();
	paging_load_kernel();
}

volatile void *tables_map_screen(const struct framebuffer *fb)
{
	paddr_t first = round_down(fb->address, LARGE), limit = 1ull << processor.physical_bits;
	uint64_t page = PTE_PRESENT | PTE_WRITE | PTE_PAGE | PTE_WRITE_THROUGH;

	if (fb->size > SCREEN_MAX - LARGE || fb->address > limit - fb->size)
		return NULL;
	if (processor.no_execute)
		page |= PTE_NO_EXECUTE;
	for (paddr_t at = first; at < fb->address + fb->size; at += LARGE)
		kernel_tables.screen[(at - first) / LARGE] = at | page;
	early_high[SCREEN_BASE / HUGE % ENTRIES] =
		image_to_phys(kernel_tables.screen) | TABLE_ENTRY;
	return (volatile void *)(SCREEN_BASE + (fb->address - first));
}

volatile void *tables_map_device(paddr_t page)
{
	static unsigned count;

	/* The last page of the address space stays empty: no pointer wraps. */
	if (count == ENTRIES - 1)
		return NULL;
	kernel_tables.device[count] = page | data_page | UNCACHED;
	return (volatile void *)(DEVICE_BASE + count++ * PAGE);
}
