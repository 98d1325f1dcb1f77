/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "boot.h"

/*
 * Build the kernel's page tables and load them: RAM writable in the direct map
 * but for what stays of the kernel image, and that image with the protections
 * of its segments.
 */
void tables_build(struct boot *b);

/* Map the framebuffer write-combining at SCREEN_BASE; NULL: it does not fit there. */
volatile void *tables_map_screen(struct boot *b);
