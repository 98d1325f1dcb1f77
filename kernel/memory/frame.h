/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "page_table.h"

/*
 * Frame: 2^n bytes of memory that can be mapped. A Frame has no header; all
 * that is known of it is in the slots that name it.
 */

/* What may be asked of a new mapping, and of one that is there. */
enum { MAP_FLAGS = MAP_WRITE_EXECUTE | MAP_WRITE_COMBINING, PROTECT_FLAGS = MAP_WRITE_EXECUTE };

/*
 * Find the place of a frame of 2^bits bytes that is to be mapped at `address`:
 * ERR_RANGE, ERR_NO_TABLE, or ERR_MAPPED if something is there.
 */
MUST_USE status_t frame_find_place(unsigned bits, struct vspace *space, vaddr_t address,
				   struct entries *place);

/*
 * Map an unmapped frame at a naturally aligned address, with rights and flags that
 * frame_check_wish() accepted: ERR_BAD_ARG if only a device's memory can be mapped
 * so, ERR_NO_RIGHT, ERR_MAPPED, ERR_RANGE, ERR_NO_TABLE.
 */
MUST_USE status_t frame_put(struct slot *frame, struct vspace *space, vaddr_t address,
			    rights_t rights, word_t flags);

/*
 * May anybody ask for a mapping with these rights and flags, of those in `known`,
 * whatever the frame? ERR_BAD_ARG.
 */
MUST_USE status_t frame_check_wish(word_t rights, word_t flags, word_t known);
