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
	bases_switch(cpu, t);
	fpu_switch(cpu, t);
	breakpoints_switch(cpu, t);
	return t;
}
