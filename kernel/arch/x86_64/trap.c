/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Exceptions and interrupts, as entry.asm delivers them. */
#include "arch/msr.h"
#include "arch/registers.h"
#include "cpu.h"
#include "log.h"
#include "panic.h"
#include "vectors.h"

enum { FAULT_PRESENT = 1 << 0, FAULT_WRITE = 1 << 1, FAULT_FETCH = 1 << 4 };

void trap_user(struct thread *t, uint64_t vector, uint64_t error);
void trap_kernel(const struct registers *regs, uint64_t vector, uint64_t error);

static const char *const names[VECTOR_INTERRUPTS] = {
	[0] = "division error",
	[1] = "debug exception",
	[2] = "non-maskable interrupt",
	[3] = "breakpoint",
	[4] = "overflow",
	[5] = "bound exceeded",
	[6] = "invalid opcode",
	[7] = "FPU not available",
	[8] = "double fault",
	[10] = "invalid TSS",
	[11] = "segment not present",
	[12] = "stack fault",
	[13] = "general protection fault",
	[14] = "page fault",
	[16] = "FPU error",
	[17] = "misaligned access",
	[18] = "machine check",
	[19] = "SIMD error",
	[20] = "virtualization exception",
	[21] = "control protection fault",
};

struct cause {
	const char *name, *access;
	uint64_t address;
};

/* What happened, in words; for a page fault also where. */
static struct cause cause_of(uint64_t vector, uint64_t error)
{
	struct cause c = { names[vector] ? names[vector] : "reserved exception", "", 0 };

	if (vector != VECTOR_PAGE_FAULT)
		return c;
	__asm__ volatile("mov %%cr2, %0" : "=r"(c.address));
	if (error & FAULT_FETCH)
		c.access = ", executing";
	else
		c.access = error & FAULT_WRITE ? ", writing" : ", reading";
	return c;
}

/* Hardware reports about itself: nobody's fault, and nothing to go on with. */
static bool is_fatal(uint64_t vector)
{
	return vector == VECTOR_NMI || vector == VECTOR_DOUBLE_FAULT ||
	       vector == VECTOR_MACHINE_CHECK;
}

/*
 * The running thread was stopped by an exception. Nobody is told yet but the
 * log: fault endpoints are not there, and init has nobody above it.
 */
void trap_user(struct thread *t, uint64_t vector, uint64_t error)
{
	if (vector >= VECTOR_INTERRUPTS)
		return;

	struct cause c = cause_of(vector, error);

	if (is_fatal(vector))
		panic_at(&t->regs, NULL, "%s", c.name);
	if (t == thread_init)
		panic_at(&t->regs, "init", "init was stopped by a fault: %s%s 0x%lx, error 0x%lx",
			 c.name, c.access, c.address, error);
	t->state = THREAD_FAULTED;
	log_printf("fault: thread %u was stopped: %s%s 0x%lx at 0x%lx, error 0x%lx\n",
		   object_number(&t->object), c.name, c.access, c.address, t->regs.rip, error);
}

/*
 * In the kernel only two things may happen: an interrupt while idle, and a debug
 * trap that user code let loose on the first instruction of a system call. Both
 * go on as if nothing were. gs may be the user's: set it before anything uses it.
 */
void trap_kernel(const struct registers *regs, uint64_t vector, uint64_t error)
{
	if (vector >= VECTOR_INTERRUPTS || vector == VECTOR_DEBUG)
		return;

	struct cause c = cause_of(vector, error);

	msr_write(MSR_GS_BASE, (uint64_t)&boot_cpu);
	panic_at(regs, NULL, "%s%s 0x%lx in the kernel, error 0x%lx", c.name, c.access, c.address,
		 error);
}
