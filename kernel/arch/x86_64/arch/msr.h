/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdint.h>

/* Model-specific registers (Intel SDM vol. 4; AMD APM vol. 2, appendix A). */
enum msr {
	MSR_APIC_BASE = 0x1b,
	MSR_ARCH_CAPABILITIES = 0x10a,
	MSR_SYSENTER_CS = 0x174,
	MSR_PAT = 0x277,
	MSR_TSC_DEADLINE = 0x6e0,
};

#define MSR_EFER 0xc0000080u
#define MSR_STAR 0xc0000081u
#define MSR_LSTAR 0xc0000082u
#define MSR_CSTAR 0xc0000083u
#define MSR_SFMASK 0xc0000084u
#define MSR_FS_BASE 0xc0000100u
#define MSR_GS_BASE 0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u

#define EFER_SYSCALL (1ull << 0)
#define EFER_NO_EXECUTE (1ull << 11)

static inline uint64_t msr_read(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"(value & 0xffffffff), "d"(value >> 32)
			 : "memory");
}
