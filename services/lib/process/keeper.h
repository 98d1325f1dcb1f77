/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "evidence.h"

/*
 * What keeper and supervisor must agree on.
 *
 * The supervisor's capability space is a CNode that outlives it. Keeper fills it
 * once: the slots that abi/boot.abi names, the frames of the initrd in the slots
 * where keeper has them itself, and from boot_info.untyped_first on all memory that is
 * handed over, RAM and devices', one Untyped after the other up to an empty slot.
 * What derives from all this stays as it is when the supervisor is started again. At
 * each start it finds anew its VSpace, its thread, that's time, and an arena.
 *
 * SLOT_ENDPOINT is the endpoint at which it receives, and lives on, too. Keeper looks
 * whether what comes there is answered in time. SLOT_FAULTS is as in a service, so
 * IrqControl has another slot.
 *
 * Kept memory is whole pages. The last one is keeper's report on the instance before.
 */
enum {
	SUPERVISOR_ARENA_BITS = 18, /* of SLOT_ARENA */
	SUPERVISOR_KEPT_PAGES = 16,
	SUPERVISOR_UNTYPED_MORE = 32, /* as many more Untypeds may come as boot_info tells */
	SUPERVISOR_PRIORITY = 254,
	SUPERVISOR_IRQ_CONTROL = SLOT_USES,
};

/* Why the last instance ended. */
enum supervisor_end { SUPERVISOR_FIRST, SUPERVISOR_FAULT, SUPERVISOR_HUNG };

struct supervisor_report {
	uint64_t boot_ticks; /* from the kernel's entry to keeper's */
	uint64_t instances;  /* before this one */
	uint64_t end;	     /* enum supervisor_end */
	uint64_t noticed;    /* ticks: when keeper knew */
	struct evidence evidence;
	uint64_t clean; /* and not 0: everything was begun anew, for it ended too often */
};
