/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stacks.h"
#include "arch/backtrace.h"
#include "vectors.h"

struct stacks stacks __attribute__((aligned(GUARD_BYTES)));

const uint8_t stack_vectors[TRAP_STACKS] = {
	VECTOR_NMI,
	VECTOR_DOUBLE_FAULT,
	VECTOR_MACHINE_CHECK,
	VECTOR_DEBUG,
};

bool stack_is_guard(vaddr_t page)
{
	if (page == (vaddr_t)stacks.main.guard)
		return true;
	for (unsigned i = 0; i < TRAP_STACKS; i++)
		if (page == (vaddr_t)stacks.trap[i].guard)
			return true;
	return false;
}

bool backtrace_on_stack(vaddr_t address)
{
	vaddr_t start = (vaddr_t)&stacks, end = start + sizeof(stacks);

	return address >= start && address <= end - 2 * sizeof(uint64_t) && !(address & 7) &&
	       !stack_is_guard(round_down(address, GUARD_BYTES));
}
