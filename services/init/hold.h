/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "cpio.h"
#include "kozo_abi.h"
#include "memory.h"

/*
 * hold: the original capabilities, as the kernel gave them. What others use is derived
 * from them, so keeper can take all of it back.
 *
 * Keeper makes what it needs itself from `memory`, a piece of RAM that it hands to nobody.
 */
extern const struct boot_info *boot;
extern struct memory memory;

/* `info` is what main() was called with. Panics if the kernel's ABI is another. */
void hold_take(const void *info);

/* The initrd, from its first entry. */
struct cpio hold_initrd(void);

/*
 * Put into a CNode what the supervisor is given for good (keeper.h), or take all
 * memory back that was handed over, which ends whatever was made of it.
 */
MUST_USE status_t hold_hand_over(cptr_t cnode);
MUST_USE status_t hold_take_back(void);
