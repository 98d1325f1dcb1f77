/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arch/fpu.h"
#include "arch/this_cpu.h"
#include "assert.h"
#include "context.h"
#include "cpu.h"
#include "cpuid.h"
#include "processor.h"
#include "string.h"

_Static_assert(sizeof(struct fpu_base) == 576, "the legacy area and the header (SDM vol. 1, 13.4)");
_Static_assert(offsetof(struct fpu, more) == sizeof(struct fpu_base), "one area, for the CPU");

/* Components of the state that XSAVE keeps (SDM vol. 1, 13.1). Of AVX-512 all or none. */
#define FPU_X87_SSE 0x03ull
#define FPU_AVX 0x04ull
#define FPU_AVX512 0xe0ull

/* SDM vol. 1, 8.1.5 and 10.2.3: all exceptions masked, round to nearest. */
static const struct fpu_base initial __attribute__((aligned(FPU_ALIGNMENT))) = {
	.control = 0x37f,
	.mxcsr = 0x1f80,
};

static void allow_fpu(void)
{
	__asm__ volatile("clts");
}

static void forbid_fpu(void)
{
	uint64_t cr0;

	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | CR0_TASK_SWITCHED));
}

/* Every component that is enabled: those bits of edx:eax count that XCR0 has too. */
static void save(struct fpu_base *area)
{
	if (processor.xsave)
		__asm__ volatile("xsaveopt64 %0" : "+m"(*area) : "a"(~0u), "d"(~0u) : "memory");
	else
		__asm__ volatile("fxsave64 %0" : "=m"(*area) : : "memory");
}

/*
 * Some processors load the addresses of the last x87 instruction and of its data
 * only with a pending exception, else the last owner's stay (AMD APM vol. 2,
 * 11.4.4). Replace them by addresses of ours that tell nothing.
 */
static void replace_pointers(void)
{
	static const uint32_t zero;

	__asm__ volatile("fnclex\n\temms\n\tfildl %0" : : "m"(zero));
}

static void load(const struct fpu_base *area)
{
	if (processor.fpu_keeps_pointers)
		replace_pointers();
	if (processor.xsave)
		__asm__ volatile("xrstor64 %0" : : "m"(*area), "a"(~0u), "d"(~0u) : "memory");
	else
		__asm__ volatile("fxrstor64 %0" : : "m"(*area) : "memory");
}

void fpu_switch_to(struct cpu *cpu, struct thread *next)
{
	struct thread *last = cpu->fpu;

	if (last)
		save(&last->fpu.area);
	else
		allow_fpu();
	load(next ? &next->fpu.area : &initial);
	if (!next)
		forbid_fpu();
	cpu->fpu = next;
}

void fpu_reset(struct thread *t)
{
	assert(this_cpu()->fpu != t);
	t->fpu.area = initial;
}

void fpu_copy(struct thread *to, struct thread *from)
{
	const struct thread *loaded = this_cpu()->fpu;

	assert(loaded != to);
	if (loaded == from)
		save(&from->fpu.area);
	memcpy(&to->fpu.area, &from->fpu.area, processor.fpu_bytes);
}

static void enable(uint64_t components)
{
	__asm__ volatile("xsetbv"
			 :
			 : "c"(0), "a"((uint32_t)components), "d"((uint32_t)(components >> 32)));
	processor.fpu_bytes = cpuid(CPUID_XSAVE, 0).ebx;
}

/* What is not known here stays off: AMX for its size, the keys of pages because nobody has them. */
static void enable_components(void)
{
	uint64_t there = cpuid(CPUID_XSAVE, 0).eax & (FPU_X87_SSE | FPU_AVX | FPU_AVX512);

	if ((there & FPU_AVX512) != FPU_AVX512 || !(there & FPU_AVX))
		there &= ~FPU_AVX512;
	enable(there);
	if (processor.fpu_bytes > FPU_AREA_BYTES)
		enable(there & ~FPU_AVX512);
	assert(processor.fpu_bytes <= FPU_AREA_BYTES);
}

void fpu_start(void)
{
	processor.fpu_bytes = offsetof(struct fpu_base, present);
	if (processor.xsave)
		enable_components();
	allow_fpu();
	load(&initial);
	forbid_fpu();
}
