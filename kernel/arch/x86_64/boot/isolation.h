/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "boot.h"

/*
 * Shall programs' page tables hide the kernel? `isolation=on` or `off` on the command line says
 * so; else the processor decides. Before processor_start(), while code can be changed.
 */
void isolation_choose(const struct boot *b);

/* Make the tables for that, if they do; after tables_build(). Says whether they do. */
void isolation_build(struct boot *b);
