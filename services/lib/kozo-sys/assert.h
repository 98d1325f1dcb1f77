/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "panic.h"

/* A fact that only a bug of this program can make untrue. Stays in every build. */
#define assert(fact) ((fact) ? (void)0 : panic("assertion failed: %s", #fact))
