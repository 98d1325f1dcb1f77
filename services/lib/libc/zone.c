/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Time zones, of which there is one, UTC. musl's own would read TZ and files.
 */
#include "time_impl.h"

const char __utc[] = "UTC";

/* Whether the time is UTC or "local", and so in the other half of the year, too. */
void __secs_to_zone(long long time, int local, int *is_dst, long *offset, long *other_offset,
		    const char **name)
{
	(void)time;
	(void)local;
	*is_dst = 0;
	*offset = 0;
	if (other_offset)
		*other_offset = 0;
	*name = __utc;
}

/* A struct tm that nobody filled has no name of a zone. */
const char *__tm_to_tzname(const struct tm *tm)
{
	return tm->__tm_zone == __utc ? __utc : "";
}
