/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Exceptions and interrupts, as entry.asm delivers them. */
#include "alarm.h"
#include "apic.h"
#include "arch/msr.h"
#include "arch/registers.h"
#include "assert.h"
#include "context.h"
#include "cpu.h"
#include "fault.h"
#include "guest.h"
#include "format.h"
#include "irq.h"
#include "loan.h"
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

static uint64_t fault_address(void)
{
	uint64_t address;

	__asm__ volatile("mov %%cr2, %0" : "=r"(address));
	return address;
}

/* What the processor tells of an exception beyond its error code; 0 of most. */
static uint64_t detail_of(uint64_t vector)
{
	switch (vector) {
	case VECTOR_PAGE_FAULT:
		return fault_address();
	case VECTOR_DEBUG:
		return breakpoints_hit();
	default:
		return 0;
	}
}

/* What happened, in words; for a page fault also where. */
static const char *cause_of(uint64_t vector, uint64_t error, uint64_t detail)
{
	cause_length = 0;
	append("%s", names[vector] ? names[vector] : "reserved exception");
	if (vector == VECTOR_PAGE_FAULT)
		append(", %s 0x%lx",
		       error & FAULT_FETCH   ? "executing"
		       : error & FAULT_WRITE ? "writing"
					     : "reading",
		       detail);
	else if (vector == VECTOR_DEBUG)
		append(", DR6 0x%lx", detail);
	append(", error 0x%lx", error);
	return cause;
}

/* Hardware reports about itself: nobody's fault, and nothing to go on with. */
static bool is_fatal(uint64_t vector)
{
	return vector == VECTOR_NMI || vector == VECTOR_DOUBLE_FAULT ||
	       vector == VECTOR_MACHINE_CHECK;
}

static struct fault fault_of(const struct registers *regs, uint64_t vector, uint64_t error,
			     uint64_t detail)
{
	bool page = vector == VECTOR_PAGE_FAULT;

	return (struct fault){
		.label = page ? FAULT_PAGE : FAULT_EXCEPTION,
		.word = { regs->rip, regs->rsp, page ? detail : vector, error, regs->rflags,
			  page ? 0 : detail },
	};
}

/* Go on where the thread's copy window says, with the address and error code. */
static void land(struct thread *t, const struct fault *f)
{
	t->regs.rip = t->window.landing;
	t->regs.status = f->word[2];
	t->regs.word[0] = f->word[3];
}

/*
 * entry.asm has taken the program's flags away: with AC set, SMAP would keep us out
 * of nothing, and with DF our copies would run backwards (SDM vol. 3, 4.6.1).
 */
static bool flags_are_ours(void)
{
	enum { TF = 1 << 8, DF = 1 << 10, NT = 1 << 14, AC = 1 << 18 };
	uint64_t flags;

	__asm__ volatile("pushfq\n\tpop %0" : "=r"(flags));
	return !(flags & (TF | DF | NT | AC));
}

_Static_assert(VECTOR_DEVICES + IRQ_VECTORS <= VECTOR_TIMER, "each vector has one meaning");

/* In user code or while idle. One by level must be masked before it is ended, or it comes again. */
static void interrupt_taken(unsigned vector)
{
	if (vector == VECTOR_SPURIOUS) {
		irq_spurious(); /* it is not in service, so it does not end (SDM vol. 3, 11.9) */
		return;
	}
	if (vector == VECTOR_TIMER) {
		apic_timer_fired();
		alarm_expire();
	} else if (vector >= VECTOR_DEVICES && vector < VECTOR_DEVICES + IRQ_VECTORS) {
		irq_taken(vector - VECTOR_DEVICES);
	} else {
		irq_spurious();
	}
	apic_end();
}

/*
 * The running thread was stopped by an exception. If nobody handles its faults
 * they are told to the log only, and init, which has nobody above it, is the end.
 */
void trap_user(struct thread *t, uint64_t vector, uint64_t error)
{
	assert(flags_are_ours());
	loan_record(t);
	if (vector >= VECTOR_INTERRUPTS) {
		interrupt_taken((unsigned)vector);
		return;
	}

	uint64_t detail = detail_of(vector);

	if (is_fatal(vector))
		panic_at(&t->regs, NULL, "%s", cause_of(vector, error, detail));

	struct fault f = fault_of(&t->regs, vector, error, detail);

	if (t->flags & FLAG_INSIDE) {
		guest_leave(t, f.label == FAULT_PAGE ? GUEST_PAGE : GUEST_EXCEPTION, f.word[2],
			    f.word[3]);
		return;
	}
	if (f.label == FAULT_PAGE && fault_is_caught(t, t->regs.rip)) {
		land(t, &f);
		return;
	}
	if (fault_tell(t, &f))
		return;
	fault_stop(t, cause_of(vector, error, detail));
}

/*
 * In the kernel only two things may happen: an interrupt while idle, and a debug
 * trap that user code let loose on the first instruction of a system call. Both
 * go on as if nothing were. gs may be the user's: set it before anything uses it.
 */
void trap_kernel(const struct registers *regs, uint64_t vector, uint64_t error)
{
	uint64_t detail = detail_of(vector);

	if (vector >= VECTOR_INTERRUPTS)
		interrupt_taken((unsigned)vector); /* while idle: gs is ours */
	if (vector >= VECTOR_INTERRUPTS || vector == VECTOR_DEBUG)
		return;

	msr_write(MSR_GS_BASE, (uint64_t)&boot_cpu);
	panic_at(regs, NULL, "in the kernel: %s", cause_of(vector, error, detail));
}
