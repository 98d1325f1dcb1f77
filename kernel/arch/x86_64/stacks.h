/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * The stacks of a CPU: one for everything, and one each for the traps that can
 * come at any instruction, even before a system call has found its stack. Below
 * each lies a page that the kernel's page tables leave out, so that running over
 * ends in a double fault and not in somebody's data.
 */
enum { STACK_BYTES = 8192, TRAP_STACK_BYTES = 4096, TRAP_STACKS = 4, GUARD_BYTES = 4096 };

struct stacks {
	struct {
		uint8_t guard[GUARD_BYTES];
		uint8_t bytes[STACK_BYTES];
	} main;
	struct {
		uint8_t guard[GUARD_BYTES];
		uint8_t bytes[TRAP_STACK_BYTES];
	} trap[TRAP_STACKS];
};

extern struct stacks stacks;

/* The vector that runs on stacks.trap[i]. */
extern const uint8_t stack_vectors[TRAP_STACKS];

/* Does this page of the kernel image lie below a stack? */
bool stack_is_guard(vaddr_t page);
