/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "boot.h"

/*
 * Physical memory during boot: the `bytes` bytes at `address`, or NULL if not
 * all of them can be reached, or if they are the kernel's own: a boot loader
 * has nothing to tell us there, nor at address 0. The host tests have one of
 * their own.
 */
const void *boot_physical(paddr_t address, uint64_t bytes);

/* How many bytes boot_physical() would give at `address`. */
uint64_t boot_physical_limit(paddr_t address);

/*
 * Decide what of memory is free: what the memory map calls usable, but for what
 * is known to be something else. Stops if that leaves nothing, or if the initrd
 * does not lie where it may.
 */
void memory_reserve(struct boot *b);

/*
 * Decide what is memory of devices: all that is no RAM, but for the interrupt
 * controllers and what else ACPI says is not for drivers.
 */
struct acpi;

void memory_find_devices(struct boot *b, const struct acpi *a);
