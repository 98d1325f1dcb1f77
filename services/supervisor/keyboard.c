/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The PS/2 keyboard as the firmware left it: enabled, scan code set 1 by
 * translation in the i8042. Enough to type at the console when there is no
 * serial line; the keyboard driver replaces it.
 */
#include "keyboard.h"

#include <stdbool.h>
#include <stdint.h>

#include "kozo_stubs.h"
#include "panic.h"

enum { DATA = 0x60, STATUS = 0x64, COMMAND = 0x64 };
enum { STATUS_FULL = 0x01, STATUS_BUSY = 0x02, STATUS_MOUSE = 0x20, STATUS_ABSENT = 0xff };
enum { READ_CONFIG = 0x20, WRITE_CONFIG = 0x60, CONFIG_INTERRUPT = 0x01 };
enum { TRIES = 100000 }; /* a tenth of a second, or a little more */
enum { KEY = 0x7f, RELEASED = 0x80, EXTENDED = 0xe0 };
enum { SHIFT_LEFT = 0x2a, SHIFT_RIGHT = 0x36, CONTROL = 0x1d };

/* By scan code; a NUL is a key that types nothing. */
static const char plain[] =
	"\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
	"\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

_Static_assert(sizeof(plain) == sizeof(shifted), "the two tables are for the same keys");

static bool shift, control, extended;
static const char *more = ""; /* of what the last key types: what was not taken yet */

static uint8_t in8(uint16_t port)
{
	word_t value;

	need(kozo_io_ports_in8(SLOT_IO_PORTS, port, &value), "reading the keyboard");
	return (uint8_t)value;
}

static void out8(uint16_t port, uint8_t value)
{
	need(kozo_io_ports_out8(SLOT_IO_PORTS, port, value), "writing to the keyboard");
}

/* The controller has these bits of its status as wanted, soon. */
static bool comes(uint8_t bits, uint8_t wanted)
{
	unsigned tries = TRIES;

	while (tries && (in8(STATUS) & bits) != wanted)
		tries--;
	return tries;
}

static bool send(uint16_t port, uint8_t value)
{
	if (!comes(STATUS_BUSY, 0))
		return false;
	out8(port, value);
	return true;
}

/* What was typed until now is lost: it cannot be told from the answer. */
void keyboard_start(void)
{
	if (in8(STATUS) == STATUS_ABSENT)
		return;
	for (unsigned tries = TRIES; tries && in8(STATUS) & STATUS_FULL; tries--)
		in8(DATA);
	if (!send(COMMAND, READ_CONFIG) || !comes(STATUS_FULL, STATUS_FULL))
		return;

	uint8_t config = in8(DATA);

	if (!(config & CONFIG_INTERRUPT) && send(COMMAND, WRITE_CONFIG))
		send(DATA, config | CONFIG_INTERRUPT);
}

/* Keep track of the keys that change others. */
static bool is_modifier(uint8_t key, bool down)
{
	if (key == SHIFT_LEFT || key == SHIFT_RIGHT)
		shift = down;
	else if (key == CONTROL)
		control = down;
	else
		return false;
	return true;
}

static int translate(uint8_t key)
{
	char c = key < sizeof(plain) - 1 ? (shift ? shifted : plain)[key] : '\0';

	if (control && c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 1);
	return c ? c : -1;
}

/* The keys that type a sequence: as xterm has it. */
static const char *sequence(uint8_t key)
{
	switch (key) {
	case 0x47:
		return "\x1b[H"; /* Home */
	case 0x48:
		return "\x1b[A"; /* up */
	case 0x4b:
		return "\x1b[D"; /* left */
	case 0x4d:
		return "\x1b[C"; /* right */
	case 0x4f:
		return "\x1b[F"; /* End */
	case 0x50:
		return "\x1b[B"; /* down */
	case 0x53:
		return "\x1b[3~"; /* Delete */
	default:
		return "";
	}
}

static int next_of_sequence(void)
{
	return *more ? *more++ : -1;
}

int keyboard_get(void)
{
	if (*more)
		return next_of_sequence();

	uint8_t status = in8(STATUS);

	if (status == STATUS_ABSENT || !(status & STATUS_FULL))
		return -1;

	uint8_t code = in8(DATA);
	bool was_extended = extended;

	extended = code == EXTENDED;
	if (status & STATUS_MOUSE || extended)
		return -1;
	if (was_extended) {
		more = code & RELEASED ? "" : sequence(code);
		return next_of_sequence();
	}
	if (is_modifier(code & KEY, !(code & RELEASED)) || code & RELEASED)
		return -1;
	return translate(code);
}
