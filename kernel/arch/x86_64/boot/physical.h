/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * Physical memory during boot: the `bytes` bytes at `address`, or NULL if not
 * all of them can be reached. The host tests have one of their own.
 */
const void *boot_physical(paddr_t address, uint64_t bytes);
