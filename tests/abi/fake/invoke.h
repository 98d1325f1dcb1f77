/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the dispatch tables need of kernel/core/invoke.h; stubs_test.c reads them. */
#pragma once

#include "kozo_abi.h"
#include <stddef.h>

struct thread;

struct invocation {
	word_t arg[IPC_REGISTERS];
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

#define METHOD_NONE { NULL, 0, 0, 0 }

struct object_methods {
	const struct method *method;
	uint32_t count;
};

extern const struct object_methods object_methods[OBJECT_TYPES];
extern syscall_t *const syscall_table[SYSCALLS];
