/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "cpio.h"
#include "kozo_abi.h"
#include "memory.h"

/*
 * boot: what the kernel gave init. Set by boot_take() before anything else runs
 * and constant from then on, except for the account of memory.
 */
extern const struct boot_info *boot;

/* All of the machine's free memory, and init's own capability space. */
extern struct memory memory;

/* TSC ticks from the kernel's entry to init's first instruction. */
extern uint64_t boot_ticks;

/*
 * `info` is what main() was called with, `started` the TSC at that moment. Panics
 * if the kernel's ABI is another.
 */
void boot_take(const void *info, uint64_t started);

/* The initrd as init itself sees it, from its first entry. */
struct cpio boot_initrd(void);

/* Can the initrd be read from its first entry to its last? */
bool boot_initrd_is_whole(void);
