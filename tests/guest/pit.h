/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "guest.h"

/* The old timer chip, whose output is a line of the ISA bus: a device that interrupts. */
enum {
	PIT_LINE = 0,	 /* of the ISA bus */
	PIT_AT_APIC = 2, /* where that arrives on every PC */
};

/* The output goes down, and up again after so many counts of about a microsecond. */
void pit_start(word_t counts);

/* A machine without ACPI does not say where its lines are. */
bool has_lines(void);

/* A handler of a line that signals `bits`; it is masked. */
cptr_t handler_for(cptr_t notification, word_t bits, word_t line, word_t mode);

/* A handler of each edge of the output, from now on. */
cptr_t pit_handler(cptr_t notification, word_t bits);

/* Interrupts that were taken so far. */
word_t interrupts(void);
