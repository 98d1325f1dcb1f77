/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The PVH reader: the input is physical memory, from the boot information on. */
/* links: kernel/arch/x86_64/boot/pvh.c kernel/boot/memmap.c kernel/boot/copies.c tests/fuzz/physical_memory.c */
#include "boot_facts.h"
#include "physical_memory.h"

#include "pvh.h"

/* Of boot information that was read without a complaint. */
static struct passed_map passed_map(void)
{
	enum { INFO_BYTES = 56, MAP_AT = 40, COUNT_AT = 48, ENTRY = sizeof(struct passed_entry) };
	const uint8_t *info = boot_physical(MEMORY_START, INFO_BYTES);
	uint64_t address;
	uint32_t count;

	memcpy(&address, info + MAP_AT, sizeof(address));
	memcpy(&count, info + COUNT_AT, sizeof(count));
	return (struct passed_map){ boot_physical(address, (uint64_t)count * ENTRY), count, ENTRY };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct boot boot;

	memset(&boot, 0, sizeof(boot));
	memory_begin(data, size);

	const char *problem = pvh_read(&boot, MEMORY_START);

	check_boot(&boot);
	must(!problem || problem[0]);
	if (!problem) {
		struct passed_map map = passed_map();

		check_against(&boot.ram, &map);
	}
	memory_end();
	return 0;
}
