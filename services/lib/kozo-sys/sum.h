/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* sum: a checksum against accidents, not against somebody. FNV-1a, by words. */
#define SUM_BEGIN 0xcbf29ce484222325ull

static inline uint64_t sum_add(uint64_t sum, uint64_t word)
{
	return (sum ^ word) * 0x100000001b3ull;
}

static inline uint64_t sum_add_all(uint64_t sum, const uint64_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum = sum_add(sum, words[i]);
	return sum;
}
