/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "cpio.h"
#include "keeper.h"
#include "kozo_abi.h"
#include "memory.h"

/*
 * boot: what keeper gave the supervisor. Set by boot_take() before anything else runs
 * and constant from then on, except for the account of memory.
 */
extern const struct start_info *given;
extern const struct boot_info *boot; /* the kernel's, of keeper: its slots are not ours */

/* All memory that services are made of, and those slots that are for this instance only. */
extern struct memory memory;

/* `info` is what main() was called with. Panics if the kernel's ABI is another. */
void boot_take(const void *info);

/* Kept memory that is the supervisor's alone: from given->kept on. */
size_t boot_kept_bytes(void);

/* What keeper says of the instance before this one: in the last page of kept memory. */
const struct supervisor_report *boot_report(void);

/* The initrd as the supervisor itself sees it, from its first entry. */
struct cpio boot_initrd(void);

/* Can the initrd be read from its first entry to its last? */
bool boot_initrd_is_whole(void);
