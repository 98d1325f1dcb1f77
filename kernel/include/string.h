/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>

/* What the compiler may call on its own, with the meaning the C standard gives. */
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);

/* A few bytes are copied where that is asked for, unless each copy is looked at. */
#ifndef SAN
#define memcpy(to, from, n) __builtin_memcpy(to, from, n)
#define memset(to, byte, n) __builtin_memset(to, byte, n)
#endif
