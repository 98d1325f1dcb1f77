/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The one way back to user code: who runs, in which address space. */
#include "arch/paging.h"
#include "arch/this_cpu.h"
#include "context.h"
#include "cpu.h"
#include "screen.h"
#include "vspace.h"

struct thread *leave_kernel(void);

/* A guest runs on the restricted root. */
static void switch_space(const struct cpu *cpu, struct vspace *space, bool restricted)
{
	struct paging_tag *tag = &space->tag[restricted];

	if (!tag->cr3 || tag->cr3 != cpu->cr3)
		paging_enter(virt_to_phys(restricted ? space->restricted : space->wide.entry), tag);
}

/* For most threads each of these is a comparison. */
static void switch_state(struct cpu *cpu, struct thread *t)
{
	struct thread *fpu = t->flags & FLAG_FPU ? t : NULL;
	struct thread *breakpoints = t->flags & FLAG_BREAKPOINTS ? t : NULL;

	if (cpu->bases != t)
		bases_switch_to(cpu, t);
	if (cpu->fpu != fpu)
		fpu_switch_to(cpu, fpu);
	if (cpu->breakpoints != breakpoints)
		breakpoints_switch_to(cpu, breakpoints);
}

void registers_release(const struct thread *t)
{
	struct cpu *cpu = this_cpu();

	if (cpu->bases == t)
		cpu->bases = NULL;
	if (cpu->fpu == t)
		fpu_switch_to(cpu, NULL);
	if (cpu->breakpoints == t)
		breakpoints_switch_to(cpu, NULL);
}

static void take_interrupts(void)
{
	this_cpu()->work = 0;
	__asm__ volatile("sti\n\tnop\n\tcli" : : : "memory");
}

/* Nobody runs: finish what is dying and what is to be drawn, then wait for an interrupt. */
static void idle(void)
{
	if (tombs_step() || screen_step())
		take_interrupts();
	else
		__asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

struct thread *leave_kernel(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *t;

	while (!(t = sched_choose())) {
		if (cpu->reschedule)
			take_interrupts();
		else
			idle();
	}
	switch_space(cpu, t->space, t->flags & FLAG_INSIDE);
	switch_state(cpu, t);
	return t;
}
