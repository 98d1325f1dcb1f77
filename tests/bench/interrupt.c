/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Interrupts that come while we run, for a waiter of higher priority in another address
 * space: of the old timer chip, whose output is a line of the ISA bus, and of a Timer.
 */
#include "bench.h"
#include "ticks.h"

enum {
	PIT_LINE = 0, /* of the ISA bus */
	PIT_CHANNEL_0 = 0x40,
	PIT_COMMAND = 0x43,
	PIT_COUNT_DOWN_ONCE = 0x30, /* the output goes down, and up when it has arrived */
	PIT_COUNT = 50,
	SOON = 20000, /* ticks */
};

static void out8(word_t port, word_t value)
{
	NEED(kozo_io_ports_out8(SLOT_IO_PORTS, port, value));
}

static void pit_start(void)
{
	out8(PIT_COMMAND, PIT_COUNT_DOWN_ONCE);
	out8(PIT_CHANNEL_0, PIT_COUNT);
	out8(PIT_CHANNEL_0, 0);
}

static void measure_line(cptr_t notification)
{
	unsigned number = row("interrupt", 1);
	cptr_t handler = make(OBJECT_IRQ_HANDLER, 0);

	NEED(kozo_irq_control_connect_line(SLOT_IRQ_CONTROL, handler, PIT_LINE, IRQ_ISA));
	NEED(kozo_irq_handler_bind(handler, notification));
	NEED(kozo_irq_handler_acknowledge(handler));
	for (unsigned i = 0; i < TIMES; i++) {
		unsigned before = woken;

		pit_start();
		mark(number);
		while (woken == before)
			;
	}
	NEED(kozo_irq_handler_mask(handler));
}

static void measure_timer(cptr_t notification)
{
	unsigned number = row("timer", 1);
	unsigned arm = row("timer-arm", 1);
	cptr_t timer = make(OBJECT_TIMER, 0);

	NEED(kozo_timer_bind(timer, notification));
	for (unsigned i = 0; i < TIMES; i++) {
		unsigned before = woken;

		SAMPLE(arm, kozo_timer_arm(timer, kozo_ticks() + SOON));
		mark(number);
		while (woken == before)
			;
	}
}

void bench_interrupt(void)
{
	cptr_t notification = make(OBJECT_NOTIFICATION, 0), waiter = thread_make(THERE, ABOVE);

	thread_start(waiter, wait_always, notification);
	measure_line(notification);
	measure_timer(notification);
	thread_end(waiter);
}
