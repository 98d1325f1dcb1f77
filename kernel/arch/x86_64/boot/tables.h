/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "boot.h"

/*
 * Build the kernel's page tables and load them: RAM writable in the direct map
 * but for what stays of the kernel image, and that image with the protections
 * of its segments.
 */
void tables_build(struct boot *b);

/* An entry that leads to another table, and the table that it leads to, made if there is none. */
#define TABLE_ENTRY (PTE_PRESENT | PTE_WRITE)
uint64_t *tables_below(struct boot *b, uint64_t *entry);

/*
 * Map this framebuffer at SCREEN_BASE, in the tables of start.asm and in ours,
 * write-combining once processor_start() has run. Returns where it begins, or
 * NULL: it does not fit there, or lies where this processor has no addresses.
 */
volatile void *tables_map_screen(const struct framebuffer *fb);

/* Map a page of a device's registers, uncached; after tables_build(). NULL: too many are. */
volatile void *tables_map_device(paddr_t page);
