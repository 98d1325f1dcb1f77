/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "timer.h"
#include "arch/clock.h"
#include "arch/this_cpu.h"
#include "cap.h"
#include "cpu.h"
#include "kozo_handlers.h"
#include "notification.h"
#include "preempt.h"

/* So many timers signal at one interrupt; the next interrupt is then due at once. */
enum { EXPIRE_MAX = 8 };

static struct timer *target(const struct invocation *inv)
{
	return inv->slot->object;
}

void timer_create(void *object, const struct slot *slot)
{
	struct timer *t = object;

	(void)slot;
	t->notification.holder = HOLDER_TIMER_NOTIFICATION;
}

/* The first moment has changed, or may have. */
static void set_alarm(struct cpu *cpu)
{
	const struct moment *first = cpu->timers.first;
	uint64_t time = first ? first->time : CLOCK_NEVER;

	if (time == cpu->alarm)
		return;
	cpu->alarm = time;
	clock_set_alarm(time);
}

static void disarm(struct timer *t)
{
	struct cpu *cpu = this_cpu();

	if (!moment_is_set(&t->moment))
		return;
	work(WORK_TIMER);
	timeline_remove(&cpu->timers, &t->moment);
	set_alarm(cpu);
}

void timer_stop(void *object)
{
	disarm(object);
}

bool timer_bury(const struct slot *tomb)
{
	struct timer *t = tomb->object;

	if (slot_empty(&t->notification))
		return false;
	cap_delete(&t->notification);
	return true;
}

void timer_forget(struct slot *s)
{
	disarm(container_of(s, struct timer, notification));
}

void timers_expire(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t now = clock_now();

	cpu->alarm = CLOCK_NEVER; /* it has gone off */
	for (unsigned i = 0; i < EXPIRE_MAX; i++) {
		struct moment *first = cpu->timers.first;

		if (!first || first->time > now)
			break;
		timeline_remove(&cpu->timers, first);
		notification_raise(&container_of(first, struct timer, moment)->notification);
	}
	set_alarm(cpu);
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
	set_alarm(this_cpu());
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
