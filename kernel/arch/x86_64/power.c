/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arch/power.h"
#include "arch/halt.h"
#include "arch/io.h"
#include "boot/acpi.h"
#include "power_init.h"

enum {
	PM1_SCI_ENABLED = 1, /* the machine is in ACPI mode (ACPI 4.8.3.2.1) */
	ENABLE_TRIES = 1000000,
	SLEEP_READS = 1000000,
	RESET_CONTROL = 0xcf9,
	RESET_FULL = 0x06,
	I8042_COMMAND = 0x64,
	I8042_PULSE_RESET = 0xfe,
};

static struct acpi acpi; /* power_off is false until the tables said how */

void power_use_acpi(const struct acpi *found)
{
	acpi = *found;
}

/* Out of legacy mode, in which the firmware keeps the power registers to itself. */
static void enter_acpi_mode(void)
{
	if (!acpi.smi_command || !acpi.acpi_enable)
		return;
	if (io_in16(acpi.pm1a_control) & PM1_SCI_ENABLED)
		return;
	io_out8(acpi.smi_command, acpi.acpi_enable);
	for (unsigned i = 0; i < ENABLE_TRIES; i++)
		if (io_in16(acpi.pm1a_control) & PM1_SCI_ENABLED)
			return;
}

void power_off(void)
{
	if (!acpi.power_off)
		return;
	enter_acpi_mode();
	io_out16(acpi.pm1a_control, acpi.sleep_a);
	if (acpi.pm1b_control)
		io_out16(acpi.pm1b_control, acpi.sleep_b);
	/* It may take a while; each of these takes about a microsecond. */
	for (unsigned i = 0; i < SLEEP_READS; i++)
		io_in16(acpi.pm1a_control);
}

/* The chipset's reset register, the keyboard controller, and last a triple fault. */
_Noreturn void power_reboot(void)
{
	static const struct {
		uint16_t limit;
		const void *base;
	} __attribute__((packed)) no_idt = { 0, NULL };

	io_out8(RESET_CONTROL, RESET_FULL);
	io_out8(I8042_COMMAND, I8042_PULSE_RESET);
	__asm__ volatile("lidt %0\n\tud2" : : "m"(no_idt));
	halt_forever();
}
