/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

struct acpi;

/* Keep how ACPI says the machine is turned off. */
void power_use_acpi(const struct acpi *found);
