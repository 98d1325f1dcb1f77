/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "arch/paging.h"
#include "sched.h"
#include "timeline.h"

/*
 * Per-CPU state; this_cpu() finds it (arch/this_cpu.h). `current` is NULL while
 * the CPU has nothing to run, and from the death of the running thread until the
 * next is chosen.
 */
struct cpu {
	struct cpu *self;
	struct thread *current;
	word_t user_stack; /* of the system call being entered */
	void *stack;	   /* top of the kernel stack */
	uint64_t
		cr3; /* of the tag whose root is loaded; 0: the kernel's, which maps nothing for users */
	struct paging_tag *identified[IDENTIFIERS]; /* who has which identifier, or NULL */
	uint64_t identifier;			    /* the last one given out */
	struct sched_context *context;		    /* what the running thread runs on */
	bool reschedule;	    /* there may be something else to run, or to load: leave.c */
	uint64_t since;		    /* when its time was last charged */
	struct thread *bases;	    /* whose fs and gs bases are loaded, or NULL */
	struct thread *fpu;	    /* whose FPU registers are loaded, or NULL: arch/fpu.h */
	struct thread *breakpoints; /* whose are loaded, or NULL: arch/breakpoints.h */
	unsigned work;		    /* what this visit to the kernel has cost so far: preempt.h */
	struct run_queue run;
	struct timeline timers; /* the moments of timers and of refills */
	uint64_t end;	/* when the running thread is to be looked at again, or CLOCK_NEVER */
	uint64_t alarm; /* what the clock's alarm is set to, or CLOCK_NEVER: alarm.h */
};

extern struct cpu boot_cpu;
