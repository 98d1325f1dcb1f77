/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

struct thread;

/*
 * The FPU: x87, SSE, AVX and AVX-512, as far as the CPU has them (SDM vol. 1, 13).
 *
 * A thread whose FPU is off cannot use any of it: CR0.TS makes it a fault. One whose
 * FPU is on has registers of its own. They are in the CPU while it runs, and in its
 * `area` while another one does; switching is eager.
 *
 * Invariant: cpu->fpu is the thread whose registers the CPU has, and CR0.TS is clear.
 * If there is none, the CPU's registers are in their initial state, and CR0.TS is set.
 * They are not left there for the case that their thread runs next: CR0.TS does
 * not keep every processor from reading them speculatively (CVE-2018-3665).
 *
 * Locking: the kernel lock.
 */
enum {
	FPU_AREA_BYTES = 2688, /* with all that we enable, and the gap that MPX leaves */
	FPU_ALIGNMENT = 64,
};

/* How an area begins, whatever the CPU: what FXSAVE stores, and the header of XSAVE. */
struct fpu_base {
	uint16_t control, status;
	uint8_t tag, reserved;
	uint16_t opcode;
	uint64_t instruction, data;
	uint32_t mxcsr, mxcsr_mask;
	uint8_t registers[480];
	uint64_t present; /* the components that are not in their initial state */
	uint64_t header[7];
};

struct fpu {
	struct fpu_base area __attribute__((aligned(FPU_ALIGNMENT)));
	uint8_t more[FPU_AREA_BYTES - sizeof(struct fpu_base)]; /* as `present` says */
};

/* The registers of `t`, which are not in the CPU, are as a new thread has them. */
void fpu_reset(struct thread *t);

/* Give `to`, which does not run, what `from` has in its registers. */
void fpu_copy(struct thread *to, struct thread *from);
