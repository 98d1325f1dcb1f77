/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Random steps: the same on every machine, so that a failure comes back, and a
 * failure says from where. Include it after cmocka.h.
 */
#pragma once

#include <stdint.h>

/* The run that is under way. */
static struct {
	uint64_t seed, state;
	unsigned step;
} dice;

static inline void dice_begin(uint64_t seed)
{
	dice.seed = seed;
	dice.state = seed;
	dice.step = 0;
}

/* A number below `sides` (Steele, Lea and Flood's SplitMix64). */
static inline uint64_t dice_roll(uint64_t sides)
{
	uint64_t n = dice.state += 0x9e3779b97f4a7c15;

	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9;
	n = (n ^ n >> 27) * 0x94d049bb133111eb;
	return (n ^ n >> 31) % sides;
}

/* `fact` holds at this step of the run, or the test fails. */
#define dice_assert(fact) \
	do { \
		if (!(fact)) \
			fail_msg("seed %llu, step %u: not so: %s", (unsigned long long)dice.seed, \
				 dice.step, #fact); \
	} while (0)
