/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* IrqControl and IrqHandler. */
#include "irq.h"
#include "cap.h"
#include "kozo_handlers.h"
#include "notification.h"

struct irq_handler *irq_handlers[IRQ_VECTORS];
uint64_t irq_count;
static uint64_t spurious;

static struct irq_handler *target(const struct invocation *inv)
{
	return inv->slot->object;
}

/* A message cannot be kept from coming: it is kept from signalling. */
static void set_masked(struct irq_handler *h, bool masked)
{
	h->masked = masked;
	if (h->kind == IRQ_BY_LINE)
		irq_line_mask(&h->line, masked);
}

void irq_handler_stop(void *object)
{
	struct irq_handler *h = object;

	if (h->kind == IRQ_NONE)
		return;
	set_masked(h, true);
	irq_handlers[h->vector] = NULL;
	h->kind = IRQ_NONE;
}

void irq_handler_forget(struct slot *s)
{
	set_masked(container_of(s, struct irq_handler, notification), true);
}

void irq_spurious(void)
{
	spurious++;
}

/* One by level goes on until the device was seen to: it is masked until then. */
void irq_taken(unsigned vector)
{
	struct irq_handler *h = irq_handlers[vector];

	if (!h) {
		irq_spurious();
		return;
	}
	irq_count++;
	if (h->masked)
		h->pending = true;
	else
		notification_raise(&h->notification);
	if (h->kind == IRQ_BY_LINE && h->line.level)
		set_masked(h, true);
}

/* --- IrqControl -------------------------------------------------------------- */

/* The handler that the first argument names, which must not be connected. */
static status_t find_unused(struct invocation *inv, struct irq_handler **out)
{
	struct slot *s;
	status_t status =
		cap_lookup(inv->caller, inv->arg[0], OBJECT_IRQ_HANDLER, RIGHT_MANAGE, &s);

	if (status)
		return status;

	struct irq_handler *h = s->object;

	if (h->kind != IRQ_NONE)
		return ERR_STATE;
	*out = h;
	return OK;
}

/* A vector that nobody uses, if there is one, and nobody has this line. */
static bool find_vector(const struct irq_line *line, unsigned *vector)
{
	bool found = false;

	for (unsigned i = IRQ_VECTORS; i--;) {
		const struct irq_handler *h = irq_handlers[i];

		if (!h) {
			*vector = i;
			found = true;
		} else if (line && h->kind == IRQ_BY_LINE && h->line.number == line->number) {
			return false;
		}
	}
	return found;
}

static void connect(struct irq_handler *h, enum irq_kind kind, unsigned vector)
{
	h->kind = kind;
	h->vector = vector;
	h->masked = true;
	h->pending = false;
	irq_handlers[vector] = h;
}

status_t irq_control_connect_line(struct invocation *inv)
{
	struct irq_handler *h;
	struct irq_line line;
	unsigned vector;

	if (inv->arg[2] & ~(word_t)(IRQ_LEVEL | IRQ_LOW | IRQ_ISA))
		return ERR_BAD_ARG;

	status_t status = find_unused(inv, &h);

	if (status)
		return status;
	if (!irq_line_find(inv->arg[1], inv->arg[2], &line))
		return ERR_RANGE;
	if (!find_vector(&line, &vector))
		return ERR_BUSY;

	/* Commit: nothing below fails. */
	h->line = line;
	connect(h, IRQ_BY_LINE, vector);
	irq_line_connect(&h->line, vector);
	return OK;
}

/* Who sends it is for an IOMMU to check, and there is no driver for one yet. */
status_t irq_control_connect_message(struct invocation *inv)
{
	struct irq_handler *h;
	unsigned vector;
	paddr_t address;
	uint32_t data;

	if (inv->arg[1] > IRQ_SOURCE_MAX)
		return ERR_BAD_ARG;

	status_t status = find_unused(inv, &h);

	if (status)
		return status;
	if (!find_vector(NULL, &vector))
		return ERR_BUSY;
	if (!irq_message(vector, &address, &data))
		return ERR_RANGE;

	/* Commit: nothing below fails. */
	connect(h, IRQ_BY_MESSAGE, vector);
	inv->result[0] = address;
	inv->result[1] = data;
	return OK;
}

status_t irq_control_counters(struct invocation *inv)
{
	inv->result[0] = irq_count;
	inv->result[1] = spurious;
	return OK;
}

/* --- IrqHandler -------------------------------------------------------------- */

status_t irq_handler_bind(struct invocation *inv)
{
	return notification_keep(inv, &target(inv)->notification);
}

status_t irq_handler_acknowledge(struct invocation *inv)
{
	struct irq_handler *h = target(inv);

	if (h->kind == IRQ_NONE)
		return ERR_STATE;
	if (h->pending)
		notification_raise(&h->notification);
	h->pending = false;
	set_masked(h, false);
	return OK;
}

status_t irq_handler_mask(struct invocation *inv)
{
	struct irq_handler *h = target(inv);

	if (h->kind == IRQ_NONE)
		return ERR_STATE;
	set_masked(h, true);
	return OK;
}
