/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "arch/clock.h"
#include "cpu.h"

/*
 * The clock's alarm: set to the first moment of the CPU's timeline and to the end of
 * what the running thread may use, whichever comes first.
 *
 * Invariant: it is set to no later than that. While a thread runs it may be set to
 * something earlier, that was waited for before: then it goes off in vain, which costs
 * less than setting it whenever another thread runs. When nobody runs it is exact: an
 * idle machine is not interrupted.
 */

/* The earlier one of two times, either of which may be CLOCK_NEVER. */
static inline uint64_t earlier(uint64_t a, uint64_t b)
{
	if (a == CLOCK_NEVER || b == CLOCK_NEVER)
		return a | b;
	return a < b ? a : b;
}

/* What it waits for may have changed. */
void alarm_set(struct cpu *cpu);
void alarm_set_exactly(struct cpu *cpu);

/* It has interrupted: let those whose time has come know, some of them at a time. */
void alarm_expire(void);

/* Ticks of a turn among equals: 5 ms. */
extern uint64_t alarm_turn_ticks;
