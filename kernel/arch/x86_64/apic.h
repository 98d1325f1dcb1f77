/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * The local APIC of this CPU: what interrupts it (Intel SDM vol. 3, chapter 11).
 * Its registers are model-specific ones if it has x2APIC mode, else memory. Without
 * a local APIC nothing interrupts.
 */

/* Does the processor have one, and which address are its registers at? Before apic_start(). */
MUST_USE bool apic_find(paddr_t *address);

/* Take interrupts from now on; its registers are mapped at `base`. */
void apic_start(volatile void *base);

bool apic_is_there(void);

/* Its number, for messages that interrupt this CPU. */
uint32_t apic_number(void);

/* The interrupt that was taken is dealt with: take the next one. */
void apic_end(void);

/* Its timer, which is the clock's alarm (arch/clock.h), has interrupted. */
void apic_timer_fired(void);
