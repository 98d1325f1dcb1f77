/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdint.h>

/*
 * ward: the supervisor, as keeper sees it: a process that is started again whenever it
 * ends, by a fault or because it does not answer in time.
 */

/* Start it for the first time; so many ticks it took to come here. */
void ward_begin(uint64_t boot_ticks);

/* Wait for its end, deal with that, and go on. */
_Noreturn void ward_serve(void);
