/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The one way back to user code: who runs, in which address space. */
#include "arch/paging.h"
#include "arch/this_cpu.h"
#include "cpu.h"
#include "processor.h"
#include "screen.h"
#include "vspace.h"

struct thread *leave_kernel(void);

static uint64_t read_fs_base(void)
{
	uint64_t base;

	__asm__ volatile("rdfsbase %0" : "=r"(base));
	return base;
}

/* While we are in the kernel the user's gs base is the one that swapgs brings. */
static uint64_t read_user_gs_base(void)
{
	uint64_t base;

	__asm__ volatile("swapgs\n\trdgsbase %0\n\tswapgs" : "=r"(base));
	return base;
}

static void write_bases(const struct registers *regs)
{
	__asm__ volatile("wrfsbase %0" : : "r"(regs->fs_base));
	__asm__ volatile("swapgs\n\twrgsbase %0\n\tswapgs" : : "r"(regs->gs_base));
}

/* Without FSGSBASE user code cannot change the bases, and all of them are 0. */
static void switch_bases(struct cpu *cpu, struct thread *t)
{
	struct thread *last = cpu->bases;

	if (last == t || !processor.fsgsbase)
		return;
	if (last) {
		last->regs.fs_base = read_fs_base();
		last->regs.gs_base = read_user_gs_base();
	}
	write_bases(&t->regs);
	cpu->bases = t;
}

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

/* Nobody runs: finish what is dying and what is to be drawn, then wait for an interrupt. */
static void idle(void)
{
	if (tombs_step() || screen_step())
		__asm__ volatile("sti\n\tnop\n\tcli" : : : "memory");
	else
		__asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

struct thread *leave_kernel(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *t;

	while (!(t = sched_choose()))
		idle();
	switch_space(cpu, t->space, t->guest.inside);
	switch_bases(cpu, t);
	return t;
}
