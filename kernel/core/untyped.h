/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "slot.h"

/*
 * Untyped: a power-of-two piece of memory, naturally aligned. Its slot keeps
 * `watermark` (in badge), below which everything was given to objects, and
 * `zeroed_to` (in mapping), below which nothing needs zeroing: both in bytes
 * from its start, both 0 again once its last child is gone.
 *
 * Locking: the kernel lock.
 */

/*
 * Where the next object of 2^bits bytes goes in an untyped of 2^size bytes
 * whose first `watermark` bytes are in use. False: it does not fit.
 */
MUST_USE bool untyped_fit(uint64_t watermark, unsigned size, unsigned bits, uint64_t *start);

/*
 * Make one object in the empty slot `to`, as a child of `untyped`. `size` is
 * what object_bits() accepted for `type`. ERR_NO_MEMORY if it does not fit.
 */
MUST_USE status_t untyped_make(struct slot *untyped, enum object_type type, uint64_t size,
			       struct slot *to);
