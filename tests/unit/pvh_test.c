/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * PVH boot information, good and bad, in a little physical memory of our own.
 * What the reader asks for is copied to a heap block of exactly that size, so
 * that the address sanitizer sees any read beyond it.
 */
/* links: kernel/arch/x86_64/boot/pvh.c kernel/boot/memmap.c kernel/boot/copies.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/layout.h"
#include "memory.h"
#include "pvh.h"

enum { MAGIC = 0x336ec578, RAM = 1, RESERVED = 2, ACPI_TABLES = 3, ENTRIES_MAX = 1024 };

static const char out_of_reach[] = "the boot information is out of reach";
static const char bad_magic[] = "the boot information has the wrong magic number";
static const char no_map[] = "the boot loader passed no memory map";
static const char large_map[] = "the memory map has too many entries";
static const char far_map[] = "the memory map is out of reach";
static const char far_modules[] = "the list of modules is out of reach";
static const char far_module[] = "the module is out of reach";
static const char far_command_line[] = "the command line is out of reach";

static struct boot boot; /* what was read */

/* ---- physical memory ---- */

enum { SIZE = 0x8000 };

static uint8_t memory[SIZE];
static size_t reach; /* of the memory, how much there is */

enum { BLOCKS_MAX = 8 };

static void *block[BLOCKS_MAX]; /* what was asked for */
static unsigned blocks;

const void *boot_physical(paddr_t address, uint64_t bytes)
{
	void *copy;

	if (address > reach || bytes > reach - address)
		return NULL;
	assert_true(blocks < BLOCKS_MAX);
	copy = malloc(bytes);
	assert_non_null(copy);
	block[blocks++] = copy;
	return memcpy(copy, memory + address, bytes);
}

static void put(paddr_t address, const void *data, size_t bytes)
{
	assert_true(address + bytes <= SIZE);
	memcpy(memory + address, data, bytes);
}

/* ---- the layouts (Xen, public/arch-x86/hvm/start_info.h) ---- */

struct hvm_start_info {
	uint32_t magic, version, flags, module_count;
	uint64_t modules, command_line, rsdp, memory_map;
	uint32_t memory_map_entries, reserved;
};

struct module {
	uint64_t address, bytes, command_line, reserved;
};

struct entry {
	uint64_t address, bytes;
	uint32_t type, reserved;
};

enum {
	START = 0x10,
	RSDP = 0x80,
	MODULES = 0x100,
	MAP = 0x200,
	TEXT = 0x6400,
};

#define GOOD \
	.magic = MAGIC, .version = 1, .module_count = 1, .modules = MODULES, .command_line = TEXT, \
	.rsdp = RSDP, .memory_map = MAP, .memory_map_entries = 5

static const struct hvm_start_info good = { GOOD };

static const uint8_t rsdp[RSDP_BYTES] = "RSD PTR and what follows it";

static const struct module modules[] = {
	{ 0x7000000, 0x80123, 0, 0 },
	{ 0x1000000, 0x1000, 0, 0 },
};

static const struct entry entries[] = {
	{ 0, 0x9fc00, RAM, 0 },
	{ 0x9fc00, 0x400, RESERVED, 0 },
	{ 0xf0000, 0x10000, RESERVED, 0 },
	{ 0x100000, 0x7ee0000, RAM, 0 },
	{ 0x7fe0000, 0x20000, ACPI_TABLES, 0 },
};

static const struct memory_range ranges[] = { { 0, 0x9f000 }, { 0x100000, 0x7fe0000 } };

static void make(const struct hvm_start_info *s)
{
	memset(memory, 0, sizeof(memory));
	memset(memory, 0xee, START); /* at address 0 is something, but nothing that is meant */
	reach = SIZE;
	put(START, s, sizeof(*s));
	put(RSDP, rsdp, sizeof(rsdp));
	put(MODULES, modules, sizeof(modules));
	put(MAP, entries, sizeof(entries));
	put(TEXT, "log=2 quiet", sizeof("log=2 quiet"));
}

/* ---- reading ---- */

static void forget_blocks(void)
{
	while (blocks > 0)
		free(block[--blocks]);
}

static int teardown(void **state)
{
	(void)state;
	forget_blocks();
	return 0;
}

static const char *read_at(paddr_t address)
{
	const char *problem;

	memset(&boot, 0, sizeof(boot));
	problem = pvh_read(&boot, address);
	forget_blocks();
	return problem;
}

static void assert_problem(const char *problem, const char *want)
{
	assert_string_equal(problem ? problem : "none", want ? want : "none");
}

static void assert_reads(const struct hvm_start_info *s, const char *want)
{
	make(s);
	assert_problem(read_at(START), want);
}

static void assert_ram(const struct memory_range *want, unsigned count)
{
	assert_int_equal(boot.ram.count, count);
	assert_memory_equal(boot.ram.range, want, count * sizeof(*want));
}

/* Read a memory map of these entries. */
static void read_map(const struct entry *map, uint32_t count)
{
	struct hvm_start_info s = good;

	s.memory_map_entries = count;
	make(&s);
	put(MAP, map, count * sizeof(*map));
	assert_null(read_at(START));
}

static void what_the_boot_loader_says_is_taken_over(void **state)
{
	(void)state;
	assert_reads(&good, NULL);
	assert_string_equal(boot.command_line, "log=2 quiet");
	assert_int_equal(boot.initrd, 0x7000000);
	assert_int_equal(boot.initrd_bytes, 0x80123);
	assert_ram(ranges, 2);
	assert_int_equal(boot.rsdp_bytes, sizeof(rsdp));
	assert_memory_equal(boot.rsdp, rsdp, sizeof(rsdp));
	assert_int_equal(boot.framebuffer.address, 0);
}

/* One change each. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const struct {
	struct hvm_start_info s;
	const char *problem;
} cases[] = {
	{ { GOOD }, NULL },
	{ { GOOD, .magic = 0 }, bad_magic },
	{ { GOOD, .magic = MAGIC + 1 }, bad_magic },
	{ { GOOD, .magic = 0xffffffff }, bad_magic },
	{ { GOOD, .version = 0 }, no_map },
	{ { GOOD, .version = 2 }, NULL },
	{ { GOOD, .memory_map_entries = 0 }, no_map },
	{ { GOOD, .memory_map_entries = ENTRIES_MAX }, NULL },
	{ { GOOD, .memory_map_entries = ENTRIES_MAX + 1 }, large_map },
	{ { GOOD, .memory_map_entries = 0x0aaaaaab }, large_map }, /* 8 bytes, in 32 bits */
	{ { GOOD, .memory_map_entries = 0xffffffff }, large_map },
	{ { GOOD, .memory_map = SIZE - 5 * 24 }, NULL },
	{ { GOOD, .memory_map = SIZE - 5 * 24 + 1 }, far_map },
	{ { GOOD, .memory_map = UINT64_MAX }, far_map },
	{ { GOOD, .module_count = 0 }, NULL },
	{ { GOOD, .module_count = 0, .modules = 0 }, NULL },
	{ { GOOD, .module_count = 2 }, NULL },
	{ { GOOD, .module_count = 0xffffffff }, NULL }, /* only the first is looked at */
	{ { GOOD, .modules = SIZE - 32 }, NULL },
	{ { GOOD, .modules = SIZE - 31 }, far_modules },
	{ { GOOD, .modules = UINT64_MAX }, far_modules },
	{ { GOOD, .command_line = 0 }, NULL },
	{ { GOOD, .command_line = SIZE - COMMAND_LINE_MAX }, NULL },
	{ { GOOD, .command_line = SIZE - (COMMAND_LINE_MAX - 1) }, far_command_line },
	{ { GOOD, .command_line = UINT64_MAX }, far_command_line },
};
#pragma GCC diagnostic pop

static void what_is_wrong_or_out_of_reach_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_reads(&cases[i].s, cases[i].problem);
}

static void boot_information_out_of_reach_is_refused(void **state)
{
	static const paddr_t addresses[] = { SIZE - sizeof(good) + 1, SIZE, UINT64_MAX };

	(void)state;
	make(&good);
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		assert_problem(read_at(addresses[i]), out_of_reach);
	put(SIZE - sizeof(good), &good, sizeof(good));
	assert_problem(read_at(SIZE - sizeof(good)), NULL);
}

/* Its parts lie in the order in which they are read, but for the modules. */
static void memory_that_merely_stops_is_refused(void **state)
{
	static const struct {
		size_t end; /* of the part, from the base */
		const char *problem;
	} parts[] = {
		{ START + sizeof(good), out_of_reach },
		{ MAP + sizeof(entries), far_map },
		{ TEXT + COMMAND_LINE_MAX, far_command_line },
		{ SIZE + 1, NULL },
	};
	size_t part = 0;

	(void)state;
	make(&good);
	for (reach = 0; reach <= SIZE; reach++) {
		while (reach >= parts[part].end)
			part++;
		assert_problem(read_at(START), parts[part].problem);
	}
}

static void the_first_module_is_the_initrd_if_it_can_be_reached(void **state)
{
	/* clang-format off */
	static const struct {
		uint64_t address, bytes;
		const char *problem;
	} rows[] = {
		{ 0,		       0,		  NULL },
		{ 0x1000,	       1,		  NULL },
		{ PHYS_MAX - 0x1000,   0x1000,		  NULL },
		{ PHYS_MAX - 0x1000,   0x1001,		  far_module },
		{ PHYS_MAX - 0xfff,    0x1000,		  far_module },
		{ 0,		       PHYS_MAX,	  NULL },
		{ 1,		       PHYS_MAX,	  far_module },
		{ 0,		       PHYS_MAX + 1,	  far_module },
		{ PHYS_MAX,	       1,		  far_module },
		{ UINT64_MAX,	       1,		  far_module },
		{ UINT64_MAX - 0xfff,  0x2000,		  far_module },
		{ 0x2000,	       UINT64_MAX - 0xfff, far_module },
		{ UINT64_MAX,	       UINT64_MAX,	  far_module },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct module m = { rows[i].address, rows[i].bytes, 0, 0 };

		make(&good);
		put(MODULES, &m, sizeof(m));
		assert_problem(read_at(START), rows[i].problem);
		assert_int_equal(boot.initrd, rows[i].problem ? 0 : rows[i].address);
		assert_int_equal(boot.initrd_bytes, rows[i].problem ? 0 : rows[i].bytes);
	}
}

static void without_a_module_there_is_no_initrd(void **state)
{
	struct hvm_start_info s = good;

	(void)state;
	s.module_count = 0;
	assert_reads(&s, NULL);
	assert_int_equal(boot.initrd_bytes, 0);
}

static void without_an_address_there_is_no_command_line(void **state)
{
	struct hvm_start_info s = good;

	(void)state;
	s.command_line = 0;
	assert_reads(&s, NULL);
	assert_string_equal(boot.command_line, "");
}

static void without_a_root_pointer_within_reach_there_is_no_acpi(void **state)
{
	static const struct {
		paddr_t rsdp;
		size_t bytes;
	} rows[] = {
		{ 0, 0 },
		{ SIZE - RSDP_BYTES, RSDP_BYTES },
		{ SIZE - RSDP_BYTES + 1, 0 },
		{ UINT64_MAX, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hvm_start_info s = good;

		s.rsdp = rows[i].rsdp;
		assert_reads(&s, NULL);
		assert_int_equal(boot.rsdp_bytes, rows[i].bytes);
	}
}

static void pages_that_any_entry_calls_unusable_are_left_out(void **state)
{
	/* Unsorted, overlapping, and with an end beyond the last address. */
	static const struct entry mixed[] = {
		{ 0x7fe0000, 0x20000, RESERVED, 0 },
		{ 0x500800, 1, 5, 0 },
		{ 0x100000, 0x800000, RAM, 0 },
		{ 0x700000, 0x800000, RAM, 0 },
		{ 0xe00000, UINT64_MAX, 0, 0 },
		{ 0x200000, 0, RESERVED, 0 },
		{ 0xf00000, 0x8000000, RAM, 0 },
		{ 0x300000, 0x1000, 0xffffffff, 0 },
		{ 0, 0x1fff, RAM, 0 },
	};
	static const struct memory_range want[] = {
		{ 0, 0x1000 },
		{ 0x100000, 0x300000 },
		{ 0x301000, 0x500000 },
		{ 0x501000, 0xe00000 },
	};

	(void)state;
	read_map(mixed, ARRAY_SIZE(mixed));
	assert_ram(want, ARRAY_SIZE(want));
}

/* More than a set has ranges: they must not take the place of RAM. */
static void unusable_entries_do_not_crowd_out_ram(void **state)
{
	enum { HOLES = MEMMAP_RANGES + 1 };
	static struct entry map[HOLES + 1];
	static const struct memory_range want = { 0x1000, 0x9000 };

	(void)state;
	for (unsigned i = 0; i < HOLES; i++)
		map[i] = (struct entry){ 0x100000 + i * 0x10000, 0x1000, RESERVED, 0 };
	map[HOLES] = (struct entry){ 0x1000, 0x8000, RAM, 0 };
	read_map(map, ARRAY_SIZE(map));
	assert_ram(&want, 1);
}

static void memory_that_the_kernel_cannot_name_is_left_out_and_noticed(void **state)
{
	static const struct entry high[] = {
		{ PHYS_MAX - 0x1000, 0x2000, RAM, 0 },
		{ PHYS_MAX + 0x100000, 0x100000, RAM, 0 },
		{ UINT64_MAX - 0xfff, 0x1000, RAM, 0 },
		{ UINT64_MAX, UINT64_MAX, RAM, 0 },
	};
	static const struct memory_range want = { PHYS_MAX - 0x1000, PHYS_MAX };

	(void)state;
	read_map(high, ARRAY_SIZE(high));
	assert_ram(&want, 1);
	for (size_t i = 0; i < ARRAY_SIZE(high); i++) {
		read_map(&high[i], 1);
		assert_true(boot.more_memory);
	}
}

static void all_memory_that_can_be_named_is_not_more(void **state)
{
	static const struct entry low[] = {
		{ 0, PHYS_MAX, RAM, 0 },
		{ PHYS_MAX - 1, 1, RAM, 0 },
		{ PHYS_MAX, 0, RAM, 0 },
		{ PHYS_MAX, 0x1000, RESERVED, 0 },
	};

	(void)state;
	read_map(low, ARRAY_SIZE(low));
	assert_false(boot.more_memory);
}

static void every_entry_of_the_largest_map_counts(void **state)
{
	static struct entry map[ENTRIES_MAX];
	static const struct memory_range want = { 0, ENTRIES_MAX * 0x1000 };

	(void)state;
	for (unsigned i = 0; i < ENTRIES_MAX; i++)
		map[i] = (struct entry){ i * 0x1000, 0x1000, RAM, 0 };
	read_map(map, ENTRIES_MAX);
	assert_ram(&want, 1);
}

static void a_command_line_is_cut_to_what_we_keep(void **state)
{
	enum { KEPT = COMMAND_LINE_MAX - 1 };
	static const size_t lengths[] = { 0, 1, KEPT - 1, KEPT, KEPT + 1, 4 * KEPT };
	static char text[4 * KEPT + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		size_t kept = lengths[i] < KEPT ? lengths[i] : KEPT;

		memset(text, 'x', lengths[i]);
		text[lengths[i]] = '\0';
		make(&good);
		put(TEXT, text, lengths[i] + 1);
		assert_null(read_at(START));
		assert_int_equal(strlen(boot.command_line), kept);
		assert_memory_equal(boot.command_line, text, kept);
		assert_int_equal(boot.command_line_is_cut, lengths[i] > KEPT);
	}
}

/* Whatever it says: nothing outside is read, and the set is a set. */
static void a_flipped_bit_does_no_harm(void **state)
{
	(void)state;
	make(&good);
	for (unsigned bit = 0; bit < (MAP + sizeof(entries)) * 8; bit++) {
		uint8_t flip = (uint8_t)(1 << bit % 8);

		memory[bit / 8] ^= flip;
		read_at(START);
		assert_true(boot.ram.count <= MEMMAP_RANGES);
		for (unsigned i = 0; i < boot.ram.count; i++)
			assert_true(boot.ram.range[i].start < boot.ram.range[i].end &&
				    boot.ram.range[i].end <= PHYS_MAX);
		assert_true(boot.initrd_bytes <= PHYS_MAX);
		memory[bit / 8] ^= flip;
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_boot_loader_says_is_taken_over),
		TEST(what_is_wrong_or_out_of_reach_is_refused),
		TEST(boot_information_out_of_reach_is_refused),
		TEST(memory_that_merely_stops_is_refused),
		TEST(the_first_module_is_the_initrd_if_it_can_be_reached),
		TEST(without_a_module_there_is_no_initrd),
		TEST(without_an_address_there_is_no_command_line),
		TEST(without_a_root_pointer_within_reach_there_is_no_acpi),
		TEST(pages_that_any_entry_calls_unusable_are_left_out),
		TEST(unusable_entries_do_not_crowd_out_ram),
		TEST(memory_that_the_kernel_cannot_name_is_left_out_and_noticed),
		TEST(all_memory_that_can_be_named_is_not_more),
		TEST(every_entry_of_the_largest_map_counts),
		TEST(a_command_line_is_cut_to_what_we_keep),
		TEST(a_flipped_bit_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
