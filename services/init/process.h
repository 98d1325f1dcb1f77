/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "elf.h"
#include "kozo_abi.h"
#include "space.h"

/*
 * process: an address space, a capability space and one thread, made from an
 * ELF file.
 *
 * Everything a process consists of is made from one untyped, its arena, so
 * taking the arena back destroys the process whole. It starts with an empty
 * capability space: what it may do is what process_grant() and process_make()
 * put there.
 *
 * Its address space, from low to high: the segments of its file; then a stack,
 * the IPC buffer, the initrd if it may read that, and its struct start_info,
 * each above an unmapped page.
 */
struct process {
	const char *name;
	cptr_t cnode; /* in init's CNode, as is the thread; 0: there is no process */
	cptr_t thread;
	cptr_t time; /* the SchedContext that its thread runs on */
	unsigned arena_bits;
	vaddr_t entry;
	vaddr_t stack_top;
	vaddr_t start_info;
	cptr_t guard;	    /* through which its faults are told (guard.h), 0: nobody is */
	volatile bool died; /* of a fault */
	struct space space; /* its arena is the process's */
};

/* What to make a process of. */
struct process_plan {
	const char *name; /* for the process itself, in its start_info */
	const struct elf *elf;
	bool initrd; /* may it read the initrd? */
};

/*
 * Build a process that does not run yet. After a failure there is none, and
 * nothing is left behind. ERR_NO_MEMORY: memory or slots ran out. ERR_RANGE:
 * there is no room above its segments. Otherwise as the kernel refused.
 */
MUST_USE status_t process_create(struct process *p, const struct process_plan *plan);

/* Put into its slot `index` the part `rights` of what `source` allows. */
MUST_USE status_t process_grant(struct process *p, word_t index, cptr_t source, rights_t rights);

/* Put into its slot `index` a new object made from its arena. */
MUST_USE status_t process_make(struct process *p, word_t index, enum object_type type);

/* Let its thread run, at init's own priority. */
MUST_USE status_t process_start(struct process *p);

/* End it, running or not, and take all that it was made of back. */
void process_destroy(struct process *p);
