/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/*
 * format: the core of every printf in KOZO, which hands out one character at a
 * time and keeps nothing.
 *
 *   %%              a percent sign
 *   %c %s           a character, a string (NULL: "(null)")
 *   %d %ld %lld %zd signed decimal
 *   %u %x           unsigned decimal, hexadecimal; with l, ll or z as above
 *   %p              a pointer as sixteen hex digits
 *
 * Between % and the letter: '-' (to the left), '0' (zeros in front of a number),
 * a width and, for %s, a precision; either may be '*'. Anything else is put out
 * as it stands, so that a mistake shows.
 *
 * Returns how many characters were put.
 */
size_t format(void (*put)(void *arg, char c), void *arg, const char *fmt, va_list ap);
