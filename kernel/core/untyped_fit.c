/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The arithmetic of untyped memory: free of casts, so that it can be proven. */
#include "untyped.h"

bool untyped_fit(uint64_t watermark, unsigned size, unsigned bits, uint64_t *start)
{
	uint64_t end = 1ull << size, bytes = 1ull << bits;

	/* The last place is a multiple of `bytes` too: rounding up does not pass it. */
	if (bits > size || watermark > end - bytes)
		return false;

	*start = round_up(watermark, bytes);
	return true;
}
