/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "boot.h"

/* What a multiboot2 boot loader leaves in eax (specification 1.6, 3.5). */
#define MULTIBOOT2_BOOT_MAGIC 0x36d76289u

/*
 * Read the boot information at `info`, of which `limit` bytes may be looked at.
 * The memory map, the first module, the framebuffer and the command line go
 * into *b. Returns NULL, or in plain words what is wrong.
 */
const char *multiboot2_read(struct boot *b, const void *info, size_t limit);
