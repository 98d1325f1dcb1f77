/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * The clock: time is a number of ticks that only goes up, at a rate that is known
 * when somebody has asked for it; and one alarm, which interrupts.
 */
#define CLOCK_NEVER 0 /* no time that is still to come */

static inline uint64_t clock_now(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* Can this machine interrupt at a given time? */
bool clock_can_alarm(void);

/*
 * Interrupt once at this time, or now if it is past, and at no other that was set
 * before. It may be earlier than asked: whoever set it sets it again.
 */
void clock_set_alarm(uint64_t time);

/*
 * Ticks per second; 0: no clock of this machine tells. False: it is being found out,
 * and this is to be called again a little later.
 */
MUST_USE bool clock_rate(uint64_t *hz);
