/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What must hold of struct boot, whatever the boot loader has told: the rest of
 * the kernel believes it without a second look.
 */
#pragma once

#include "fuzz.h"

#include "arch/layout.h"
#include "boot.h"

enum { PAGE = 1 << PAGE_BITS };

static inline void check_memmap(const struct memmap *map)
{
	paddr_t free_from = 0;

	must(map->count <= MEMMAP_RANGES);
	for (unsigned i = 0; i < map->count; i++) {
		const struct memory_range *r = &map->range[i];

		must(r->start % PAGE == 0 && r->end % PAGE == 0);
		must(r->start < r->end);
		must(i == 0 || r->start > free_from); /* neither overlap nor touch */
		free_from = r->end;
	}
	must(free_from <= PHYS_MAX);
	must(map->given_up % PAGE == 0);
}

static inline void check_boot(const struct boot *b)
{
	check_memmap(&b->ram);
	must(b->initrd_bytes <= PHYS_MAX && b->initrd <= PHYS_MAX - b->initrd_bytes);
	must(memchr(b->command_line, '\0', COMMAND_LINE_MAX));
	must(b->rsdp_bytes <= RSDP_BYTES);
}

/* --- against the map that was passed ---------------------------------------- */

/* Multiboot2 and PVH agree on the form of an entry, and on the number of RAM. */
struct passed_entry {
	uint64_t address, bytes;
	uint32_t type, reserved;
};

enum { PASSED_RAM = 1 };

/* A map as it was passed: `stride` bytes from one entry to the next. */
struct passed_map {
	const uint8_t *entries;
	size_t count, stride;
};

UNWATCHED static inline struct passed_entry passed_entry(const struct passed_map *map, size_t i)
{
	struct passed_entry e;

	memcpy(&e, map->entries + i * map->stride, sizeof(e));
	if (e.bytes > UINT64_MAX - e.address)
		e.bytes = UINT64_MAX - e.address;
	return e;
}

/* The end of the RAM that some entry says there is at this address; 0: none says so. */
UNWATCHED static inline paddr_t ram_until(const struct passed_map *map, paddr_t at)
{
	paddr_t until = 0;

	for (size_t i = 0; i < map->count; i++) {
		struct passed_entry e = passed_entry(map, i);

		if (e.type == PASSED_RAM && e.address <= at && e.address + e.bytes > at &&
		    e.address + e.bytes > until)
			until = e.address + e.bytes;
	}
	return until;
}

/* All of `ram` was said to be RAM, and nothing of it was said to be anything else. */
UNWATCHED static inline void check_against(const struct memmap *ram, const struct passed_map *map)
{
	for (unsigned i = 0; i < ram->count; i++) {
		const struct memory_range *r = &ram->range[i];

		for (paddr_t at = r->start; at < r->end; at = ram_until(map, at))
			must(ram_until(map, at));
		for (size_t j = 0; j < map->count; j++) {
			struct passed_entry e = passed_entry(map, j);

			must(e.type == PASSED_RAM || !e.bytes || e.address >= r->end ||
			     e.address + e.bytes <= r->start);
		}
	}
}
