/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "kozo_abi.h"

/*
 * fsd: the console as a client of the file service. For the console's thread only.
 */

/* The session that shows everything. 0: fsd does not run, and will not by itself. */
cptr_t fsd_session(void);

/* Does it answer, and with the bytes that are in the initrd? If not, a line says what is wrong. */
bool fsd_check(void);
