/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * Physical memory during boot: the `bytes` bytes at `address`, or NULL if not
 * all of them can be reached, or if they are the kernel's own: a boot loader
 * has nothing to tell us there, nor at address 0. The host tests have one of
 * their own.
 */
const void *boot_physical(paddr_t address, uint64_t bytes);

/* How many bytes boot_physical() would give at `address`. */
uint64_t boot_physical_limit(paddr_t address);
