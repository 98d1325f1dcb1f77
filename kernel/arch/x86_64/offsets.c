/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Layout facts for the assembler. The build compiles this file to text and
 * keeps what follows each @@ as offsets.inc, so the two languages cannot
 * disagree. Nothing here runs.
 */
#include "arch/layout.h"
#include "cpu.h"
#include "segments.h"
#include "stacks.h"
#include "thread.h"

#define VALUE(name, value) __asm__(".ascii \"@@" #name " %c0\"" : : "i"(value))
#define OFFSET(name, type, field) VALUE(name, offsetof(struct type, field))

void offsets(void);
void offsets(void)
{
	OFFSET(CPU_CURRENT, cpu, current);
	OFFSET(CPU_USER_STACK, cpu, user_stack);
	OFFSET(CPU_STACK, cpu, stack);

	OFFSET(THREAD_REGS, thread, regs);

	OFFSET(REGS_STATUS, registers, status);
	OFFSET(REGS_TARGET, registers, target);
	OFFSET(REGS_INFO, registers, info);
	OFFSET(REGS_WORD0, registers, word[0]);
	OFFSET(REGS_WORD1, registers, word[1]);
	OFFSET(REGS_WORD2, registers, word[2]);
	OFFSET(REGS_WORD3, registers, word[3]);
	OFFSET(REGS_WORD4, registers, word[4]);
	OFFSET(REGS_WORD5, registers, word[5]);
	OFFSET(REGS_RBX, registers, rbx);
	OFFSET(REGS_RBP, registers, rbp);
	OFFSET(REGS_R14, registers, r14);
	OFFSET(REGS_R15, registers, r15);
	OFFSET(REGS_RCX, registers, rcx);
	OFFSET(REGS_R11, registers, r11);
	OFFSET(REGS_RIP, registers, rip);
	OFFSET(REGS_RSP, registers, rsp);
	OFFSET(REGS_RFLAGS, registers, rflags);
	OFFSET(REGS_CS, registers, cs);
	OFFSET(REGS_EXACT, registers, exact);
	VALUE(REGS_SIZE, sizeof(struct registers));

	VALUE(RFLAGS_KERNEL, RFLAGS_KERNEL);

	VALUE(STACK_TOP, sizeof(stacks.main));

	VALUE(SELECTOR_KERNEL_CODE, SELECTOR_KERNEL_CODE);
	VALUE(SELECTOR_KERNEL_DATA, SELECTOR_KERNEL_DATA);
	VALUE(SELECTOR_USER_CODE, SELECTOR_USER_CODE);
	VALUE(SELECTOR_USER_DATA, SELECTOR_USER_DATA);
}
