/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>

/*
 * malloc: as the C standard has it (7.22.3), for any thread, from the service's arena.
 *
 * NULL: the budget is used up, and nothing is lost. A broken heap is a panic (heap.h).
 * service_begin() comes first, and then malloc_begin(), once.
 */
void malloc_begin(void);

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *piece, size_t size);
void free(void *piece);
