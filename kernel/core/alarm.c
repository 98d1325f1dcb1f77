/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "alarm.h"
#include "arch/this_cpu.h"
#include "notification.h"
#include "preempt.h"
#include "sched.h"
#include "timer.h"

/*
 * So many moments are dealt with at one interrupt, or fewer if those whom they wake have
 * to wait for moments of their own. The next interrupt is then due at once.
 */
enum { EXPIRE_MAX = 8 };

enum { TURNS_A_SECOND = 200, TURN_GUESS = 10000000 };

uint64_t alarm_turn_ticks = TURN_GUESS;
static bool turn_is_known;

/* The rate of the clock takes a while to be known; until then a turn is a guess. */
static void learn_turn(void)
{
	uint64_t hz;

	if (turn_is_known || !clock_rate(&hz))
		return;
	turn_is_known = true;
	alarm_turn_ticks = hz ? hz / TURNS_A_SECOND : TURN_GUESS;
}

static uint64_t wanted(const struct cpu *cpu)
{
	const struct moment *first = cpu->timers.first;

	return earlier(cpu->end, first ? first->time : CLOCK_NEVER);
}

static void set(struct cpu *cpu, uint64_t time)
{
	if (time == cpu->alarm || !clock_can_alarm())
		return;
	cpu->alarm = time;
	clock_set_alarm(time);
}

void alarm_set(struct cpu *cpu)
{
	set(cpu, earlier(cpu->alarm, wanted(cpu)));
}

void alarm_set_exactly(struct cpu *cpu)
{
	set(cpu, wanted(cpu));
}

static void expire(struct moment *m)
{
	if (m->kind == MOMENT_TIMER)
		notification_raise(&container_of(m, struct timer, moment)->notification);
	else
		sched_refill(container_of(m, struct sched_context, moment));
}

void alarm_expire(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t now = clock_now();

	learn_turn();
	cpu->alarm = CLOCK_NEVER; /* it has gone off */
	cpu->reschedule = true;
	cpu->work = 0;
	for (unsigned i = 0; i < EXPIRE_MAX && !preempt_due(); i++) {
		struct moment *first = cpu->timers.first;

		if (!first || first->time > now)
			break;
		timeline_remove(&cpu->timers, first);
		expire(first);
	}
}
