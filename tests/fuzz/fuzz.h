/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A fuzz target: one function that takes any bytes at all and checks what has to
 * hold for them, under the sanitizers. The bytes lie in a heap block of exactly
 * their size, so every read beyond them is seen.
 *
 * A target is a file NAME_fuzz.c, and a line in it says what it links with. Its
 * first inputs lie in corpus/NAME/ and are made by make-corpus.py.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer calls it; what it returns must be 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* `fact` holds whatever the input is, or this input is a find. */
#define must(fact) ((fact) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #fact))

static inline _Noreturn void fuzz_broken(const char *file, int line, const char *fact)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, fact);
	abort();
}

/*
 * For a function of the target itself that runs long: libFuzzer does not watch
 * its branches and comparisons, which takes most of the time and teaches nothing.
 */
#define UNWATCHED __attribute__((noinline, no_sanitize("coverage")))

/* Where a target takes an input apart: the next byte, 0 behind the last. */
struct input {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t input_byte(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->at++;
}
