/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>

#include "kozo_abi.h"

/*
 * local: what each thread of a program has for itself.
 *
 * A thread is known by where its stack lies, for its registers are all its own to use. The
 * first thread has what kozo_begin() was told; each other one is added before it
 * starts, and is never taken out.
 */
enum { LOCAL_LINE_BYTES = 128 };

struct kozo_local {
	vaddr_t stack, stack_end;
	struct ipc_buffer *ipc_buffer;
	struct kozo_local *next;
	char line[LOCAL_LINE_BYTES]; /* of print.h: what was not put out yet */
	size_t line_length;
	uint64_t printed; /* bytes that were put out, in all */
};

/* Of the calling thread. */
struct kozo_local *kozo_local(void);

/* Let the thread that will run on a stack have this; the caller fills in the first three. */
void kozo_local_add(struct kozo_local *local);
