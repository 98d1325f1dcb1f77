/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* QEMU's standard display: a PCI device whose modes are set through Bochs' two ports. */
#include "loader.h"

enum {
	PCI_ADDRESS = 0xcf8,
	PCI_DATA = 0xcfc,
	PCI_DEVICES = 32,
	PCI_CLASS = 0x08,
	PCI_BAR0 = 0x10,
	CLASS_VGA = 0x0300,

	BOCHS_INDEX = 0x1ce,
	BOCHS_VALUE = 0x1cf,
	BOCHS_WIDTH = 1,
	BOCHS_HEIGHT = 2,
	BOCHS_BITS = 3,
	BOCHS_ENABLE = 4,
	BOCHS_LINE = 6,
	ENABLE_LINEAR = 0x41,

	RGB = 1, /* struct pixels, kind */
};

static void bochs_write(uint16_t index, uint16_t value)
{
	__asm__ volatile("outw %w0, %w1" : : "a"(index), "Nd"(BOCHS_INDEX));
	__asm__ volatile("outw %w0, %w1" : : "a"(value), "Nd"(BOCHS_VALUE));
}

static uint32_t pci_read(uint32_t device, uint32_t at)
{
	uint32_t value;

	__asm__ volatile("outl %k0, %w1" : : "a"(1u << 31 | device << 11 | at), "Nd"(PCI_ADDRESS));
	__asm__ volatile("inl %w1, %k0" : "=a"(value) : "Nd"(PCI_DATA));
	return value;
}

static uint64_t find_memory(void)
{
	for (uint32_t device = 0; device < PCI_DEVICES; device++)
		if (pci_read(device, PCI_CLASS) >> 16 == CLASS_VGA)
			return pci_read(device, PCI_BAR0) & ~0xfu;
	loader_stop("there is no display on", "PCI");
}

struct pixels display_describe(uint64_t address, uint32_t width, uint32_t height, uint8_t bits,
			       uint32_t line)
{
	return (struct pixels){
		.address = address,
		.pitch = line * bits / 8,
		.width = width,
		.height = height,
		.bits = bits,
		.kind = RGB,
		.red_shift = 16,
		.red_bits = 8,
		.green_shift = 8,
		.green_bits = 8,
		.blue_shift = 0,
		.blue_bits = 8,
	};
}

struct pixels display_start(uint32_t width, uint32_t height, uint8_t bits, uint32_t line)
{
	bochs_write(BOCHS_ENABLE, 0);
	bochs_write(BOCHS_WIDTH, (uint16_t)width);
	bochs_write(BOCHS_HEIGHT, (uint16_t)height);
	bochs_write(BOCHS_BITS, bits);
	bochs_write(BOCHS_ENABLE, ENABLE_LINEAR);
	bochs_write(BOCHS_LINE, (uint16_t)line);
	return display_describe(find_memory(), width, height, bits, line);
}
