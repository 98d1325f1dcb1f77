/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "boot.h"

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
