/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "reference.h"
#include "arch/clock.h"
#include "arch/io.h"

/* IA-PC HPET specification 1.0a, 2.3. */
enum {
	HPET_PERIOD = 0x004 / 4,
	HPET_CONFIGURATION = 0x010 / 4,
	HPET_COUNTER = 0x0f0 / 4,
	HPET_ENABLED = 1 << 0,
	HPET_FEMTOSECONDS_MIN = 1000000, /* so that a rate has at most 30 bits */
	HPET_FEMTOSECONDS_MAX = 100000000,
};

#define FEMTOSECONDS 1000000000000000ull

enum {
	ACPI_TIMER_HZ = 3579545, /* ACPI 6.5, 4.8.3.3 */
	PIT_HZ = 1193182,
	PIT_LAST = 0xffff,
	PIT_CHANNEL_2 = 0x42,
	PIT_COMMAND = 0x43,
	PIT_COUNT_DOWN_ONCE = 0xb0, /* channel 2, mode 0, both bytes */
	PIT_LATCH = 0x80,	    /* channel 2 */
	PIT_GATE = 0x61,
	GATE_ON = 1 << 0,
	GATE_SPEAKER = 1 << 1,
	GATE_OUTPUT = 1 << 5, /* channel 2 has arrived */
};

static volatile uint32_t *hpet; /* NULL: there is none */
static bool has_pit;
static uint16_t acpi_port; /* 0: there is none */

void reference_use_hpet(struct reference *r, volatile void *registers)
{
	volatile uint32_t *h = registers;
	uint32_t period = h[HPET_PERIOD];

	if (period < HPET_FEMTOSECONDS_MIN || period > HPET_FEMTOSECONDS_MAX)
		return;
	hpet = h;
	h[HPET_CONFIGURATION] |= HPET_ENABLED;
	r->hz = FEMTOSECONDS / period;
	r->last = UINT32_MAX; /* its lower half: two reads do not see one moment */
}

void reference_use_acpi_timer(struct reference *r, uint16_t port, bool is_32_bits)
{
	acpi_port = port;
	r->hz = ACPI_TIMER_HZ;
	r->last = is_32_bits ? UINT32_MAX : UINT32_MAX >> 8;
}

void reference_start_again(void)
{
	if (!has_pit)
		return;
	io_out8(PIT_GATE, (uint8_t)((io_in8(PIT_GATE) & ~GATE_SPEAKER) | GATE_ON));
	io_out8(PIT_COMMAND, PIT_COUNT_DOWN_ONCE);
	io_out8(PIT_CHANNEL_2, PIT_LAST & 0xff);
	io_out8(PIT_CHANNEL_2, PIT_LAST >> 8);
}

void reference_use_pit(struct reference *r)
{
	has_pit = true;
	r->hz = PIT_HZ;
	r->last = PIT_LAST;
	r->stops = true;
	reference_start_again();
}

/* It counts down, and on from the top when it has arrived: its output tells. */
static uint64_t read_pit(void)
{
	uint8_t low, high;

	io_out8(PIT_COMMAND, PIT_LATCH);
	low = io_in8(PIT_CHANNEL_2);
	high = io_in8(PIT_CHANNEL_2);
	if (io_in8(PIT_GATE) & GATE_OUTPUT)
		return PIT_LAST;
	return (uint64_t)(PIT_LAST - (high << 8 | low));
}

void reference_read(struct reading *now)
{
	*now = (struct reading){ 0 };
	if (has_pit)
		now->count[SOURCE_PIT] = read_pit();
	if (acpi_port)
		now->count[SOURCE_ACPI] = io_in32(acpi_port);
	if (hpet)
		now->count[SOURCE_HPET] = hpet[HPET_COUNTER];
	now->tsc = clock_now();
}
