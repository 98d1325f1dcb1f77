/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "boot.h"

/*
 * Decide what of memory is free: what the memory map calls usable, but for what
 * is known to be something else. Stops if that leaves nothing, or if the initrd
 * does not lie where it may.
 */
void memory_reserve(struct boot *b);
