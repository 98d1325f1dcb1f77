/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The ELF reader, on a small program that is made here and then spoiled. Every
 * file lies in a heap block of exactly its size, so that the address sanitizer
 * sees any read beyond it.
 */
/* links: services/lib/kozo-sys/elf.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "elf.h"

/* --- a program ------------------------------------------------------------ */

enum {
	HEADERS = 64,
	HEADER_SIZE = 56,
	SEGMENTS = 4,
	NOTE_AT = 0x140,
	NOTE_SIZE = 20 + sizeof(struct program_layout),
	FILE_SIZE = 0x2100,

	/* fields of the file header */
	TYPE = 16,
	MACHINE = 18,
	ENTRY = 24,
	HEADERS_AT = 32,
	HEADER_BYTES = 54,
	HEADER_COUNT = 56,

	/* fields of a program header */
	KIND = 0,
	FLAGS = 4,
	OFFSET = 8,
	ADDRESS = 16,
	FILE_BYTES = 32,
	MEMORY_BYTES = 40,

	LOAD = 1,
	NOTE = 4,
	R = 4,
	W = 2,
	X = 1,
};

static const uint64_t hash = 0x0123456789abcdef;

static uint8_t file[FILE_SIZE];

static void set(size_t at, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++)
		file[at + i] = (uint8_t)(value >> 8 * i);
}

/* Where a field of a program header lies in the file. */
static size_t field(unsigned segment, size_t at)
{
	return HEADERS + segment * HEADER_SIZE + at;
}

static void set_segment(unsigned i, uint32_t kind, uint32_t flags, uint64_t offset,
			uint64_t address, uint64_t file_size, uint64_t memory_size)
{
	set(field(i, KIND), 4, kind);
	set(field(i, FLAGS), 4, flags);
	set(field(i, OFFSET), 8, offset);
	set(field(i, ADDRESS), 8, address);
	set(field(i, FILE_BYTES), 8, file_size);
	set(field(i, MEMORY_BYTES), 8, memory_size);
}

static void make_note(size_t at, const char *name, uint32_t type)
{
	set(at, 4, 5);
	set(at + 4, 4, sizeof(struct program_layout));
	set(at + 8, 4, type);
	memcpy(file + at + 12, name, 5);
	set(at + 20, sizeof(hash), hash);
}

static void make_file(void)
{
	static const uint8_t start[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };

	memset(file, 0, sizeof(file));
	memcpy(file, start, sizeof(start));
	set(TYPE, 2, 2);
	set(MACHINE, 2, 62);
	set(ENTRY, 8, 0x401010);
	set(HEADERS_AT, 8, HEADERS);
	set(HEADER_BYTES, 2, HEADER_SIZE);
	set(HEADER_COUNT, 2, SEGMENTS);
	set_segment(0, LOAD, R, 0, 0x400000, 0x200, 0x200);
	set_segment(1, LOAD, R | X, 0x1000, 0x401000, 0x800, 0x800);
	set_segment(2, LOAD, R | W, 0x2080, 0x402080, 0x80, 0x5000);
	set_segment(3, NOTE, R, NOTE_AT, 0x400000 + NOTE_AT, NOTE_SIZE, NOTE_SIZE);
	make_note(NOTE_AT, "KOZO", 1);
}

/* --- the reader on it ----------------------------------------------------- */

static uint8_t *block;

static const char *open_block(struct elf *elf, size_t size)
{
	free(block);
	block = malloc(size ? size : 1);
	assert_non_null(block);
	memcpy(block, file, size);
	return elf_open(elf, block, size);
}

/* What it says of those that it refuses. */
static const char not_elf[] = "it is not a 64-bit ELF file";
static const char not_x86_64[] = "it is not for x86_64";
static const char not_static[] = "it is not a static executable";
static const char headers_outside[] = "its program headers lie outside the file";
static const char segment_outside[] = "a segment lies outside the file";
static const char segment_misaligned[] = "a segment is not aligned to pages";
static const char segment_order[] = "segments share a page or are out of order";
static const char segment_address[] = "a segment lies where programs may not be";
static const char segment_rights[] = "a segment is both writable and executable, or unreadable";
static const char too_big[] = "it needs too much memory";
static const char bad_entry[] = "its entry point is not in its code";

/* NULL: there is none. */
static void assert_problem(const char *problem, const char *want)
{
	if (problem && want)
		assert_string_equal(problem, want);
	else
		assert_ptr_equal(problem, want);
}

static int teardown(void **state)
{
	(void)state;
	free(block);
	block = NULL;
	return 0;
}

static void tells_what_to_load(void **state)
{
	static const struct elf_segment want[] = {
		{ 0x400000, 0, 0x200, 0x200, RIGHT_READ },
		{ 0x401000, 0x1000, 0x800, 0x800, RIGHT_READ | RIGHT_EXECUTE },
		{ 0x402080, 0x2080, 0x80, 0x5000, RIGHT_READ | RIGHT_WRITE },
	};
	struct elf elf;

	(void)state;
	make_file();
	assert_null(open_block(&elf, FILE_SIZE));
	assert_int_equal(elf.entry, 0x401010);
	assert_int_equal(elf.segment_count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(elf.segment[i].address, want[i].address);
		assert_int_equal(elf.segment[i].offset, want[i].offset);
		assert_int_equal(elf.segment[i].file_size, want[i].file_size);
		assert_int_equal(elf.segment[i].memory_size, want[i].memory_size);
		assert_int_equal(elf.segment[i].rights, want[i].rights);
	}
}

/* Every way to be refused: one row each, a field and what to put there. */
static void refuses_what_cannot_be_loaded(void **state)
{
	/* clang-format off */
	const struct {
		size_t at, bytes;
		uint64_t value;
		const char *want;
	} spoils[] = {
		{ 0, 1, 0x7e,				not_elf },
		{ 4, 1, 1,				not_elf },	/* 32 bits */
		{ 5, 1, 2,				not_elf },	/* big-endian */
		{ 6, 1, 2,				not_elf },	/* version 2 */
		{ MACHINE, 2, 183,			not_x86_64 },
		{ TYPE, 2, 3,				not_static }, /* position-independent */
		{ TYPE, 2, 1,				not_static }, /* an object file */
		{ field(3, KIND), 4, 2,			not_static }, /* dynamic */
		{ field(3, KIND), 4, 3,			not_static }, /* interpreter */
		{ HEADER_BYTES, 2, 32,			headers_outside },
		{ HEADERS_AT, 8, FILE_SIZE - 100,	headers_outside },
		{ HEADERS_AT, 8, ~0ull - 100,		headers_outside },
		{ HEADER_COUNT, 2, 0xffff,		headers_outside },
		{ field(1, OFFSET), 8, 0x2000,		segment_outside },
		{ field(1, OFFSET), 8, ~0xfffull,	segment_outside },
		{ field(1, FILE_BYTES), 8, 0x801,	segment_outside }, /* more than memory */
		{ field(2, FILE_BYTES), 8, 0x81,	segment_outside },
		{ field(2, FILE_BYTES), 8, ~0ull,	segment_outside },
		{ field(2, MEMORY_BYTES), 8, 0,		segment_outside },
		{ field(1, ADDRESS), 8, 0x401001,	segment_misaligned },
		{ field(1, ADDRESS), 8, 0x400000,	segment_order },
		{ field(0, ADDRESS), 8, 0x500000,	segment_order },
		{ field(1, MEMORY_BYTES), 8, 0x1001,	segment_order },
		{ field(0, ADDRESS), 8, 0,		segment_address },
		{ field(0, ADDRESS), 8, 0xf000,		segment_address },
		{ field(2, ADDRESS), 8, 0x7fffffffe080,	segment_address },
		{ field(2, ADDRESS), 8, 0xffffffff80000080, segment_address },
		{ field(2, ADDRESS), 8, ~0ull - 0xf7f,	segment_address },
		{ field(2, ADDRESS), 8, 0x3fffffffc080,	segment_address }, /* into the region */
		{ field(2, ADDRESS), 8, 0x40fffffff080,	segment_address }, /* out of it */
		{ field(2, ADDRESS), 8, 0x400000000080,	segment_address },
		{ field(1, FLAGS), 4, R | W | X,	segment_rights },
		{ field(1, FLAGS), 4, X,		segment_rights },
		{ field(0, FLAGS), 4, 0,		segment_rights },
		{ field(2, MEMORY_BYTES), 8, 0x40000001, too_big },
		{ field(2, MEMORY_BYTES), 8, 0x3fffff00, too_big }, /* with the others */
		{ field(2, MEMORY_BYTES), 8, ~0ull,	too_big },
		{ ENTRY, 8, 0,				bad_entry },
		{ ENTRY, 8, 0x400010,			bad_entry }, /* constants */
		{ ENTRY, 8, 0x401800,			bad_entry }, /* right behind */
		{ HEADER_COUNT, 2, 0,			bad_entry }, /* nothing to load */
	};
	/* clang-format on */
	struct elf elf;

	(void)state;
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		make_file();
		set(spoils[i].at, spoils[i].bytes, spoils[i].value);
		assert_problem(open_block(&elf, FILE_SIZE), spoils[i].want);
	}
}

static void takes_what_is_just_within_the_limits(void **state)
{
	/* clang-format off */
	const struct {
		size_t at;
		uint64_t value;
	} edges[] = {
		{ field(0, ADDRESS),	0x10000 },
		{ field(1, MEMORY_BYTES), 0x1000 },
		{ field(2, ADDRESS),	0x7fffffff9080 },	/* ends at USER_TOP */
		{ field(2, ADDRESS),	0x3fffffffa080 },	/* ends at REGION_BASE */
		{ field(2, ADDRESS),	0x410000000080 },	/* starts at REGION_TOP */
		{ field(2, MEMORY_BYTES), 0x3fffdf80 },		/* all pages: PROGRAM_BYTES_MAX */
		{ ENTRY,		0x4017ff },
	};
	/* clang-format on */
	struct elf elf;

	(void)state;
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		make_file();
		set(edges[i].at, 8, edges[i].value);
		assert_null(open_block(&elf, FILE_SIZE));
	}
}

static void ignores_a_segment_without_bytes(void **state)
{
	struct elf elf;

	(void)state;
	make_file();
	set_segment(2, LOAD, R | W | X, 0, 0, 0, 0);
	assert_null(open_block(&elf, FILE_SIZE));
	assert_int_equal(elf.segment_count, 2);
}

static void refuses_more_segments_than_it_can_note(void **state)
{
	struct elf elf;

	(void)state;
	make_file();
	set(HEADERS_AT, 8, 0x1000);
	for (unsigned count = 1; count <= ELF_SEGMENTS_MAX + 1; count++) {
		size_t at = 0x1000 + (count - 1) * HEADER_SIZE;

		set(at + KIND, 4, LOAD);
		set(at + FLAGS, 4, R | X);
		set(at + ADDRESS, 8, 0x400000 + count * 0x1000);
		set(at + MEMORY_BYTES, 8, 0x1000);
		set(HEADER_COUNT, 2, count);
		assert_problem(open_block(&elf, FILE_SIZE),
			       count <= ELF_SEGMENTS_MAX ? NULL : "it has too many segments");
	}
}

/* --- the ABI note --------------------------------------------------------- */

static bool read_hash(uint64_t *out)
{
	struct elf elf;

	assert_null(open_block(&elf, FILE_SIZE));
	return elf_abi_hash(&elf, out);
}

static void finds_the_abi_note(void **state)
{
	uint64_t found = 0;

	(void)state;
	make_file();
	assert_true(read_hash(&found));
	assert_true(found == hash);
}

static void finds_the_abi_note_behind_others(void **state)
{
	uint64_t found = 0;

	(void)state;
	make_file();
	set(field(3, FILE_BYTES), 8, 3 * NOTE_SIZE);
	make_note(NOTE_AT, "GNUX", 1);
	make_note(NOTE_AT + NOTE_SIZE, "KOZO", 2);
	make_note(NOTE_AT + 2 * NOTE_SIZE, "KOZO", 1);
	set(NOTE_AT + 2 * NOTE_SIZE + 20, 8, 99);
	assert_true(read_hash(&found));
	assert_int_equal(found, 99);
}

static void finds_no_abi_note_where_there_is_none(void **state)
{
	/* clang-format off */
	const struct {
		size_t at, bytes;
		uint64_t value;
	} spoils[] = {
		{ field(3, KIND), 4, 0 },		/* no notes at all */
		{ field(3, OFFSET), 8, FILE_SIZE },	/* outside the file */
		{ field(3, OFFSET), 8, FILE_SIZE - NOTE_SIZE + 1 },
		{ field(3, OFFSET), 8, ~0ull },
		{ field(3, FILE_BYTES), 8, ~0ull },
		{ field(3, FILE_BYTES), 8, NOTE_SIZE - 1 },	/* cut off */
		{ field(3, FILE_BYTES), 8, 11 },
		{ field(3, FILE_BYTES), 8, 0 },
		{ NOTE_AT, 4, 4 },			/* another name */
		{ NOTE_AT, 4, 0xffffffff },
		{ NOTE_AT + 12, 1, 'k' },
		{ NOTE_AT + 4, 4, 4 },			/* another size */
		{ NOTE_AT + 4, 4, 0xfffffffd },
		{ NOTE_AT + 8, 4, 2 },			/* another type */
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		uint64_t found = 42;

		make_file();
		set(spoils[i].at, spoils[i].bytes, spoils[i].value);
		assert_false(read_hash(&found));
		assert_int_equal(found, 42);
	}
}

/* --- anything at all ------------------------------------------------------ */

/* What struct elf promises, for any file that was accepted. */
static void check_promises(const struct elf *elf)
{
	volatile uint8_t sum = 0;
	uint64_t found;

	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *s = &elf->segment[i];

		for (size_t at = 0; at < s->file_size; at++)
			sum += elf->base[s->offset + at];
		assert_true(s->memory_size >= s->file_size);
		assert_true(s->address >= PROGRAM_LOWEST &&
			    s->address + s->memory_size <= USER_TOP);
	}
	if (elf_abi_hash(elf, &found))
		sum += (uint8_t)found;
}

static void never_reads_outside_a_file_that_is_cut_short(void **state)
{
	struct elf elf;

	(void)state;
	make_file();
	for (size_t size = 0; size < FILE_SIZE; size++) {
		const char *problem = open_block(&elf, size);

		assert_non_null(problem);
		if (size < 64)
			assert_problem(problem, not_elf);
	}
}

static void never_reads_outside_a_file_with_a_flipped_bit(void **state)
{
	struct elf elf;

	(void)state;
	make_file();
	for (size_t bit = 0; bit < (NOTE_AT + NOTE_SIZE) * 8; bit++) {
		uint8_t flip = (uint8_t)(1 << bit % 8);

		file[bit / 8] ^= flip;
		if (!open_block(&elf, FILE_SIZE))
			check_promises(&elf);
		file[bit / 8] ^= flip;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_to_load),
		cmocka_unit_test(refuses_what_cannot_be_loaded),
		cmocka_unit_test(takes_what_is_just_within_the_limits),
		cmocka_unit_test(ignores_a_segment_without_bytes),
		cmocka_unit_test(refuses_more_segments_than_it_can_note),
		cmocka_unit_test(finds_the_abi_note),
		cmocka_unit_test(finds_the_abi_note_behind_others),
		cmocka_unit_test(finds_no_abi_note_where_there_is_none),
		cmocka_unit_test(never_reads_outside_a_file_that_is_cut_short),
		cmocka_unit_test(never_reads_outside_a_file_with_a_flipped_bit),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
