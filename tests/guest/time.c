/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "helper.h"
#include "message.h"
#include "ticks.h"

/* On a machine that does not tell, it may be anything. */
#define USUAL_HZ 3000000000ull

/* Not observed: these are how cases wait, not what they are about. */
uint64_t milliseconds(word_t count)
{
	static word_t hz;
	word_t w[IPC_REGISTERS] = { 0 };

	if (!hz) {
		NEED(kozo_invoke(make(OBJECT_TIMER, 0), LABEL_TIMER_RATE, 0, w));
		hz = w[0] ? w[0] : USUAL_HZ;
	}
	return hz / 1000 * count;
}

word_t signals_of(cptr_t notification)
{
	struct kozo_registers r = { .target = notification };

	NEED(kozo_syscall(SYS_POLL, &r));
	return r.target;
}

word_t signals_within(cptr_t notification, uint64_t ticks)
{
	uint64_t end = kozo_ticks() + ticks;
	word_t bits = 0;

	while (!bits && kozo_ticks() < end)
		bits = signals_of(notification);
	return bits ? bits : signals_of(notification);
}

static uint64_t ticks_of_work(word_t turns)
{
	uint64_t begin = kozo_ticks();

	work(turns);
	return kozo_ticks() - begin;
}

bool ticks_are_instructions(void)
{
	enum { TURNS = 1000, SLACK = 20, TIMES = 3 };

	for (unsigned i = 0; i < TIMES; i++)
		if (ticks_of_work(TURNS) - 2 * TURNS > SLACK)
			return false;
	return true;
}

void expect_ticks(const char *place, const char *what, uint64_t got, uint64_t want, uint64_t slack)
{
	if (ticks_are_instructions() && (got + slack < want || got > want + slack))
		fail("%s: %s is %lu ticks, want %lu and at most %lu more or less", place, what, got,
		     want, slack);
}

/* --- who runs ----------------------------------------------------------------- */

cptr_t helpers_time, runner_time;

/* Not observed either. */
void set_terms(cptr_t time, word_t budget, word_t period, word_t priority)
{
	word_t w[IPC_REGISTERS] = { time, budget, period, priority };

	NEED(kozo_invoke(SLOT_SCHED_CONTROL, LABEL_SCHED_CONTROL_CONFIGURE, 4, w));
}

static void configure(cptr_t time, word_t priority)
{
	set_terms(time, BUDGET_MIN, BUDGET_MIN, priority);
}

word_t small_budget(void)
{
	return milliseconds(1) > BUDGET_MIN ? milliseconds(1) : BUDGET_MIN;
}

word_t consumed(cptr_t time)
{
	word_t w[IPC_REGISTERS] = { 0 };

	NEED(kozo_invoke(time, LABEL_SCHED_CONTEXT_CONSUMED, 0, w));
	return w[0];
}

word_t time_of(cptr_t thread)
{
	word_t w[IPC_REGISTERS] = { 0 };

	NEED(kozo_invoke(thread, LABEL_THREAD_USAGE, 0, w));
	return w[0];
}

word_t priority_of(cptr_t thread)
{
	word_t state, priority = 0;

	NEED(kozo_thread_info(thread, &state, &priority));
	return priority;
}

cptr_t make_time(word_t priority)
{
	cptr_t time = make(OBJECT_SCHED_CONTEXT, 0);

	configure(time, priority);
	return time;
}

void set_priority(cptr_t thread, word_t priority)
{
	NEED(kozo_thread_set_time(thread, make_time(priority)));
}

void time_begin(cptr_t untyped, cptr_t first_slot)
{
	word_t w[IPC_REGISTERS] = { OBJECT_SCHED_CONTEXT, 0, SLOT_CNODE, first_slot, 2 };

	NEED(kozo_invoke(untyped, LABEL_UNTYPED_RETYPE, 5, w));
	helpers_time = first_slot;
	runner_time = first_slot + 1;
	configure(helpers_time, HELPERS_PRIORITY);
	configure(runner_time, RUNNER_PRIORITY);
	configure(SLOT_SCHED_CONTEXT, 0);
}

void runner_runs_at(word_t priority)
{
	configure(runner_time, priority);
}
