/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The library's tests: a program in init's place that calls what it offers, in KOZO.
 *
 * A case is a function with a sentence for a name. TEST() puts it in a section that
 * main() walks, so a new case is a new function and nothing else.
 */
struct test {
	const char *name;
	void (*run)(void);
};

#define TEST(id, sentence) \
	static void id(void); \
	static const struct test id##_entry \
		__attribute__((used, aligned(8), section("tests"))) = { sentence, id }; \
	static void id(void)

/* Rows of a table. */
#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/*
 * A case that missed one of these goes on, and has failed. `what` is said then: the
 * call, or the row's own text.
 */
void expect_number(const char *place, const char *what, long got, long want);
void expect_text(const char *place, const char *what, const char *got, const char *want);

#define PLACE_TEXT(line) #line
#define PLACE_OF(line) PLACE_TEXT(line)
#define PLACE __FILE__ ":" PLACE_OF(__LINE__)

#define EXPECT(got, want) expect_number(PLACE, #got, (long)(got), (long)(want))
#define EXPECT_TEXT(got, want) expect_text(PLACE, #got, got, want)
#define EXPECT_ROW(row, got, want) expect_number(PLACE, row, (long)(got), (long)(want))
#define EXPECT_ROW_TEXT(row, got, want) expect_text(PLACE, row, got, want)

/* Bytes of the heap (heap.c) that have been allocated and not freed. */
size_t heap_in_use(void);
