/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The one way back to user code: who runs, in which address space. */
#include "arch/paging.h"
#include "arch/this_cpu.h"
#include "context.h"
#include "cpu.h"
#include "screen.h"
#include "vspace.h"

struct thread *leave_kernel(void);

/* A guest runs on the restricted root, which has a tag of its own. */
static void switch_space(struct cpu *cpu, struct vspace *space, bool restricted)
{
	uint64_t *tag = &space->tag[restricted];
	const uint64_t *root = restricted ? space->restricted : space->wide.entry;

	if (space == cpu->space && restricted == cpu->restricted && paging_tag_is_good(*tag))
		return;
	cpu->space = space;
	cpu->restricted = restricted;
	paging_enter(virt_to_phys(root), tag);
}

static void take_interrupts(void)
{
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
	switch_space(cpu, t->space, t->guest.inside);
	bases_switch(cpu, t);
	fpu_switch(cpu, t);
	breakpoints_switch(cpu, t);
	return t;
}
