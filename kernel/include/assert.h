/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "panic.h"

/*
 * assert(): what must be true if the kernel is right. It stays in every build,
 * so it is for cheap facts. What a user can make false is an ERR_*, not this.
 */
#define assert(fact) ((fact) ? (void)0 : panic("%s:%d: not so: %s", __FILE__, __LINE__, #fact))
