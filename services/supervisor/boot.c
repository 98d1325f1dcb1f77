/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "boot.h"

#include "describe.h"
#include "kozo_stubs.h"
#include "panic.h"
#include "place.h"
#include "start.h"

const struct start_info *given;
const struct boot_info *boot;
struct memory memory;

unsigned place_look(cptr_t slot)
{
	struct description d;

	return kozo_describe(SLOT_CNODE, slot, &d) == OK ? d.type : OBJECT_NULL;
}

/* Device memory is for drivers: no object may be made there. */
static void take_untyped(void)
{
	struct description d;

	for (cptr_t slot = boot->untyped_first; kozo_describe(SLOT_CNODE, slot, &d) == OK; slot++) {
		if (d.is_device)
			continue;
		if (!pool_add(&memory.pool, slot, d.size))
			panic("more untyped memory than the supervisor can keep account of");
		memory.pool.piece[memory.pool.count - 1].used = d.badge;
	}
}

/* The last instance may have left things in the slots that are for one only. */
static void take_slots(void)
{
	cptr_t first = place_end();
	word_t done;

	need(kozo_cnode_delete_range(SLOT_CNODE, first, boot->slot_count - first, &done),
	     "what the last instance left");
	slots_begin(&memory.slots, first, boot->slot_count - first);
}

void boot_take(const void *info)
{
	given = info;
	boot = (const struct boot_info *)given->boot;
	kozo_begin((const char *)given->name, given->ipc_buffer);
	if (boot->abi_hash != KOZO_ABI_HASH)
		panic("the kernel was built for ABI %016lx, the supervisor for ABI %016lx",
		      boot->abi_hash, (uint64_t)KOZO_ABI_HASH);
	memory.cnode = SLOT_CNODE;
	memory.object_bits = boot->object_bits;
	take_slots();
	take_untyped();
}

size_t boot_kept_bytes(void)
{
	return given->kept_bytes - (1ull << PAGE_BITS);
}

const struct supervisor_report *boot_report(void)
{
	return (const void *)(given->kept + boot_kept_bytes());
}

struct cpio boot_initrd(void)
{
	struct cpio archive;

	cpio_open(&archive, (const void *)given->initrd, given->initrd_bytes);
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
