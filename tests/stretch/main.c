/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * In init's place: makes the attack that attack=NAME on the kernel's command line
 * names, says so, and turns the machine off. tests/driver/stretch.py reads the log.
 */
#include <stdbool.h>
#include <string.h>

#include "attack.h"
#include "print.h"
#include "start.h"

const struct boot_info *boot;

static const struct {
	const char *name;
	attack_t *run;
} attacks[] = {
	{ "wide", attack_wide },	   { "deep", attack_deep },
	{ "cnodes", attack_cnodes },	   { "suicide", attack_suicide },
	{ "pages", attack_pages },	   { "tables", attack_tables },
	{ "frames", attack_frames },	   { "senders", attack_senders },
	{ "receivers", attack_receivers }, { "retype", attack_retype },
	{ "lists", attack_lists },	   { "console", attack_console },
	{ "faults", attack_faults },	   { "zero", attack_zero },
	{ "timers", attack_timers },	   { "callers", attack_callers },
	{ "cancel", attack_cancel },	   { "refusals", attack_refusals },
	{ "chain", attack_chain },	   { "borrowers", attack_borrowers },
	{ "tellers", attack_tellers },	   { "context", attack_context },
	{ "refills", attack_refills },	   { "spent", attack_spent },
	{ "wakes", attack_wakes },	   { "measure", attack_measure },
};

/* --- what attacks need ------------------------------------------------------ */

static cptr_t next_slot, hand;
static char stack[4096] __attribute__((aligned(16)));

/* Of an untyped that is RAM. */
static unsigned bits_of(uint32_t number)
{
	return boot->untyped[number].device ? 0 : boot->untyped[number].bits;
}

static bool is_larger(uint32_t a, uint32_t b)
{
	return bits_of(a) > bits_of(b) || (a < b && bits_of(a) == bits_of(b));
}

cptr_t memory(unsigned nth)
{
	for (uint32_t i = 0; i < boot->untyped_count; i++) {
		unsigned larger = 0;

		for (uint32_t j = 0; j < boot->untyped_count; j++)
			larger += j != i && is_larger(j, i);
		if (larger == nth && !boot->untyped[i].device)
			return boot->untyped_first + i;
	}
	panic("there is no untyped number %u", nth);
}

cptr_t slots(word_t count)
{
	cptr_t first = next_slot;

	next_slot += count;
	return first;
}

void make_at(cptr_t cnode, word_t first, enum object_type type, word_t size, word_t count)
{
	word_t done;

	NEED(kozo_untyped_retype(memory(0), type, size, cnode, first, count, &done));
}

cptr_t make(enum object_type type, word_t size)
{
	cptr_t slot = slots(1);

	make_at(SLOT_CNODE, slot, type, size, 1);
	return slot;
}

void fill(cptr_t cnode, cptr_t cptr, word_t last)
{
	word_t done;

	NEED(kozo_cnode_copy(cnode, 1, SLOT_CNODE, cptr));
	for (word_t full = 1; full < last; full += done) {
		word_t count = full < last - full ? full : last - full;

		NEED(kozo_cnode_copy_range(cnode, full + 1, cnode, 1, count, &done));
	}
}

cptr_t take(cptr_t cnode, word_t index)
{
	NEED(kozo_cnode_move(SLOT_CNODE, hand, cnode, index));
	return hand;
}

void put_back(cptr_t cnode, word_t index)
{
	NEED(kozo_cnode_move(cnode, index, SLOT_CNODE, hand));
}

void start(cptr_t thread, cptr_t cnode, cptr_t time, void (*entry)(word_t), word_t argument)
{
	NEED(kozo_thread_configure(thread, cnode, SLOT_VSPACE, 0));
	NEED(kozo_thread_set_time(thread, time));
	NEED(kozo_thread_start(thread, (vaddr_t)entry,
			       (vaddr_t)stack + sizeof(stack) - sizeof(word_t), argument));
}

/* ---------------------------------------------------------------------------- */

static attack_t *chosen(const char *line)
{
	static const char option[] = "attack=";
	size_t length = sizeof(option) - 1;

	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++)
		if (!strncmp(line, option, length) && !strcmp(line + length, attacks[i].name))
			return attacks[i].run;
	panic("there is no such attack: %s", line);
}

int main(const void *argument)
{
	boot = argument;
	kozo_begin("stretch", boot->ipc_buffer);
	next_slot = boot->slot_first_free;
	hand = slots(1);
	chosen((const char *)boot->command_line)();
	kozo_printf("stretch: done\n");
	NEED(kozo_debug_console_power(SLOT_DEBUG_CONSOLE, POWER_OFF));
	panic("the machine is still on");
}
