/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pit.h"

enum {
	CHANNEL_0 = 0x40,
	COMMAND = 0x43,
	COUNT_DOWN_ONCE = 0x30, /* the output goes down, and up when it has arrived */
};

static void out8(word_t port, word_t value)
{
	NEED(kozo_io_ports_out8(SLOT_IO_PORTS, port, value));
}

void pit_start(word_t counts)
{
	out8(COMMAND, COUNT_DOWN_ONCE);
	out8(CHANNEL_0, counts & 0xff);
	out8(CHANNEL_0, counts >> 8);
}

bool has_lines(void)
{
	status_t status = kozo_irq_control_connect_line(SLOT_IRQ_CONTROL,
							make(OBJECT_IRQ_HANDLER, 0), 1, IRQ_ISA);

	EXPECT(status == OK || status == ERR_RANGE, true);
	return status == OK;
}

cptr_t handler_for(cptr_t notification, word_t bits, word_t line, word_t mode)
{
	cptr_t handler = make(OBJECT_IRQ_HANDLER, 0);

	NEED(kozo_irq_control_connect_line(SLOT_IRQ_CONTROL, handler, line, mode));
	NEED(kozo_irq_handler_bind(handler, part_of(notification, RIGHT_SEND, bits)));
	return handler;
}

cptr_t pit_handler(cptr_t notification, word_t bits)
{
	cptr_t handler;

	pit_start(1);
	handler = handler_for(notification, bits, PIT_LINE, IRQ_ISA);
	NEED(kozo_irq_handler_acknowledge(handler));
	signals_within(notification, milliseconds(5));
	return handler;
}

word_t interrupts(void)
{
	word_t taken = 0, spurious;

	EXPECT_STATUS(kozo_irq_control_counters(SLOT_IRQ_CONTROL, &taken, &spurious), OK);
	return taken;
}
