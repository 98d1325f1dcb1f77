/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "cpio.h"
#include "elf.h"

/*
 * program: an executable in an initrd that may run on this system.
 *
 * False, after one line that says why: there is none by that name, it cannot be
 * loaded, or it was built for another ABI.
 */
MUST_USE bool program_open(struct cpio initrd, const char *name, struct elf *elf);
