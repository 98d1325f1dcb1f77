/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "guest.h"

/* What main.c does to the world that cases live in; the rest is in guest.h. */
enum { KEPT_SLOTS = 16 }; /* from the first free slot on: for what outlives a case */

/* Find the world. Returns another untyped, for what outlives a case. */
cptr_t world_begin(const struct boot_info *info);

/* Revoke everything; each thing that is left is a failed expectation. */
void world_end(void);
