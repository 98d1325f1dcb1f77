/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "elf.h"
#include "kozo_abi.h"
#include "space.h"

/*
 * process: an address space, a capability space and one thread, made from an
 * ELF file.
 *
 * Everything a process consists of is made from one untyped, its arena, so
 * revoking that ends the process whole. Its maker holds it through a run of slots
 * that it chooses, and may forget all else: whoever has the slots has the process.
 *
 * Its address space, from low to high: the segments of its file; then a stack, the
 * IPC buffer, its kept memory, what it may read of the boot information and of the
 * initrd, memory of devices, and its struct start_info, each above an unmapped page.
 */

/* The run of slots in the maker's CNode. */
enum process_slot {
	PROCESS_ARENA, /* an Untyped, which the maker puts there; all else is empty */
	PROCESS_CNODE,
	PROCESS_THREAD,
	PROCESS_TIME, /* the SchedContext that its thread runs on, or that is its reserve */
	PROCESS_VSPACE,
	PROCESS_PAGES,
	PROCESS_WORK,
	PROCESS_SLOTS,
};

enum { PROCESS_STACK_BITS = 16 };

/* Consecutive slots in the maker's CNode that hold frames, each aligned to its size in this order. */
struct process_frames {
	cptr_t first;
	size_t count;
};

/* A device that it is told of, and its memory, if it has any. */
struct process_device {
	struct process_frames frames; /* `told.first` is where they begin */
	rights_t rights;
	struct start_device told; /* but for the address */
};

/* What to make a process of. */
struct process_plan {
	const char *name; /* for the process itself, in its start_info */
	const struct elf *elf;
	cptr_t slots;	     /* the first of PROCESS_SLOTS */
	unsigned cnode_bits; /* log2 of its capability space; 0: PROCESS_CNODE is there, too */
	uint64_t instance;   /* how many there were before it */
	const uint8_t *object_bits;   /* as in boot_info; NULL: it need not know */
	struct process_frames kept;   /* mapped writable */
	struct process_frames boot;   /* boot_info, if it may read that */
	struct process_frames initrd; /* if it may read that */
	vaddr_t initrd_address;	      /* where the maker has it */
	size_t initrd_bytes;
	const struct process_device *devices;
	size_t device_count; /* as many as struct start_info has, at most */
};

/* A process that was made and has not started. */
struct process {
	cptr_t slots;
	vaddr_t entry, stack_top, start_info;
	word_t stack; /* the slot of its stack, a frame of PROCESS_STACK_BITS, in PROCESS_PAGES */
};

/*
 * Build a process that does not run yet. After a failure there is none, and nothing
 * but its arena is left. ERR_NO_MEMORY: the arena is too small. ERR_RANGE: there is no
 * room above its segments. Otherwise as the kernel refused.
 */
MUST_USE status_t process_create(struct process *p, const struct process_plan *plan);

/* Put into its slot `index` the part `rights` of what `source` allows. */
MUST_USE status_t process_grant(cptr_t slots, word_t index, cptr_t source, rights_t rights,
				word_t badge);

/* Put into its slot `index` a new object made from its arena. */
MUST_USE status_t process_make(cptr_t slots, word_t index, enum object_type type, word_t size);

/* Let its thread run; it has its time. */
MUST_USE status_t process_start(const struct process *p);

/* End what there is of it, running or not. The arena is empty then. */
MUST_USE status_t process_destroy(cptr_t slots);
