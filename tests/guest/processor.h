/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <cpuid.h>
#include <stdbool.h>

/* What the processor says that it has, and for AVX that the kernel keeps it (SDM vol. 2, CPUID). */
enum processor_feature {
	PROCESSOR_ANY,
	PROCESSOR_OSXSAVE,
	PROCESSOR_FSGSBASE,
	PROCESSOR_UMIP,
	PROCESSOR_AVX,
	PROCESSOR_AVX512,
};

static inline bool processor_has(enum processor_feature feature)
{
	unsigned eax, ebx, ecx, edx, features;

	__cpuid(1, eax, ebx, features, edx);
	if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx))
		ebx = ecx = 0;
	switch (feature) {
	case PROCESSOR_ANY:
		return true;
	case PROCESSOR_OSXSAVE:
		return features & bit_OSXSAVE;
	case PROCESSOR_FSGSBASE:
		return ebx & bit_FSGSBASE;
	case PROCESSOR_UMIP:
		return ecx & 1 << 2;
	case PROCESSOR_AVX:
		return features & bit_OSXSAVE && features & bit_AVX;
	case PROCESSOR_AVX512:
		return features & bit_OSXSAVE && ebx & bit_AVX512F;
	}
	return false;
}
