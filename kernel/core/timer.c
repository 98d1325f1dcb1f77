/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "timer.h"
#include "alarm.h"
#include "arch/clock.h"
#include "arch/this_cpu.h"
#include "cpu.h"
#include "kozo_handlers.h"
#include "notification.h"
#include "preempt.h"

void timer_stop(void *object)
{
	struct timer *t = object;

	if (!moment_is_set(&t->moment))
		return;
	work(WORK_TIMER);
	timeline_remove(&this_cpu()->timers, &t->moment);
}

/* --- methods ---------------------------------------------------------------- */

status_t timer_arm(struct invocation *inv)
{
	struct timer *t = inv->slot->object;

	if (slot_empty(&t->notification) || !clock_can_alarm())
		return ERR_STATE;

	/* Commit: nothing below fails. */
	timer_stop(t);
	if (inv->arg[0] <= clock_now())
		notification_raise(&t->notification);
	else
		timeline_add(&this_cpu()->timers, &t->moment, inv->arg[0]);
	alarm_set(this_cpu());
	return OK;
}

status_t timer_disarm(struct invocation *inv)
{
	timer_stop(inv->slot->object);
	return OK;
}

status_t timer_bind(struct invocation *inv)
{
	struct timer *t = inv->slot->object;

	return notification_keep(inv, &t->notification);
}

status_t timer_rate(struct invocation *inv)
{
	uint64_t hz;

	if (!clock_rate(&hz))
		return RESTART;
	inv->result[0] = hz;
	return OK;
}
