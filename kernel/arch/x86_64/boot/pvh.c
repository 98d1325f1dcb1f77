/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pvh.h"
#include "arch/layout.h"
#include "memory.h"
#include "string.h"

#define START_MAGIC 0x336ec578u

enum { MEMMAP_ENTRIES_MAX = 1024 };

/* The layouts are Xen's; version 1 added the memory map. */
struct start_info_pvh {
	uint32_t magic, version, flags, module_count;
	uint64_t modules, command_line, rsdp, memory_map;
	uint32_t memory_map_entries, reserved;
};

struct module_entry {
	uint64_t address, bytes, command_line, reserved;
};

static const char *read_module(struct boot *b, const struct start_info_pvh *s)
{
	struct module_entry m;
	const void *at;

	if (!s->module_count)
		return NULL;
	at = boot_physical(s->modules, sizeof(m));
	if (!at)
		return "the list of modules is out of reach";
	memcpy(&m, at, sizeof(m));
	if (m.bytes > PHYS_MAX || m.address > PHYS_MAX - m.bytes)
		return "the module is out of reach";
	b->initrd = m.address;
	b->initrd_bytes = m.bytes;
	return NULL;
}

static const char *read_command_line(struct boot *b, const struct start_info_pvh *s)
{
	size_t limit = COMMAND_LINE_MAX;
	const char *text;

	if (!s->command_line)
		return NULL;
	text = boot_physical(s->command_line, limit);
	if (!text)
		return "the command line is out of reach";
	boot_set_command_line(b, text, limit);
	return NULL;
}

/* Without a good address there is simply no ACPI. */
static void read_rsdp(struct boot *b, const struct start_info_pvh *s)
{
	const void *at = s->rsdp ? boot_physical(s->rsdp, RSDP_BYTES) : NULL;

	if (at)
		boot_set_rsdp(b, at, RSDP_BYTES);
}

static const char *read_memory_map(struct boot *b, const struct start_info_pvh *s)
{
	uint32_t bytes = s->memory_map_entries * BOOT_MAP_ENTRY_BYTES;
	const void *map;

	if (!s->version || !s->memory_map_entries)
		return "the boot loader passed no memory map";
	if (s->memory_map_entries > MEMMAP_ENTRIES_MAX)
		return "the memory map has too many entries";
	map = boot_physical(s->memory_map, bytes);
	if (!map)
		return "the memory map is out of reach";
	boot_add_map(b, map, bytes, BOOT_MAP_ENTRY_BYTES);
	return NULL;
}

const char *pvh_read(struct boot *b, paddr_t info)
{
	struct start_info_pvh s;
	const void *at = boot_physical(info, sizeof(s));
	const char *problem;

	if (!at)
		return "the boot information is out of reach";
	memcpy(&s, at, sizeof(s));
	if (s.magic != START_MAGIC)
		return "the boot information has the wrong magic number";

	read_rsdp(b, &s);
	problem = read_memory_map(b, &s);
	if (!problem)
		problem = read_module(b, &s);
	return problem ? problem : read_command_line(b, &s);
}
