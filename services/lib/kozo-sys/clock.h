/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"

/*
 * clock: how many ticks of the TSC (ticks.h) a time takes.
 *
 * The kernel finds out the rate by the way; to ask for it at once may take 10 ms. Until
 * clock_learn() was called a clock counts as if it had 1 GHz, so what is timed by it may
 * come too early, but hardly ever too late: then learn the rate, and look again.
 */
struct clock {
	cptr_t timer; /* any, with INSPECT */
	uint64_t hz;  /* 0: not known */
};

static inline uint64_t clock_ticks(const struct clock *c, uint64_t microseconds)
{
	return c->hz ? c->hz / 1000 * microseconds / 1000 : microseconds * 1000;
}

static inline uint64_t clock_microseconds(const struct clock *c, uint64_t ticks)
{
	return c->hz >= 1000000 ? ticks / (c->hz / 1000000) : ticks / 1000;
}

void clock_learn(struct clock *c);
