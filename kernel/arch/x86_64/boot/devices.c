/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "devices.h"
#include "../apic.h"
#include "../cpuid.h"
#include "../io_apic.h"
#include "../processor.h"
#include "../reference.h"
#include "arch/layout.h"
#include "log.h"
#include "tables.h"

/* CPUID leaves that tell a rate (SDM vol. 3, 18.7.3; the last as VMware began it). */
#define CPUID_CRYSTAL 0x15u
#define CPUID_FREQUENCY 0x16u
#define CPUID_HYPERVISOR 0x40000000u
#define CPUID_HYPERVISOR_RATE 0x40000010u

enum { KILO = 1000, MEGA = 1000000, FREQUENCY_MASK = 0xffff };

/* The crystal's rate times a ratio, all of which a processor may leave out; or its base rate. */
static uint64_t processor_claim(void)
{
	uint32_t last = cpuid(0, 0).eax;
	struct cpuid c = { 0 };

	if (last >= CPUID_CRYSTAL)
		c = cpuid(CPUID_CRYSTAL, 0);
	if (c.eax && c.ebx && c.ecx)
		return (uint64_t)c.ecx * c.ebx / c.eax;
	if (last >= CPUID_FREQUENCY)
		return (uint64_t)(cpuid(CPUID_FREQUENCY, 0).eax & FREQUENCY_MASK) * MEGA;
	return 0;
}

static uint64_t hypervisor_claim(void)
{
	uint32_t last;

	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_HYPERVISOR))
		return 0;
	last = cpuid(CPUID_HYPERVISOR, 0).eax;
	if (last < CPUID_HYPERVISOR_RATE || last > CPUID_HYPERVISOR + 0xffff)
		return 0;
	return (uint64_t)cpuid(CPUID_HYPERVISOR_RATE, 0).eax * KILO;
}

/* Is this page beyond doubt no memory? Tables may say that a device is anywhere. */
static bool is_no_memory(const struct boot *b, paddr_t page)
{
	paddr_t end = page + (1 << PAGE_BITS);

	if (page < boot_image().end || end > 1ull << processor.physical_bits)
		return false;
	for (unsigned i = 0; i < b->ram.count; i++)
		if (page < b->ram.range[i].end && end > b->ram.range[i].start)
			return false;
	return !b->more_memory || page >= b->more_memory || end <= PHYS_MAX;
}

/* A device's registers, which lie in one page; NULL: they cannot be there. */
static volatile void *map(const struct boot *b, paddr_t registers)
{
	paddr_t page = round_down(registers, 1 << PAGE_BITS);
	volatile char *base;

	if (!is_no_memory(b, page))
		return NULL;
	base = tables_map_device(page);
	return base ? base + (registers - page) : NULL;
}

static void start_apic(const struct boot *b)
{
	volatile void *base = NULL;
	paddr_t address;

	if (apic_find(&address))
		base = map(b, address);
	if (base)
		apic_start(base);
	else
		log_printf("boot: there is no local APIC: no timers, and no interrupts\n");
}

static void start_clocks(const struct boot *b, const struct acpi *a)
{
	struct calibration c = { .claim_hz = hypervisor_claim() };
	struct reference *hpet = &c.reference[SOURCE_HPET];
	volatile void *registers = a->hpet ? map(b, a->hpet) : NULL;

	if (!c.claim_hz)
		c.claim_hz = processor_claim();
	if (registers)
		reference_use_hpet(hpet, registers);
	if (a->timer_port)
		reference_use_acpi_timer(&c.reference[SOURCE_ACPI], a->timer_port,
					 a->timer_is_32_bits);
	if (!hpet->hz && !a->timer_port)
		reference_use_pit(&c.reference[SOURCE_PIT]);
	clock_begin(&c);
}

static void start_io_apics(const struct boot *b, const struct acpi *a)
{
	for (unsigned i = 0; i < a->io_apic_count; i++) {
		volatile void *registers = map(b, a->io_apic[i].address);

		if (registers)
			io_apic_use(registers, a->io_apic[i].first_line);
		else
			log_printf(
				"boot: an I/O APIC cannot be where ACPI says, and is not used\n");
	}
	io_apic_wire_isa(a->isa);
}

void devices_start(const struct boot *b, const struct acpi *a)
{
	start_apic(b);
	start_io_apics(b, a);
	start_clocks(b, a);
}
