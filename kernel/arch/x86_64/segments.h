/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * Segment selectors. sysret takes user data and code from consecutive entries
 * behind the one it is told (Intel SDM vol. 2, SYSRET). There is no 32-bit
 * user code segment.
 */
enum {
	SELECTOR_KERNEL_CODE = 0x08,
	SELECTOR_KERNEL_DATA = 0x10,
	SELECTOR_USER_DATA = 0x18 | 3,
	SELECTOR_USER_CODE = 0x20 | 3,
	SELECTOR_TSS = 0x28,
	SYSRET_BASE = 0x10 | 3,
};
