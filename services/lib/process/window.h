/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>

#include "memory.h"

/*
 * window: one page of a program's own address space through which it fills the
 * frames of others. It is empty except during window_fill().
 */

/*
 * Put the window above `end`, where the program itself ends, and make the page tables
 * that it needs. Called once, before the first use.
 */
MUST_USE status_t window_begin(struct memory *memory, vaddr_t end);

/*
 * Copy `size` bytes to `offset` in a frame of one page that is mapped nowhere,
 * and leave it mapped nowhere. What does not fit into the page is a panic.
 */
MUST_USE status_t window_fill(cptr_t frame, size_t offset, const void *data, size_t size);

/*
 * Copy `size` bytes from `offset` in a frame of 2^bits bytes, at most WINDOW_BITS, as above.
 */
enum { WINDOW_BITS = 20 };

MUST_USE status_t window_read(cptr_t frame, unsigned bits, size_t offset, void *data, size_t size);

/* Map a frame of one page beside the window, for good, and tell where. */
MUST_USE status_t window_keep(cptr_t frame, vaddr_t *address);
