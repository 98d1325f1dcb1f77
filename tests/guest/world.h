/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "guest.h"

/* What main.c does to the world that cases live in; the rest is in guest.h. */
enum { KEPT_SLOTS = 16 }; /* from the first free slot on: for what outlives a case */

/* Find the world. Returns another untyped, for what outlives a case. */
cptr_t world_begin(const struct boot_info *info);

/* End in a fault for which the kernel's report looks at a device's memory: device.c. */
void device_crash(void);

/* Use the serial port as a driver does, say something, and end in a fault: io_ports.c. */
void serial_crash(void);

/* Revoke everything; each thing that is left is a failed expectation. */
void world_end(void);
