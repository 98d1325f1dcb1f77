/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Looking up functions in a symbol table, that of a small program which is made here and
 * then spoiled. The file lies in a heap block of exactly its size, so that the address
 * sanitizer sees any read beyond it.
 */
/* links: services/lib/kozo-sys/elf.c services/supervisor/function.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "function.h"

/* --- a program: code at 0x401000, data at 0x402000, and three sections at its end ------ */

enum {
	SYMBOLS_AT = 0x200,
	SYMBOL_BYTES = 24,
	SYMBOLS = 6,
	NAMES_AT = SYMBOLS_AT + SYMBOLS * SYMBOL_BYTES,
	NAMES_BYTES = 120,
	SECTIONS_AT = NAMES_AT + NAMES_BYTES,
	FILE_SIZE = SECTIONS_AT + 3 * 64,
	TABLE = SECTIONS_AT + 64, /* the header of the symbols' section */
	NAMES = SECTIONS_AT + 128,
};

static const char names[] = "\0_start\0first\0second\0bad\x1bname\0";
enum { START = 1, FIRST = 8, SECOND = 14, BAD = 21, LONG = 30 };

static uint8_t file[FILE_SIZE];

static void set(size_t at, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++)
		file[at + i] = (uint8_t)(value >> 8 * i);
}

static void set_segment(unsigned i, uint32_t flags, uint64_t address)
{
	size_t at = 64 + i * 56;

	set(at, 4, 1);
	set(at + 4, 4, flags);
	set(at + 16, 8, address);
	set(at + 32, 8, 0x100);
	set(at + 40, 8, 0x200);
}

static void set_section(size_t at, uint32_t type, uint64_t offset, uint64_t size)
{
	set(at + 4, 4, type);
	set(at + 24, 8, offset);
	set(at + 32, 8, size);
}

static void set_symbol(unsigned i, uint32_t name, unsigned type, uint64_t value, uint64_t size)
{
	size_t at = SYMBOLS_AT + i * SYMBOL_BYTES;

	set(at, 4, name);
	set(at + 4, 1, 0x10 | type);
	set(at + 6, 2, 1);
	set(at + 8, 8, value);
	set(at + 16, 8, size);
}

static void make_file(void)
{
	static const uint8_t start[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };

	memset(file, 0, sizeof(file));
	memcpy(file, start, sizeof(start));
	set(16, 2, 2);
	set(18, 2, 62);
	set(24, 8, 0x401000);
	set(32, 8, 64);
	set(40, 8, SECTIONS_AT);
	set(54, 2, 56);
	set(56, 2, 2);
	set(58, 2, 64);
	set(60, 2, 3);
	set_segment(0, 5, 0x401000);
	set_segment(1, 6, 0x402000);
	set_section(TABLE, 2, SYMBOLS_AT, SYMBOLS * SYMBOL_BYTES);
	set(TABLE + 40, 4, 2);
	set(TABLE + 56, 8, SYMBOL_BYTES);
	set_section(NAMES, 3, NAMES_AT, NAMES_BYTES);
	memcpy(file + NAMES_AT, names, sizeof(names));
	memset(file + NAMES_AT + LONG, 'x', NAMES_BYTES - LONG);
	set_symbol(1, SECOND, 2, 0x401080, 0x20);
	set_symbol(2, FIRST, 2, 0x401010, 0x30);
	set_symbol(3, START, 0, 0x401000, 0); /* an assembler's label */
	set_symbol(4, BAD, 2, 0x4010c0, 0x10);
	set_symbol(5, LONG, 2, 0x4010e0, 0x10);
}

/* --- looking it up ------------------------------------------------------------------------ */

/* The name of the function there; NULL: none is known. */
static const char *name_at(vaddr_t address, size_t size)
{
	static char name[FUNCTION_NAME_MAX + 1];
	uint8_t *block = malloc(size);
	struct elf elf;
	struct function function;
	bool found;

	assert_non_null(block);
	memcpy(block, file, size);
	assert_null(elf_open(&elf, block, size));
	found = function_find(&elf, address, &function);
	if (found) {
		assert_true(function.start <= address);
		memcpy(name, function.name, function.length);
		name[function.length] = '\0';
	}
	free(block);
	return found ? name : NULL;
}

static void must_be(vaddr_t address, const char *want)
{
	const char *name = name_at(address, FILE_SIZE);

	if (want && name)
		assert_string_equal(name, want);
	else if (want || name)
		fail_msg("0x%lx: %s", (unsigned long)address, name ? name : "nothing");
}

static void names_the_function_around_an_address(void **state)
{
	char longest[FUNCTION_NAME_MAX + 1];
	static const struct {
		vaddr_t address;
		const char *name;
	} cases[] = {
		{ 0x401000, "_start" },
		{ 0x40100f, "_start" },
		{ 0x401010, "first" },
		{ 0x40103f, "first" },
		{ 0x401040, NULL }, /* behind its end, and not in _start again */
		{ 0x401080, "second" },
		{ 0x40109f, "second" },
		{ 0x4010a0, NULL },
		{ 0x400fff, NULL },
		{ 0x4010c0, NULL }, /* what cannot be printed */
		{ 0, NULL },
		{ ~0ull, NULL },
	};

	(void)state;
	make_file();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		must_be(cases[i].address, cases[i].name);
	memset(longest, 'x', FUNCTION_NAME_MAX);
	longest[FUNCTION_NAME_MAX] = '\0';
	must_be(0x4010e0, longest);
}

static void names_only_code_of_this_program(void **state)
{
	(void)state;
	make_file();
	set_symbol(1, SECOND, 2, 0x402000, 0x20);
	must_be(0x402000, NULL);
	set_symbol(1, SECOND, 1, 0x401080, 0x20); /* a variable */
	must_be(0x401080, NULL);
	set_symbol(1, SECOND, 2, 0x401080, 0x20);
	set(SYMBOLS_AT + SYMBOL_BYTES + 6, 2, 0); /* another program's */
	must_be(0x401080, NULL);
}

/* One field each: then there is no table. */
static void refuses_a_table_that_is_none(void **state)
{
	static const struct {
		size_t at, bytes;
		uint64_t value;
	} cases[] = {
		{ 40, 8, FILE_SIZE - 64 },
		{ 40, 8, ~0ull },
		{ 58, 2, 63 },
		{ 60, 2, 0 },
		{ 60, 2, 2 },
		{ 60, 2, 0xffff },
		{ TABLE + 4, 4, 3 },
		{ TABLE + 24, 8, ~0ull - 8 },
		{ TABLE + 32, 8, ~0ull },
		{ TABLE + 32, 8, FILE_SIZE - SYMBOLS_AT + 1 },
		{ TABLE + 40, 4, 3 },
		{ TABLE + 40, 4, ~0u },
		{ TABLE + 56, 8, 16 },
		{ NAMES + 4, 4, 2 },
		{ NAMES + 24, 8, ~0ull },
		{ NAMES + 32, 8, FILE_SIZE - NAMES_AT + 1 },
		{ NAMES + 32, 8, FIRST },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_file();
		set(cases[i].at, cases[i].bytes, cases[i].value);
		if (name_at(0x401010, FILE_SIZE))
			fail_msg("case %zu", i);
	}
	make_file();
	assert_null(name_at(0x401010, FILE_SIZE - 1));
}

static void takes_a_name_only_from_the_names(void **state)
{
	(void)state;
	make_file();
	set_symbol(2, NAMES_BYTES, 2, 0x401010, 0x30);
	must_be(0x401010, NULL);
	set_symbol(2, ~0u, 2, 0x401010, 0x30);
	must_be(0x401010, NULL);
	set_symbol(2, 0, 2, 0x401010, 0x30);
	must_be(0x401010, NULL);
	set_symbol(2, NAMES_BYTES - 3, 2, 0x401010, 0x30); /* nothing ends it but the section */
	must_be(0x401010, "xxx");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_function_around_an_address),
		cmocka_unit_test(names_only_code_of_this_program),
		cmocka_unit_test(refuses_a_table_that_is_none),
		cmocka_unit_test(takes_a_name_only_from_the_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
