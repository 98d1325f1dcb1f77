/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * index if index < limit, else 0, without a branch the CPU could mispredict.
 * The caller has checked the bound already; this repeats it in data flow.
 */
static inline word_t clamp_index(word_t index, word_t limit)
{
	word_t mask;

	__asm__("cmp %2, %1\n\tsbb %0, %0" : "=r"(mask) : "r"(index), "r"(limit) : "cc");
	return index & mask;
}
