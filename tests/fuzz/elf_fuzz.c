/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The ELF reader: the input is a program. What elf.h and function.h promise of it is counted again here. */
/* links: services/lib/kozo-sys/elf.c services/supervisor/function.c */
#include "fuzz.h"

#include "elf.h"
#include "function.h"

/* Wide enough that no sum of a file's numbers overflows. */
typedef unsigned __int128 wide_t;

enum { PAGE = 1 << PAGE_BITS };

static wide_t first_page(const struct elf_segment *s)
{
	return (wide_t)s->address / PAGE;
}

static wide_t page_behind(const struct elf_segment *s)
{
	return ((wide_t)s->address + s->memory_size + PAGE - 1) / PAGE;
}

static void check_segment(const struct elf *elf, const struct elf_segment *s)
{
	must((wide_t)s->offset + s->file_size <= elf->size);
	must(s->memory_size >= s->file_size && s->memory_size > 0);
	must(s->address % PAGE == s->offset % PAGE);
	must(s->address >= PROGRAM_LOWEST);
	must(page_behind(s) * PAGE <= USER_TOP);
	must(page_behind(s) * PAGE <= REGION_BASE || first_page(s) * PAGE >= REGION_TOP);
	must(s->rights & RIGHT_READ);
	must(!(s->rights & RIGHT_WRITE) || !(s->rights & RIGHT_EXECUTE));
	must(!(s->rights & ~(RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE)));
}

static bool holds_entry(const struct elf *elf, const struct elf_segment *s)
{
	return (s->rights & RIGHT_EXECUTE) && elf->entry >= s->address &&
	       elf->entry < (wide_t)s->address + s->memory_size;
}

static void check_program(const struct elf *elf)
{
	wide_t pages = 0, free_from = 0;
	bool entry_found = false;

	must(elf->segment_count >= 1 && elf->segment_count <= ELF_SEGMENTS_MAX);
	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *s = &elf->segment[i];

		check_segment(elf, s);
		must(first_page(s) >= free_from);
		free_from = page_behind(s);
		pages += page_behind(s) - first_page(s);
		entry_found |= holds_entry(elf, s);
	}
	must(pages * PAGE <= PROGRAM_BYTES_MAX);
	must(entry_found);
}

UNWATCHED static bool has_bytes(const struct elf *elf, const void *bytes, size_t size)
{
	for (size_t at = 0; at + size <= elf->size; at++)
		if (memcmp(elf->base + at, bytes, size) == 0)
			return true;
	return false;
}

static void check_symbol(const struct elf *elf, vaddr_t address)
{
	const uint8_t *file = elf->base;
	struct function function;

	if (!function_find(elf, address, &function))
		return;
	must(function.start <= address);
	must(function.length >= 1 && function.length <= FUNCTION_NAME_MAX);
	must((const uint8_t *)function.name > file);
	must((wide_t)((const uint8_t *)function.name - file) + function.length <= elf->size);
	for (size_t i = 0; i < function.length; i++)
		must(function.name[i] > ' ' && function.name[i] <= '~');
}

static void check_symbols(const struct elf *elf)
{
	struct function function;

	check_symbol(elf, elf->entry);
	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *s = &elf->segment[i];

		check_symbol(elf, s->address + s->memory_size - 1);
		must((s->rights & RIGHT_EXECUTE) || !function_find(elf, s->address, &function));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf elf;
	uint64_t hash = 0;
	const char *problem = elf_open(&elf, data, size);

	if (problem) {
		must(problem[0]);
		return 0;
	}

	must(elf.base == data && elf.size == size);
	check_program(&elf);
	check_symbols(&elf);
	if (elf_abi_hash(&elf, &hash))
		must(has_bytes(&elf, &hash, sizeof(hash)));
	else
		must(hash == 0);
	return 0;
}
