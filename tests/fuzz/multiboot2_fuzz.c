/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The multiboot2 reader: the input is the boot information. */
/* links: kernel/arch/x86_64/boot/multiboot2.c kernel/boot/memmap.c kernel/boot/copies.c */
#include "boot_facts.h"

#include "multiboot2.h"

enum { HEADER = 8, TAG_ALIGN = 8, TAG_MEMORY_MAP = 6, MAP_HEADER = 16 };

static uint32_t read32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/*
 * The memory map of boot information that was read to its end without a
 * complaint. False: there is none, or more than one and they may contradict.
 */
static bool find_map(const uint8_t *info, struct passed_map *map)
{
	size_t maps = 0;

	for (size_t at = HEADER; read32(info + at);
	     at += round_up(read32(info + at + 4), TAG_ALIGN)) {
		const uint8_t *tag = info + at;

		if (read32(tag) != TAG_MEMORY_MAP)
			continue;
		maps++;
		map->stride = read32(tag + 8);
		map->entries = tag + MAP_HEADER;
		map->count = (read32(tag + 4) - MAP_HEADER) / map->stride;
	}
	return maps == 1;
}

static void check_framebuffer(const struct framebuffer *f)
{
	must(!f->address || f->size == (uint64_t)f->pitch * f->height);
	must(!memcmp(f->reserved, (uint8_t[sizeof(f->reserved)]){ 0 }, sizeof(f->reserved)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct boot boot;
	struct passed_map map;

	memset(&boot, 0, sizeof(boot));

	const char *problem = multiboot2_read(&boot, data, size);

	/* On a problem, too: the screen it is told on comes from there. */
	check_boot(&boot);
	check_framebuffer(&boot.framebuffer);
	must(!problem || problem[0]);
	if (!problem && find_map(data, &map))
		check_against(&boot.ram, &map);
	return 0;
}
