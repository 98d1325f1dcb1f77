/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* IoPorts: what can be done with ports, and only with those of the capability. */
#include "print.h"
#include "world.h"

enum {
	CLOCK_INDEX = 0x70, /* of the real-time clock */
	CLOCK_DATA = 0x71,
	CLOCK_STATUS = 0x0d, /* its register whose bit 7 says that it has power */
	CLOCK_POWER = 0x80,
	PCI_ADDRESS = 0xcf8,
	PCI_DATA = 0xcfc,
	VGA_GRAPHICS = 0x3ce,
	VGA_ALL_BITS = 0xff08, /* what is in its register 8 already */
};

#define PCI_HOST_BRIDGE 0x80000000u

static word_t range(word_t first, word_t last)
{
	return first << PORTS_FIRST_SHIFT | last;
}

TEST(ports_work, "ports are read and written, 8, 16 and 32 bits at a time")
{
	word_t value = 0, low = 0;

	EXPECT_STATUS(kozo_io_ports_out8(SLOT_IO_PORTS, CLOCK_INDEX, CLOCK_STATUS), OK);
	EXPECT_STATUS(kozo_io_ports_in8(SLOT_IO_PORTS, CLOCK_DATA, &value), OK);
	EXPECT(value & CLOCK_POWER, CLOCK_POWER);
	EXPECT_STATUS(kozo_io_ports_out16(SLOT_IO_PORTS, VGA_GRAPHICS, VGA_ALL_BITS), OK);
	EXPECT_STATUS(kozo_io_ports_out32(SLOT_IO_PORTS, PCI_ADDRESS, PCI_HOST_BRIDGE), OK);
	EXPECT_STATUS(kozo_io_ports_in32(SLOT_IO_PORTS, PCI_ADDRESS, &value), OK);
	EXPECT(value, PCI_HOST_BRIDGE);
	EXPECT_STATUS(kozo_io_ports_in32(SLOT_IO_PORTS, PCI_DATA, &value), OK);
	EXPECT_STATUS(kozo_io_ports_in16(SLOT_IO_PORTS, PCI_DATA, &low), OK);
	EXPECT(low, value & 0xffff);
	EXPECT(low != 0xffff, true);
}

TEST(ports_range, "a capability for some ports refuses all others")
{
	cptr_t clock = part_of(SLOT_IO_PORTS, RW, range(CLOCK_INDEX, CLOCK_DATA));
	word_t value;

	EXPECT(describe(clock).badge, range(CLOCK_INDEX, CLOCK_DATA));
	EXPECT_STATUS(kozo_io_ports_out8(clock, CLOCK_INDEX, CLOCK_STATUS), OK);
	EXPECT_STATUS(kozo_io_ports_in8(clock, CLOCK_DATA, &value), OK);
	EXPECT_STATUS(kozo_io_ports_in8(clock, CLOCK_INDEX - 1, &value), ERR_RANGE);
	EXPECT_STATUS(kozo_io_ports_in8(clock, CLOCK_DATA + 1, &value), ERR_RANGE);
	EXPECT_STATUS(kozo_io_ports_in8(clock, CLOCK_DATA + 0x10000, &value), ERR_RANGE);
	EXPECT_STATUS(kozo_io_ports_in8(clock, ~0ull, &value), ERR_RANGE);
	EXPECT_STATUS(kozo_io_ports_out8(clock, CLOCK_DATA + 1, 0), ERR_RANGE);
	EXPECT_STATUS(kozo_io_ports_in16(clock, CLOCK_DATA, &value), ERR_RANGE);
	EXPECT_STATUS(kozo_io_ports_out16(clock, CLOCK_DATA, 0), ERR_RANGE);
	EXPECT_STATUS(kozo_io_ports_in32(clock, CLOCK_INDEX, &value), ERR_RANGE);
	EXPECT_STATUS(kozo_io_ports_out32(clock, CLOCK_INDEX, 0), ERR_RANGE);
	EXPECT_STATUS(kozo_io_ports_in16(clock, CLOCK_INDEX, &value), OK);
}

TEST(ports_end, "no access goes beyond the last port")
{
	word_t value;

	EXPECT_STATUS(kozo_io_ports_in8(SLOT_IO_PORTS, PORT_MAX, &value), OK);
	EXPECT_STATUS(kozo_io_ports_in16(SLOT_IO_PORTS, PORT_MAX, &value), ERR_RANGE);
	EXPECT_STATUS(kozo_io_ports_in32(SLOT_IO_PORTS, PORT_MAX - 2, &value), ERR_RANGE);
	EXPECT_STATUS(kozo_io_ports_in8(SLOT_IO_PORTS, PORT_MAX + 1, &value), ERR_RANGE);
}

TEST(ports_value, "a value that is too wide is refused")
{
	EXPECT_STATUS(kozo_io_ports_out8(SLOT_IO_PORTS, CLOCK_INDEX, 0x100), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_io_ports_out16(SLOT_IO_PORTS, VGA_GRAPHICS, 0x10000), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_io_ports_out32(SLOT_IO_PORTS, PCI_ADDRESS, 1ull << 32), ERR_BAD_ARG);
}

TEST(ports_narrow, "mint gives some of the ports, and none that were not there")
{
	cptr_t some = part_of(SLOT_IO_PORTS, RW, range(0x60, 0x7f)), slot = slot_new();
	const word_t wrong[] = { range(0x5f, 0x7f), range(0x60, 0x80),
				 range(0x61, 0x60), range(0x60, 0x7f) | 1ull << 32,
				 range(0x80, 0x90), 0x60 };

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		EXPECT_STATUS(kozo_cnode_mint(SLOT_CNODE, slot, SLOT_CNODE, some, RW, wrong[i]),
			      ERR_BAD_ARG);
	EXPECT(describe(part_of(some, RIGHT_READ, 0)).badge, range(0x60, 0x7f));
	EXPECT(describe(part_of(some, RIGHT_READ, range(0x7f, 0x7f))).badge, range(0x7f, 0x7f));
}

TEST(io_space, "an IoSpace says that there is no driver for an IOMMU")
{
	EXPECT_STATUS(kozo_io_space_map(SLOT_IO_SPACE, 0, 0, 0), ERR_NO_IOMMU);
	EXPECT_STATUS(kozo_io_space_unmap(SLOT_IO_SPACE, 0, 0), ERR_NO_IOMMU);
}

/* --- the kernel's own serial port ----------------------------------------------------- */

void serial_crash(void)
{
	enum { COM1_STATUS = 0x3fd };
	word_t value;

	kozo_printf("the serial port is free\n");
	NEED(kozo_io_ports_in8(SLOT_IO_PORTS, COM1_STATUS - 8, &value)); /* another one */
	kozo_printf("it still is\n");
	NEED(kozo_io_ports_in8(SLOT_IO_PORTS, COM1_STATUS, &value));
	kozo_printf("it is taken\n");
	__builtin_trap();
}
