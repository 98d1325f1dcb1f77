/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "kozo_abi.h"

/*
 * fsd: the file server, as init starts it and then uses it.
 *
 * fsd may receive on its endpoint, answer, print to the kernel log and read the
 * initrd: nothing else. init keeps a session of its own, whose root is the whole
 * volume.
 */

/*
 * Start fsd and open init's session. False, after a line that says why: fsd
 * does not run, and nothing of it is left.
 */
MUST_USE bool fsd_start(void);

/*
 * Does a running fsd answer, and is what it says about the initrd true? False,
 * after a line that says what is wrong: it has been stopped.
 */
MUST_USE bool fsd_check(void);

/* init's session, for the stubs in proto_fs_client.h. 0: fsd does not run. */
cptr_t fsd_session(void);
