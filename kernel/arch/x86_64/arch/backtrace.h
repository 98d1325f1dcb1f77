/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/* Is the word at `address`, and the one above it, on one of the kernel's stacks? */
bool backtrace_on_stack(vaddr_t address);
