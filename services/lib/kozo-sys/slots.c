/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "slots.h"

#include <assert.h>
#include <stdbool.h>

static bool is_used(const struct slots *slots, size_t i)
{
	return slots->used[i / 64] >> i % 64 & 1;
}

static void set_used(struct slots *slots, size_t i, bool used)
{
	uint64_t bit = (uint64_t)1 << i % 64;

	assert(is_used(slots, i) != used);
	slots->used[i / 64] ^= bit;
}

void slots_begin(struct slots *slots, cptr_t first, size_t count)
{
	*slots = (struct slots){
		.first = first,
		.count = count < SLOTS_MAX ? count : SLOTS_MAX,
	};
}

/* The index of a free run; slots->count if there is none. */
static size_t find_run(const struct slots *slots, size_t length)
{
	size_t run = 0;

	for (size_t i = slots->low; i < slots->count; i++) {
		run = is_used(slots, i) ? 0 : run + 1;
		if (run == length)
			return i + 1 - length;
	}
	return slots->count;
}

cptr_t slots_take(struct slots *slots, size_t count)
{
	assert(count > 0);

	size_t first = find_run(slots, count);

	if (first == slots->count)
		return 0;
	for (size_t i = 0; i < count; i++)
		set_used(slots, first + i, true);
	if (first == slots->low)
		slots->low += count;
	return slots->first + first;
}

void slots_give(struct slots *slots, cptr_t first, size_t count)
{
	assert(first >= slots->first && count <= slots->count &&
	       first - slots->first <= slots->count - count);

	size_t index = first - slots->first;

	for (size_t i = 0; i < count; i++)
		set_used(slots, index + i, false);
	if (index < slots->low)
		slots->low = index;
}

size_t slots_free(const struct slots *slots)
{
	size_t free = 0;

	for (size_t i = slots->low; i < slots->count; i++)
		free += !is_used(slots, i);
	return free;
}
