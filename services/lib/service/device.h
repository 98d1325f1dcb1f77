/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"

/*
 * device: what a driver has of its device, by the `device` lines of its manifest, counted from 0.
 *
 * Called after service_begin(). A line of another kind, or a port that is not in the
 * range, is a panic: program and manifest do not belong together.
 *
 * The device is as the instance before has left it: reset it first. An interrupt that came
 * while nobody listened is forgotten if it comes by edge; one that was signalled to the instance
 * before is still there to be taken, unless it took it.
 */

/* Of `ports`: those at an offset from the first. */
uint8_t device_in8(unsigned line, word_t offset);
void device_out8(unsigned line, word_t offset, uint8_t value);

/* Of `memory`: where it is mapped, uncached. */
volatile void *device_memory(unsigned line);

/*
 * Of `irq`: let it raise these bits of SLOT_NOTIFICATION (serve.h tells them) from now on. After
 * each one of a line by level, the next comes only when device_acknowledge() was called.
 * Errors as of service_signal() and IrqHandler.bind.
 */
MUST_USE status_t device_listen(unsigned line, word_t bits);
void device_acknowledge(unsigned line);

/* Of `ports` and `irq`: the capability, for all that the above do not do. */
cptr_t device_slot(unsigned line);
