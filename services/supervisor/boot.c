/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "boot.h"

#include "kozo_stubs.h"
#include "panic.h"
#include "place.h"
#include "start.h"
#include "status.h"

const struct start_info *given;
const struct boot_info *boot;
struct memory memory;

static bool describe(cptr_t slot, word_t *kind, word_t *badge)
{
	rights_t rights;
	word_t number;

	return kozo_cnode_describe(SLOT_CNODE, slot, kind, &rights, badge, &number) == OK;
}

unsigned place_look(cptr_t slot)
{
	word_t kind, badge;

	return describe(slot, &kind, &badge) ? kind & ((1 << DESCRIBE_SIZE_SHIFT) - 1)
					     : OBJECT_NULL;
}

/* Device memory is for drivers: no object may be made there. */
static void take_untyped(void)
{
	word_t kind, used;

	for (cptr_t slot = boot->untyped_first; describe(slot, &kind, &used); slot++) {
		unsigned bits = kind >> DESCRIBE_SIZE_SHIFT & 0xff;

		if (kind & DESCRIBE_DEVICE)
			continue;
		if (!pool_add(&memory.pool, slot, bits))
			panic("more untyped memory than the supervisor can keep account of");
		memory.pool.piece[memory.pool.count - 1].used = used;
	}
}

/* The last instance may have left things in the slots that are for one only. */
static void take_slots(void)
{
	cptr_t first = place_end();
	word_t done;
	status_t status =
		kozo_cnode_delete_range(SLOT_CNODE, first, boot->slot_count - first, &done);

	if (status != OK)
		panic("what the last instance left: %s", kozo_status_text(status));
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
