/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Is the counting right? A loop of which everybody can tell the length, and a call that
 * is measured from inside as well: it makes a page, which the kernel zeroes with a
 * string instruction that repeats.
 */
#include "bench.h"
#include "print.h"

struct measured {
	word_t ticks, status; /* as measured.asm returns them */
};

struct measured measured_invoke(const struct kozo_registers *r); /* tests/stretch */

enum { ROUNDS = 1000 };

/* The ticks of a loop of two instructions a round, with the two around it. */
static word_t loop_ticks(void)
{
	uint32_t before, after;

	__asm__ volatile("rdtsc\n\t"
			 "mov %%eax, %0\n\t" /* 1 */
			 "mov %2, %%ecx\n"   /* 2 */
			 "1:\tdec %%ecx\n\t"
			 "jnz 1b\n\t"
			 "rdtsc" /* 3 */
			 : "=&r"(before), "=&a"(after)
			 : "i"(ROUNDS)
			 : "rcx", "rdx");
	return after - before;
}

void bench_check(void)
{
	const struct kozo_registers r = {
		.target = memory(),
		.info = kozo_info(LABEL_UNTYPED_RETYPE, 5),
		.word = { OBJECT_FRAME, PAGE_BITS, SLOT_CNODE, slots(1), 1 },
	};
	unsigned number = row("inside", 1);
	struct measured m;

	mark(number);
	m = measured_invoke(&r);
	mark(NOBODY);
	NEED((status_t)m.status);
	kozo_printf("bench: the call took %lu ticks\n", m.ticks);
	kozo_printf("bench: a loop of %u instructions took %lu ticks\n", 2 * ROUNDS + 3,
		    loop_ticks());
}
