/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdint.h>

enum { ENDS_MAX = 8 };

/*
 * ends: how often the supervisor has ended lately, and what is to be done about it.
 * Times are ticks.
 */
struct ends {
	uint64_t when[ENDS_MAX]; /* 0: not yet */
	unsigned next;
	unsigned clean_starts; /* one soon after the other */
};

enum ends_verdict {
	ENDS_AGAIN,    /* it is started again */
	ENDS_ANEW,     /* it has ended more than ENDS_MAX times: nothing of what it made is kept */
	ENDS_HOPELESS, /* that was tried CLEAN_MAX times */
};

/*
 * Note an end NOW, and judge it by those of the last TIME. Once the supervisor has ended
 * less often than that, the clean starts before are forgotten.
 */
enum ends_verdict ends_note(struct ends *ends, uint64_t now, uint64_t time, unsigned clean_max);
