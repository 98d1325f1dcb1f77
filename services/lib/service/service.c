/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service.h"

#include "describe.h"
#include "kozo_stubs.h"
#include "lock.h"
#include "memory.h"
#include "panic.h"
#include "share.h"
#include "start.h"
#include "status.h"

const struct start_info *service_start;

static struct mutex lock; /* of all below */
static struct memory memory;
static vaddr_t top;			    /* all above it is free */
static cptr_t spare[PAGE_TABLE_LEVELS + 1]; /* tables that were made and are not installed */

void service_lock(void)
{
	mutex_lock(&lock);
}

void service_unlock(void)
{
	mutex_unlock(&lock);
}

/* --- the beginning ---------------------------------------------------------------- */

/* What it was given comes first; all slots above are empty. */
static void begin_account(void)
{
	cptr_t first = SLOT_USES;
	struct description cnode, arena, used;

	if (kozo_describe(SLOT_CNODE, SLOT_CNODE, &cnode) != OK ||
	    kozo_describe(SLOT_CNODE, SLOT_ARENA, &arena) != OK)
		panic("this was not started as a service");
	while (kozo_describe(SLOT_CNODE, first, &used) == OK)
		first++;
	memory.cnode = SLOT_CNODE;
	memory.object_bits = service_start->object_bits;
	slots_begin(&memory.slots, first, (1ul << cnode.size) - first);
	if (!pool_add(&memory.pool, SLOT_ARENA, arena.size))
		panic("the arena is not noted");
}

void service_begin(const void *info)
{
	service_start = info;
	kozo_begin((const char *)service_start->name, service_start->ipc_buffer);
	if (service_start->abi_hash != KOZO_ABI_HASH)
		panic("it was started by somebody who has another ABI");
	top = (vaddr_t)info + sizeof(*service_start);
	begin_account();

	status_t status = mutex_begin(&lock);

	if (status == OK)
		status = share_begin(SLOT_THREAD);
	need(status, "it cannot begin");
}

/* --- objects ------------------------------------------------------------------------ */

status_t service_make(enum object_type type, word_t size, cptr_t *made)
{
	service_lock();

	status_t status = memory_make(&memory, type, size, made);

	service_unlock();
	return status;
}

status_t service_slot(cptr_t *slot)
{
	service_lock();

	cptr_t taken = slots_take(&memory.slots, 1);

	service_unlock();
	if (!taken)
		return ERR_NO_MEMORY;
	*slot = taken;
	return OK;
}

void service_drop(cptr_t cptr)
{
	status_t status = kozo_cnode_delete(SLOT_CNODE, cptr);

	if (status != OK && status != ERR_BAD_CAP)
		panic("slot %lu cannot be emptied: %s", cptr, kozo_status_text(status));
	service_lock();
	slots_give(&memory.slots, cptr, 1);
	service_unlock();
}

status_t service_signal(cptr_t notification, word_t bits, cptr_t *made)
{
	cptr_t slot;
	status_t status = service_slot(&slot);

	if (status != OK)
		return status;
	status = kozo_cnode_mint(SLOT_CNODE, slot, SLOT_CNODE, notification, RIGHT_SEND, bits);
	if (status == OK)
		*made = slot;
	else
		service_drop(slot);
	return status;
}

uint64_t service_arena(void)
{
	return 1ull << memory.pool.piece[0].bits;
}

uint64_t service_left(void)
{
	uint64_t total, most;

	service_lock();
	memory_free(&memory, &total, &most);
	service_unlock();
	return total;
}

/* --- addresses ------------------------------------------------------------------------ */

static vaddr_t round_up(vaddr_t address, unsigned bits)
{
	return (address + (1ull << bits) - 1) >> bits << bits;
}

vaddr_t service_room(size_t bytes, unsigned bits)
{
	service_lock();

	vaddr_t room = round_up(top + (1ull << PAGE_BITS), bits);

	top = round_up(room + bytes, PAGE_BITS);
	service_unlock();
	return room;
}

/* The lowest that can be installed. Those that cannot yet are kept for when they can. */
static status_t add_table(vaddr_t address)
{
	status_t status = ERR_NO_TABLE;

	for (unsigned level = 1; status == ERR_NO_TABLE && level <= PAGE_TABLE_LEVELS; level++) {
		status = spare[level]
				 ? OK
				 : memory_make(&memory, OBJECT_PAGE_TABLE, level, &spare[level]);
		if (status == OK)
			status = kozo_page_table_install(spare[level], SLOT_VSPACE, address);
		if (status == OK)
			spare[level] = 0;
	}
	return status;
}

status_t service_map(cptr_t frame, vaddr_t address, rights_t rights)
{
	status_t status, table = OK;

	service_lock();
	while ((status = kozo_frame_map(frame, SLOT_VSPACE, address, rights, 0)) == ERR_NO_TABLE &&
	       (table = add_table(address)) == OK)
		;
	service_unlock();
	return table == OK ? status : table;
}

status_t service_add(unsigned bits, vaddr_t address, cptr_t *frame)
{
	cptr_t made;
	status_t status = service_make(OBJECT_FRAME, bits, &made);

	if (status != OK)
		return status;
	status = service_map(made, address, RIGHT_READ | RIGHT_WRITE);
	if (status == OK)
		*frame = made;
	else
		service_drop(made);
	return status;
}
