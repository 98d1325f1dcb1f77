/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "message.h"
#include "process.h"

struct memory;

/*
 * evidence: what is known of how a process has ended, taken before it is taken apart.
 *
 * All of it comes from something that is broken, so it may be anything at all. But what is here
 * can be printed, and nothing outside its stack was looked at. What could not be had is 0.
 */
enum { EVIDENCE_DEPTH = 8 };

struct evidence {
	uint64_t label, word[IPC_REGISTERS];   /* of a fault: its message */
	struct thread_registers registers;     /* of its first thread, unless it was another's */
	uint64_t depth, trace[EVIDENCE_DEPTH]; /* return addresses, the latest first */
	char text[PANIC_TEXT_MAX + 8]; /* of FAULT_PANIC: what it said, printable, with a NUL */
};

/* What the message that came last tells of a fault or a panic. What was known before is forgotten. */
void evidence_note(struct evidence *e, const struct message *m);

/*
 * Add registers and return addresses. Its first thread is stopped, or waits for the answer to
 * what was noted. The window (window.h) is used, and one slot of *memory while this lasts.
 */
void evidence_take(struct evidence *e, struct memory *memory, const struct process *p);
