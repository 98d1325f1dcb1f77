/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * The I/O APICs, where devices' lines arrive (82093AA datasheet). Each has some of the
 * lines, which ACPI counts over all of them.
 */
enum { IO_APICS_MAX = 16, ISA_LINES = 16 };

/* How firmware wired an interrupt of the ISA bus. */
struct isa_line {
	uint32_t line;
	bool level, low;
};

/* Use one whose registers are mapped here; all its lines are masked. */
void io_apic_use(volatile void *registers, uint32_t first_line);

void io_apic_wire_isa(const struct isa_line lines[ISA_LINES]);
