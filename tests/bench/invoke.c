/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An invocation that does next to nothing: of all methods this takes the fewest. */
#include "bench.h"

void bench_invoke(void)
{
	unsigned number = row("invoke", 1);
	cptr_t frame = make(OBJECT_FRAME, PAGE_BITS);
	paddr_t address;

	for (unsigned i = 0; i < TIMES; i++)
		SAMPLE(number, kozo_frame_address(frame, &address));
}
