/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/* The kernel function that `address` lies in, and how far in; NULL: none. */
const char *symbol_find(uint64_t address, uint64_t *offset);
