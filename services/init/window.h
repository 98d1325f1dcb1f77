/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>

#include "kozo_abi.h"

/*
 * window: one page of init's own address space through which it fills the
 * frames of others. It is empty except during window_fill().
 */

/* Make the page tables that the window needs. Called once, before the first use. */
MUST_USE status_t window_begin(void);

/*
 * Copy `size` bytes to `offset` in a frame of one page that is mapped nowhere,
 * and leave it mapped nowhere. What does not fit into the page is a panic.
 */
MUST_USE status_t window_fill(cptr_t frame, size_t offset, const void *data, size_t size);
