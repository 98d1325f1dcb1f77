/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "malloc.h"

#include <string.h>

#include "heap.h"
#include "lock.h"
#include "panic.h"
#include "service.h"

enum { STEP_BITS = 14 }; /* of the frames by which the heap grows */

static struct mutex lock;
static struct heap heap;
static uint8_t *room_end;

/* Nothing is taken for what will not fit. */
static size_t grow(size_t bytes)
{
	const size_t step = 1ul << STEP_BITS;
	size_t done = 0;
	cptr_t frame;

	if (bytes > (size_t)(room_end - heap.end) || bytes > service_left())
		return 0;
	while (done < bytes && heap.end + done < room_end &&
	       service_add(STEP_BITS, (vaddr_t)heap.end + done, &frame) == OK)
		done += step;
	return done;
}

/* More than the arena there will never be. */
void malloc_begin(void)
{
	size_t most = service_arena() >> STEP_BITS << STEP_BITS;
	uint8_t *room = (uint8_t *)service_room(most, STEP_BITS);

	need(mutex_begin(&lock), "the heap's lock");
	room_end = room + most;
	heap_begin(&heap, room, grow);
}

void *malloc(size_t size)
{
	mutex_lock(&lock);

	void *piece = heap_allocate(&heap, size);

	mutex_unlock(&lock);
	return piece;
}

void *calloc(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;

	void *piece = malloc(bytes);

	return piece ? memset(piece, 0, bytes) : NULL;
}

void *realloc(void *piece, size_t size)
{
	mutex_lock(&lock);

	void *moved = heap_resize(&heap, piece, size);

	mutex_unlock(&lock);
	return moved;
}

void free(void *piece)
{
	mutex_lock(&lock);
	heap_free(&heap, piece);
	mutex_unlock(&lock);
}
