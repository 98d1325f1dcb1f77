/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * The kernel's half of every address space. All roots share these tables, so
 * they are filled in at boot (boot/tables.c) and never change.
 */
enum {
	ENTRIES = 512,
	IMAGE_TABLES = 2, /* 2 MiB each: the image ends below 4 MiB */
	ROOT_DIRECT = 256,
	ROOT_IMAGE = 511,
};

/* What an entry of level 1, 2 and 3 spans. */
#define PAGE (1ull << PAGE_BITS)
#define LARGE (1ull << 21)
#define HUGE (1ull << 30)

#define CR3_KEEP (1ull << 63) /* what is remembered under the identifier stays */

struct kernel_tables {
	uint64_t root[ENTRIES];
	uint64_t direct[ENTRIES]; /* 1 GiB an entry */
	uint64_t high[ENTRIES];	  /* the top 512 GiB, 1 GiB an entry */
	uint64_t image[ENTRIES];  /* 1 GiB from KERNEL_BASE, 2 MiB an entry */
	uint64_t image_pages[IMAGE_TABLES * ENTRIES];
	uint64_t screen[ENTRIES]; /* 1 GiB from SCREEN_BASE, 2 MiB an entry */
	uint64_t device[ENTRIES]; /* 2 MiB from DEVICE_BASE, the last entry of `screen` */
};

extern struct kernel_tables kernel_tables;
