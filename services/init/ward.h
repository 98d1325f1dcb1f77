/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdint.h>

/*
 * ward: the supervisor, as keeper sees it: a process that is started again whenever it
 * ends, by a fault or because it does not answer in time.
 */

/* Times are microseconds. */
struct ward_limits {
	uint64_t deadline, start_deadline; /* for what it is sent, and for its start */
	uint64_t ends_time;	   /* it may end ENDS_MAX times in it; then all is begun anew */
	unsigned clean_starts_max; /* so often, one soon after the other */
};

/* Start it for the first time; so many ticks it took to come here. */
void ward_begin(uint64_t boot_ticks, const struct ward_limits *limits);

/* Wait for its end, deal with that, and go on. */
_Noreturn void ward_serve(void);
