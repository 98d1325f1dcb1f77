/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Objects are made, of memory that nobody has had: to zero it is a part of it. */
#include "bench.h"

static void measure(const char *name, enum object_type type)
{
	unsigned number = row(name, 1);
	cptr_t first = slots(TIMES);
	word_t done;

	for (unsigned i = 0; i < TIMES; i++)
		SAMPLE(number,
		       kozo_untyped_retype(memory(), type, 0, SLOT_CNODE, first + i, 1, &done));
}

void bench_retype(void)
{
	measure("retype-endpoint", OBJECT_ENDPOINT);
	measure("retype-thread", OBJECT_THREAD);
}
