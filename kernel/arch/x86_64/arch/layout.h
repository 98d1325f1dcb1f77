/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * The kernel's half of every address space:
 *
 *   0xffff800000000000  direct map: all of RAM below PHYS_MAX, one top-level entry
 *   0xffffffff80000000  the kernel image, at this plus its physical address
 *   0xffffffffc0000000  the framebuffer, if there is one
 *   0xffffffffffe00000  registers of devices, a page each, uncached
 */
#define DIRECT_BASE 0xffff800000000000ull
#define KERNEL_BASE 0xffffffff80000000ull
#define SCREEN_BASE 0xffffffffc0000000ull
#define SCREEN_MAX 0x3fe00000ull
#define DEVICE_BASE 0xffffffffffe00000ull

/* Slot numbers are 32 bits of physical address / 64: the kernel uses no RAM above. */
#define PHYS_MAX (1ull << 38)

/* Devices lie below this; phys_to_virt() gives each address up to here a number of its own. */
#define DEVICE_MAX (1ull << 46)

/* As far as the tables of boot/start.asm map it. */
#define BOOT_REACH (1ull << 32)

/* For a device's memory the result is only a number: nothing is mapped there. */
static inline void *phys_to_virt(paddr_t address)
{
	return (void *)(address + DIRECT_BASE);
}

/* The other way round, for addresses in the direct map. */
static inline paddr_t virt_to_phys(const void *address)
{
	return (paddr_t)address - DIRECT_BASE;
}

/* The physical address of something in the kernel image. */
static inline paddr_t image_to_phys(const void *address)
{
	return (paddr_t)address - KERNEL_BASE;
}
