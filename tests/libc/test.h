/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "../case.h"

/* The library's tests: a program in init's place that calls what it offers, in KOZO. */

/* Rows of a table. */
#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/*
 * A case that missed one of these goes on, and has failed. `what` is said then: the
 * call, or the row's own text.
 */
void expect_number(const char *place, const char *what, long got, long want);
void expect_text(const char *place, const char *what, const char *got, const char *want);

#define EXPECT(got, want) expect_number(PLACE, #got, (long)(got), (long)(want))
#define EXPECT_TEXT(got, want) expect_text(PLACE, #got, got, want)
#define EXPECT_ROW(row, got, want) expect_number(PLACE, row, (long)(got), (long)(want))
#define EXPECT_ROW_TEXT(row, got, want) expect_text(PLACE, row, got, want)

/* Bytes of the heap (heap.c) that have been allocated and not freed. */
size_t heap_in_use(void);
