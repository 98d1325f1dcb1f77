/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "attack.h"
#include "message.h"
#include "syscall.h"

/* What a thread does (steps.asm): system calls, as rax and rdi say them. */
struct step {
	word_t number, target;
};

#define STEPS_END \
	{ \
		~0ull, 0 \
	}

void steps(word_t first);

/* It comes as far as it can on our time, and has none then. */
static inline void start_passive(cptr_t thread, cptr_t cnode, const struct step *first)
{
	start(thread, cnode, SLOT_SCHED_CONTEXT, steps, (word_t)first);
	kozo_yield();
	NEED(kozo_thread_set_time(thread, 0));
}

static inline void signal(cptr_t notification)
{
	struct kozo_registers r = { .target = notification };

	NEED(kozo_syscall(SYS_SIGNAL, &r));
}
