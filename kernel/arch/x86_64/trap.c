/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Exceptions and interrupts, as entry.asm delivers them. */
#include "arch/msr.h"
#include "arch/registers.h"
#include "cpu.h"
#include "format.h"
#include "log.h"
#include "panic.h"
#include "vectors.h"

enum { FAULT_WRITE = 1 << 1, FAULT_FETCH = 1 << 4 };

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

/* The text of what happened, while it is being written. */
static char cause[96];
static size_t cause_length;

static void put(void *unused, char c)
{
	(void)unused;
	if (cause_length < sizeof(cause) - 1)
		cause[cause_length++] = c;
}

static void __attribute__((format(printf, 1, 2))) append(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(put, NULL, fmt, ap);
	va_end(ap);
	cause[cause_length] = '\0';
}

/* What happened, in words; for a page fault also where. */
static const char *cause_of(uint64_t vector, uint64_t error)
{
	cause_length = 0;
	append("%s", names[vector] ? names[vector] : "reserved exception");
	if (vector == VECTOR_PAGE_FAULT) {
		uint64_t address;

		__asm__ volatile("mov %%cr2, %0" : "=r"(address));
		append(", %s 0x%lx",
		       error & FAULT_FETCH   ? "executing"
		       : error & FAULT_WRITE ? "writing"
					     : "reading",
		       address);
	}
	append(", error 0x%lx", error);
	return cause;
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

	const char *text = cause_of(vector, error);

	if (is_fatal(vector))
		panic_at(&t->regs, NULL, "%s", text);
	if (t == thread_init)
		panic_at(&t->regs, "init", "init was stopped by a fault: %s", text);
	t->state = THREAD_FAULTED;
	log_printf("fault: thread %u was stopped at 0x%lx: %s\n", object_number(&t->object),
		   t->regs.rip, text);
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

	msr_write(MSR_GS_BASE, (uint64_t)&boot_cpu);
	panic_at(regs, NULL, "in the kernel: %s", cause_of(vector, error));
}
