/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "ends.h"

#include <stdbool.h>

enum ends_verdict ends_note(struct ends *ends, uint64_t now, uint64_t time, unsigned clean_max)
{
	uint64_t oldest = ends->when[ends->next];
	bool often = oldest && now - oldest < time;

	ends->when[ends->next] = now;
	ends->next = (ends->next + 1) % ENDS_MAX;
	if (oldest && !often)
		ends->clean_starts = 0;
	if (!often)
		return ENDS_AGAIN;
	if (ends->clean_starts == clean_max)
		return ENDS_HOPELESS;
	ends->clean_starts++;
	for (unsigned i = 0; i < ENDS_MAX; i++)
		ends->when[i] = 0;
	return ENDS_ANEW;
}
