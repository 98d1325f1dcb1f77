/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "cpu.h"

/*
 * What entry.asm does not save and load, because it changes only with the thread:
 * leave_kernel() brings it in for the thread that runs next. `next` NULL: nobody's.
 */
void bases_switch_to(struct cpu *cpu, struct thread *t);
void fpu_switch_to(struct cpu *cpu, struct thread *next);
void breakpoints_switch_to(struct cpu *cpu, struct thread *next);

/* This CPU has an FPU that nobody may use yet, and watches for nothing. */
void fpu_start(void);
void breakpoints_start(void);

/* What the debug exception that is being handled was for, as DR6 has it. */
uint64_t breakpoints_hit(void);
