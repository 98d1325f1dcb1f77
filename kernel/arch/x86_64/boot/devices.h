/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "acpi.h"

/*
 * Find what the kernel drives itself, and start it: interrupt controllers, and the
 * clocks that tell how fast time goes. Firmware may say anything about where they are.
 */
void devices_start(const struct boot *b, const struct acpi *a);
