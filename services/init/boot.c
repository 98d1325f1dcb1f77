/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "boot.h"

#include "panic.h"
#include "start.h"

const struct boot_info *boot;
struct memory memory;
uint64_t boot_ticks;

static void take_untyped(void)
{
	for (uint32_t i = 0; i < boot->untyped_count; i++) {
		const struct untyped_info *untyped = &boot->untyped[i];

		/* Device memory is for drivers: no object may be made there. */
		if (untyped->device)
			continue;
		if (!pool_add(&memory.pool, boot->untyped_first + i, untyped->bits))
			panic("more untyped memory than init can keep account of");
	}
}

void boot_take(const void *info, uint64_t started)
{
	boot = info;
	kozo_begin("init", boot->ipc_buffer);
	if (boot->abi_hash != KOZO_ABI_HASH)
		panic("the kernel was built for ABI %016lx, init for ABI %016lx", boot->abi_hash,
		      (uint64_t)KOZO_ABI_HASH);

	boot_ticks = started - boot->entry_tsc;
	memory.cnode = SLOT_CNODE;
	memory.object_bits = boot->object_bits;
	slots_begin(&memory.slots, boot->slot_first_free, boot->slot_count - boot->slot_first_free);
	take_untyped();
}

struct cpio boot_initrd(void)
{
	struct cpio archive;

	cpio_open(&archive, (const void *)boot->initrd, boot->initrd_bytes);
	return archive;
}

bool boot_initrd_is_whole(void)
{
	struct cpio archive = boot_initrd();
	struct cpio_file file;
	enum cpio_result result;

	do
		result = cpio_next(&archive, &file);
	while (result == CPIO_FILE);
	return result == CPIO_END;
}
