/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arch/power.h"
#include "arch/halt.h"
#include "arch/io.h"
#include "console_init.h"
#include "types.h"

enum {
	QEMU_PM1_CONTROL = 0x604,
	PM1_SLEEP_S5 = 0x2000,
	BOCHS_SHUTDOWN = 0x8900,
	RESET_CONTROL = 0xcf9,
	RESET_FULL = 0x06,
	I8042_COMMAND = 0x64,
	I8042_PULSE_RESET = 0xfe,
};

/*
 * Only the emulators' fixed ports: on a real machine the port and the value
 * stand in its ACPI tables, which the kernel does not read.
 */
void power_off(void)
{
	if (!console_is_emulated())
		return;
	for (const char *c = "Shutdown"; *c; c++)
		io_out8(BOCHS_SHUTDOWN, (uint8_t)*c);
	io_out16(QEMU_PM1_CONTROL, PM1_SLEEP_S5);
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
