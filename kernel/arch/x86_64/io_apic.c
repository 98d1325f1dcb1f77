/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io_apic.h"
#include "apic.h"
#include "assert.h"
#include "string.h"
#include "vectors.h"

/* 82093AA datasheet, 3.1 and 3.2. */
enum {
	SELECT = 0x00 / 4,
	WINDOW = 0x10 / 4,
	REGISTER_VERSION = 0x01,
	VERSION_LAST_SHIFT = 16,
	VERSION_LAST_MASK = 0xff,
	REGISTER_ENTRIES = 0x10, /* two for each line */
	ENTRY_LOW_ACTIVE = 1 << 13,
	ENTRY_LEVEL = 1 << 15,
	ENTRY_MASKED = 1 << 16,
	ENTRY_CPU_SHIFT = 24, /* in its upper half */
};

enum { CPU_MAX = 255 };

/* Intel SDM vol. 3, 11.11: fixed delivery, by edge, to one CPU. */
enum { MESSAGE_CPU_SHIFT = 12 };
#define MESSAGE_ADDRESS 0xfee00000u

static struct io_apic {
	volatile uint32_t *registers;
	uint32_t first, count; /* lines */
} io_apics[IO_APICS_MAX];

static unsigned io_apic_count;
static struct irq_line isa[ISA_LINES];

static uint32_t get(const struct io_apic *a, uint32_t r)
{
	a->registers[SELECT] = r;
	return a->registers[WINDOW];
}

static void set(const struct io_apic *a, uint32_t r, uint32_t value)
{
	a->registers[SELECT] = r;
	a->registers[WINDOW] = value;
}

static uint32_t entry_of(const struct io_apic *a, uint32_t line)
{
	return REGISTER_ENTRIES + 2 * (line - a->first);
}

/* NULL: no controller has this line. */
static const struct io_apic *find(uint32_t line)
{
	for (unsigned i = 0; i < io_apic_count; i++)
		if (line >= io_apics[i].first && line - io_apics[i].first < io_apics[i].count)
			return &io_apics[i];
	return NULL;
}

void io_apic_use(volatile void *registers, uint32_t first_line)
{
	struct io_apic *a = &io_apics[io_apic_count];

	if (io_apic_count == IO_APICS_MAX)
		return;
	a->registers = registers;
	a->first = first_line;
	a->count = 1 + (get(a, REGISTER_VERSION) >> VERSION_LAST_SHIFT & VERSION_LAST_MASK);
	io_apic_count++;
	for (uint32_t i = 0; i < a->count; i++)
		set(a, REGISTER_ENTRIES + 2 * i, ENTRY_MASKED);
}

void io_apic_wire_isa(const struct irq_line lines[ISA_LINES])
{
	memcpy(isa, lines, sizeof(isa));
}

/* Lines and messages name the CPU in eight bits. */
static bool can_deliver(void)
{
	return apic_is_there() && apic_number() <= CPU_MAX;
}

bool irq_line_find(word_t number, word_t mode, struct irq_line *line)
{
	struct irq_line found = { (uint32_t)number, mode & IRQ_LEVEL, mode & IRQ_LOW };

	if (mode & IRQ_ISA) {
		if (number >= ISA_LINES)
			return false;
		found = isa[number];
	}
	if (number > UINT32_MAX || !can_deliver() || !find(found.number))
		return false;
	*line = found;
	return true;
}

void irq_line_connect(const struct irq_line *line, unsigned vector)
{
	const struct io_apic *a = find(line->number);
	uint32_t entry = ENTRY_MASKED | (VECTOR_DEVICES + vector);

	entry |= line->level ? ENTRY_LEVEL : 0;
	entry |= line->low ? ENTRY_LOW_ACTIVE : 0;
	set(a, entry_of(a, line->number) + 1, apic_number() << ENTRY_CPU_SHIFT);
	set(a, entry_of(a, line->number), entry);
}

void irq_line_mask(const struct irq_line *line, bool masked)
{
	const struct io_apic *a = find(line->number);
	uint32_t entry = get(a, entry_of(a, line->number));

	entry = masked ? entry | ENTRY_MASKED : entry & ~(uint32_t)ENTRY_MASKED;
	set(a, entry_of(a, line->number), entry);
}

bool irq_message(unsigned vector, paddr_t *address, uint32_t *data)
{
	if (!can_deliver())
		return false;
	*address = MESSAGE_ADDRESS | apic_number() << MESSAGE_CPU_SHIFT;
	*data = VECTOR_DEVICES + vector;
	return true;
}
