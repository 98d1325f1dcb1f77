/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arch/layout.h"
#include "boot.h"
#include "string.h"

enum { MEMORY_RAM = 1 };

/* As the BIOS has them (ACPI specification 6.5, 15.3), and all loaders after it. */
struct map_entry {
	uint64_t address, bytes;
	uint32_t type, reserved;
};

_Static_assert(sizeof(struct map_entry) == BOOT_MAP_ENTRY_BYTES, "as boot.h says");

static void add_memory(struct boot *b, paddr_t start, uint64_t bytes)
{
	paddr_t end = bytes <= UINT64_MAX - start ? start + bytes : UINT64_MAX;

	if (bytes && end > PHYS_MAX && end > b->more_memory)
		b->more_memory = end;
	memmap_add(&b->ram, start, bytes, PHYS_MAX);
}

/* Add the entries that are RAM, or remove those that are not. */
static void apply_map(struct boot *b, const uint8_t *map, size_t bytes, size_t step, bool add)
{
	struct map_entry e;

	for (size_t at = 0; bytes - at >= step; at += step) {
		memcpy(&e, map + at, sizeof(e));
		if (add && e.type == MEMORY_RAM)
			add_memory(b, e.address, e.bytes);
		if (!add && e.type != MEMORY_RAM)
			memmap_remove(&b->ram, e.address, e.bytes);
	}
}

void boot_add_map(struct boot *b, const void *map, size_t bytes, size_t step)
{
	apply_map(b, map, bytes, step, true);
	apply_map(b, map, bytes, step, false);
}

void boot_set_rsdp(struct boot *b, const void *rsdp, size_t bytes)
{
	b->rsdp_bytes = bytes < RSDP_BYTES ? bytes : RSDP_BYTES;
	memcpy(b->rsdp, rsdp, b->rsdp_bytes);
}

void boot_set_command_line(struct boot *b, const char *text, size_t limit)
{
	size_t n = 0;

	while (n < limit && n < COMMAND_LINE_MAX - 1 && text[n]) {
		b->command_line[n] = text[n];
		n++;
	}
	b->command_line[n] = '\0';
	b->command_line_is_cut = n < limit && text[n];
}

/* What follows `word`, if the text starts with it; NULL: it does not. */
static const char *behind(const char *text, const char *word)
{
	while (*word && *text == *word)
		text++, word++;
	return *word ? NULL : text;
}

const char *boot_option(const struct boot *b, const char *name)
{
	for (const char *at = b->command_line; *at; at++)
		if ((at == b->command_line || at[-1] == ' ') && behind(at, name))
			return behind(at, name);
	return NULL;
}

bool boot_option_is(const char *value, const char *word)
{
	const char *end = value ? behind(value, word) : NULL;

	return end && (!*end || *end == ' ');
}
