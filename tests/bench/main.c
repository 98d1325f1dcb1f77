/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * In init's place: does all that there is a row for, and turns the machine off.
 * tests/driver/bench.py reads the log.
 */
#include "bench.h"
#include "print.h"
#include "start.h"

const struct boot_info *boot;
uint8_t marks[PAGE] __attribute__((aligned(PAGE)));

static group_t *const groups[] = {
	bench_check,  bench_ipc,   bench_signal, bench_fault,  bench_interrupt, bench_sched,
	bench_invoke, bench_pages, bench_cnode,	 bench_retype, bench_guest,
};

static cptr_t next_slot;
static unsigned rows;

unsigned row(const char *name, word_t per)
{
	if (++rows == PAGE)
		panic("too many rows");
	kozo_printf("bench: row %u: %lu %s\n", rows, per, name);
	return rows;
}

cptr_t slots(word_t count)
{
	cptr_t first = next_slot;

	next_slot += count;
	return first;
}

/* The largest that is RAM. */
cptr_t memory(void)
{
	static cptr_t best;
	unsigned bits = 0;

	for (uint32_t i = 0; !best && i < boot->untyped_count; i++)
		if (!boot->untyped[i].device && boot->untyped[i].bits > bits)
			bits = boot->untyped[i].bits;
	for (uint32_t i = 0; !best && i < boot->untyped_count; i++)
		if (!boot->untyped[i].device && boot->untyped[i].bits == bits)
			best = boot->untyped_first + i;
	return best;
}

void make_at(cptr_t cnode, word_t first, enum object_type type, word_t size, word_t count)
{
	word_t done;

	NEED(kozo_untyped_retype(memory(), type, size, cnode, first, count, &done));
}

cptr_t make(enum object_type type, word_t size)
{
	cptr_t slot = slots(1);

	make_at(SLOT_CNODE, slot, type, size, 1);
	return slot;
}

void make_tables(cptr_t space, vaddr_t address)
{
	for (unsigned level = PAGE_TABLE_LEVELS; level >= 1; level--) {
		cptr_t table = make(OBJECT_PAGE_TABLE, level);
		status_t status = kozo_page_table_install(table, space, address);

		if (status != ERR_MAPPED)
			need(status, "a table");
	}
}

int main(const void *info)
{
	boot = info;
	kozo_begin("bench", boot->ipc_buffer);
	next_slot = boot->slot_first_free;
	kozo_printf("bench: the kernel keeps %lu bytes\n", boot->kernel_bytes);
	threads_begin();
	for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		groups[i]();
	kozo_printf("bench: done\n");
	NEED(kozo_debug_console_power(SLOT_DEBUG_CONSOLE, POWER_OFF));
	panic("the machine is still on");
}
