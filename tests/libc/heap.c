/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What a program must bring for those functions that allocate: here, memory that is
 * handed out once. It is all there is to show that a program's own malloc() is used.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

enum { HEAP_BYTES = 1 << 20, ALIGNMENT = 16 };

/* Before each piece. */
struct header {
	size_t size;
} __attribute__((aligned(ALIGNMENT)));

static uint8_t heap[HEAP_BYTES] __attribute__((aligned(ALIGNMENT)));
static size_t used, in_use;

void *malloc(size_t size)
{
	size_t taken = sizeof(struct header) + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	struct header *header = (struct header *)(heap + used);

	if (size > HEAP_BYTES || taken > HEAP_BYTES - used)
		return NULL;
	used += taken;
	in_use += size;
	header->size = size;
	return header + 1;
}

void free(void *memory)
{
	if (memory)
		in_use -= ((struct header *)memory - 1)->size;
}

void *calloc(size_t count, size_t size)
{
	void *memory = malloc(count * size);

	return memory ? memset(memory, 0, count * size) : NULL;
}

void *realloc(void *memory, size_t size)
{
	void *larger = malloc(size);

	if (larger && memory) {
		size_t before = ((struct header *)memory - 1)->size;

		memcpy(larger, memory, before < size ? before : size);
		free(memory);
	}
	return larger;
}

size_t heap_in_use(void)
{
	return in_use;
}
