/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "hold.h"

#include "keeper.h"
#include "kozo_stubs.h"
#include "panic.h"
#include "print.h"
#include "start.h"
#include "status.h"

enum { OWN_BITS = 21 }; /* keeper's own piece: 2 MiB */

const struct boot_info *boot;
struct memory memory;

/* All that is handed over: the kernel's Untypeds, and parts of the one that ours is from. */
static struct {
	cptr_t untyped;
	unsigned bits;
} handed[UNTYPED_MAX + SUPERVISOR_UNTYPED_MORE];
static size_t handed_count;

static void hand(cptr_t untyped, unsigned bits)
{
	if (handed_count == sizeof(handed) / sizeof(handed[0]))
		panic("more untyped memory than keeper can hand over");
	handed[handed_count].untyped = untyped;
	handed[handed_count++].bits = bits;
}

static status_t split(cptr_t untyped, unsigned bits, cptr_t *part)
{
	word_t done;

	*part = slots_take(&memory.slots, 1);
	if (!*part)
		return ERR_NO_MEMORY;
	return kozo_untyped_retype(untyped, OBJECT_UNTYPED, bits, SLOT_CNODE, *part, 1, &done);
}

/* Ours is in front; what is left are parts of its size, of twice that, and so on. */
static void take_own_from(cptr_t untyped, unsigned bits)
{
	unsigned size = OWN_BITS;
	cptr_t part;

	if (split(untyped, size, &part) != OK || !pool_add(&memory.pool, part, size))
		panic("keeper cannot have memory of its own");
	for (; size < bits; size++) {
		if (split(untyped, size, &part) != OK)
			panic("the memory beside keeper's own cannot be used");
		hand(part, size);
	}
}

/* The smallest piece that is large enough; the first of several. */
static uint32_t find_own(void)
{
	uint32_t best = boot->untyped_count;

	for (uint32_t i = 0; i < boot->untyped_count; i++) {
		const struct untyped_info *u = &boot->untyped[i];

		if (!u->device && u->bits >= OWN_BITS &&
		    (best == boot->untyped_count || u->bits < boot->untyped[best].bits))
			best = i;
	}
	if (best == boot->untyped_count)
		panic("there is no piece of memory of %u MiB for keeper", 1u << (OWN_BITS - 20));
	return best;
}

/* Half of it would only fail later, and of that the kernel has looked at this program only. */
static void check_initrd(void)
{
	struct cpio archive = hold_initrd();
	struct cpio_file file;
	enum cpio_result result;

	do
		result = cpio_next(&archive, &file);
	while (result == CPIO_FILE);
	if (result == CPIO_END)
		return;
	kozo_printf("KOZO cannot start: the initrd is damaged: it is not a complete cpio (newc) "
		    "archive\n");
	kozo_flush();
	for (;;)
		need(kozo_thread_stop(SLOT_THREAD), "stopping");
}

void hold_take(const void *info)
{
	boot = info;
	kozo_begin("keeper", boot->ipc_buffer);
	if (boot->abi_hash != KOZO_ABI_HASH)
		panic("the kernel was built for ABI %016lx, keeper for ABI %016lx", boot->abi_hash,
		      (uint64_t)KOZO_ABI_HASH);
	check_initrd();
	memory.cnode = SLOT_CNODE;
	memory.object_bits = boot->object_bits;
	slots_begin(&memory.slots, boot->slot_first_free, boot->slot_count - boot->slot_first_free);

	uint32_t own = find_own();

	for (uint32_t i = 0; i < boot->untyped_count; i++) {
		if (i == own)
			take_own_from(boot->untyped_first + i, boot->untyped[i].bits);
		else
			hand(boot->untyped_first + i, boot->untyped[i].bits);
	}
}

struct cpio hold_initrd(void)
{
	struct cpio archive;

	cpio_open(&archive, (const void *)boot->initrd, boot->initrd_bytes);
	return archive;
}

static status_t hand_over_memory(cptr_t cnode)
{
	status_t status = OK;

	for (size_t i = 0; status == OK && i < handed_count; i++) {
		word_t done;

		status = kozo_untyped_retype(handed[i].untyped, OBJECT_UNTYPED, handed[i].bits,
					     cnode, boot->untyped_first + i, 1, &done);
	}
	return status;
}

/* What is derived here can be told from what is keeper's by its priorities only. */
static status_t hand_over_time(cptr_t cnode)
{
	return kozo_cnode_mint(cnode, SLOT_SCHED_CONTROL, SLOT_CNODE, SLOT_SCHED_CONTROL,
			       RIGHT_MANAGE, SUPERVISOR_PRIORITY + 1);
}

status_t hold_hand_over(cptr_t cnode)
{
	static const cptr_t same[] = { SLOT_DEBUG_CONSOLE, SLOT_IO_PORTS, SLOT_IO_SPACE };
	status_t status = kozo_cnode_copy(cnode, SLOT_CNODE, SLOT_CNODE, cnode);
	word_t done;

	for (size_t i = 0; status == OK && i < sizeof(same) / sizeof(same[0]); i++)
		status = kozo_cnode_copy(cnode, same[i], SLOT_CNODE, same[i]);
	if (status == OK)
		status = kozo_cnode_copy(cnode, SUPERVISOR_IRQ_CONTROL, SLOT_CNODE,
					 SLOT_IRQ_CONTROL);
	if (status == OK)
		status = hand_over_time(cnode);
	if (status == OK)
		status = kozo_cnode_copy_range(cnode, boot->initrd_first, SLOT_CNODE,
					       boot->initrd_first, boot->initrd_count, &done);
	return status == OK ? hand_over_memory(cnode) : status;
}

status_t hold_take_back(void)
{
	status_t status = OK;

	for (size_t i = 0; status == OK && i < handed_count; i++)
		status = kozo_cnode_revoke(SLOT_CNODE, handed[i].untyped);
	return status;
}
