/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

struct cpu;

/* The CPU that runs this. In the kernel gs points at its struct cpu. */
static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__("mov %%gs:0, %0" : "=r"(cpu));
	return cpu;
}
