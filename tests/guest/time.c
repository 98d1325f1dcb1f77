/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "guest.h"
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

/* --- who runs ----------------------------------------------------------------- */

cptr_t helpers_time, runner_time;

/* Not observed either. */
static void configure(cptr_t time, word_t priority)
{
	word_t w[IPC_REGISTERS] = { time, BUDGET_MIN, BUDGET_MIN, priority };

	NEED(kozo_invoke(SLOT_SCHED_CONTROL, LABEL_SCHED_CONTROL_CONFIGURE, 4, w));
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
