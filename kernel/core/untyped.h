/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "slot.h"

/*
 * Untyped: a power-of-two piece of memory, naturally aligned. Its slot keeps
 * `watermark` (in badge), below which everything was given to objects or lost to
 * alignment, and `zeroed_to` (in mapping): what lies from the watermark up to
 * there is zero. Both are in bytes from its start, and 0 once the last child is
 * gone.
 *
 * Locking: the kernel lock.
 */

/*
 * Where the next object of 2^bits bytes goes in an untyped of 2^size bytes
 * whose first `watermark` bytes are in use. False: it does not fit.
 */
MUST_USE static inline bool untyped_fit(uint64_t watermark, unsigned size, unsigned bits,
					uint64_t *start)
{
	uint64_t end = 1ull << size, bytes = 1ull << bits;

	/* The last place is a multiple of `bytes` too: rounding up does not pass it. */
	if (bits > size || watermark > end - bytes)
		return false;

	*start = round_up(watermark, bytes);
	return true;
}

/*
 * Make one object in the empty slot `to`, as a child of `untyped`. `size` is
 * what object_bits() accepted for `type`. ERR_NO_MEMORY if it does not fit;
 * RESTART, at a preemption point, if it is to be called again.
 */
MUST_USE status_t untyped_make(struct slot *untyped, enum object_type type, uint64_t size,
			       struct slot *to);
