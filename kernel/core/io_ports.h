/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "slot.h"

/*
 * IoPorts: the badge of a capability has the first port, from bit PORTS_FIRST_SHIFT on,
 * and the last. A child has no port that its parent lacks.
 */
static inline word_t ports_first(word_t badge)
{
	return badge >> PORTS_FIRST_SHIFT;
}

static inline word_t ports_last(word_t badge)
{
	return badge & PORT_MAX;
}

/* Is this a range of ports, none of which another lacks? */
static inline bool ports_lie_within(word_t badge, word_t other)
{
	return ports_first(badge) <= ports_last(badge) &&
	       ports_first(badge) >= ports_first(other) && ports_last(badge) <= ports_last(other);
}

/* Has a capability `count` ports from `port` on? */
static inline bool io_ports_have(const struct slot *s, word_t port, unsigned count)
{
	return port >= ports_first(s->badge) && port <= ports_last(s->badge) &&
	       ports_last(s->badge) - port >= count - 1;
}
