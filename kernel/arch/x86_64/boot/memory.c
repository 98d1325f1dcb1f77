/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "memory.h"
#include "../processor.h"
#include "acpi.h"
#include "arch/layout.h"
#include "arch/msr.h"
#include "arch/paging.h"
#include "log.h"

/* What no PC has RAM for, whatever its memory map says. */
static const struct memory_range never_ram[] = {
	{ 0xa0000, 0x100000 },	     /* video memory and ROMs */
	{ 0xfec00000, 0x100000000 }, /* interrupt controllers and the firmware's ROM */
};

/* The kernel from its first byte to its last. */
static struct memory_range whole_image(void)
{
	return (struct memory_range){ boot_image_discarded().start, boot_image().end };
}

uint64_t boot_physical_limit(paddr_t address)
{
	struct memory_range image = whole_image();

	if (!address || address >= BOOT_REACH)
		return 0;
	if (address >= image.end)
		return BOOT_REACH - address;
	return address < image.start ? image.start - address : 0;
}

const void *boot_physical(paddr_t address, uint64_t bytes)
{
	return bytes <= boot_physical_limit(address) ? phys_to_virt(address) : NULL;
}

static void remove_range(struct memmap *map, struct memory_range r)
{
	memmap_remove(map, r.start, r.end - r.start);
}

/* A write there is an interrupt, or changes who gets one (SDM vol. 3, 11.4.1 and 11.11). */
static const struct memory_range interrupt_controllers[] = {
	{ 0xfec00000, 0xfed00000 },
	{ 0xfee00000, 0xfef00000 },
};

static paddr_t device_limit(void)
{
	paddr_t limit = 1ull << processor.physical_bits;

	return limit < DEVICE_MAX ? limit : DEVICE_MAX;
}

void memory_find_devices(struct boot *b, const struct acpi *a)
{
	struct memmap *device = &b->device;

	if (a->withhold_all) {
		log_printf(
			"boot: drivers get no memory of devices: ACPI does not say what is safe\n");
		return;
	}
	memmap_add(device, 1 << PAGE_BITS, device_limit(), device_limit());
	for (unsigned i = 0; i < b->ram.count; i++)
		remove_range(device, b->ram.range[i]);
	if (b->more_memory)
		memmap_remove(device, PHYS_MAX, b->more_memory - PHYS_MAX);
	remove_range(device, whole_image());
	for (size_t i = 0; i < ARRAY_SIZE(interrupt_controllers); i++)
		remove_range(device, interrupt_controllers[i]);
	memmap_remove(device, msr_read(MSR_APIC_BASE) & PTE_ADDRESS, 1 << PAGE_BITS);
	for (unsigned i = 0; i < a->withheld_count; i++)
		remove_range(device, a->withheld[i]);
}

/* Its frames are init's, so it must not share a page with anything else of ours. */
static void check_initrd(const struct boot *b)
{
	struct memory_range image = whole_image();

	if (!b->initrd_bytes)
		return;
	if (b->initrd < image.end && b->initrd + b->initrd_bytes > image.start)
		boot_stop("the initrd overlaps the kernel");
	if (!memmap_has(&b->ram, b->initrd, b->initrd_bytes))
		boot_stop("the initrd does not lie in usable memory");
}

void memory_reserve(struct boot *b)
{
	struct memory_range image = whole_image();

	for (size_t i = 0; i < ARRAY_SIZE(never_ram); i++)
		remove_range(&b->ram, never_ram[i]);
	memmap_remove(&b->ram, 1ull << processor.physical_bits, UINT64_MAX);
	memmap_remove(&b->ram, b->framebuffer.address, b->framebuffer.size);
	if (!b->ram.count)
		boot_stop("the memory map calls no memory usable");
	if (!memmap_has(&b->ram, image.start, image.end - image.start))
		log_printf("boot: the memory map calls the kernel's own memory unusable\n");
	if (b->more_memory)
		log_printf("boot: memory above %llu GiB is not used\n", PHYS_MAX >> 30);
	check_initrd(b);

	b->memory_bytes = memmap_bytes(&b->ram);
	b->free = b->ram;
	memmap_remove(&b->free, 0, 1 << PAGE_BITS); /* a null address is nobody's */
	remove_range(&b->free, image);
	memmap_remove(&b->free, b->initrd, b->initrd_bytes);
}
