/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arch/msr.h"
#include "arch/this_cpu.h"
#include "context.h"
#include "cpu.h"
#include "kozo_handlers.h"
#include "processor.h"

/*
 * The bases of fs and gs, which user code uses as it likes; with FSGSBASE it also
 * sets them as it likes. The CPU keeps those of the last thread that ran
 * (cpu->bases), and the thread's registers have them when another one runs.
 */

/* While we are in the kernel the user's gs base is the one that swapgs brings. */
static void read_bases(struct registers *regs)
{
	__asm__ volatile("rdfsbase %0" : "=r"(regs->fs_base));
	__asm__ volatile("swapgs\n\trdgsbase %0\n\tswapgs" : "=r"(regs->gs_base));
}

/* Both at once, where that is quick. */
static void exchange_bases(struct registers *last, const struct registers *next)
{
	__asm__ volatile("rdfsbase %0\n\twrfsbase %2\n\t"
			 "swapgs\n\trdgsbase %1\n\twrgsbase %3\n\tswapgs"
			 : "=&r"(last->fs_base), "=&r"(last->gs_base)
			 : "r"(next->fs_base), "r"(next->gs_base));
}

static void write_bases(const struct registers *regs)
{
	if (!processor.fsgsbase) {
		msr_write(MSR_FS_BASE, regs->fs_base);
		msr_write(MSR_KERNEL_GS_BASE, regs->gs_base);
		return;
	}
	__asm__ volatile("wrfsbase %0" : : "r"(regs->fs_base));
	__asm__ volatile("swapgs\n\twrgsbase %0\n\tswapgs" : : "r"(regs->gs_base));
}

/*
 * Without FSGSBASE user code changes a base only by loading a selector, which
 * makes it 0; what the thread was given counts again when it next runs.
 */
static void save_bases(struct thread *t)
{
	if (processor.fsgsbase)
		read_bases(&t->regs);
}

/*
 * The selectors that user code can load say nothing in 64-bit mode, but they would
 * tell the next thread something. Loading 0 may clear a base: before write_bases().
 */
static bool any_selectors(void)
{
	unsigned ds, es, fs, gs;

	__asm__ volatile("mov %%ds, %0\n\tmov %%es, %1\n\tmov %%fs, %2\n\tmov %%gs, %3"
			 : "=r"(ds), "=r"(es), "=r"(fs), "=r"(gs));
	return ds | es | fs | gs;
}

static void clear_selectors(void)
{
	__asm__ volatile("mov %0, %%ds\n\tmov %0, %%es\n\tmov %0, %%fs\n\t"
			 "swapgs\n\tmov %0, %%gs\n\tswapgs"
			 :
			 : "r"(0));
}

/* Writing to MSRs is slow: not for zeros where there are zeros, as with most threads. */
static bool must_write(const struct thread *last, const struct registers *regs)
{
	return processor.fsgsbase || !last || last->regs.fs_base || last->regs.gs_base ||
	       regs->fs_base || regs->gs_base;
}

void bases_switch_to(struct cpu *cpu, struct thread *t)
{
	struct thread *last = cpu->bases;

	cpu->bases = t;
	if (!any_selectors() && last && processor.fsgsbase) {
		exchange_bases(&last->regs, &t->regs);
		return;
	}
	if (last)
		save_bases(last);
	clear_selectors();
	if (must_write(last, &t->regs))
		write_bases(&t->regs);
}

void syscall_set_base(struct thread *caller)
{
	word_t which = caller->regs.target;
	vaddr_t base = caller->regs.word[0];

	if (which > BASE_GS || base >= USER_TOP) {
		caller->regs.status = ERR_BAD_ARG;
		return;
	}
	save_bases(caller);
	if (which == BASE_FS)
		caller->regs.fs_base = base;
	else
		caller->regs.gs_base = base;
	write_bases(&caller->regs);
	caller->regs.status = OK;
}
