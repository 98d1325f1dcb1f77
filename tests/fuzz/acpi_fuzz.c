/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The ACPI reader: the input is physical memory, from the RSDP on, behind one byte
 * that says whether checksums are made right.
 */
/* links: kernel/arch/x86_64/boot/acpi.c kernel/boot/copies.c kernel/boot/memmap.c tests/fuzz/physical_memory.c */
#define _GNU_SOURCE

#include "physical_memory.h"

#include "acpi.h"

enum {
	RSDP_V1_BYTES = 20,
	RSDP_V1_SUM = 8,
	RSDP_SUM = 32,
	TABLE_SUM = 9,
	SLEEP_ENABLE = 1 << 13,
	SLEEP_TYPE = 7 << 10,
};

static void find_rsdp(struct boot *b, const uint8_t *data, size_t size, bool sums_are_right)
{
	boot_set_rsdp(b, data, size);
	if (!sums_are_right)
		return;
	memory_sums_are_right(TABLE_SUM);
	set_sum(b->rsdp, RSDP_V1_BYTES, RSDP_V1_SUM);
	set_sum(b->rsdp, RSDP_BYTES, RSDP_SUM);
}

static bool is_sleep_command(uint16_t command)
{
	return (command & SLEEP_ENABLE) && !(command & ~(SLEEP_ENABLE | SLEEP_TYPE));
}

/* What is known was said somewhere. */
static void check(const struct acpi *a, const uint8_t *data, size_t size)
{
	if (a->processors)
		must(memmem(data, size, "APIC", 4));
	if (!a->power_off)
		return;
	must(memmem(data, size, "FACP", 4));
	must(memmem(data, size, "_S5_\x12", 5));
	must(a->pm1a_control);
	must(is_sleep_command(a->sleep_a) && is_sleep_command(a->sleep_b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct boot boot;
	struct acpi acpi = { 0 };

	if (!size)
		return 0;
	memset(&boot, 0, sizeof(boot));
	memory_begin(data + 1, size - 1);
	find_rsdp(&boot, data + 1, size - 1, data[0] & 1);

	const char *problem = acpi_read(&acpi, &boot);

	must(!problem || problem[0]);
	check(&acpi, data, size);
	memory_end();
	return 0;
}
