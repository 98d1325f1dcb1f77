/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "slot.h"

struct thread;

/*
 * One method call on one object, as decoded from the caller's registers. The
 * type, the rights and the number of arguments have been checked against the
 * table that abi/gen.c makes; their values come from a user and may be anything.
 *
 * A handler that works on a range moves its arguments on as it goes and counts
 * what it has done in result[0]. It may return RESTART (preempt.h): arguments and
 * count are kept, and it is called again with them.
 */
struct invocation {
	struct thread *caller;
	struct slot *slot; /* the capability invoked */
	word_t arg[IPC_REGISTERS];
	word_t result[IPC_REGISTERS]; /* zero on entry, but for the count of a restarted call */
	bool resumed;		      /* it was begun before and left at a preemption point */
};

typedef status_t handler_t(struct invocation *inv);
typedef void syscall_t(struct thread *caller);

struct method {
	handler_t *handler;
	uint16_t rights;
	uint8_t nargs;
	uint8_t nresults;
};

struct object_methods {
	const struct method *method;
	uint32_t count;
};

/* Generated; indexed by object type and by system call number. */
extern const struct object_methods object_methods[OBJECT_TYPES];
extern syscall_t *const syscall_table[SYSCALLS];

/* False once the call has destroyed the thread that made it. */
bool caller_lives(const struct invocation *inv);

/* Run the system call that the caller's registers ask for. */
void syscall_dispatch(struct thread *caller);
