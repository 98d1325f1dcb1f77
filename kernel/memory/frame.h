/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "page_table.h"

/*
 * Frame: 2^n bytes of memory that can be mapped. A Frame has no header; all
 * that is known of it is in the slots that name it.
 */

/*
 * Map an unmapped frame at a naturally aligned address: ERR_NO_RIGHT,
 * ERR_MAPPED, ERR_RANGE, ERR_NO_TABLE.
 */
MUST_USE status_t frame_put(struct slot *frame, struct vspace *space, vaddr_t address,
			    rights_t rights);
