/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "interrupt.h"
#include "alarm.h"
#include "apic.h"
#include "irq.h"
#include "vectors.h"

_Static_assert(VECTOR_DEVICES + IRQ_VECTORS <= VECTOR_TIMER, "each vector has one meaning");

/* One by level must be masked before it is ended, or it comes again at once. */
void interrupt_taken(unsigned vector)
{
	if (vector == VECTOR_SPURIOUS) {
		irq_spurious(); /* it is not in service, so it does not end (SDM vol. 3, 11.9) */
		return;
	}
	if (vector == VECTOR_TIMER) {
		apic_timer_fired();
		alarm_expire();
	} else if (vector >= VECTOR_DEVICES && vector < VECTOR_DEVICES + IRQ_VECTORS) {
		irq_taken(vector - VECTOR_DEVICES);
	} else {
		irq_spurious();
	}
	apic_end();
}
