/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Keeper as it is (services/init), but for less patience, and with somebody beside it: the
 * injector (injector.c), who reaches all that keeper does.
 */
#include "hold.h"
#include "keeper.h"
#include "kozo_stubs.h"
#include "panic.h"
#include "process.h"
#include "program.h"
#include "start.h"
#include "status.h"
#include "ticks.h"
#include "ward.h"

enum { ARENA_BITS = 19, CNODE_BITS = 9, PRIORITY = 255, KEPT_PAGES = SUPERVISOR_KEPT_PAGES };

static const struct ward_limits limits = {
	.deadline = 25000,
	.start_deadline = 500000,
	.ends_time = 100000,
	.clean_starts_max = 4,
};

static status_t equip(cptr_t slots)
{
	const struct {
		cptr_t slot, source;
	} grants[] = {
		{ SLOT_CNODE, slots + PROCESS_CNODE },
		{ SLOT_VSPACE, slots + PROCESS_VSPACE },
		{ SLOT_THREAD, slots + PROCESS_THREAD },
		{ SLOT_SCHED_CONTEXT, slots + PROCESS_TIME },
		{ SLOT_USES, SLOT_CNODE },
		{ SLOT_USES + 1, SLOT_IO_PORTS },
	};
	status_t status = OK;

	for (unsigned i = 0; status == OK && i < sizeof(grants) / sizeof(grants[0]); i++)
		status = kozo_cnode_copy(slots + PROCESS_CNODE, grants[i].slot, SLOT_CNODE,
					 grants[i].source);
	return status == OK ? process_make(slots, SLOT_ARENA, OBJECT_UNTYPED, ARENA_BITS - 2)
			    : status;
}

/* `supervisor` is where keeper has that: PROCESS_SLOTS, and behind them its kept memory. */
static void start_injector(cptr_t supervisor)
{
	struct elf elf;
	struct process p;
	struct process_plan plan = {
		.name = "injector",
		.elf = &elf,
		.slots = slots_take(&memory.slots, PROCESS_SLOTS),
		.cnode_bits = CNODE_BITS,
		.instance = supervisor,
		.object_bits = boot->object_bits,
		.kept = { supervisor + PROCESS_SLOTS, KEPT_PAGES },
		.boot = { SLOT_START_INFO, 1 },
		.initrd = { boot->initrd_first, boot->initrd_count },
		.initrd_address = boot->initrd,
		.initrd_bytes = boot->initrd_bytes,
	};

	if (!plan.slots || !program_open(hold_initrd(), "injector", &elf))
		panic("there is no injector");
	need(memory_make_at(&memory, plan.slots + PROCESS_ARENA, OBJECT_UNTYPED, ARENA_BITS),
	     "memory for the injector");
	need(process_create(&p, &plan), "the injector could not be made");
	need(equip(plan.slots), "the injector could not be equipped");
	need(kozo_sched_control_configure(SLOT_SCHED_CONTROL, plan.slots + PROCESS_TIME, BUDGET_MIN,
					  BUDGET_MIN, PRIORITY),
	     "the injector's time");
	need(kozo_thread_set_time(plan.slots + PROCESS_THREAD, plan.slots + PROCESS_TIME),
	     "the injector's time");
	need(process_start(&p), "the injector could not be started");
}

/* Keeper takes the supervisor's slots first. */
int main(const void *info)
{
	cptr_t supervisor;

	hold_take(info);
	supervisor = slots_take(&memory.slots, PROCESS_SLOTS);
	slots_give(&memory.slots, supervisor, PROCESS_SLOTS);
	ward_begin(kozo_ticks() - boot->entry_tsc, &limits);
	start_injector(supervisor);
	ward_serve();
}
