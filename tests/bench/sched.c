/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Turns that two threads of different address spaces give each other. */
#include "bench.h"

static void take_turns(word_t number)
{
	for (;;) {
		mark((unsigned)number);
		ask(SYS_YIELD, 0);
	}
}

void bench_sched(void)
{
	unsigned number = row("yield", 1);
	cptr_t other = thread_make(THERE, BESIDE);

	thread_start(other, take_turns, number);
	for (unsigned i = 0; i < TIMES; i++) {
		mark(number);
		ask(SYS_YIELD, 0);
	}
	mark(NOBODY);
	thread_end(other);
}
