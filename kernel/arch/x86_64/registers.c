/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arch/registers.h"
#include "log.h"
#include "segments.h"
#include "string.h"

void registers_start(struct registers *regs, vaddr_t entry, vaddr_t stack, word_t argument)
{
	*regs = (struct registers){
		.target = argument,
		.rip = entry,
		.rsp = stack,
		.rflags = RFLAGS_USER,
		.cs = SELECTOR_USER_CODE,
		.exact = 1,
	};
}

void registers_go(struct registers *regs, vaddr_t entry, vaddr_t stack)
{
	regs->rip = entry;
	regs->rsp = stack;
	regs->rflags = RFLAGS_USER;
	regs->cs = SELECTOR_USER_CODE;
	regs->exact = 0;
}

_Static_assert(offsetof(struct registers, gs_base) == offsetof(struct thread_registers, gs_base) &&
		       offsetof(struct registers, rip) == offsetof(struct thread_registers, rip) &&
		       offsetof(struct registers, rbx) == offsetof(struct thread_registers, rbx) &&
		       offsetof(struct registers, word) == offsetof(struct thread_registers, rdx),
	       "the first are in the same places");

/* Whoever leaves by sysret finds rip and rflags in rcx and r11. */
void registers_read(const struct registers *regs, struct thread_registers *out)
{
	memcpy(out, regs, sizeof(*out));
	if (!regs->exact) {
		out->rcx = regs->rip;
		out->r11 = regs->rflags;
	}
}

/*
 * iretq faults, in the kernel, on an rip that is not canonical, as wrfsbase does on
 * a base; of rsp it asks nothing (SDM vol. 2, IRET).
 */
bool registers_acceptable(const struct thread_registers *in)
{
	return in->rip < USER_TOP && in->fs_base < USER_TOP && in->gs_base < USER_TOP;
}

/* iretq would take any flags, and any segments. */
void registers_write(struct registers *regs, const struct thread_registers *in)
{
	memcpy(regs, in, sizeof(*in));
	regs->rflags = (in->rflags & RFLAGS_FREE) | RFLAGS_USER;
	regs->cs = SELECTOR_USER_CODE;
	regs->exact = 1;
}

void registers_repeat_syscall(struct registers *regs)
{
	enum { SYSCALL_BYTES = 2 }; /* 0f 05 */

	regs->rip -= SYSCALL_BYTES;
}

void registers_print(const struct registers *regs)
{
	const struct {
		const char *name;
		word_t value;
	} line[] = {
		{ "rip", regs->rip },	  { "rsp", regs->rsp },	   { "rflags", regs->rflags },
		{ "rax", regs->status },  { "rbx", regs->rbx },	   { "rcx", regs->rcx },
		{ "rdx", regs->word[0] }, { "rsi", regs->info },   { "rdi", regs->target },
		{ "rbp", regs->rbp },	  { "r8", regs->word[2] }, { "r9", regs->word[3] },
		{ "r10", regs->word[1] }, { "r11", regs->r11 },	   { "r12", regs->word[4] },
		{ "r13", regs->word[5] }, { "r14", regs->r14 },	   { "r15", regs->r15 },
	};

	log_printf("registers:\n");
	for (unsigned i = 0; i < ARRAY_SIZE(line); i++)
		log_printf("  %-6s 0x%016lx%s", line[i].name, line[i].value,
			   i % 3 == 2 ? "\n" : "");
}
