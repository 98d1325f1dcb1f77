/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "clock.h"

/*
 * timer: waiting until a time, or for a signal until a time. One timer is for one thread.
 *
 * Times are ticks (ticks.h). The first to ask for a time in microseconds may wait for 10 ms
 * until the kernel knows the clock.
 */
#define TIMER_BIT (1ull << 63) /* of the notification: nobody else raises it */

struct timer {
	struct clock clock;
	cptr_t notification;
};

/*
 * Use a notification through a capability with SEND and RECEIVE, such as
 * SLOT_NOTIFICATION; 0: one that is made for it. Errors as of service_make().
 */
MUST_USE status_t timer_begin(struct timer *t, cptr_t notification);

/* So many microseconds from now. */
uint64_t timer_after(struct timer *t, uint64_t microseconds);

/* Take what bits there are as kozo_wait() does, or 0 once it is `deadline`. Errors are its. */
MUST_USE status_t timer_wait(struct timer *t, uint64_t deadline, word_t *bits);

/* Wait; for a timer that has a notification of its own, whose signals mean nothing else. */
MUST_USE status_t timer_sleep(struct timer *t, uint64_t microseconds);
