/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* From the first line of C to the first thread. */
#include "../console_init.h"
#include "../processor.h"
#include "../power_init.h"
#include "acpi.h"
#include "arch/io.h"
#include "arch/layout.h"
#include "arch/msr.h"
#include "devices.h"
#include "../first_run.h"
#include "framebuffer.h"
#include "isolation.h"
#include "log.h"
#include "memory.h"
#include "multiboot2.h"
#include "pvh.h"
#include "san.h"
#include "string.h"
#include "tables.h"
#include "version.h"

#define VGA_TEXT 0xb8000

enum { PIC1 = 0x20, PIC2 = 0xa0, PIC_VECTORS = 32 };

_Noreturn void boot_entry(uint32_t magic, uint32_t info, uint64_t tsc);

static struct boot boot;
static struct acpi acpi;

/*
 * The legacy interrupt controllers must not interrupt: move their vectors out
 * of the exceptions' way, in case of a spurious one, and mask all lines.
 */
static void silence(uint16_t pic, uint8_t first_vector, uint8_t cascade)
{
	io_out8(pic, 0x11); /* initialise: four words */
	io_out8(pic + 1, first_vector);
	io_out8(pic + 1, cascade);
	io_out8(pic + 1, 0x01); /* 8086 mode */
	io_out8(pic + 1, 0xff);
}

/* Returns NULL, or in plain words what is wrong. */
static const char *read_boot_information(uint32_t magic, uint32_t info)
{
	if (magic == MULTIBOOT2_BOOT_MAGIC) {
		boot.route = ROUTE_MULTIBOOT2;
		return multiboot2_read(&boot, phys_to_virt(info), boot_physical_limit(info));
	}
	boot.route = ROUTE_PVH;
	return pvh_read(&boot, info);
}

static void say_memory(void)
{
	log_printf("boot: %s, %lu MiB of memory, initrd %lu KiB\n",
		   boot.route == ROUTE_PVH ? "PVH" : "multiboot2", boot.memory_bytes >> 20,
		   boot.initrd_bytes >> 10);
	if (boot.processors > 1)
		log_printf("boot: %u processors, of which KOZO uses one\n", boot.processors);
}

/* ACPI is a convenience: without it the machine runs, but cannot turn itself off. */
static void read_acpi(void)
{
	const char *problem = acpi_read(&acpi, &boot);

	if (problem)
		log_printf("boot: ACPI is used as far as it goes: %s\n", problem);
	if (acpi.power_off)
		power_use_acpi(&acpi);
	boot.processors = acpi.processors;
	memory_find_devices(&boot, &acpi);
}

_Noreturn void boot_entry(uint32_t magic, uint32_t info, uint64_t tsc)
{
	boot.entry_tsc = tsc;
	console_start();
	console_use_text(phys_to_virt(VGA_TEXT));
	processor_detect();
	if (processor.no_execute)
		msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_NO_EXECUTE);

	/* Before the first word, so that it appears on whatever screen there is. */
	const char *problem = read_boot_information(magic, info);
	const char *no_pixels = framebuffer_use(&boot);

	log_printf("KOZO %s (x86_64, abi %016llx)\n", KOZO_VERSION, KOZO_ABI_HASH);
	if (no_pixels)
		log_printf("boot: the boot loader's framebuffer is not used: %s\n", no_pixels);
	if (problem)
		boot_stop("%s", problem);
	if (boot.command_line_is_cut)
		log_printf("boot: the command line is too long: its first %u bytes count\n",
			   COMMAND_LINE_MAX - 1);
	if (!processor.no_execute)
		boot_stop("this processor has no NX (execute-disable), which isolation needs");
	silence(PIC1, PIC_VECTORS, 1 << 2); /* the second hangs on line 2 */
	silence(PIC2, PIC_VECTORS + 8, 2);
	isolation_choose(&boot);
	processor_start();

	memory_reserve(&boot);
	read_acpi();
	say_memory();
	processor_print();
	tables_build(&boot);
	isolation_build(&boot);
	devices_start(&boot, &acpi);
	san_start(&boot);
	boot_init(&boot);
	first_run();
}
