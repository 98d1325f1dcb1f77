/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The debug console: the first serial port (a 16550), the screen, and the
 * emulators' debug port. None of it is waited for without end. The serial port
 * interrupts when there is something to read, on line 4 of the ISA bus; whoever wants
 * to wait for that connects it.
 */
#include "arch/console.h"
#include "arch/io.h"
#include "console_init.h"
#include "screen.h"

enum { COM1 = 0x3f8, DEBUG_PORT = 0xe9, VGA_INDEX = 0x3d4, VGA_VALUE = 0x3d5 };

/* 16550 registers, from the port's base. */
enum {
	UART_DATA = 0,
	UART_DIVISOR_LOW = 0,
	UART_INTERRUPTS = 1,
	UART_DIVISOR_HIGH = 1,
	UART_FIFO = 2,
	UART_LINE_CONTROL = 3,
	UART_MODEM_CONTROL = 4,
	UART_LINE_STATUS = 5,
	UART_SCRATCH = 7,
};

enum {
	LINE_8N1 = 0x03,
	LINE_DIVISOR_ACCESS = 0x80,
	FIFO_ENABLE_AND_CLEAR = 0x07,
	INTERRUPT_RECEIVED = 0x01,
	MODEM_DTR_RTS_INTERRUPTS = 0x0b, /* OUT2 lets interrupts out of the chip in a PC */
	STATUS_RECEIVED = 0x01,
	STATUS_CAN_SEND = 0x20,
	DIVISOR_115200 = 1,
	SEND_TRIES = 1000000, /* about a second; a character takes a tenth of a millisecond */
	SCRATCH_PATTERN = 0x5a,
};

static bool have_serial, have_debug_port, have_vga_cursor;
static bool serial_is_taken; /* a driver uses it */

static bool serial_start(void)
{
	io_out8(COM1 + UART_SCRATCH, SCRATCH_PATTERN);
	if (io_in8(COM1 + UART_SCRATCH) != SCRATCH_PATTERN)
		return false;
	io_out8(COM1 + UART_INTERRUPTS, 0);
	io_out8(COM1 + UART_LINE_CONTROL, LINE_DIVISOR_ACCESS);
	io_out8(COM1 + UART_DIVISOR_LOW, DIVISOR_115200);
	io_out8(COM1 + UART_DIVISOR_HIGH, 0);
	io_out8(COM1 + UART_LINE_CONTROL, LINE_8N1);
	io_out8(COM1 + UART_FIFO, FIFO_ENABLE_AND_CLEAR);
	io_out8(COM1 + UART_MODEM_CONTROL, MODEM_DTR_RTS_INTERRUPTS);
	io_out8(COM1 + UART_INTERRUPTS, INTERRUPT_RECEIVED);
	return true;
}

void console_start(void)
{
	have_serial = serial_start();
	/* Bochs' and QEMU's debug port answers with its own number. */
	have_debug_port = io_in8(DEBUG_PORT) == DEBUG_PORT;
}

void console_use_text(volatile uint16_t *cells)
{
	uint16_t before = cells[0];

	cells[0] = SCRATCH_PATTERN;
	if (cells[0] != SCRATCH_PATTERN)
		return; /* nothing there remembers: no VGA */
	cells[0] = before;
	screen_use_text(cells);
	have_vga_cursor = true;
}

void console_use_pixels(const struct framebuffer *fb, volatile void *base)
{
	have_vga_cursor = false;
	screen_use_pixels(fb, base);
}

/* A port that was waited for in vain gets what it is ready for, and is not waited for again. */
static void serial_put(char c)
{
	static bool stuck;
	unsigned tries = stuck ? 1 : SEND_TRIES;

	while (tries && !(io_in8(COM1 + UART_LINE_STATUS) & STATUS_CAN_SEND))
		tries--;
	stuck = !tries;
	if (!stuck)
		io_out8(COM1 + UART_DATA, (uint8_t)c);
}

static bool uses_serial(void)
{
	return have_serial && !serial_is_taken;
}

void console_ports_used(unsigned first, unsigned count)
{
	if (first <= COM1 + UART_SCRATCH && first + count > COM1)
		serial_is_taken = true;
}

/* The driver may have set it to anything. */
void console_take_back(void)
{
	if (serial_is_taken)
		have_serial = serial_start();
	serial_is_taken = false;
}

static void move_cursor(void)
{
	unsigned at = screen_cursor();

	io_out8(VGA_INDEX, 0x0e);
	io_out8(VGA_VALUE, (uint8_t)(at >> 8));
	io_out8(VGA_INDEX, 0x0f);
	io_out8(VGA_VALUE, (uint8_t)at);
}

void console_put(char c)
{
	if (have_debug_port)
		io_out8(DEBUG_PORT, (uint8_t)c);
	if (uses_serial() && c == '\n')
		serial_put('\r');
	if (uses_serial())
		serial_put(c);
	screen_put(c);
	if (have_vga_cursor)
		move_cursor();
}

int console_get(void)
{
	if (uses_serial() && io_in8(COM1 + UART_LINE_STATUS) & STATUS_RECEIVED)
		return io_in8(COM1 + UART_DATA);
	return -1;
}
