/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "processor.h"
#include "arch/layout.h"
#include "arch/msr.h"
#include "arch/paging.h"
#include "context.h"
#include "cpu.h"
#include "cpuid.h"
#include "isolation.h"
#include "log.h"
#include "segments.h"
#include "stacks.h"
#include "vectors.h"

/* Bits of CPUID (Intel SDM vol. 2, CPUID; AMD APM vol. 3, appendix E), beyond `features`. */
enum cpuid_bit {
	STRUCTURED_EDX_CAPABILITIES = 29,
	XSAVE_EAX_XSAVEOPT = 0,
	ADDRESSES_EBX_XSAVEERPTR = 2,
};

/* What a processor that does not say has (SDM vol. 2, CPUID leaf 80000008h). */
enum { PHYSICAL_BITS_LEAST = 36 };

#define CR0_MONITOR (1ull << 1)
#define CR0_EMULATE (1ull << 2)
#define CR0_NUMERIC_ERROR (1ull << 5)
#define CR0_WRITE_PROTECT (1ull << 16)
#define CR4_PHYSICAL_EXTENSION (1ull << 5)
#define CR4_MACHINE_CHECK (1ull << 6)
#define CR4_FXSAVE (1ull << 9)
#define CR4_SIMD_EXCEPTIONS (1ull << 10)
#define CR4_UMIP (1ull << 11)
#define CR4_FSGSBASE (1ull << 16)
#define CR4_PCID (1ull << 17)
#define CR4_XSAVE (1ull << 18)
#define CR4_SMEP (1ull << 20)
#define CR4_SMAP (1ull << 21)

/* What is used of what processors may have, and the bits of CR4 that switch it on. */
/* clang-format off */
static const struct feature {
	const char *name;
	bool *there;
	uint32_t leaf;
	enum { EBX, ECX, EDX } where;
	enum cpuid_bit bit;
	uint64_t cr4;
} features[] = {
	{ "NX",		 &processor.no_execute,	CPUID_EXTENDED_FEATURES, EDX, 20, 0 },
	{ "SMEP",	 &processor.smep,	CPUID_STRUCTURED,	 EBX,  7, CR4_SMEP },
	{ "SMAP",	 &processor.smap,	CPUID_STRUCTURED,	 EBX, 20, CR4_SMAP },
	{ "UMIP",	 &processor.umip,	CPUID_STRUCTURED,	 ECX,  2, CR4_UMIP },
	{ "FSGSBASE",	 &processor.fsgsbase,	CPUID_STRUCTURED,	 EBX,  0, CR4_FSGSBASE },
	{ "PCID",	 &processor.pcid,	CPUID_FEATURES,		 ECX, 17, 0 },
	{ "INVPCID",	 &processor.invpcid,	CPUID_STRUCTURED,	 EBX, 10, 0 },
	{ "1-GiB pages", &processor.large_1g,	CPUID_EXTENDED_FEATURES, EDX, 26, 0 },
	{ "XSAVE",	 &processor.xsave,	CPUID_FEATURES,		 ECX, 26, CR4_XSAVE },
	{ "AVX",	 &processor.avx,	CPUID_FEATURES,		 ECX, 28, 0 },
	{ "AVX-512",	 &processor.avx512,	CPUID_STRUCTURED,	 EBX, 16, 0 },
};
/* clang-format on */

/* What a system call clears: everything but the arithmetic flags and ID. */
#define SYSCALL_FLAGS_CLEARED (0x47f00ull | 1ull << 16 | 1ull << 17 | 1ull << 19 | 1ull << 20)

/*
 * The power-on page attribute table with write-combining as entry 1 (SDM vol. 3,
 * 12.12): cached, write-combining, and as entry 3 uncached whatever the MTRRs say.
 */
#define PAT_WITH_WRITE_COMBINING 0x0007040600070106ull

enum {
	GATE_INTERRUPT = 0x8e,
	GATE_FOR_USERS = 0x60,
	VECTORS = 256,
	STUB_BYTES = 16,
	TSS_STACKS = 7
};

struct gate {
	uint16_t offset_low, selector;
	uint8_t stack, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};

struct tss {
	uint32_t reserved0;
	uint64_t stack[3];
	uint64_t reserved1;
	uint64_t interrupt_stack[TSS_STACKS];
	uint64_t reserved2;
	uint16_t reserved3, io_map;
} __attribute__((packed));

struct table_pointer {
	uint16_t limit;
	const void *base;
} __attribute__((packed));

struct processor processor;
struct cpu boot_cpu;

static struct gate idt[VECTORS] ENTRY_DATA __attribute__((aligned(16)));
static struct tss tss ENTRY_DATA __attribute__((aligned(16)));
static uint8_t entry_stack[ENTRY_STACK_BYTES] ENTRY_DATA __attribute__((aligned(16)));

/* Code and data are flat; their limits are ignored in 64-bit mode. */
static uint64_t gdt[] ENTRY_DATA = {
	[SELECTOR_KERNEL_CODE / 8] = 0x00af9b000000ffff,
	[SELECTOR_KERNEL_DATA / 8] = 0x00cf93000000ffff,
	[SELECTOR_USER_DATA / 8] = 0x00cff3000000ffff,
	[SELECTOR_USER_CODE / 8] = 0x00affb000000ffff,
	[SELECTOR_TSS / 8] = 0, /* two entries, filled in below */
	[SELECTOR_TSS / 8 + 1] = 0,
};

extern const char trap_stubs[], syscall_entry[], syscall_fast[], syscall_entry_32[];
extern const char isolated_syscall[];
extern bool fast_traps; /* fast_fault.asm */

static unsigned physical_bits(void)
{
	if (cpuid(CPUID_EXTENDED, 0).eax < CPUID_ADDRESSES)
		return PHYSICAL_BITS_LEAST;
	return cpuid(CPUID_ADDRESSES, 0).eax & 0xff;
}

static bool bit(uint32_t word, enum cpuid_bit n)
{
	return word >> n & 1;
}

enum { AUTHENTIC_AMD = 0x68747541, HYGON_GENUINE = 0x6f677948 }; /* ebx has four letters */

static bool is_amd(void)
{
	uint32_t vendor = cpuid(0, 0).ebx;

	return vendor == AUTHENTIC_AMD || vendor == HYGON_GENUINE;
}

/*
 * Of processors other than AMD's, those do not that say so (Intel SDM vol. 4,
 * IA32_ARCH_CAPABILITIES, RDCL_NO).
 */
static bool leaks(void)
{
	enum { READS_ONLY_ITS_OWN = 1 << 0 };

	if (is_amd())
		return false;
	return cpuid(0, 0).eax < CPUID_STRUCTURED ||
	       !bit(cpuid(CPUID_STRUCTURED, 0).edx, STRUCTURED_EDX_CAPABILITIES) ||
	       !(msr_read(MSR_ARCH_CAPABILITIES) & READS_ONLY_ITS_OWN);
}

/* AMD's processors do, unless they say otherwise (APM vol. 3, Fn8000_0008_EBX). */
static bool fpu_keeps_pointers(void)
{
	if (!is_amd())
		return false;
	return cpuid(CPUID_EXTENDED, 0).eax < CPUID_ADDRESSES ||
	       !bit(cpuid(CPUID_ADDRESSES, 0).ebx, ADDRESSES_EBX_XSAVEERPTR);
}

static bool has_feature(const struct feature *f)
{
	uint32_t last = cpuid(f->leaf & CPUID_EXTENDED, 0).eax;
	struct cpuid c = cpuid(f->leaf, 0);
	const uint32_t word[] = { [EBX] = c.ebx, [ECX] = c.ecx, [EDX] = c.edx };

	return f->leaf <= last && bit(word[f->where], f->bit);
}

/*
 * Few processors have XSAVE without XSAVEOPT, and QEMU 7.2 hangs when CR4.OSXSAVE is
 * set on one that has: there FXSAVE must do, and so no AVX.
 */
static bool has_xsaveopt(void)
{
	return cpuid(0, 0).eax >= CPUID_XSAVE && bit(cpuid(CPUID_XSAVE, 1).eax, XSAVE_EAX_XSAVEOPT);
}

void processor_detect(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(features); i++)
		*features[i].there = has_feature(&features[i]);
	processor.xsave &= has_xsaveopt();
	processor.avx &= processor.xsave;
	processor.avx512 &= processor.xsave;
	processor.fpu_keeps_pointers = fpu_keeps_pointers();
	processor.leaks = leaks();
	processor.physical_bits = physical_bits();
}

static void print_features(const char *title, bool there)
{
	const char *before = title;

	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		if (*features[i].there != there)
			continue;
		log_printf("%s%s", before, features[i].name);
		before = ", ";
	}
	if (before == title)
		log_printf("%snothing that KOZO uses", title);
}

void processor_print(void)
{
	print_features("boot: the processor has ", true);
	print_features("; it lacks ", false);
	log_printf("\n");
}

/* All vectors are interrupt gates: the kernel runs with interrupts off. Users call none. */
static void set_gate(unsigned vector, unsigned stack)
{
	uint64_t entry = (uint64_t)trap_stubs + (uint64_t)vector * STUB_BYTES;

	idt[vector] = (struct gate){
		.offset_low = (uint16_t)entry,
		.selector = SELECTOR_KERNEL_CODE,
		.stack = (uint8_t)stack,
		.type = GATE_INTERRUPT,
		.offset_middle = (uint16_t)(entry >> 16),
		.offset_high = (uint32_t)(entry >> 32),
	};
}

/* The 16-byte descriptor of an available 64-bit TSS (SDM vol. 3, 8.2.3). */
static void set_tss_descriptor(void)
{
	uint64_t base = (uint64_t)&tss, limit = sizeof(tss) - 1;

	gdt[SELECTOR_TSS / 8] =
		limit | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
	gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
}

static void load_segments(void)
{
	struct table_pointer gdt_pointer = { sizeof(gdt) - 1, gdt };
	struct table_pointer idt_pointer = { sizeof(idt) - 1, idt };

	__asm__ volatile("lgdt %0\n\t"
			 "pushq %2\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\n\t"
			 "movl %3, %%eax\n\t"
			 "movw %%ax, %%ss\n\t"
			 "xorl %%eax, %%eax\n\t"
			 "movw %%ax, %%ds\n\t"
			 "movw %%ax, %%es\n\t"
			 "movw %%ax, %%fs\n\t"
			 "movw %%ax, %%gs\n\t"
			 "lldt %%ax\n\t"
			 "lidt %1\n\t"
			 "ltr %w4"
			 :
			 : "m"(gdt_pointer), "m"(idt_pointer), "i"(SELECTOR_KERNEL_CODE),
			   "i"(SELECTOR_KERNEL_DATA), "r"(SELECTOR_TSS)
			 : "rax", "memory");
}

static void set_traps(void)
{
	for (unsigned v = 0; v < VECTORS; v++)
		set_gate(v, 0);
	for (unsigned i = 0; i < TRAP_STACKS; i++) {
		set_gate(stack_vectors[i], i + 1);
		tss.interrupt_stack[i] = (uint64_t)(&stacks.trap[i] + 1);
	}
	idt[VECTOR_BREAKPOINT].type |= GATE_FOR_USERS; /* what int3 asks for */
	tss.stack[0] = isolation.on ? (uint64_t)(&entry_stack + 1) : (uint64_t)boot_cpu.stack;
	tss.io_map = sizeof(tss);
	set_tss_descriptor();
	load_segments();
}

static void set_syscalls(void)
{
	const char *entry;

	fast_traps = FASTPATH && processor.fsgsbase;
	entry = isolation.on ? isolated_syscall : fast_traps ? syscall_fast : syscall_entry;

	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SYSCALL);
	msr_write(MSR_STAR, (uint64_t)SYSRET_BASE << 48 | (uint64_t)SELECTOR_KERNEL_CODE << 32);
	msr_write(MSR_LSTAR, (uint64_t)entry);
	msr_write(MSR_CSTAR, (uint64_t)syscall_entry_32);
	msr_write(MSR_SFMASK, SYSCALL_FLAGS_CLEARED);
	msr_write(MSR_SYSENTER_CS, 0);
}

/* Of CR4 the kernel decides every bit: firmware may have left others on. */
static void set_protections(void)
{
	uint64_t cr0, cr4;

	__asm__("mov %%cr0, %0" : "=r"(cr0));
	cr0 |= CR0_MONITOR | CR0_TASK_SWITCHED | CR0_NUMERIC_ERROR | CR0_WRITE_PROTECT;
	cr0 &= ~CR0_EMULATE;
	cr4 = CR4_PHYSICAL_EXTENSION | CR4_MACHINE_CHECK | CR4_FXSAVE | CR4_SIMD_EXCEPTIONS;
	cr4 |= isolation.on ? 0 : CR4_GLOBAL_PAGES;
	cr4 |= paging_identifies() ? CR4_PCID : 0;
	for (size_t i = 0; i < ARRAY_SIZE(features); i++)
		cr4 |= *features[i].there ? features[i].cr4 : 0;
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
	msr_write(MSR_PAT, PAT_WITH_WRITE_COMBINING);
}

void processor_start(void)
{
	boot_cpu.self = &boot_cpu;
	boot_cpu.stack = &stacks.main + 1;
	set_traps();
	msr_write(MSR_GS_BASE, (uint64_t)&boot_cpu);
	msr_write(MSR_KERNEL_GS_BASE, 0);
	set_syscalls();
	set_protections();
	fpu_start();
	breakpoints_start();
}
