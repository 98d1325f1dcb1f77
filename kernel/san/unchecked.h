/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>

/*
 * string.h as it is in assembly. The linker (--wrap) sends everybody else who
 * calls memcpy() to __wrap_memcpy() in kasan.c, and gives the original this name.
 */
void *__real_memcpy(void *restrict to, const void *restrict from, size_t n);
void *__real_memset(void *to, int byte, size_t n);
int __real_memcmp(const void *a, const void *b, size_t n);
size_t __real_strlen(const char *s);

/* The others, for whoever calls them unknowingly. */
void *__wrap_memcpy(void *restrict to, const void *restrict from, size_t n);
void *__wrap_memset(void *to, int byte, size_t n);
int __wrap_memcmp(const void *a, const void *b, size_t n);
size_t __wrap_strlen(const char *s);
