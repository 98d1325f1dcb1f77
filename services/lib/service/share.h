/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>

#include "kozo_abi.h"

/*
 * share: touching memory that somebody else can write, or take away.
 *
 * Only by these, which run in the thread's copy window (Thread.set_window): if the memory is
 * gone they return ERR_PEER_DIED, and what they were to fill may be filled in part. Each
 * value is fetched once; nothing that was fetched is to be believed before it is checked.
 */
MUST_USE status_t share_copy(void *to, const void *from, size_t bytes);

/* 32 bits at once, aligned. */
MUST_USE status_t share_load(uint32_t *to, const uint32_t *from);
MUST_USE status_t share_store(uint32_t *to, uint32_t value);

/* Give a thread its window. service_begin() and thread_create() do. */
MUST_USE status_t share_begin(cptr_t thread);
