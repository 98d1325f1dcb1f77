/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"

/*
 * space: an address space that is being filled, from low addresses to high.
 *
 * One frame at a time: space_new() or space_share() puts it into the work
 * slot, where it can be filled or used, and space_place() maps it. Page tables
 * are made on the way; because addresses only ascend, a table is missing exactly
 * where the last one of its level ends.
 *
 * A capability that is mapped has to stay somewhere, so all of them move on to
 * the CNode `pages`, which belongs to the process and which nobody can invoke.
 * After a failure the work slot may be full; whoever owns the space empties it.
 */
struct space {
	cptr_t arena;  /* untyped from which frames and tables are made */
	cptr_t vspace; /* these three lie in the maker's own CNode */
	cptr_t pages;
	cptr_t work;
	word_t used;				/* slots of `pages` in use, counting slot 0 */
	vaddr_t top;				/* first address above everything mapped so far */
	vaddr_t covered[PAGE_TABLE_LEVELS + 1]; /* by level: where its last table ends */
};

/* Make an empty frame of 2^bits bytes, to be placed at `address`, which is not below `top`. */
MUST_USE status_t space_new(struct space *space, unsigned bits, vaddr_t address);

/* Take part in a frame of 2^bits bytes with these rights, to be placed at `address`, as above. */
MUST_USE status_t space_share(struct space *space, cptr_t frame, unsigned bits, vaddr_t address,
			      rights_t rights);

/* Map what is in the work slot, 2^bits bytes, where it was announced. */
MUST_USE status_t space_place(struct space *space, unsigned bits, vaddr_t address, rights_t rights);

/* Most page tables that `bytes` in `regions` separate places may need. */
size_t space_tables_most(size_t bytes, size_t regions);
