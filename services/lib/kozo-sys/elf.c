/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "elf.h"

#include <string.h>

/*
 * The format is the System V ABI's, chapters 4 and 5, and its x86_64 supplement.
 * Headers are copied out before they are read: the file need not be aligned.
 */
struct file_header {
	uint8_t identity[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, headers, sections;
	uint32_t flags;
	uint16_t size, header_size, header_count;
	uint16_t section_size, section_count, section_names;
};

struct program_header {
	uint32_t type, flags;
	uint64_t offset, address, physical_address, file_size, memory_size, alignment;
};

struct note_header {
	uint32_t name_size, content_size, type;
};

enum {
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

enum { NOTE_TYPE_ABI = 1, NOTE_ALIGNMENT = 4 };

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

static struct file_header file_header(const struct elf *elf)
{
	struct file_header header;

	memcpy(&header, elf->base, sizeof(header));
	return header;
}

static struct program_header program_header(const struct elf *elf, size_t i)
{
	struct program_header header;

	memcpy(&header, elf->base + file_header(elf).headers + i * sizeof(header), sizeof(header));
	return header;
}

static const char *check_file_header(const struct elf *elf)
{
	if (elf->size < sizeof(struct file_header) ||
	    memcmp(elf->base, identity, sizeof(identity)) != 0)
		return "it is not a 64-bit ELF file";

	struct file_header h = file_header(elf);

	if (h.machine != MACHINE_X86_64)
		return "it is not for x86_64";
	if (h.type != TYPE_EXECUTABLE)
		return "it is not a static executable";
	if (h.header_size != sizeof(struct program_header) ||
	    !inside(h.headers, h.header_count * sizeof(struct program_header), elf->size))
		return "its program headers lie outside the file";
	return NULL;
}

static rights_t rights_of(uint32_t flags)
{
	return (flags & FLAG_READ ? RIGHT_READ : 0) | (flags & FLAG_WRITE ? RIGHT_WRITE : 0) |
	       (flags & FLAG_EXECUTE ? RIGHT_EXECUTE : 0);
}

/* memory_size is at most PROGRAM_BYTES_MAX, so the end is far from overflowing. */
static bool address_allowed(const struct elf_segment *s)
{
	if (s->address < PROGRAM_LOWEST || s->address >= USER_TOP)
		return false;

	uint64_t end = page_end(s->address + s->memory_size);

	return end <= USER_TOP && (end <= REGION_BASE || page_start(s->address) >= REGION_TOP);
}

/* What must hold for one segment alone. */
static const char *check_segment(const struct elf *elf, const struct elf_segment *s)
{
	if (!inside(s->offset, s->file_size, elf->size) || s->file_size > s->memory_size)
		return "a segment lies outside the file";
	if (s->memory_size > PROGRAM_BYTES_MAX)
		return "it needs too much memory";
	if (s->address % PAGE_SIZE != s->offset % PAGE_SIZE)
		return "a segment is not aligned to pages";
	if (!address_allowed(s))
		return "a segment lies where programs may not be";
	if (!(s->rights & RIGHT_READ) || ((s->rights & RIGHT_WRITE) && (s->rights & RIGHT_EXECUTE)))
		return "a segment is both writable and executable, or unreadable";
	return NULL;
}

static uint64_t memory_of(const struct elf_segment *s)
{
	return page_end(s->address + s->memory_size) - page_start(s->address);
}

/* What must hold for a segment and those before it; then it joins them. */
static const char *add_segment(struct elf *elf, const struct elf_segment *s)
{
	uint64_t memory = memory_of(s);

	if (elf->segment_count == ELF_SEGMENTS_MAX)
		return "it has too many segments";
	if (elf->segment_count > 0) {
		const struct elf_segment *last = &elf->segment[elf->segment_count - 1];

		if (page_start(s->address) < page_end(last->address + last->memory_size))
			return "segments share a page or are out of order";
	}
	for (size_t i = 0; i < elf->segment_count; i++)
		memory += memory_of(&elf->segment[i]);
	if (memory > PROGRAM_BYTES_MAX)
		return "it needs too much memory";

	elf->segment[elf->segment_count++] = *s;
	return NULL;
}

static const char *load_header(struct elf *elf, struct program_header h)
{
	if (h.type == SEGMENT_DYNAMIC || h.type == SEGMENT_INTERPRETER)
		return "it is not a static executable";
	if (h.type != SEGMENT_LOAD)
		return NULL;

	struct elf_segment segment = {
		.address = h.address,
		.offset = h.offset,
		.file_size = h.file_size,
		.memory_size = h.memory_size,
		.rights = rights_of(h.flags),
	};

	if (segment.memory_size == 0 && segment.file_size == 0)
		return NULL;

	const char *problem = check_segment(elf, &segment);

	return problem ? problem : add_segment(elf, &segment);
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

const char *elf_open(struct elf *elf, const void *base, size_t size)
{
	elf->base = base;
	elf->size = size;
	elf->segment_count = 0;

	const char *problem = check_file_header(elf);

	for (size_t i = 0; !problem && i < file_header(elf).header_count; i++)
		problem = load_header(elf, program_header(elf, i));
	if (problem)
		return problem;

	elf->entry = file_header(elf).entry;
	return entry_is_code(elf) ? NULL : "its entry point is not in its code";
}

static uint64_t note_padded(uint32_t length)
{
	return ((uint64_t)length + NOTE_ALIGNMENT - 1) & ~(uint64_t)(NOTE_ALIGNMENT - 1);
}

/* Look for our note among the notes in [at, at + size), which lies in the file. */
static bool find_note(const uint8_t *at, uint64_t size, uint64_t *hash)
{
	struct note_header note;

	while (size >= sizeof(note)) {
		memcpy(&note, at, sizeof(note));

		const uint8_t *name = at + sizeof(note);
		const uint64_t before = sizeof(note) + note_padded(note.name_size);
		const uint64_t length = before + note_padded(note.content_size);

		if (length > size)
			return false;
		if (note.name_size == sizeof(note_name) &&
		    note.content_size == sizeof(struct program_layout) &&
		    note.type == NOTE_TYPE_ABI && memcmp(name, note_name, sizeof(note_name)) == 0) {
			memcpy(hash, at + before, sizeof(*hash)); /* which comes first */
			return true;
		}
		at += length;
		size -= length;
	}
	return false;
}

bool elf_abi_hash(const struct elf *elf, uint64_t *hash)
{
	for (size_t i = 0; i < file_header(elf).header_count; i++) {
		struct program_header h = program_header(elf, i);

		if (h.type == SEGMENT_NOTE && inside(h.offset, h.file_size, elf->size) &&
		    find_note(elf->base + h.offset, h.file_size, hash))
			return true;
	}
	return false;
}
