/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

#define CR0_TASK_SWITCHED (1ull << 3)
#define CR4_GLOBAL_PAGES (1ull << 7)

/* What the processor can do; set once by processor_detect(). */
struct processor {
	bool no_execute, large_1g, pcid, invpcid;
	bool smep, smap, umip, fsgsbase;
	bool xsave, avx, avx512; /* XSAVE is there with XSAVEOPT */
	bool fpu_keeps_pointers; /* loading registers may leave x87 addresses as they were */
	bool leaks;	    /* programs may read what is mapped for the kernel alone ("Meltdown") */
	unsigned fpu_bytes; /* of the registers of a thread's FPU, in memory */
	unsigned physical_bits; /* of an address that it can put on its bus */
};

extern struct processor processor;

void processor_detect(void);

/* Say in the log which protections and accelerations it has, and which it lacks. */
void processor_print(void);

/*
 * Make this CPU run the kernel as it should: its struct cpu behind gs, segments,
 * traps, the system call entry, and every protection that it has.
 */
void processor_start(void);
