/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <errno.h>

/*
 * One errno for the whole program, not one for each thread: for that the library would
 * have to use fs, or know of threads. A program that has several looks at what a
 * function returns, or uses errno in one thread only. The kernel and kozo-sys do not
 * use it at all: they have status_t.
 */
static int value;

int *__errno_location(void)
{
	return &value;
}

/* By this name musl's own code asks. */
int *___errno_location(void) __attribute__((const, alias("__errno_location")));
