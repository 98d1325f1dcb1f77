/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Multiboot2 boot information, good and bad. It always lies in a heap block of
 * exactly its size, so that the address sanitizer sees any read beyond it.
 */
/* links: kernel/arch/x86_64/boot/multiboot2.c kernel/boot/memmap.c kernel/boot/copies.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/layout.h"
#include "multiboot2.h"

/* Specification 1.6, 3.6. */
enum {
	HEADER = 8,
	TAG = 8,
	END = 0,
	COMMAND_LINE = 1,
	LOADER_NAME = 2,
	MODULE = 3,
	MEMORY_MAP = 6,
	FRAMEBUFFER = 8,
	ACPI_OLD = 14,
	ACPI_NEW = 15,
};

enum { RAM = 1, RESERVED = 2, ACPI_TABLES = 3, BAD_RAM = 5 };

static const char out_of_reach[] = "the boot information is out of reach";
static const char bad_size[] = "the boot information has an impossible size";
static const char bad_tag[] = "a tag of the boot information has an impossible size";
static const char no_end[] = "the boot information has no end";
static const char short_module[] = "the module tag is too short";
static const char bad_module[] = "the module ends before it begins";
static const char short_map[] = "the memory map tag is too short";
static const char two_maps[] = "the boot information has two memory maps";
static const char bad_entries[] = "the memory map has entries of an impossible size";
static const char short_framebuffer[] = "the framebuffer tag is too short";

static struct boot boot; /* what was read */

/* ---- making boot information ---- */

static struct {
	uint8_t bytes[8192];
	uint32_t size;
} info;

static void put32(uint32_t at, uint32_t value)
{
	memcpy(info.bytes + at, &value, sizeof(value));
}

static void begin(void)
{
	memset(&info, 0, sizeof(info));
	info.size = HEADER;
}

static void add_tag(uint32_t type, const void *data, uint32_t bytes)
{
	assert_true(info.size + TAG + bytes + 8 <= sizeof(info.bytes));
	put32(info.size, type);
	put32(info.size + 4, TAG + bytes);
	if (bytes > 0)
		memcpy(info.bytes + info.size + TAG, data, bytes);
	info.size = (uint32_t)round_up(info.size + TAG + bytes, 8);
}

static void end(void)
{
	add_tag(END, NULL, 0);
	put32(0, info.size);
}

static void add_module(uint32_t first, uint32_t behind)
{
	struct {
		uint32_t first, behind;
		char command[8];
	} data = { first, behind, "initrd" };

	add_tag(MODULE, &data, sizeof(data));
}

struct entry {
	uint64_t address, bytes;
	uint32_t type;
};

/* Entries of any size: what a larger one has behind the fields we know is noise. */
static void add_memory_map(const struct entry *entries, uint32_t count, uint32_t entry_size)
{
	uint8_t data[4096] = { 0 };

	memcpy(data, &entry_size, sizeof(entry_size));
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *at = data + 8 + i * entry_size;

		memset(at, 0xee, entry_size);
		memcpy(at, &entries[i], 20);
	}
	add_tag(MEMORY_MAP, data, 8 + count * entry_size);
}

struct pixels {
	uint64_t address;
	uint32_t pitch, width, height;
	uint8_t bits, kind, reserved[2];
	uint8_t red_shift, red_bits, green_shift, green_bits, blue_shift, blue_bits;
};

enum { PIXELS_WITHOUT_COLOURS = 24, PIXELS_BYTES = 30 };

static const struct pixels pixels = {
	.address = 0xfd000000,
	.pitch = 4096,
	.width = 1000,
	.height = 700,
	.bits = 32,
	.kind = 1,
	.red_shift = 16,
	.red_bits = 8,
	.green_shift = 9,
	.green_bits = 7,
	.blue_shift = 1,
	.blue_bits = 6,
};

static const struct entry entries[] = {
	{ 0, 0x9fc00, RAM },
	{ 0x9fc00, 0x400, RESERVED },
	{ 0xf0000, 0x10000, RESERVED },
	{ 0x100000, 0x7ee0000, RAM },
	{ 0x7fe0000, 0x20000, ACPI_TABLES },
};

static const struct memory_range ranges[] = { { 0, 0x9f000 }, { 0x100000, 0x7fe0000 } };

static const uint8_t rsdp[RSDP_BYTES] = "RSD PTR and what follows it";

/* Where the sample's tags lie. */
static struct {
	uint32_t command_line, module, memory_map, framebuffer, end;
} at;

static void make_sample(void)
{
	begin();
	at.command_line = info.size;
	add_tag(COMMAND_LINE, "log=2 quiet", sizeof("log=2 quiet"));
	add_tag(LOADER_NAME, "GRUB 2.12", sizeof("GRUB 2.12"));
	at.module = info.size;
	add_module(0x200000, 0x280123);
	at.memory_map = info.size;
	add_memory_map(entries, ARRAY_SIZE(entries), 24);
	at.framebuffer = info.size;
	add_tag(FRAMEBUFFER, &pixels, PIXELS_BYTES);
	add_tag(ACPI_NEW, rsdp, sizeof(rsdp));
	at.end = info.size;
	end();
}

/* ---- reading it ---- */

/* Read the first `size` bytes, with nothing behind them that may be looked at. */
static const char *read_part(size_t size)
{
	uint8_t *block = malloc(size ? size : 1);
	const char *problem;

	assert_non_null(block);
	memcpy(block, info.bytes, size);
	memset(&boot, 0, sizeof(boot));
	problem = multiboot2_read(&boot, size ? block : block + 1, size);
	free(block);
	return problem;
}

static const char *read_all(void)
{
	return read_part(info.size);
}

static void assert_problem(const char *problem, const char *want)
{
	assert_string_equal(problem ? problem : "none", want ? want : "none");
}

static void assert_ram(const struct memory_range *want, unsigned count)
{
	assert_int_equal(boot.ram.count, count);
	assert_memory_equal(boot.ram.range, want, count * sizeof(*want));
}

static void what_the_boot_loader_says_is_taken_over(void **state)
{
	(void)state;
	make_sample();
	assert_null(read_all());
	assert_string_equal(boot.command_line, "log=2 quiet");
	assert_int_equal(boot.initrd, 0x200000);
	assert_int_equal(boot.initrd_bytes, 0x80123);
	assert_ram(ranges, 2);
	assert_int_equal(boot.framebuffer.address, 0xfd000000);
	assert_int_equal(boot.framebuffer.width, 1000);
	assert_int_equal(boot.rsdp_bytes, sizeof(rsdp));
	assert_memory_equal(boot.rsdp, rsdp, sizeof(rsdp));
}

static void nothing_but_an_end_is_boot_information_too(void **state)
{
	static const struct boot nothing;

	(void)state;
	begin();
	end();
	assert_null(read_all());
	assert_memory_equal(&boot, &nothing, sizeof(boot));
}

/* ---- sizes ---- */

static void an_impossible_size_is_refused(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 4, 7, 0x7fffffff, 0x80000000, 0xffffffff };

	(void)state;
	make_sample();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		put32(0, sizes[i]);
		assert_problem(read_all(), bad_size);
	}
	put32(0, info.size + 1);
	assert_problem(read_all(), bad_size);
}

/* It would have its end right at its beginning. */
static void more_than_any_loader_has_to_tell_is_refused(void **state)
{
	enum { MOST = 1 << 20 };
	static uint32_t block[(MOST + 4) / 4];

	(void)state;
	memset(&boot, 0, sizeof(boot));
	block[0] = MOST;
	assert_null(multiboot2_read(&boot, block, sizeof(block)));
	block[0] = MOST + 1;
	assert_problem(multiboot2_read(&boot, block, sizeof(block)), bad_size);
}

static void nothing_is_read_beyond_the_limit(void **state)
{
	(void)state;
	make_sample();
	for (size_t limit = 0; limit < info.size; limit++)
		assert_problem(read_part(limit), limit < HEADER ? out_of_reach : bad_size);
}

static void the_information_may_be_smaller_than_the_limit(void **state)
{
	(void)state;
	make_sample();
	assert_null(read_part(info.size + 100));
	assert_int_equal(boot.framebuffer.width, 1000);
}

static void information_that_merely_stops_is_refused(void **state)
{
	(void)state;
	make_sample();
	for (uint32_t size = HEADER; size < info.size; size++) {
		const char *problem;

		put32(0, size);
		problem = read_part(size);
		if (!problem || (strcmp(problem, bad_tag) != 0 && strcmp(problem, no_end) != 0))
			fail_msg("%u bytes: %s", size, problem ? problem : "accepted");
	}
}

static void the_end_tag_ends_it(void **state)
{
	(void)state;
	make_sample();
	add_module(9, 1);
	put32(0, info.size);
	assert_null(read_all());

	make_sample();
	put32(0, at.end);
	assert_problem(read_part(at.end), no_end);

	make_sample();
	put32(at.end, LOADER_NAME);
	assert_problem(read_all(), no_end);
}

static void a_tag_of_impossible_size_is_refused(void **state)
{
	(void)state;
	make_sample();

	const uint32_t tags[] = { at.command_line, at.module, at.memory_map, at.framebuffer };

	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		const uint32_t sizes[] = {
			0,	    1,		4,	    7,		info.size - tags[i] + 1,
			0x7fffffff, 0x80000000, 0xfffffff8, 0xfffffff9, 0xffffffff
		};

		for (size_t n = 0; n < ARRAY_SIZE(sizes); n++) {
			make_sample();
			put32(tags[i] + 4, sizes[n]);
			assert_problem(read_all(), bad_tag);
		}
	}
}

/* Up to the last byte of the information: then there is no end behind it. */
static void a_tag_may_be_as_large_as_what_is_there(void **state)
{
	(void)state;
	make_sample();
	put32(at.command_line + 4, info.size - at.command_line);
	assert_problem(read_all(), no_end);
	put32(at.command_line + 4, info.size - at.command_line - 1);
	assert_problem(read_all(), no_end);
}

static void a_tag_without_its_fields_is_refused(void **state)
{
	static const struct {
		uint32_t type, bytes; /* that its fields need */
		const char *fewer, *enough;
	} rows[] = {
		{ COMMAND_LINE, 0, NULL, NULL },
		{ MODULE, 8, short_module, NULL },
		{ MEMORY_MAP, 8, short_map, bad_entries }, /* of 0 bytes */
		{ FRAMEBUFFER, PIXELS_WITHOUT_COLOURS, short_framebuffer, NULL },
	};
	static const uint8_t zero[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (uint32_t bytes = 0; bytes <= rows[i].bytes; bytes++) {
			begin();
			add_tag(rows[i].type, zero, bytes);
			end();
			assert_problem(read_all(),
				       bytes < rows[i].bytes ? rows[i].fewer : rows[i].enough);
		}
	}
}

/* ---- what the tags say ---- */

static void the_first_module_that_is_not_empty_is_the_initrd(void **state)
{
	/* clang-format off */
	static const struct {
		uint32_t first, behind, second, behind_second;
		const char *problem;
		uint64_t initrd, bytes;
	} rows[] = {
		{ 0x1000,     0x3000,	  0x5000, 0x9000, NULL,	      0x1000,	  0x2000 },
		{ 0x5000,     0x9000,	  0x1000, 0x3000, NULL,	      0x5000,	  0x4000 },
		{ 0x1000,     0x1001,	  0x5000, 0x9000, NULL,	      0x1000,	  1 },
		{ 0x1000,     0x1000,	  0x5000, 0x9000, NULL,	      0x5000,	  0x4000 },
		{ 0xfffff000, 0xffffffff, 0x5000, 0x9000, NULL,	      0xfffff000, 0xfff },
		{ 0,	      0xffffffff, 0x5000, 0x9000, NULL,	      0,	  0xffffffff },
		{ 0x1000,     0x0fff,	  0x5000, 0x9000, bad_module, 0,	  0 },
		{ 0xffffffff, 0,	  0x5000, 0x9000, bad_module, 0,	  0 },
		{ 0x1000,     0x3000,	  0x9000, 0x5000, bad_module, 0x1000,	  0x2000 },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin();
		add_module(rows[i].first, rows[i].behind);
		add_module(rows[i].second, rows[i].behind_second);
		end();
		assert_problem(read_all(), rows[i].problem);
		assert_int_equal(boot.initrd, rows[i].initrd);
		assert_int_equal(boot.initrd_bytes, rows[i].bytes);
	}
}

static void entries_of_the_memory_map_may_be_larger_than_we_know(void **state)
{
	static const uint32_t sizes[] = { 24, 25, 32, 40, 100 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		begin();
		add_memory_map(entries, ARRAY_SIZE(entries), sizes[i]);
		end();
		assert_null(read_all());
		assert_ram(ranges, 2);
	}
}

/* A map whose 5 entries of 24 bytes are said to have another size. */
static void entries_of_an_impossible_size_are_refused(void **state)
{
	enum { SIZE = 16 + 5 * 24 };
	static const struct {
		uint32_t entry_size;
		const char *problem;
	} rows[] = {
		{ 0, bad_entries },	     { 1, bad_entries },
		{ 8, bad_entries },	     { 20, bad_entries },
		{ 23, bad_entries },	     { 24, NULL },
		{ SIZE - 16, NULL },	     { SIZE, NULL },
		{ SIZE + 1, bad_entries },   { 0x7fffffff, bad_entries },
		{ 0x80000000, bad_entries }, { 0xffffffff, bad_entries },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		make_sample();
		put32(at.memory_map + TAG, rows[i].entry_size);
		assert_problem(read_all(), rows[i].problem);
	}
}

static void half_an_entry_at_the_end_is_ignored(void **state)
{
	static const struct entry two[] = { { 0x1000, 0x9000, RAM }, { 0x5000, 0x1000, RESERVED } };
	static const struct memory_range first = { 0x1000, 0xa000 };

	(void)state;
	for (uint32_t half = 0; half < 24; half++) {
		uint32_t size = TAG + 8 + 24 + half;

		begin();
		add_memory_map(two, 2, 24);
		put32(HEADER + 4, size);
		info.size = (uint32_t)round_up(HEADER + size, 8);
		end();
		assert_null(read_all());
		assert_ram(&first, 1);
	}
}

static void pages_that_any_entry_calls_unusable_are_left_out(void **state)
{
	/* Unsorted, overlapping, and with an end beyond the last address. */
	static const struct entry mixed[] = {
		{ 0x7fe0000, 0x20000, RESERVED },
		{ 0x500800, 1, BAD_RAM },
		{ 0x100000, 0x800000, RAM },
		{ 0x700000, 0x800000, RAM },
		{ 0xe00000, UINT64_MAX, 0 },
		{ 0x200000, 0, RESERVED },
		{ 0xf00000, 0x8000000, RAM },
		{ 0x300000, 0x1000, 0xffffffff },
		{ 0, 0x1fff, RAM },
	};
	static const struct memory_range want[] = {
		{ 0, 0x1000 },
		{ 0x100000, 0x300000 },
		{ 0x301000, 0x500000 },
		{ 0x501000, 0xe00000 },
	};

	(void)state;
	begin();
	add_memory_map(mixed, ARRAY_SIZE(mixed), 24);
	end();
	assert_null(read_all());
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
		map[i] = (struct entry){ 0x100000 + i * 0x10000, 0x1000, RESERVED };
	map[HOLES] = (struct entry){ 0x1000, 0x8000, RAM };
	begin();
	add_memory_map(map, ARRAY_SIZE(map), 24);
	end();
	assert_null(read_all());
	assert_ram(&want, 1);
}

static void memory_that_the_kernel_cannot_name_is_left_out(void **state)
{
	static const struct entry high[] = {
		{ PHYS_MAX - 0x1000, 0x2000, RAM },
		{ PHYS_MAX + 0x100000, 0x100000, RAM },
		{ UINT64_MAX - 0xfff, 0x1000, RAM },
		{ UINT64_MAX, UINT64_MAX, RAM },
	};
	static const struct memory_range want = { PHYS_MAX - 0x1000, PHYS_MAX };

	(void)state;
	begin();
	add_memory_map(high, ARRAY_SIZE(high), 24);
	end();
	assert_null(read_all());
	assert_ram(&want, 1);
	assert_true(boot.more_memory);
}

/* The second could call usable what the first does not. */
static void two_memory_maps_are_refused(void **state)
{
	(void)state;
	begin();
	add_memory_map(entries, ARRAY_SIZE(entries), 24);
	add_memory_map(entries, 1, 24);
	end();
	assert_problem(read_all(), two_maps);
	assert_ram(ranges, 2);
}

static void a_framebuffer_is_taken_over_field_by_field(void **state)
{
	static const struct framebuffer want = {
		.address = 0xfd000000,
		.size = 4096 * 700,
		.pitch = 4096,
		.width = 1000,
		.height = 700,
		.bits = 32,
		.red_shift = 16,
		.red_bits = 8,
		.green_shift = 9,
		.green_bits = 7,
		.blue_shift = 1,
		.blue_bits = 6,
	};

	(void)state;
	begin();
	add_tag(FRAMEBUFFER, &pixels, PIXELS_BYTES);
	end();
	assert_null(read_all());
	assert_memory_equal(&boot.framebuffer, &want, sizeof(want));
}

static void the_size_of_a_framebuffer_does_not_wrap(void **state)
{
	struct pixels huge = pixels;

	(void)state;
	huge.pitch = 0x80000000;
	huge.height = 0xffffffff;
	begin();
	add_tag(FRAMEBUFFER, &huge, sizeof(huge));
	end();
	assert_null(read_all());
	assert_true(boot.framebuffer.size == 0x80000000ull * 0xffffffff);
}

static void a_framebuffer_of_another_kind_than_rgb_is_not_used(void **state)
{
	static const uint8_t kinds[] = { 0, 1, 2, 3, 255 }; /* palette, RGB, text, unknown */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct pixels p = pixels;

		p.kind = kinds[i];
		begin();
		add_tag(FRAMEBUFFER, &p, sizeof(p));
		end();
		assert_null(read_all());
		assert_int_equal(boot.framebuffer.address, kinds[i] == 1 ? pixels.address : 0);
	}
}

static void colours_that_the_tag_lacks_are_zero(void **state)
{
	(void)state;
	for (uint32_t bytes = PIXELS_WITHOUT_COLOURS; bytes < PIXELS_BYTES; bytes++) {
		begin();
		add_tag(FRAMEBUFFER, &pixels, PIXELS_BYTES);
		put32(HEADER + 4, TAG + bytes);
		info.size = (uint32_t)round_up(HEADER + TAG + bytes, 8);
		end();
		assert_null(read_all());
		assert_int_equal(boot.framebuffer.width, 1000);
		assert_int_equal(boot.framebuffer.blue_bits, 0);
		assert_int_equal(boot.framebuffer.red_shift,
				 bytes > PIXELS_WITHOUT_COLOURS ? 16 : 0);
	}
}

enum { KEPT = COMMAND_LINE_MAX - 1 };

/* Without its NUL or with it, and in front of a module either way. */
static void a_command_line_is_cut_to_what_we_keep(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 7, 8, 9, KEPT - 1, KEPT, KEPT + 1, 4 * KEPT };
	static char text[4 * KEPT + 1];

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(lengths); i++) {
		uint32_t length = lengths[i / 2], nul = i % 2;
		uint32_t kept = length < KEPT ? length : KEPT;

		memset(text, 'x', length);
		text[length] = '\0';
		begin();
		add_tag(COMMAND_LINE, text, length + nul);
		add_module(0x1000, 0x3000);
		end();
		assert_null(read_all());
		assert_int_equal(strlen(boot.command_line), kept);
		assert_memory_equal(boot.command_line, text, kept);
		assert_int_equal(boot.command_line_is_cut, length > KEPT);
		assert_int_equal(boot.initrd, 0x1000);
	}
}

static void of_two_command_lines_the_last_counts(void **state)
{
	(void)state;
	begin();
	add_tag(COMMAND_LINE, "quiet", sizeof("quiet"));
	add_tag(COMMAND_LINE, "x", sizeof("x"));
	end();
	assert_null(read_all());
	assert_string_equal(boot.command_line, "x");
}

static void what_is_behind_the_nul_of_a_command_line_is_not_in_it(void **state)
{
	(void)state;
	begin();
	add_tag(COMMAND_LINE, "one\0two", 8);
	end();
	assert_null(read_all());
	assert_memory_equal(boot.command_line, "one\0\0\0\0", 8);
}

/* A row is two tags; their bytes differ by 'a' and 'b' at the beginning. */
static void the_longest_copy_of_acpis_root_pointer_is_kept(void **state)
{
	static const struct {
		uint32_t type, bytes, second, second_bytes;
		size_t kept;
		char from;
	} rows[] = {
		{ LOADER_NAME, 36, LOADER_NAME, 36, 0, 0 },
		{ ACPI_OLD, 0, ACPI_NEW, 0, 0, 0 },
		{ ACPI_OLD, 20, LOADER_NAME, 36, 20, 'a' },
		{ LOADER_NAME, 36, ACPI_NEW, 36, 36, 'b' },
		{ ACPI_OLD, 20, ACPI_NEW, 36, 36, 'b' },
		{ ACPI_NEW, 36, ACPI_OLD, 20, 36, 'a' },
		{ ACPI_OLD, 20, ACPI_OLD, 20, 20, 'a' },
		{ ACPI_NEW, 35, ACPI_OLD, 36, 36, 'b' },
		{ ACPI_NEW, 37, ACPI_OLD, 20, 36, 'a' },
		{ ACPI_NEW, 100, ACPI_OLD, 1, 36, 'a' },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		static const char first[100] = "a", second[100] = "b";

		begin();
		add_tag(rows[i].type, first, rows[i].bytes);
		add_tag(rows[i].second, second, rows[i].second_bytes);
		end();
		assert_null(read_all());
		assert_int_equal(boot.rsdp_bytes, rows[i].kept);
		assert_int_equal(boot.rsdp[0], rows[i].from);
	}
}

/* ---- whatever it says: nothing outside is read, and the set is a set ---- */

static void assert_harmless(void)
{
	read_all();
	assert_true(boot.ram.count <= MEMMAP_RANGES);
	for (unsigned i = 0; i < boot.ram.count; i++) {
		assert_true(boot.ram.range[i].start < boot.ram.range[i].end);
		assert_true(boot.ram.range[i].end <= PHYS_MAX);
	}
	assert_true(boot.command_line[COMMAND_LINE_MAX - 1] == '\0');
}

static void a_flipped_bit_does_no_harm(void **state)
{
	(void)state;
	make_sample();
	for (uint32_t bit = 0; bit < info.size * 8; bit++) {
		uint8_t flip = (uint8_t)(1 << bit % 8);

		info.bytes[bit / 8] ^= flip;
		assert_harmless();
		info.bytes[bit / 8] ^= flip;
	}
}

static void an_extreme_word_does_no_harm(void **state)
{
	static const uint32_t words[] = {
		0, 1, 7, 8, 9, 0x7fffffff, 0x80000000, 0xfffffff7, 0xfffffff8, 0xffffffff
	};

	(void)state;
	make_sample();
	for (uint32_t word = 0; word < info.size; word += 4) {
		for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
			make_sample();
			put32(word, words[i]);
			assert_harmless();
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_boot_loader_says_is_taken_over),
		cmocka_unit_test(nothing_but_an_end_is_boot_information_too),
		cmocka_unit_test(an_impossible_size_is_refused),
		cmocka_unit_test(more_than_any_loader_has_to_tell_is_refused),
		cmocka_unit_test(nothing_is_read_beyond_the_limit),
		cmocka_unit_test(the_information_may_be_smaller_than_the_limit),
		cmocka_unit_test(information_that_merely_stops_is_refused),
		cmocka_unit_test(the_end_tag_ends_it),
		cmocka_unit_test(a_tag_of_impossible_size_is_refused),
		cmocka_unit_test(a_tag_may_be_as_large_as_what_is_there),
		cmocka_unit_test(a_tag_without_its_fields_is_refused),
		cmocka_unit_test(the_first_module_that_is_not_empty_is_the_initrd),
		cmocka_unit_test(entries_of_the_memory_map_may_be_larger_than_we_know),
		cmocka_unit_test(entries_of_an_impossible_size_are_refused),
		cmocka_unit_test(half_an_entry_at_the_end_is_ignored),
		cmocka_unit_test(pages_that_any_entry_calls_unusable_are_left_out),
		cmocka_unit_test(unusable_entries_do_not_crowd_out_ram),
		cmocka_unit_test(memory_that_the_kernel_cannot_name_is_left_out),
		cmocka_unit_test(two_memory_maps_are_refused),
		cmocka_unit_test(a_framebuffer_is_taken_over_field_by_field),
		cmocka_unit_test(the_size_of_a_framebuffer_does_not_wrap),
		cmocka_unit_test(a_framebuffer_of_another_kind_than_rgb_is_not_used),
		cmocka_unit_test(colours_that_the_tag_lacks_are_zero),
		cmocka_unit_test(a_command_line_is_cut_to_what_we_keep),
		cmocka_unit_test(of_two_command_lines_the_last_counts),
		cmocka_unit_test(what_is_behind_the_nul_of_a_command_line_is_not_in_it),
		cmocka_unit_test(the_longest_copy_of_acpis_root_pointer_is_kept),
		cmocka_unit_test(a_flipped_bit_does_no_harm),
		cmocka_unit_test(an_extreme_word_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
