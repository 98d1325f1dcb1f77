/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "string.h"

/* Zero whole words. */
static inline void zero_words(uint64_t *to, size_t count)
{
#ifdef SAN
	memset(to, 0, count * sizeof(*to)); /* which looks where that is */
#else
	__asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(0ull) : "memory");
#endif
}
