/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "timer.h"

#include "kozo_stubs.h"
#include "message.h"
#include "service.h"
#include "ticks.h"

static void forget(const struct timer *made, cptr_t given, cptr_t signal)
{
	if (signal)
		service_drop(signal);
	if (made->notification && !given)
		service_drop(made->notification);
	if (made->clock.timer)
		service_drop(made->clock.timer);
}

status_t timer_begin(struct timer *t, cptr_t notification)
{
	struct timer made = { .notification = notification };
	cptr_t signal = 0;
	status_t status = service_make(OBJECT_TIMER, 0, &made.clock.timer);

	if (status == OK && !notification)
		status = service_make(OBJECT_NOTIFICATION, 0, &made.notification);
	if (status == OK)
		status = service_signal(made.notification, TIMER_BIT, &signal);
	if (status == OK)
		status = kozo_timer_bind(made.clock.timer, signal);
	if (status == OK)
		*t = made;
	else
		forget(&made, notification, signal);
	return status;
}

uint64_t timer_after(struct timer *t, uint64_t microseconds)
{
	clock_learn(&t->clock);
	return kozo_ticks() + clock_ticks(&t->clock, microseconds);
}

/* The timer's own bit may be an old one, so only the clock tells whether time is up. */
status_t timer_wait(struct timer *t, uint64_t deadline, word_t *bits)
{
	word_t came = 0;
	status_t status = OK;

	while (status == OK && !came && kozo_ticks() < deadline) {
		status = kozo_timer_arm(t->clock.timer, deadline);
		if (status == OK)
			status = kozo_wait(t->notification, &came);
		came &= ~TIMER_BIT;
	}
	if (status == OK && !came)
		status = kozo_poll(t->notification, &came);
	if (status == OK)
		status = kozo_timer_disarm(t->clock.timer);
	if (status == OK)
		*bits = came & ~TIMER_BIT;
	return status;
}

status_t timer_sleep(struct timer *t, uint64_t microseconds)
{
	uint64_t deadline = timer_after(t, microseconds);
	status_t status = OK;
	word_t bits;

	while (status == OK && kozo_ticks() < deadline)
		status = timer_wait(t, deadline, &bits);
	return status;
}
