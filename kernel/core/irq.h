/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "arch/irq.h"
#include "object.h"

/*
 * IrqHandler: what one interrupt of a device signals.
 *
 * Invariants: a connected handler and its vector's entry in the table of handlers name
 * each other. No two handlers have the same line.
 *
 * A handler is masked when it is connected, and again whenever an interrupt by level
 * was taken; `acknowledge` ends that. What comes while it is masked is signalled then.
 * The slot inside holds the notification, as part of the derivation tree: a handler
 * that loses it is masked.
 *
 * Locking: the kernel lock.
 */
enum { IRQ_HANDLER_BITS = 8 };

enum irq_kind { IRQ_NONE, IRQ_BY_LINE, IRQ_BY_MESSAGE };

struct irq_handler {
	struct object object;
	struct slot notification;
	uint32_t kind;	 /* enum irq_kind; IRQ_NONE: not connected */
	uint32_t vector; /* the rest is valid while it is connected */
	struct irq_line line;
	bool masked;
	bool pending; /* it came while masked */
};

_Static_assert(sizeof(struct irq_handler) <= 1 << IRQ_HANDLER_BITS, "a handler fits its size");

/* Who handles a vector; NULL: nobody does. */
extern struct irq_handler *irq_handlers[IRQ_VECTORS];

/* How many interrupts of devices were taken. */
extern uint64_t irq_count;

void irq_handler_stop(void *object);

/* The slot inside a handler is about to be emptied. */
void irq_handler_forget(struct slot *s);

/* A device has interrupted. */
void irq_taken(unsigned vector);

/* An interrupt was taken that nobody has sent. */
void irq_spurious(void);
