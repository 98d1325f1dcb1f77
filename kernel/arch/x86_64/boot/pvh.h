/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "boot.h"

/*
 * Read the hvm_start_info at `info`, by which a loader enters through the PVH
 * note (Xen, docs/misc/pvh.pandoc and public/arch-x86/hvm/start_info.h). Returns
 * NULL, or in plain words what is wrong.
 */
const char *pvh_read(struct boot *b, paddr_t info);
