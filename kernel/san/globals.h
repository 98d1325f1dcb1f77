/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * The kernel's global variables. Behind each the compiler leaves a gap, and it
 * makes one function a file that tells of them.
 */

/* Mark the gaps in the shadow. */
void globals_start(void);

/* The variable that the gap at `address` belongs to. */
const char *globals_name(vaddr_t address);
