/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Threads and when they run: all that the benchmark knows of scheduling. */
#include "bench.h"
#include "message.h"

enum { MIDDLE = 100, STACKS = 32, STACK_BYTES = 4 << 10 };

static char stacks[STACKS][STACK_BYTES] __attribute__((aligned(16)));
static unsigned used_stacks;
static cptr_t there;

/* All the time there is, at a priority. */
static void configure(cptr_t time, word_t priority)
{
	NEED(kozo_sched_control_configure(SLOT_SCHED_CONTROL, time, BUDGET_MIN, BUDGET_MIN,
					  priority));
}

void threads_begin(void)
{
	there = space_there();
	configure(SLOT_SCHED_CONTEXT, MIDDLE);
}

cptr_t thread_make(enum place place, enum rank rank)
{
	cptr_t thread = make(OBJECT_THREAD, 0), time = make(OBJECT_SCHED_CONTEXT, 0);
	cptr_t buffer = make(OBJECT_FRAME, PAGE_BITS);

	configure(time, rank == ABOVE ? MIDDLE + 1 : MIDDLE);
	NEED(kozo_thread_set_time(thread, time));
	NEED(kozo_thread_configure(thread, SLOT_CNODE, place == HERE ? SLOT_VSPACE : there,
				   buffer));
	return thread;
}

/* A function finds its stack as if called: 8 off a multiple of 16. */
void thread_start(cptr_t thread, void (*entry)(word_t), word_t argument)
{
	if (used_stacks == STACKS)
		panic("too many threads");

	char *top = stacks[used_stacks++] + STACK_BYTES;

	NEED(kozo_thread_start(thread, (vaddr_t)entry, (vaddr_t)top - sizeof(word_t), argument));
}

void thread_make_passive(cptr_t thread)
{
	word_t state, priority;

	do {
		kozo_yield();
		NEED(kozo_thread_info(thread, &state, &priority));
	} while (state != THREAD_RECEIVING);
	NEED(kozo_thread_set_time(thread, 0));
}

void thread_end(cptr_t thread)
{
	NEED(kozo_thread_stop(thread));
}
