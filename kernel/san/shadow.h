/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * The shadow: one byte for each eight of the kernel's memory, which says what
 * lives in them. 0: all eight may be touched. 1 to 7: only so many of them.
 * Anything else: none, and the number says why.
 *
 * There are two. That of the kernel image lies in the image, at an address that
 * the compiler computes by itself (SHADOW_OFFSET in the Makefile, san.ld): code
 * marks the gaps between its variables on the stack without asking. That of the
 * direct map is taken from RAM at boot.
 *
 * Locking: the kernel lock.
 */
enum shadow {
	SHADOW_LIVE = 0,
	SHADOW_DEVICE = 0x80,  /* not RAM: what may be touched, the hardware decides */
	SHADOW_FREE = 0x81,    /* no object lives here */
	SHADOW_FRAME = 0x82,   /* a user's memory */
	SHADOW_CLAIMED = 0x83, /* may be touched: an object is to be made here */
	SHADOW_UNUSED = 0xa0,  /* plus OBJECT_*: what an object leaves of its memory */
	SHADOW_GONE = 0xc0,    /* plus OBJECT_*: its life is over */
	SHADOW_USER = 0xe0,    /* found, never stored: an address below the kernel's */

	/* The compiler's own numbers. */
	SHADOW_STACK_LEFT = 0xf1,
	SHADOW_STACK_MIDDLE = 0xf2,
	SHADOW_STACK_RIGHT = 0xf3,
	SHADOW_STACK_ENDED = 0xf8, /* the block of this variable has ended */
	SHADOW_GLOBAL = 0xf9,	   /* behind a global variable */
};

enum { SHADOW_SHIFT = 3, SHADOW_UNIT = 1 << SHADOW_SHIFT };

_Static_assert(OBJECT_TYPES <= SHADOW_GONE - SHADOW_UNUSED &&
		       OBJECT_TYPES <= SHADOW_USER - SHADOW_GONE,
	       "a byte has room for every type of object");

struct boot;

/* Take memory for the shadow of the direct map; all RAM in it is SHADOW_FREE. */
void shadow_start(struct boot *b);

/* What lies at an address. */
unsigned shadow_at(vaddr_t address);

/*
 * How many of these bytes, which begin at a multiple of 8, are like the first eight,
 * in whole eights: at least those.
 */
uint64_t shadow_run(vaddr_t start, uint64_t bytes);

/*
 * Set the shadow of memory that begins at a multiple of 8. If it is SHADOW_LIVE,
 * what follows its last byte among the last eight is not.
 */
void shadow_set(vaddr_t start, uint64_t bytes, unsigned how);

/* The same for people, as in "it is " ..., in three parts. */
struct place {
	const char *before, *name, *after;
};

struct place shadow_describe(vaddr_t address);
