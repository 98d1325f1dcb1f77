/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

struct thread;

/*
 * A thread's registers as entry.asm saves them. The first nine are the ones
 * that the system call contract gives a meaning (abi/kozo.abi), under its names.
 */
struct registers {
	word_t status;		    /* rax: in, system call and Reply cptr; out, the status */
	word_t target;		    /* rdi: in, cptr; out, badge */
	word_t info;		    /* rsi */
	word_t word[IPC_REGISTERS]; /* rdx r10 r8 r9 r12 r13 */
	word_t rbx, rbp, r14, r15, rcx, r11;
	word_t rsp, rip, rflags;
	word_t fs_base, gs_base; /* valid while the CPU has another thread's loaded: bases.c */
	word_t cs;    /* from here on the kernel's own; before, as struct thread_registers */
	word_t exact; /* leave by iretq, because rcx and r11 matter too */
};

/* User code's flags: interrupts on, everything else off. */
#define RFLAGS_USER 0x202ull

/* What a program may have in rflags: CF PF AF ZF SF TF DF OF AC ID (SDM vol. 1, 3.4.3). */
#define RFLAGS_FREE 0x240dd5ull

/* The kernel's: all off, but for the one bit that is always 1. */
#define RFLAGS_KERNEL 0x2ull

/* All zero but these; for a thread that starts at `entry`. */
void registers_start(struct registers *regs, vaddr_t entry, vaddr_t stack, word_t argument);

/* Go on at `entry` on this stack with a user's flags; the rest stays as it is. */
void registers_go(struct registers *regs, vaddr_t entry, vaddr_t stack);

/*
 * As a program reads and writes them. What it writes must be acceptable, and the
 * flags that are not its to choose are made so.
 */
void registers_read(const struct registers *regs, struct thread_registers *out);
bool registers_acceptable(const struct thread_registers *in);
void registers_write(struct registers *regs, const struct thread_registers *in);

/* Run the system call instruction that led into the kernel once more. */
void registers_repeat_syscall(struct registers *regs);

/*
 * `t` is about to end: the CPU keeps nothing of it, neither these nor its FPU's nor its
 * breakpoints.
 */
void registers_release(const struct thread *t);

/* For crash reports. */
void registers_print(const struct registers *regs);

static inline bool registers_are_user(const struct registers *regs)
{
	return regs->cs & 3;
}

static inline word_t registers_pc(const struct registers *regs)
{
	return regs->rip;
}

static inline word_t registers_frame(const struct registers *regs)
{
	return regs->rbp;
}
