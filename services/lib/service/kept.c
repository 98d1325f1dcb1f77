/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "kept.h"

#include <string.h>

#include <panic.h>

#include "sum.h"

static uint64_t sum_of(const struct kept_copy *c, size_t bytes)
{
	return sum_add_all(SUM_BEGIN ^ c->number, c->state, bytes / sizeof(uint64_t));
}

static bool is_whole(const struct kept *k, unsigned i)
{
	const struct kept_copy *c = k->copy[i];

	return c->number && c->number % 2 == i && c->sum == sum_of(c, k->bytes);
}

bool kept_begin(struct kept *k, const struct start_info *start, void *state, size_t bytes)
{
	size_t each = sizeof(struct kept_copy) + bytes;

	if (start->kept_bytes < 2 * each || bytes % sizeof(uint64_t))
		panic("%lu bytes of kept memory are not enough for %zu", start->kept_bytes, bytes);
	*k = (struct kept){ .state = state, .bytes = bytes };
	for (unsigned i = 0; i < 2; i++) {
		k->copy[i] = (struct kept_copy *)(start->kept + i * each);
		if (is_whole(k, i) && k->copy[i]->number > k->number)
			k->number = k->copy[i]->number;
	}
	if (k->number)
		memcpy(state, k->copy[k->number % 2]->state, bytes);
	return k->number;
}

void kept_commit(struct kept *k)
{
	struct kept_copy *c = k->copy[(k->number + 1) % 2];

	c->number = 0; /* until it is whole again */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	memcpy(c->state, k->state, k->bytes);
	c->number = ++k->number;
	c->sum = sum_of(c, k->bytes);
}
