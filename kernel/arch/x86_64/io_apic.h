/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "arch/irq.h"

/*
 * The I/O APICs, where devices' lines arrive (82093AA datasheet). Each has some of the
 * lines, which ACPI counts over all of them.
 */
enum { IO_APICS_MAX = 16, ISA_LINES = 16 };

/* Use one whose registers are mapped here; all its lines are masked. */
void io_apic_use(volatile void *registers, uint32_t first_line);

/* Where firmware has wired the interrupts of the ISA bus to. */
void io_apic_wire_isa(const struct irq_line lines[ISA_LINES]);
