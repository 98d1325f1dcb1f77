/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A driver, of devices that every machine of the tests has: the second serial port, which gives
 * back what it is sent, and the screen's memory. Each instance uses them when it starts, and
 * again when it is pinged, and says what came of it.
 */
#include "device.h"
#include "kozo_stubs.h"
#include "log.h"
#include "message.h"
#include "panic.h"
#include "peer.h"
#include "proto_notes_server.h"
#include "serve.h"
#include "service.h"
#include "status.h"
#include "timer.h"

/* The lines of the manifest. */
enum { PORTS = 1, INTERRUPT, TEXT, PIXELS };

/* The 16550's registers, and bits in them (National Semiconductor PC16550D, 8.0). */
enum {
	DATA = 0,
	ENABLE = 1,
	ENABLE_RECEIVED = 1 << 0,
	FIFO = 2,
	LINE = 3,
	LINE_8N1 = 3,
	MODEM = 4,
	MODEM_OUT2 = 1 << 3, /* lets interrupts through */
	MODEM_LOOP = 1 << 4,
	STATE = 5,
	STATE_RECEIVED = 1 << 0,
};

enum { BYTES = 32, INTERRUPT_BIT = 1 << 20, PATIENCE = 1000000 };

/* Of the screen's memory that is not seen. */
enum { PAGES = 7, WORDS = (1 << PAGE_BITS) / sizeof(uint32_t) };
enum { MARK = 0x5ca1, MARK_SHIFT = 16, TURN_SHIFT = 8 };

static struct timer timer;

/* As a loop, QEMU's port still interrupts; that of a real machine has its pin for it shut. */
static void reset(void)
{
	device_out8(PORTS, ENABLE, 0);
	device_out8(PORTS, FIFO, 0);
	device_out8(PORTS, LINE, LINE_8N1);
	device_out8(PORTS, MODEM, MODEM_LOOP | MODEM_OUT2);
	while (device_in8(PORTS, STATE) & STATE_RECEIVED)
		(void)device_in8(PORTS, DATA);
	device_out8(PORTS, ENABLE, ENABLE_RECEIVED);
}

/* Whether one byte came back, and an interrupt told of it. */
static bool exchange(uint8_t byte)
{
	word_t bits;

	device_out8(PORTS, DATA, byte);
	need(timer_wait(&timer, timer_after(&timer, PATIENCE), &bits), "waiting");
	if (!(bits & INTERRUPT_BIT))
		panic("no interrupt came");

	bool is_same = device_in8(PORTS, DATA) == byte;

	device_acknowledge(INTERRUPT);
	return is_same;
}

/* Each page gets its number and the turn, which is one more than what was there. */
static uint32_t mark_pages(void)
{
	volatile uint32_t *text = device_memory(TEXT);
	uint32_t before = *text, turn = 1;

	if (before >> MARK_SHIFT == MARK)
		turn += before >> TURN_SHIFT & 0xff;
	for (size_t page = 0; page < PAGES; page++)
		text[page * WORDS] = MARK << MARK_SHIFT | turn << TURN_SHIFT | (uint32_t)page;
	return turn;
}

static void drive(void)
{
	unsigned same = 0;

	for (unsigned i = 0; i < BYTES; i++)
		same += exchange((uint8_t)(i * 37 + 1));
	(void)*(volatile uint32_t *)device_memory(PIXELS);
	log_info("instance %lu: %u of %u bytes came back, turn %u in the screen's memory",
		 service_start->instance + 1, same, BYTES, mark_pages());
}

status_t notes_on_ping(struct notes_context *context, word_t value, word_t *value_out)
{
	(void)context;
	drive();
	*value_out = ~value;
	return OK;
}

/* It speaks this protocol to be pinged, and has no notes. */
status_t notes_on_add(struct notes_context *context, word_t number, const char *text, size_t length,
		      word_t *count)
{
	(void)context, (void)number, (void)text, (void)length, (void)count;
	return ERR_FULL;
}

status_t notes_on_read(struct notes_context *context, word_t index, char *text, size_t *length)
{
	(void)context, (void)index, (void)text, (void)length;
	return ERR_END;
}

static void answer(struct message *m)
{
	if (m->label == DRIVER_DIE)
		panic("ends, as it was asked");
	if (m->label == DRIVER_LEND) {
		kozo_ipc_buffer()->cap[0] = device_slot(PORTS);
		*m = (struct message){ .label = OK, .ncaps = 1 };
	} else {
		notes_dispatch(NULL, m);
	}
}

int main(const void *info)
{
	word_t old;

	service_begin(info);
	need(timer_begin(&timer, SLOT_NOTIFICATION), "the timer");
	reset();
	need(kozo_poll(SLOT_NOTIFICATION, &old), "what the instance before was told");
	need(device_listen(INTERRUPT, INTERRUPT_BIT), "the interrupt");
	drive();
	serve(answer, NULL);
}
