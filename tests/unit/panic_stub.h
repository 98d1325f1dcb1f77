/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The panic of a service, in a test: it fails the test, unless the test says
 * that it expects one.
 */
#pragma once

#include <setjmp.h>
#include <stdbool.h>

extern jmp_buf panic_expected;
extern bool panic_is_expected;

void panic_was_missed(const char *file, int line);

/* `statement` must panic; the test goes on behind it. */
#define expect_panic(statement) \
	do { \
		panic_is_expected = true; \
		if (setjmp(panic_expected) == 0) { \
			statement; \
			panic_was_missed(__FILE__, __LINE__); \
		} \
		panic_is_expected = false; \
	} while (0)
