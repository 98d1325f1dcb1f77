/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * isolation: page tables of programs that do not show the kernel (isolation.asm), for
 * processors that would let programs read it there. Without global pages, and with
 * identifiers only if those can be forgotten without being loaded (INVPCID).
 *
 * What a CPU reads while a program's root is loaded is kept apart from all other data; the
 * stacks for traps that come at any instruction are shown, too.
 */
#define ENTRY_DATA __attribute__((section(".data.entry")))

enum { ENTRY_STACK_BYTES = 256 };

/* What is changed in the code: how programs are gone back to, and how a root is loaded. */
enum { SITE_SYSRET, SITE_IRET, SITE_LOAD };

struct isolation {
	bool on;
	uint64_t image; /* for the last entry of a program's root */
};

extern struct isolation isolation;

/* Have roots identifiers (PCIDs) here? */
bool paging_identifies(void);

/* isolation.asm: the roots that are loaded on the way in, and on the way out. */
extern uint64_t isolated_kernel, isolated_user;
