/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdint.h>

/* Leaves of CPUID (Intel SDM vol. 2, CPUID; AMD APM vol. 3, appendix E). */
#define CPUID_FEATURES 1u
#define CPUID_STRUCTURED 7u
#define CPUID_XSAVE 0xdu
#define CPUID_EXTENDED 0x80000000u
#define CPUID_EXTENDED_FEATURES 0x80000001u
#define CPUID_ADDRESSES 0x80000008u

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid c;

	__asm__("cpuid"
		: "=a"(c.eax), "=b"(c.ebx), "=c"(c.ecx), "=d"(c.edx)
		: "a"(leaf), "c"(subleaf));
	return c;
}

enum {
	CPUID_1_ECX_X2APIC = 1 << 21,
	CPUID_1_ECX_TSC_DEADLINE = 1 << 24,
	CPUID_1_EDX_APIC = 1 << 9,
};

#define CPUID_1_ECX_HYPERVISOR (1u << 31)
