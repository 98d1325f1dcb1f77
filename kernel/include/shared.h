/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "san.h"

/*
 * Memory that programs have mapped as well: SHARED marks a pointer to it. A
 * program may change it between any two looks, so the kernel never works on it in
 * place: it copies, and judges the copy. sparse sees to that; for the compiler
 * such a pointer is like any other.
 */
#ifdef __CHECKER__
#define SHARED __attribute__((noderef, address_space(__shared)))
#define SHARED_CAST __attribute__((force))
#else
#define SHARED
#define SHARED_CAST
#endif

static inline void shared_copy(void SHARED *to, const void SHARED *from, size_t bytes)
{
	san_copy_shared((void SHARED_CAST *)to, (const void SHARED_CAST *)from, bytes);
}

/* From the kernel to a program, and from a program to the kernel, once. */
static inline void shared_give(void SHARED *to, const void *from, size_t bytes)
{
	san_give_shared((void SHARED_CAST *)to, from, bytes);
}

static inline void shared_fetch(void *to, const void SHARED *from, size_t bytes)
{
	san_fetch_shared(to, (const void SHARED_CAST *)from, bytes);
}

static inline void shared_put(uint64_t SHARED *to, uint64_t word)
{
	san_give_shared((void SHARED_CAST *)to, &word, sizeof(word));
}

/* One word, once. */
static inline uint64_t shared_word(const uint64_t SHARED *from)
{
	uint64_t word;

	san_fetch_shared(&word, (const void SHARED_CAST *)from, sizeof(word));
	return word;
}
