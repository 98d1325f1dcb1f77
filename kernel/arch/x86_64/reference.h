/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "calibrate.h"

/*
 * The reference clocks of a PC, by which the TSC is measured: the HPET and the ACPI
 * timer if ACPI has them, and the old timer chip if there is neither.
 */

/* Take the first reading of the clocks that there are: clock.c. */
void clock_begin(const struct calibration *c);

/* The HPET whose registers are mapped here, if it is one. Starts it. */
void reference_use_hpet(struct reference *r, volatile void *registers);

/* The ACPI timer at a port, of 24 or 32 bits. */
void reference_use_acpi_timer(struct reference *r, uint16_t port, bool is_32_bits);

/* The third channel of the old timer chip. */
void reference_use_pit(struct reference *r);

/* Let the clock that stops begin anew. */
void reference_start_again(void);

/* What all of them show, and the TSC. */
void reference_read(struct reading *now);
