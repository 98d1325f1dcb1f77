/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arch/breakpoints.h"
#include "context.h"
#include "cpu.h"

/* DR7: two enable bits a breakpoint, then two bits each of condition and of length. */
enum { CONTROL_SHIFT = 16, CONTROL_BITS = 4, CONDITION_MASK = 3 };
enum condition { CONDITION_EXECUTE = 0, CONDITION_IO = 2 };

#define CONTROL_ALLOWED 0xffff00ffull
#define CONTROL_ALWAYS (1ull << 10) /* this bit reads as 1 */

static bool condition_acceptable(word_t bits)
{
	word_t condition = bits & CONDITION_MASK, length = bits >> 2 & CONDITION_MASK;

	return condition != CONDITION_IO && (condition != CONDITION_EXECUTE || !length);
}

bool breakpoints_acceptable(const struct breakpoints *b)
{
	if (b->control & ~CONTROL_ALLOWED)
		return false;
	for (unsigned i = 0; i < BREAKPOINTS; i++)
		if (b->address[i] >= USER_TOP ||
		    !condition_acceptable(b->control >> (CONTROL_SHIFT + i * CONTROL_BITS)))
			return false;
	return true;
}

static void set_control(word_t control)
{
	__asm__ volatile("mov %0, %%dr7" : : "r"(control | CONTROL_ALWAYS));
}

static void set_addresses(const vaddr_t address[BREAKPOINTS])
{
	__asm__ volatile("mov %0, %%dr0\n\tmov %1, %%dr1\n\tmov %2, %%dr2\n\tmov %3, %%dr3"
			 :
			 : "r"(address[0]), "r"(address[1]), "r"(address[2]), "r"(address[3]));
}

void breakpoints_start(void)
{
	set_control(0);
}

void breakpoints_switch_to(struct cpu *cpu, struct thread *next)
{
	set_control(0);
	if (next) {
		set_addresses(next->breakpoints.address);
		set_control(next->breakpoints.control);
	}
	cpu->breakpoints = next;
}

/* DR6 keeps what it has, so it is emptied for the next time (SDM vol. 3, 17.2.3). */
uint64_t breakpoints_hit(void)
{
	enum { HIT = 0xf, SINGLE_STEP = 1 << 14 };
	uint64_t status, empty = 0xffff0ff0;

	__asm__ volatile("mov %%dr6, %0" : "=r"(status));
	__asm__ volatile("mov %0, %%dr6" : : "r"(empty));
	return status & (HIT | SINGLE_STEP);
}
