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
	word_t arg[IPC_REGISTERS]; /* the caller gets them back, with the results in front */
	struct thread *caller;
	struct slot *slot; /* the capability invoked */
	const struct method *method;
	bool resumed; /* it was begun before and left at a preemption point */

	/* Those that the method has are zero on entry, but for the count of a restarted call. */
	word_t result[IPC_REGISTERS];
};

typedef status_t handler_t(struct invocation *inv);
typedef void syscall_t(struct thread *caller);

struct method {
	handler_t *handler;
	uint16_t rights;
	uint16_t nargs;
	uint8_t nresults;
};

/* A number that no method has needs a right that nobody has. */
enum { METHOD_NO_RIGHTS = 1 << 15 };

#define METHOD_NONE \
	{ \
		NULL, METHOD_NO_RIGHTS, 0, 0 \
	}

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

/*
 * INVOKE by a caller without FLAG_RESTARTS, for arch/x86_64/invoke.asm: it has filled in
 * `caller` and `arg`, calls the method that this finds, and then invocation_end(), unless
 * the call is over and the caller goes on at once. NULL: the call is refused, and
 * nothing has come of it.
 */
const struct method *invocation_begin(struct invocation *inv);

/* What the method gave goes into the caller's registers, or the call goes on later. */
void invocation_end(struct invocation *inv, status_t status);
