/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "memory.h"
#include "panic.h"

/*
 * What the first stage, which is init, leaves to the personality, which lies in the
 * region. Its image is flat and begins with a struct image.
 */
enum { PAGE = 1 << PAGE_BITS, LARGE = 1 << 21, GIGA = 1 << 30 };

/* In the region: the image, then a page with a table but no frame, and places for more. */
#define PLACE_SCRATCH (REGION_BASE + LARGE)
#define PLACE_STATES (PLACE_SCRATCH + PAGE)
#define PLACE_INITRD (REGION_BASE + GIGA)

struct image {
	vaddr_t entry;
	vaddr_t data;	  /* where code and constants end */
	vaddr_t data_end; /* and the file */
	vaddr_t end;
};

struct handover {
	struct memory memory;
	uint8_t object_bits[32]; /* as in boot_info */
	cptr_t region; /* the table of the region: whoever installs a copy of it shares it */
	const void *initrd;
	size_t initrd_bytes;
};

/* What only a mistake of ours, or too little memory, can refuse. */
#define NEED(call) need(call, #call)
