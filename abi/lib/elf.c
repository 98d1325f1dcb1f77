/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "elf.h"

#include <string.h>

/*
 * The format is the System V ABI's, chapters 4 and 5, and its x86_64
 * supplement. Fields are picked out byte by byte: the file need not be aligned,
 * and no bytes are taken for a structure that they may not be.
 */
enum {
	FILE_HEADER_SIZE = 64,
	FILE_TYPE = 16,
	FILE_MACHINE = 18,
	FILE_ENTRY = 24,
	FILE_HEADERS = 32,
	FILE_HEADER_ENTRY_SIZE = 54,
	FILE_HEADER_COUNT = 56,

	PROGRAM_HEADER_SIZE = 56,
	PROGRAM_TYPE = 0,
	PROGRAM_FLAGS = 4,
	PROGRAM_OFFSET = 8,
	PROGRAM_ADDRESS = 16,
	PROGRAM_FILE_SIZE = 32,
	PROGRAM_MEMORY_SIZE = 40,

	TYPE_EXECUTABLE = 2,
	MACHINE_X86_64 = 62,

	SEGMENT_LOAD = 1,
	SEGMENT_DYNAMIC = 2,
	SEGMENT_INTERPRETER = 3,
	SEGMENT_NOTE = 4,

	FLAG_EXECUTE = 1,
	FLAG_WRITE = 2,
	FLAG_READ = 4,

	PAGE_SIZE = 1 << PAGE_BITS,
};

/* The first bytes of every file we take: magic, 64 bits, little-endian, version 1. */
static const uint8_t identity[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };

static const char note_name[] = "KOZO";

enum { NOTE_HEADER_SIZE = 12, NOTE_TYPE_ABI = 1, NOTE_ALIGNMENT = 4 };

static uint64_t little_endian(const uint8_t *bytes, size_t count)
{
	uint64_t value = 0;

	for (size_t i = count; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

static uint16_t read16(const uint8_t *bytes)
{
	return (uint16_t)little_endian(bytes, 2);
}

static uint32_t read32(const uint8_t *bytes)
{
	return (uint32_t)little_endian(bytes, 4);
}

static uint64_t read64(const uint8_t *bytes)
{
	return little_endian(bytes, 8);
}

static bool inside(uint64_t offset, uint64_t length, uint64_t size)
{
	return offset <= size && length <= size - offset;
}

static uint64_t page_start(uint64_t address)
{
	return address & ~(uint64_t)(PAGE_SIZE - 1);
}

/* May not be used on the last page there is. */
static uint64_t page_end(uint64_t address)
{
	return page_start(address + PAGE_SIZE - 1);
}

static const uint8_t *program_header(const struct elf *elf, size_t i)
{
	return elf->base + read64(elf->base + FILE_HEADERS) + i * PROGRAM_HEADER_SIZE;
}

static size_t program_header_count(const struct elf *elf)
{
	return read16(elf->base + FILE_HEADER_COUNT);
}

static enum elf_result check_file_header(const struct elf *elf)
{
	const uint8_t *header = elf->base;

	if (elf->size < FILE_HEADER_SIZE || memcmp(header, identity, sizeof(identity)) != 0)
		return ELF_NOT_ELF;
	if (read16(header + FILE_MACHINE) != MACHINE_X86_64)
		return ELF_NOT_X86_64;
	if (read16(header + FILE_TYPE) != TYPE_EXECUTABLE)
		return ELF_NOT_STATIC;
	if (read16(header + FILE_HEADER_ENTRY_SIZE) != PROGRAM_HEADER_SIZE)
		return ELF_HEADERS_OUTSIDE;
	if (!inside(read64(header + FILE_HEADERS),
		    program_header_count(elf) * (uint64_t)PROGRAM_HEADER_SIZE, elf->size))
		return ELF_HEADERS_OUTSIDE;
	return ELF_OK;
}

static rights_t rights_of(uint32_t flags)
{
	return (flags & FLAG_READ ? RIGHT_READ : 0) | (flags & FLAG_WRITE ? RIGHT_WRITE : 0) |
	       (flags & FLAG_EXECUTE ? RIGHT_EXECUTE : 0);
}

static struct elf_segment read_segment(const uint8_t *header)
{
	return (struct elf_segment){
		.address = read64(header + PROGRAM_ADDRESS),
		.offset = read64(header + PROGRAM_OFFSET),
		.file_size = read64(header + PROGRAM_FILE_SIZE),
		.memory_size = read64(header + PROGRAM_MEMORY_SIZE),
		.rights = rights_of(read32(header + PROGRAM_FLAGS)),
	};
}

/* memory_size is at most ELF_MEMORY_MAX, so the end is far from overflowing. */
static bool address_allowed(const struct elf_segment *s)
{
	if (s->address < ELF_LOWEST || s->address >= USER_TOP)
		return false;

	uint64_t end = page_end(s->address + s->memory_size);

	return end <= USER_TOP && (end <= REGION_BASE || page_start(s->address) >= REGION_TOP);
}

/* What must hold for one segment alone. */
static enum elf_result check_segment(const struct elf *elf, const struct elf_segment *s)
{
	if (!inside(s->offset, s->file_size, elf->size) || s->file_size > s->memory_size)
		return ELF_SEGMENT_OUTSIDE;
	if (s->memory_size > ELF_MEMORY_MAX)
		return ELF_TOO_BIG;
	if (s->address % PAGE_SIZE != s->offset % PAGE_SIZE)
		return ELF_SEGMENT_MISALIGNED;
	if (!address_allowed(s))
		return ELF_SEGMENT_ADDRESS;
	if (!(s->rights & RIGHT_READ) || ((s->rights & RIGHT_WRITE) && (s->rights & RIGHT_EXECUTE)))
		return ELF_SEGMENT_RIGHTS;
	return ELF_OK;
}

static uint64_t memory_of(const struct elf_segment *s)
{
	return page_end(s->address + s->memory_size) - page_start(s->address);
}

/* What must hold for a segment and those before it; then it joins them. */
static enum elf_result add_segment(struct elf *elf, const struct elf_segment *s)
{
	uint64_t memory = memory_of(s);

	if (elf->segment_count == ELF_SEGMENTS_MAX)
		return ELF_TOO_MANY_SEGMENTS;
	if (elf->segment_count > 0) {
		const struct elf_segment *last = &elf->segment[elf->segment_count - 1];

		if (page_start(s->address) < page_end(last->address + last->memory_size))
			return ELF_SEGMENT_ORDER;
	}
	for (size_t i = 0; i < elf->segment_count; i++)
		memory += memory_of(&elf->segment[i]);
	if (memory > ELF_MEMORY_MAX)
		return ELF_TOO_BIG;

	elf->segment[elf->segment_count++] = *s;
	return ELF_OK;
}

static enum elf_result load_header(struct elf *elf, const uint8_t *header)
{
	uint32_t type = read32(header + PROGRAM_TYPE);

	if (type == SEGMENT_DYNAMIC || type == SEGMENT_INTERPRETER)
		return ELF_NOT_STATIC;
	if (type != SEGMENT_LOAD)
		return ELF_OK;

	struct elf_segment segment = read_segment(header);

	if (segment.memory_size == 0 && segment.file_size == 0)
		return ELF_OK;

	enum elf_result result = check_segment(elf, &segment);

	return result == ELF_OK ? add_segment(elf, &segment) : result;
}

static bool entry_is_code(const struct elf *elf)
{
	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *s = &elf->segment[i];

		if ((s->rights & RIGHT_EXECUTE) && elf->entry >= s->address &&
		    elf->entry - s->address < s->memory_size)
			return true;
	}
	return false;
}

enum elf_result elf_open(struct elf *elf, const void *base, size_t size)
{
	elf->base = base;
	elf->size = size;
	elf->segment_count = 0;

	enum elf_result result = check_file_header(elf);

	for (size_t i = 0; result == ELF_OK && i < program_header_count(elf); i++)
		result = load_header(elf, program_header(elf, i));
	if (result != ELF_OK)
		return result;

	elf->entry = read64(elf->base + FILE_ENTRY);
	return entry_is_code(elf) ? ELF_OK : ELF_BAD_ENTRY;
}

const char *elf_text(enum elf_result result)
{
	static const char *const text[ELF_RESULTS] = {
		[ELF_OK] = "it can be loaded",
		[ELF_NOT_ELF] = "it is not a 64-bit ELF file",
		[ELF_NOT_X86_64] = "it is not for x86_64",
		[ELF_NOT_STATIC] = "it is not a static executable",
		[ELF_HEADERS_OUTSIDE] = "its program headers lie outside the file",
		[ELF_SEGMENT_OUTSIDE] = "a segment lies outside the file",
		[ELF_SEGMENT_MISALIGNED] = "a segment is not aligned to pages",
		[ELF_SEGMENT_ORDER] = "segments share a page or are out of order",
		[ELF_SEGMENT_ADDRESS] = "a segment lies where programs may not be",
		[ELF_SEGMENT_RIGHTS] = "a segment is both writable and executable, or unreadable",
		[ELF_TOO_MANY_SEGMENTS] = "it has too many segments",
		[ELF_TOO_BIG] = "it needs too much memory",
		[ELF_BAD_ENTRY] = "its entry point is not in its code",
	};

	return text[result];
}

static uint64_t note_padded(uint32_t length)
{
	return ((uint64_t)length + NOTE_ALIGNMENT - 1) & ~(uint64_t)(NOTE_ALIGNMENT - 1);
}

/* Look for our note among the notes in [at, at + size), which lies in the file. */
static bool find_note(const uint8_t *at, uint64_t size, uint64_t *hash)
{
	while (size >= NOTE_HEADER_SIZE) {
		uint32_t name_size = read32(at), hash_size = read32(at + 4);
		const uint8_t *name = at + NOTE_HEADER_SIZE;
		uint64_t length =
			NOTE_HEADER_SIZE + note_padded(name_size) + note_padded(hash_size);

		if (length > size)
			return false;
		if (name_size == sizeof(note_name) && hash_size == sizeof(*hash) &&
		    read32(at + 8) == NOTE_TYPE_ABI &&
		    memcmp(name, note_name, sizeof(note_name)) == 0) {
			*hash = read64(name + note_padded(name_size));
			return true;
		}
		at += length;
		size -= length;
	}
	return false;
}

bool elf_abi_hash(const struct elf *elf, uint64_t *hash)
{
	for (size_t i = 0; i < program_header_count(elf); i++) {
		const uint8_t *header = program_header(elf, i);
		uint64_t offset = read64(header + PROGRAM_OFFSET);
		uint64_t size = read64(header + PROGRAM_FILE_SIZE);

		if (read32(header + PROGRAM_TYPE) == SEGMENT_NOTE &&
		    inside(offset, size, elf->size) && find_note(elf->base + offset, size, hash))
			return true;
	}
	return false;
}
