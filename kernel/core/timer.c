/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "timer.h"
#include "alarm.h"
#include "arch/clock.h"
#include "arch/this_cpu.h"
#include "cap.h"
#include "cpu.h"
#include "kozo_handlers.h"
#include "notification.h"
#include "preempt.h"

static struct timer *target(const struct invocation *inv)
{
	return inv->slot->object;
}

static void disarm(struct timer *t)
{
	if (!moment_is_set(&t->moment))
		return;
	work(WORK_TIMER);
	timeline_remove(&this_cpu()->timers, &t->moment);
}

void timer_stop(void *object)
{
	disarm(object);
}

void timer_forget(struct slot *s)
{
	disarm(container_of(s, struct timer, notification));
}

void timer_expire(struct timer *t)
{
	notification_raise(&t->notification);
}

/* --- methods ---------------------------------------------------------------- */

status_t timer_arm(struct invocation *inv)
{
	struct timer *t = target(inv);

	if (slot_empty(&t->notification) || !clock_can_alarm())
		return ERR_STATE;

	/* Commit: nothing below fails. */
	if (moment_is_set(&t->moment))
		timeline_remove(&this_cpu()->timers, &t->moment);
	if (inv->arg[0] <= clock_now())
		notification_raise(&t->notification);
	else
		timeline_add(&this_cpu()->timers, &t->moment, inv->arg[0]);
	alarm_set(this_cpu());
	return OK;
}

status_t timer_disarm(struct invocation *inv)
{
	disarm(target(inv));
	return OK;
}

status_t timer_bind(struct invocation *inv)
{
	return notification_keep(inv, &target(inv)->notification);
}

status_t timer_rate(struct invocation *inv)
{
	uint64_t hz;

	if (!clock_rate(&hz))
		return RESTART;
	inv->result[0] = hz;
	return OK;
}
