/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * How devices interrupt: by one of IRQ_VECTORS vectors. A line of an interrupt
 * controller is connected to a vector; or a device writes a message that has it.
 */
enum { IRQ_VECTORS = 192 };

struct irq_line {
	uint32_t number; /* as ACPI counts lines, over all controllers */
	bool level;	 /* stays asserted until the device was seen to; else an edge */
	bool low;	 /* asserted when low */
};

/*
 * The line that a driver means by a number and IRQ_* flags. False: this machine has no
 * such line.
 */
MUST_USE bool irq_line_find(word_t number, word_t mode, struct irq_line *line);

/* Let a line interrupt with this vector, once it is not masked any more. */
void irq_line_connect(const struct irq_line *line, unsigned vector);

void irq_line_mask(const struct irq_line *line, bool masked);

/* What a device writes, and where, to interrupt with this vector. False: it cannot. */
MUST_USE bool irq_message(unsigned vector, paddr_t *address, uint32_t *data);
