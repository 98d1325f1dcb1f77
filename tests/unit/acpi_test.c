/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * ACPI tables, good and bad, in a little physical memory of our own. What the
 * reader asks for is copied to a heap block of exactly that size, so that the
 * address sanitizer sees any read beyond it.
 */
/* links: kernel/arch/x86_64/boot/acpi.c kernel/boot/copies.c kernel/boot/memmap.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "acpi.h"
#include "memory.h"

/* --- physical memory ---------------------------------------------------------- */

enum { MEMORY_BYTES = 0x1000, BLOCKS_MAX = 64 };

static uint8_t memory[MEMORY_BYTES];
static size_t reach;		/* of the memory, how much there is */
static void *block[BLOCKS_MAX]; /* what was asked for */
static unsigned blocks;

/* Far above it stands one table more, with zeros behind what is said to be there. */
enum { HUGE = 0x10000000, HUGE_MOST = 16 << 20 };

static uint8_t huge[64];

const void *boot_physical(paddr_t address, uint64_t bytes)
{
	if (address == HUGE && bytes <= HUGE_MOST + 1) {
		block[blocks] = calloc(1, HUGE_MOST + 1);
		assert_non_null(block[blocks]);
		return memcpy(block[blocks++], huge, sizeof(huge));
	}
	if (address >= reach || bytes > reach - address)
		return NULL;
	assert_true(blocks < BLOCKS_MAX);
	block[blocks] = malloc(bytes ? bytes : 1);
	assert_non_null(block[blocks]);
	return memcpy(block[blocks++], memory + address, bytes);
}

static void set(size_t at, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++)
		memory[at + i] = (uint8_t)(value >> 8 * i);
}

/* --- tables -------------------------------------------------------------------- */

enum {
	RSDP_RSDT = 16,
	RSDP_XSDT = 24,
	LIST = 0x100,
	NEW_LIST = 0x180,
	FIRST = 0x200, /* of the tables that the list has, TABLE_ROOM apart */
	TABLE_ROOM = 0x100,
	DSDT = 0x800,

	HEADER_BYTES = 36, /* of any table */
	LENGTH = 4,
	SUM = 9,

	FADT_BYTES = 116, /* and where its fields are */
	FADT_DSDT = 40,
	FADT_PM1A = 64,
	FADT_PM1B = 68,
	FADT_SMI = 48,
	FADT_FLAGS = 112,
	FADT_X_DSDT = 140,
	FADT_NEW_BYTES = 148,
	HARDWARE_REDUCED = 1 << 20,

	MADT_ENTRIES = 44,

	PORT = 0x604,
	SLEEP_5 = 5 << 10 | 1 << 13,
};

/* The package of sleep types, both 5. */
static const uint8_t s5[] = { 8, '_', 'S', '5', '_', 0x12, 6, 4, 0x0a, 5, 0x0a, 5, 0, 0 };

static struct boot boot;

static void make_sum(size_t at, size_t bytes, size_t sum_at)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < bytes; i++)
		sum = (uint8_t)(sum + memory[at + i]);
	memory[at + sum_at] = (uint8_t)(memory[at + sum_at] - sum);
}

/* Its body is there already. */
static void make_table(size_t at, const char *signature, uint32_t bytes)
{
	memcpy(memory + at, signature, 4);
	set(at + LENGTH, 4, bytes);
	memory[at + SUM] = 0;
	make_sum(at, bytes, SUM);
}

static void make_fadt(size_t at, uint32_t dsdt, uint16_t port)
{
	set(at + FADT_DSDT, 4, dsdt);
	set(at + FADT_PM1A, 4, port);
	make_table(at, "FACP", FADT_BYTES);
}

static void make_dsdt(const void *aml, size_t bytes)
{
	memcpy(memory + DSDT + HEADER_BYTES, aml, bytes);
	make_table(DSDT, "DSDT", (uint32_t)(HEADER_BYTES + bytes));
}

static void make_madt(size_t at, const void *entries, size_t bytes)
{
	memcpy(memory + at + MADT_ENTRIES, entries, bytes);
	make_table(at, "APIC", (uint32_t)(MADT_ENTRIES + bytes));
}

/* The RSDP and the list of so many tables. */
static void make_list(unsigned tables)
{
	for (unsigned i = 0; i < tables; i++)
		set(LIST + HEADER_BYTES + 4 * i, 4, FIRST + i * TABLE_ROOM);
	make_table(LIST, "RSDT", HEADER_BYTES + 4 * tables);

	memcpy(memory, "RSD PTR ", 8);
	set(RSDP_RSDT, 4, LIST);
	make_sum(0, 20, 8);
	boot_set_rsdp(&boot, memory, 20);
}

/* The same as ACPI 2 has it, 64 bits wide. There is an old list of no tables too. */
static void make_new_list(unsigned tables)
{
	for (unsigned i = 0; i < tables; i++)
		set(NEW_LIST + HEADER_BYTES + 8 * i, 8, FIRST + i * TABLE_ROOM);
	make_table(NEW_LIST, "XSDT", HEADER_BYTES + 8 * tables);
	memory[15] = 2; /* the revision */
	set(RSDP_XSDT, 8, NEW_LIST);
	make_list(0);
	make_sum(0, RSDP_BYTES, 32);
	boot_set_rsdp(&boot, memory, RSDP_BYTES);
}

static const uint8_t processor[] = { 0, 8, 0, 0, 1, 0, 0, 0 };

/* A FADT with its DSDT, and a MADT: all there is to know. */
static void make_all(void)
{
	make_fadt(FIRST, DSDT, PORT);
	make_dsdt(s5, sizeof(s5));
	make_madt(FIRST + TABLE_ROOM, processor, sizeof(processor));
}

static int setup(void **state)
{
	(void)state;
	memset(memory, 0, sizeof(memory));
	memset(&boot, 0, sizeof(boot));
	reach = MEMORY_BYTES;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	while (blocks)
		free(block[--blocks]);
	return 0;
}

static void expect_power_off(const struct acpi *a, uint16_t sleep)
{
	assert_true(a->power_off);
	assert_int_equal(a->pm1a_control, PORT);
	assert_int_equal(a->sleep_a, sleep);
	assert_int_equal(a->sleep_b, sleep);
}

/* --- how the machine is turned off ----------------------------------------------- */

static void finds_how_to_turn_the_machine_off(void **state)
{
	struct acpi a = { 0 };

	(void)state;
	make_fadt(FIRST, DSDT, PORT);
	make_dsdt(s5, sizeof(s5));
	make_list(1);
	assert_null(acpi_read(&a, &boot));
	expect_power_off(&a, SLEEP_5);
	assert_int_equal(a.processors, 0);
}

/* Both addresses may be there, and the longer one counts. */
static void follows_the_longer_address_of_the_dsdt(void **state)
{
	static const struct {
		uint64_t address;
		bool good;
	} rows[] = { { DSDT, true }, { 0, false }, { 1ull << 32 | DSDT, false } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct acpi a = { 0 };

		setup(state);
		set(FIRST + FADT_X_DSDT, 8, rows[i].address);
		set(FIRST + FADT_PM1A, 4, PORT);
		make_table(FIRST, "FACP", FADT_NEW_BYTES);
		make_dsdt(s5, sizeof(s5));
		make_list(1);
		assert_int_equal(!acpi_read(&a, &boot), rows[i].good);
		assert_int_equal(a.power_off, rows[i].good);
		teardown(state);
	}
}

/* Its low half may be a port that is somebody else's. */
static void takes_no_number_for_a_port_that_cannot_be_one(void **state)
{
	static const struct {
		size_t at;
		uint32_t port;
		uint16_t pm1a, pm1b, smi;
	} rows[] = {
		{ FADT_PM1A, 0x10604, 0, 0, 0 },	{ FADT_PM1A, 0xffff, 0xffff, 0, 0 },
		{ FADT_PM1B, 0x1004, PORT, 0x1004, 0 }, { FADT_PM1B, 0x11004, PORT, 0, 0 },
		{ FADT_SMI, 0xb2, PORT, 0, 0xb2 },	{ FADT_SMI, 0x800000b2, PORT, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct acpi a = { 0 };

		setup(state);
		make_all();
		set(FIRST + rows[i].at, 4, rows[i].port);
		make_table(FIRST, "FACP", FADT_BYTES);
		make_list(1);
		acpi_read(&a, &boot);
		assert_int_equal(a.power_off, rows[i].pm1a != 0);
		assert_int_equal(a.pm1a_control, rows[i].pm1a);
		assert_int_equal(a.pm1b_control, rows[i].pm1b);
		assert_int_equal(a.smi_command, rows[i].smi);
		teardown(state);
	}
}

/* Every length that cuts it off, with a checksum that is good for it. */
static void believes_no_table_that_is_cut(void **state)
{
	for (uint32_t bytes = HEADER_BYTES; bytes < FADT_BYTES; bytes++) {
		struct acpi a = { 0 };

		setup(state);
		make_all();
		make_table(FIRST, "FACP", bytes);
		make_list(1);
		assert_string_equal(acpi_read(&a, &boot), "the FADT is too short");
		assert_false(a.power_off);
		teardown(state);
	}
}

static void says_nothing_for_a_machine_without_these_registers(void **state)
{
	struct acpi a = { 0 };

	(void)state;
	set(FIRST + FADT_FLAGS, 4, HARDWARE_REDUCED);
	make_fadt(FIRST, DSDT, PORT);
	make_list(1);
	assert_null(acpi_read(&a, &boot));
	assert_false(a.power_off);
}

/* Cut anywhere before its second number, the package says nothing. */
static void believes_no_package_that_is_cut(void **state)
{
	(void)state;
	for (size_t bytes = 0; bytes < sizeof(s5) - 2; bytes++) {
		struct acpi a = { 0 };

		setup(NULL);
		make_fadt(FIRST, DSDT, PORT);
		make_dsdt(s5, bytes);
		make_list(1);
		assert_non_null(acpi_read(&a, &boot));
		assert_false(a.power_off);
		teardown(NULL);
	}
}

/* What a table says counts whole or not at all. */
static void keeps_what_an_earlier_table_said(void **state)
{
	static const struct {
		uint32_t dsdt;
		uint16_t port;
	} later[] = { { DSDT, 0 }, { 0, 0x99 }, { FIRST, 0x99 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(later); i++) {
		struct acpi a = { 0 };

		setup(NULL);
		make_fadt(FIRST, DSDT, PORT);
		make_fadt(FIRST + TABLE_ROOM, later[i].dsdt, later[i].port);
		make_dsdt(s5, sizeof(s5));
		make_list(2);
		(void)acpi_read(&a, &boot);
		expect_power_off(&a, SLEEP_5);
		teardown(NULL);
	}
}

/* --- how many processors there are ------------------------------------------------- */

static void counts_enabled_processors(void **state)
{
	static const uint8_t entries[] = {
		0, 8,  0, 0, 1, 0, 0, 0,			 /* enabled */
		0, 8,  1, 1, 0, 0, 0, 0,			 /* could be enabled later */
		1, 12, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0,		 /* an I/O APIC */
		9, 16, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, /* enabled */
	};
	struct acpi a = { 0 };

	(void)state;
	make_madt(FIRST, entries, sizeof(entries));
	make_list(1);
	assert_null(acpi_read(&a, &boot));
	assert_int_equal(a.processors, 2);
}

static void refuses_an_entry_of_an_impossible_size(void **state)
{
	static const uint8_t sizes[] = { 0, 1, 9, 255 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes); i++) {
		uint8_t entry[8] = { 0, sizes[i], 0, 0, 1 };
		struct acpi a = { 0 };

		setup(NULL);
		make_madt(FIRST, entry, sizeof(entry));
		make_list(1);
		assert_non_null(acpi_read(&a, &boot));
		assert_int_equal(a.processors, 0);
		teardown(NULL);
	}
}

/* --- what is not for drivers -------------------------------------------------------- */

static void expect_withheld(const struct acpi *a, unsigned i, paddr_t start, uint64_t bytes)
{
	assert_true(i < a->withheld_count);
	assert_int_equal(a->withheld[i].start, start);
	assert_int_equal(a->withheld[i].end, start + bytes);
}

static void withholds_interrupt_controllers(void **state)
{
	static const uint8_t entries[] = {
		1, 12, 2, 0, 0, 0x10, 0xc0, 0xfe, 0,  0, 0, 0, /* an I/O APIC */
		5, 12, 0, 0, 0, 0,    0xe1, 0xfe, 1,  0, 0, 0, /* where the local ones are */
		1, 12, 3, 0, 0, 0,    0,    0,	  24, 0, 0, 0, /* one at no address */
	};
	struct acpi a = { 0 };

	(void)state;
	set(FIRST + 36, 4, 0xfee00000);
	make_madt(FIRST, entries, sizeof(entries));
	make_list(1);
	assert_null(acpi_read(&a, &boot));
	assert_int_equal(a.withheld_count, 3);
	expect_withheld(&a, 0, 0xfee00000, 0x1000);
	expect_withheld(&a, 1, 0xfec01000, 0x1000);
	expect_withheld(&a, 2, 0x1fee10000, 0x1000);
	assert_false(a.withhold_all);
}

enum { UNITS = 48 };

/* A table with a list of units, of which these bytes are. */
static void make_units(const char *signature, const void *units, size_t bytes)
{
	memcpy(memory + FIRST + UNITS, units, bytes);
	make_table(FIRST, signature, (uint32_t)(UNITS + bytes));
	make_list(1);
}

static void withholds_iommus_of_intel(void **state)
{
	static const uint8_t units[] = {
		0,    0,    16,	  0,	1, 0, 0, 0, 0, 0, 0xd9, 0xfe, 0, 0, 0, 0, /* one page */
		1,    0,    24,	  0,	0, 0, 0, 0, 0, 0, 0xe0, 0x7a, 0, 0, 0, 0,
		0xff, 0xff, 0xff, 0x7a, 0, 0, 0, 0, /* memory, no unit */
		0,    0,    16,	  0,	0, 2, 0, 0, 0, 0, 0xda, 0xfe, 3, 0, 0, 0, /* four pages */
	};
	struct acpi a = { 0 };

	(void)state;
	make_units("DMAR", units, sizeof(units));
	assert_null(acpi_read(&a, &boot));
	assert_int_equal(a.withheld_count, 2);
	expect_withheld(&a, 0, 0xfed90000, 0x1000);
	expect_withheld(&a, 1, 0x3feda0000, 0x4000);
}

static void withholds_iommus_of_amd(void **state)
{
	static const uint8_t types[] = { 0x10, 0x11, 0x40, 0x20 };

	for (size_t i = 0; i < sizeof(types); i++) {
		uint8_t unit[24] = { types[i], 0, 24, 0, 2, 0, 0x40, 0, 0, 0, 0xf8, 0xfe };
		struct acpi a = { 0 };

		setup(state);
		make_units("IVRS", unit, sizeof(unit));
		assert_null(acpi_read(&a, &boot));
		assert_int_equal(a.withheld_count, types[i] != 0x20);
		if (a.withheld_count)
			expect_withheld(&a, 0, 0xfef80000, 0x80000);
		teardown(state);
	}
}

static void withholds_the_hpet(void **state)
{
	struct acpi a = { 0 };

	(void)state;
	set(FIRST + 44, 8, 0xfed00000);
	make_table(FIRST, "HPET", 56);
	make_list(1);
	assert_null(acpi_read(&a, &boot));
	expect_withheld(&a, 0, 0xfed00000, 0x1000);
}

/* Better no driver than one that reads everything. */
static void finds_the_hpet_if_it_is_in_memory(void **state)
{
	(void)state;
	for (unsigned space = 0; space < 2; space++) {
		struct acpi a = { 0 };

		setup(NULL);
		memory[FIRST + 40] = (uint8_t)space;
		set(FIRST + 44, 8, 0xfed00000);
		make_table(FIRST, "HPET", 56);
		make_list(1);
		assert_null(acpi_read(&a, &boot));
		assert_int_equal(a.hpet, space ? 0 : 0xfed00000);
		assert_int_equal(a.withheld_count, 1);
		teardown(NULL);
	}
}

static void finds_the_acpi_timer(void **state)
{
	static const struct {
		uint32_t port, flags;
		uint8_t bytes;
		uint16_t want;
	} rows[] = { { 0x608, 0, 4, 0x608 },
		     { 0x608, 1 << 8, 4, 0x608 },
		     { 0x608, 0, 0, 0 },
		     { 0x608, 0, 2, 0 },
		     { 0x10608, 0, 4, 0 },
		     { 0, 0, 4, 0 },
		     { 0x608, HARDWARE_REDUCED, 4, 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct acpi a = { 0 };

		setup(NULL);
		set(FIRST + 76, 4, rows[i].port);
		memory[FIRST + 91] = rows[i].bytes;
		set(FIRST + FADT_FLAGS, 4, rows[i].flags);
		make_fadt(FIRST, 0, 0); /* without a DSDT, which it does not need */
		make_list(1);
		assert_int_equal(!acpi_read(&a, &boot), rows[i].flags == HARDWARE_REDUCED);
		assert_int_equal(a.timer_port, rows[i].want);
		assert_int_equal(a.timer_is_32_bits, rows[i].flags == 1 << 8);
		teardown(NULL);
	}
}

static void finds_where_lines_arrive(void **state)
{
	/* clang-format off */
	static const uint8_t entries[] = {
		1, 12, 7, 0, 0x00, 0x00, 0xc0, 0xfe, 0, 0, 0, 0,
		1, 12, 8, 0, 0x00, 0x10, 0xc0, 0xfe, 24, 0, 0, 0,
		1, 12, 9, 0, 0, 0, 0, 0, 48, 0, 0, 0,	/* nowhere */
		2, 10, 0, 0, 2, 0, 0, 0, 0, 0,		/* as the bus has it */
		2, 10, 0, 9, 20, 0, 0, 0, 0x0f, 0,	/* level, low */
		2, 10, 0, 5, 5, 0, 0, 0, 0x05, 0,	/* edge, high */
		2, 10, 0, 16, 1, 0, 0, 0, 0x0f, 0,	/* of no such bus */
	};
	/* clang-format on */
	struct acpi a = { 0 };

	(void)state;
	make_madt(FIRST, entries, sizeof(entries));
	make_list(1);
	assert_null(acpi_read(&a, &boot));
	assert_int_equal(a.io_apic_count, 2);
	assert_int_equal(a.io_apic[0].address, 0xfec00000);
	assert_int_equal(a.io_apic[0].first_line, 0);
	assert_int_equal(a.io_apic[1].address, 0xfec01000);
	assert_int_equal(a.io_apic[1].first_line, 24);
	for (unsigned i = 0; i < ISA_LINES; i++) {
		assert_int_equal(a.isa[i].number, i == 0 ? 2 : i == 9 ? 20 : i);
		assert_int_equal(a.isa[i].level, i == 9);
		assert_int_equal(a.isa[i].low, i == 9);
	}
}

static void keeps_as_many_io_apics_as_it_can(void **state)
{
	uint8_t entries[IO_APICS_MAX + 1][12] = { { 0 } };
	struct acpi a = { 0 };

	(void)state;
	for (unsigned i = 0; i <= IO_APICS_MAX; i++) {
		entries[i][0] = 1;
		entries[i][1] = 12;
		entries[i][7] = 0xfe;
	}
	make_madt(FIRST, entries, sizeof(entries));
	make_list(1);
	assert_null(acpi_read(&a, &boot));
	assert_int_equal(a.io_apic_count, IO_APICS_MAX);
	assert_int_equal(a.withheld_count, IO_APICS_MAX + 1);
}

static void withholds_all_if_in_doubt(void **state)
{
	static const char *const signatures[] = { "APIC", "HPET", "DMAR", "IVRS", "FACP", "SSDT" };
	static const uint8_t unit[16] = { 0, 0, 17, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(signatures); i++) {
		struct acpi a = { 0 };

		setup(state);
		make_units(signatures[i], unit, sizeof(unit));
		memory[FIRST + SUM]++;
		acpi_read(&a, &boot);
		assert_int_equal(a.withhold_all, i < 4);
		teardown(state);
	}
	for (size_t i = 2; i < 4; i++) {
		struct acpi a = { 0 };

		setup(state);
		make_units(signatures[i], unit, sizeof(unit));
		assert_non_null(acpi_read(&a, &boot));
		assert_true(a.withhold_all);
		teardown(state);
	}
}

static void withholds_all_if_a_list_cannot_be_read(void **state)
{
	struct acpi a = { 0 }, b = { 0 };

	(void)state;
	make_list(1);
	set(LIST + HEADER_BYTES, 4, MEMORY_BYTES);
	make_table(LIST, "RSDT", HEADER_BYTES + 4);
	assert_non_null(acpi_read(&a, &boot));
	assert_true(a.withhold_all);
	memory[LIST]++;
	assert_non_null(acpi_read(&b, &boot));
	assert_true(b.withhold_all);
}

static void withholds_all_if_there_is_too_much(void **state)
{
	for (unsigned more = 0; more < 2; more++) {
		static uint8_t units[(ACPI_WITHHELD_MAX + 1) * 16];
		struct acpi a = { 0 };

		setup(state);
		for (unsigned i = 0; i <= ACPI_WITHHELD_MAX; i++) {
			units[16 * i + 2] = 16;
			units[16 * i + 9] = 0x10;
		}
		make_units("DMAR", units, (ACPI_WITHHELD_MAX + more) * 16);
		assert_null(acpi_read(&a, &boot));
		assert_int_equal(a.withheld_count, ACPI_WITHHELD_MAX);
		assert_int_equal(a.withhold_all, more);
		teardown(state);
	}
}

/* --- the list of tables ------------------------------------------------------------- */

static void reads_the_new_list_rather_than_the_old(void **state)
{
	struct acpi a = { 0 };

	(void)state;
	make_all();
	make_new_list(2);
	assert_null(acpi_read(&a, &boot));
	expect_power_off(&a, SLEEP_5);
	assert_int_equal(a.processors, 1);
}

/* The old list names two tables, the new one none. */
static void reads_the_old_list_if_the_new_one_cannot_be_right(void **state)
{
	static const struct {
		size_t at; /* the byte that changes */
		bool sum;  /* and the RSDP's checksum follows */
		unsigned processors;
	} rows[] = {
		{ 0, true, 0 },		    /* nothing changes but a good checksum: the new one */
		{ 15, true, 1 },	    /* the revision */
		{ 33, false, 1 },	    /* the whole checksum */
		{ RSDP_XSDT, true, 1 },	    /* there is no table */
		{ RSDP_XSDT + 7, true, 1 }, /* nor can there be */
		{ NEW_LIST + SUM, false, 1 },
		{ NEW_LIST + LENGTH, false, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct acpi a = { 0 };

		setup(state);
		make_all();
		make_new_list(0);
		make_list(2);
		if (rows[i].at)
			memory[rows[i].at] = (uint8_t)(memory[rows[i].at] - 1);
		if (rows[i].sum) {
			make_sum(0, 20, 8);
			make_sum(0, RSDP_BYTES, 32);
		}
		boot_set_rsdp(&boot, memory, RSDP_BYTES);
		acpi_read(&a, &boot);
		if (a.processors != rows[i].processors)
			fail_msg("row %zu is wrong", i);
		teardown(state);
	}
}

/* What is left behind the last whole entry is none. */
static void counts_whole_entries_only(void **state)
{
	for (uint32_t bytes = HEADER_BYTES; bytes <= HEADER_BYTES + 16; bytes++) {
		struct acpi a = { 0 };

		setup(state);
		make_all();
		make_new_list(2);
		make_table(NEW_LIST, "XSDT", bytes);
		assert_null(acpi_read(&a, &boot));
		assert_int_equal(a.power_off, bytes >= HEADER_BYTES + 8);
		assert_int_equal(a.processors, bytes == HEADER_BYTES + 16);
		teardown(state);
	}
}

/* Two of a kind: the second is not even looked at, so that no list costs much. */
static void reads_each_table_once(void **state)
{
	struct acpi a = { 0 };

	(void)state;
	make_madt(FIRST, processor, sizeof(processor));
	make_madt(FIRST + TABLE_ROOM, processor, sizeof(processor));
	memory[FIRST + TABLE_ROOM + SUM]++;
	make_list(2);
	assert_null(acpi_read(&a, &boot));
	assert_int_equal(a.processors, 1);
}

static void a_list_that_names_itself_ends(void **state)
{
	struct acpi a = { 0 };

	(void)state;
	make_list(3);
	for (unsigned i = 0; i < 3; i++)
		set(LIST + HEADER_BYTES + 4 * i, 4, LIST);
	make_table(LIST, "RSDT", HEADER_BYTES + 4 * 3);
	assert_null(acpi_read(&a, &boot));
	assert_int_equal(a.processors, 0);
	assert_false(a.power_off);
}

/* --- tables that cannot be believed ------------------------------------------------- */

/* One byte is not what it was, or the table's size is not. */
static void refuses_a_table_that_is_damaged(void **state)
{
	static const uint32_t sizes[] = { 0, HEADER_BYTES - 1, MEMORY_BYTES, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(sizes); i++) {
		struct acpi a = { 0 };

		setup(NULL);
		make_madt(FIRST, processor, sizeof(processor));
		if (i < ARRAY_SIZE(sizes))
			set(FIRST + LENGTH, 4, sizes[i]);
		else
			memory[FIRST + MADT_ENTRIES]++;
		make_list(1);
		assert_non_null(acpi_read(&a, &boot));
		assert_int_equal(a.processors, 0);
		teardown(NULL);
	}
}

/* Whatever it leads to is good. */
static void refuses_an_rsdp_that_is_damaged(void **state)
{
	static const struct {
		size_t at; /* the byte that changes */
		bool sum;  /* and the checksum follows */
		size_t bytes;
	} rows[] = { { 0, true, 20 },	{ 7, true, 20 },  { 8, false, 20 }, { 12, false, 20 },
		     { 15, false, 36 }, { 12, true, 19 }, { 12, true, 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct acpi a = { 0 };

		setup(state);
		make_all();
		make_list(2);
		memory[rows[i].at]++;
		if (rows[i].sum)
			make_sum(0, 20, 8);
		boot_set_rsdp(&boot, memory, rows[i].bytes);
		if (!acpi_read(&a, &boot))
			fail_msg("row %zu was not refused", i);
		teardown(state);
	}
}

static void refuses_a_table_that_is_larger_than_any(void **state)
{
	(void)state;
	for (uint32_t bytes = HUGE_MOST; bytes <= HUGE_MOST + 1; bytes++) {
		struct acpi a = { 0 };

		make_fadt(FIRST, HUGE, PORT);
		make_dsdt(s5, sizeof(s5));
		set(DSDT + LENGTH, 4, bytes);
		memory[DSDT + SUM] = 0;
		make_sum(DSDT, sizeof(huge), SUM);
		memcpy(huge, memory + DSDT, sizeof(huge));
		make_list(1);
		assert_int_equal(!acpi_read(&a, &boot), bytes == HUGE_MOST);
		assert_int_equal(a.power_off, bytes == HUGE_MOST);
	}
}

/* Their parts lie in the order RSDP, lists, FADT, MADT, DSDT. */
static void memory_that_merely_stops_does_no_harm(void **state)
{
	const size_t madt_end = FIRST + TABLE_ROOM + MADT_ENTRIES + sizeof(processor);
	const size_t dsdt_end = DSDT + HEADER_BYTES + sizeof(s5);

	setup(state);
	make_all();
	make_new_list(2);
	make_list(2);
	boot_set_rsdp(&boot, memory, RSDP_BYTES);
	for (reach = 0; reach <= MEMORY_BYTES; reach++) {
		struct acpi a = { 0 };
		const char *problem = acpi_read(&a, &boot);

		assert_int_equal(!problem, reach >= dsdt_end);
		assert_int_equal(a.power_off, reach >= dsdt_end);
		assert_int_equal(a.processors, reach >= madt_end);
		teardown(state);
	}
}

/* Any bit of any part: what is found is what was said, or nothing. */
static void a_flipped_bit_is_noticed(void **state)
{
	for (size_t bit = 0; bit < 8 * MEMORY_BYTES; bit++) {
		struct acpi a = { 0 };

		setup(state);
		make_all();
		make_new_list(2);
		memory[bit / 8] ^= (uint8_t)(1 << bit % 8);
		boot_set_rsdp(&boot, memory, RSDP_BYTES);
		acpi_read(&a, &boot);
		assert_true(a.processors <= 1);
		if (a.power_off)
			expect_power_off(&a, SLEEP_5);
		teardown(state);
	}
}

static void does_without_any_table(void **state)
{
	struct acpi a = { 0 };

	(void)state;
	assert_non_null(acpi_read(&a, &boot));
	make_list(0);
	assert_null(acpi_read(&a, &boot));
	boot.rsdp[0] ^= 1;
	assert_non_null(acpi_read(&a, &boot));
	boot.rsdp_bytes = 19;
	assert_non_null(acpi_read(&a, &boot));
	assert_false(a.power_off);
	assert_true(a.withhold_all);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_how_to_turn_the_machine_off),
		TEST(follows_the_longer_address_of_the_dsdt),
		TEST(takes_no_number_for_a_port_that_cannot_be_one),
		TEST(believes_no_table_that_is_cut),
		TEST(says_nothing_for_a_machine_without_these_registers),
		TEST(believes_no_package_that_is_cut),
		TEST(keeps_what_an_earlier_table_said),
		TEST(counts_enabled_processors),
		TEST(refuses_an_entry_of_an_impossible_size),
		TEST(withholds_interrupt_controllers),
		TEST(withholds_iommus_of_intel),
		TEST(withholds_iommus_of_amd),
		TEST(withholds_the_hpet),
		TEST(finds_the_hpet_if_it_is_in_memory),
		TEST(finds_the_acpi_timer),
		TEST(finds_where_lines_arrive),
		TEST(keeps_as_many_io_apics_as_it_can),
		TEST(withholds_all_if_in_doubt),
		TEST(withholds_all_if_a_list_cannot_be_read),
		TEST(withholds_all_if_there_is_too_much),
		TEST(reads_the_new_list_rather_than_the_old),
		TEST(reads_the_old_list_if_the_new_one_cannot_be_right),
		TEST(counts_whole_entries_only),
		TEST(reads_each_table_once),
		TEST(a_list_that_names_itself_ends),
		TEST(refuses_a_table_that_is_damaged),
		TEST(refuses_an_rsdp_that_is_damaged),
		TEST(refuses_a_table_that_is_larger_than_any),
		TEST(memory_that_merely_stops_does_no_harm),
		TEST(a_flipped_bit_is_noticed),
		TEST(does_without_any_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
