/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Notifications. */
#include "bench.h"

volatile unsigned woken;

void wait_always(word_t notification)
{
	for (;;) {
		ask(SYS_WAIT, notification);
		mark(NOBODY);
		woken++;
	}
}

static void measure_waking(void)
{
	unsigned number = row("signal-wakes", 1);
	cptr_t notification = make(OBJECT_NOTIFICATION, 0), waiter = thread_make(THERE, ABOVE);

	thread_start(waiter, wait_always, notification);
	for (unsigned i = 0; i < TIMES; i++)
		SAMPLE(number, ask(SYS_SIGNAL, notification));
	thread_end(waiter);
}

void bench_signal(void)
{
	unsigned signal = row("signal", 1), taken = row("wait", 1);
	unsigned polled = row("poll", 1);
	cptr_t notification = make(OBJECT_NOTIFICATION, 0);

	measure_waking();
	for (unsigned i = 0; i < TIMES; i++) {
		SAMPLE(signal, ask(SYS_SIGNAL, notification));
		SAMPLE(taken, ask(SYS_WAIT, notification));
		NEED(ask(SYS_SIGNAL, notification));
		SAMPLE(polled, ask(SYS_POLL, notification));
	}
}
