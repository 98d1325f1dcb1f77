/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "session.h"

/*
 * request: the fs protocol (abi/fs.abi). fs_dispatch(), generated from it, calls
 * the handlers in request.c with this: who asks, and of what.
 */
struct fs_context {
	const struct volume *volume;
	struct session *session;
};
