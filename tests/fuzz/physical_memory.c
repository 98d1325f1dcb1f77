/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "physical_memory.h"

struct answer {
	struct answer *next;
	uint8_t *bytes;
};

static struct {
	const uint8_t *data;
	size_t size;
	size_t sum_at; /* 0: sums are left as they are */
	struct answer *answers;
} memory;

void memory_begin(const uint8_t *data, size_t size)
{
	must(!memory.answers);
	memory.data = data;
	memory.size = size;
	memory.sum_at = 0;
}

void memory_end(void)
{
	while (memory.answers) {
		struct answer *a = memory.answers;

		memory.answers = a->next;
		free(a->bytes);
		free(a);
	}
}

void memory_sums_are_right(size_t at)
{
	memory.sum_at = at;
}

static uint8_t *new_answer(size_t bytes)
{
	struct answer *a = malloc(sizeof(*a));

	must(a);
	*a = (struct answer){ memory.answers, calloc(1, bytes) };
	must(a->bytes);
	memory.answers = a;
	return a->bytes;
}

UNWATCHED void set_sum(uint8_t *bytes, size_t size, size_t at)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
	bytes[at] = (uint8_t)(bytes[at] - sum);
}

uint64_t boot_physical_limit(paddr_t address)
{
	return address >= MEMORY_START && address < MEMORY_END ? MEMORY_END - address : 0;
}

const void *boot_physical(paddr_t address, uint64_t bytes)
{
	if (!bytes || bytes > boot_physical_limit(address))
		return NULL;

	uint8_t *answer = new_answer(bytes);
	uint64_t at = address - MEMORY_START;

	if (at < memory.size)
		memcpy(answer, memory.data + at,
		       bytes < memory.size - at ? bytes : memory.size - at);
	if (memory.sum_at && memory.sum_at < bytes)
		set_sum(answer, bytes, memory.sum_at);
	return answer;
}
