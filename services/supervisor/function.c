/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "function.h"

/* The System V ABI, chapter 4: the file header, sections, the symbol table. */
enum {
	FILE_SECTIONS = 40,
	FILE_SECTION_SIZE = 58,
	FILE_SECTION_COUNT = 60,

	SECTION_SIZE = 64,
	SECTION_TYPE = 4,
	SECTION_OFFSET = 24,
	SECTION_BYTES = 32,
	SECTION_LINK = 40,
	SECTION_ENTRY_SIZE = 56,

	TYPE_SYMBOLS = 2,
	TYPE_NAMES = 3,

	SYMBOL_SIZE = 24,
	SYMBOL_NAME = 0,
	SYMBOL_INFO = 4,
	SYMBOL_SECTION = 6,
	SYMBOL_VALUE = 8,
	SYMBOL_BYTES = 16,

	INFO_TYPE = 0xf,
	LABEL = 0, /* of the assembler: its size is 0 */
	FUNCTION = 2,
};

/* Byte by byte: nothing in the file need be aligned. */
static uint64_t number(const uint8_t *bytes, size_t count)
{
	uint64_t value = 0;

	for (size_t i = count; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

static bool inside(uint64_t offset, uint64_t length, uint64_t size)
{
	return offset <= size && length <= size - offset;
}

struct bytes {
	const uint8_t *at;
	uint64_t size;
};

static const uint8_t *section(const struct elf *elf, uint64_t i)
{
	uint64_t first = number(elf->base + FILE_SECTIONS, 8);
	uint64_t count = number(elf->base + FILE_SECTION_COUNT, 2);

	if (number(elf->base + FILE_SECTION_SIZE, 2) != SECTION_SIZE || i >= count ||
	    !inside(first, count * SECTION_SIZE, elf->size))
		return NULL;
	return elf->base + first + i * SECTION_SIZE;
}

static bool content(const struct elf *elf, const uint8_t *header, uint32_t type,
		    struct bytes *bytes)
{
	if (!header || number(header + SECTION_TYPE, 4) != type)
		return false;

	uint64_t offset = number(header + SECTION_OFFSET, 8);

	bytes->size = number(header + SECTION_BYTES, 8);
	if (!inside(offset, bytes->size, elf->size))
		return false;
	bytes->at = elf->base + offset;
	return true;
}

static bool find_tables(const struct elf *elf, struct bytes *symbols, struct bytes *names)
{
	const uint8_t *header;

	for (uint64_t i = 0; (header = section(elf, i)); i++)
		if (number(header + SECTION_ENTRY_SIZE, 8) == SYMBOL_SIZE &&
		    content(elf, header, TYPE_SYMBOLS, symbols))
			return content(elf, section(elf, number(header + SECTION_LINK, 4)),
				       TYPE_NAMES, names);
	return false;
}

/* The code that an address lies in; NULL: there is none. */
static const struct elf_segment *code_of(const struct elf *elf, vaddr_t address)
{
	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *s = &elf->segment[i];

		if ((s->rights & RIGHT_EXECUTE) && address >= s->address &&
		    address - s->address < s->memory_size)
			return s;
	}
	return NULL;
}

static bool is_function(const uint8_t *symbol)
{
	unsigned type = symbol[SYMBOL_INFO] & INFO_TYPE;

	return (type == FUNCTION || type == LABEL) && number(symbol + SYMBOL_SECTION, 2);
}

/* The last one that begins in [start, address], and has not ended before. */
static const uint8_t *last_before(struct bytes symbols, vaddr_t start, vaddr_t address)
{
	const uint8_t *last = NULL;

	for (; symbols.size >= SYMBOL_SIZE;
	     symbols.size -= SYMBOL_SIZE, symbols.at += SYMBOL_SIZE) {
		vaddr_t value = number(symbols.at + SYMBOL_VALUE, 8);

		if (is_function(symbols.at) && value >= start && value <= address &&
		    (!last || value > number(last + SYMBOL_VALUE, 8)))
			last = symbols.at;
	}
	if (!last)
		return NULL;

	uint64_t size = number(last + SYMBOL_BYTES, 8);

	return !size || address - number(last + SYMBOL_VALUE, 8) < size ? last : NULL;
}

/* A longer name is cut, and one that could not be printed is none. */
static bool take_name(struct bytes names, uint32_t at, struct function *function)
{
	size_t length = 0;

	while (at + length < names.size && length < FUNCTION_NAME_MAX && names.at[at + length]) {
		uint8_t c = names.at[at + length++];

		if (c <= ' ' || c > '~')
			return false;
	}
	if (!length)
		return false;
	function->name = (const char *)names.at + at;
	function->length = length;
	return true;
}

bool function_find(const struct elf *elf, vaddr_t address, struct function *function)
{
	const struct elf_segment *code = code_of(elf, address);
	struct bytes symbols, names;

	if (!code || !find_tables(elf, &symbols, &names))
		return false;

	const uint8_t *found = last_before(symbols, code->address, address);

	if (!found || !take_name(names, (uint32_t)number(found + SYMBOL_NAME, 4), function))
		return false;
	function->start = number(found + SYMBOL_VALUE, 8);
	return true;
}
