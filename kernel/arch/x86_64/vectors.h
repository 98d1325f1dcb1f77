/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/* Exceptions (Intel SDM vol. 3, table 6-1). What is above is interrupts. */
enum {
	VECTOR_DEBUG = 1,
	VECTOR_NMI = 2,
	VECTOR_BREAKPOINT = 3,
	VECTOR_DOUBLE_FAULT = 8,
	VECTOR_PAGE_FAULT = 14,
	VECTOR_MACHINE_CHECK = 18,
	VECTOR_INTERRUPTS = 32,
	VECTOR_DEVICES = 48, /* below are the old controllers', which are silent */
	VECTOR_TIMER = 0xf0,
	VECTOR_SPURIOUS = 0xff, /* of the local APIC itself (SDM vol. 3, 11.9) */
};
