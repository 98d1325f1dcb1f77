/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "ring.h"

#include <assert.h>
#include "message.h"
#include "share.h"

size_t ring_bytes(size_t entry_bytes, uint32_t count)
{
	return sizeof(struct ring_shared) + entry_bytes * count;
}

void ring_begin(struct ring *r, enum ring_side side, void *shared, size_t entry_bytes,
		uint32_t count, cptr_t signal)
{
	struct ring_shared *s = shared;
	bool produces = side == RING_PRODUCER;

	assert(count && !(count & (count - 1)));
	*r = (struct ring){
		.shared = s,
		.own = produces ? &s->tail : &s->head,
		.own_waits = produces ? &s->producer_waits : &s->consumer_waits,
		.other = produces ? &s->head : &s->tail,
		.other_waits = produces ? &s->consumer_waits : &s->producer_waits,
		.entry_bytes = entry_bytes,
		.count = count,
		.signal = signal,
		.side = side,
	};
}

/* How many entries we may go on by. Numbers wrap around; their difference does not. */
static status_t look(const struct ring *r, uint32_t *ready)
{
	uint32_t other;
	status_t status = share_load(&other, r->other);

	if (status != OK)
		return status;

	uint32_t used = r->side == RING_PRODUCER ? r->index - other : other - r->index;

	if (used > r->count)
		return ERR_BAD_REQUEST;
	*ready = r->side == RING_PRODUCER ? r->count - used : used;
	return *ready ? OK : ERR_WOULD_BLOCK;
}

static void *entry_of(const struct ring *r)
{
	return (uint8_t *)(r->shared + 1) + r->entry_bytes * (r->index & (r->count - 1));
}

/* Tell how far we are, and wake the other side if it said that it waits. */
static status_t go_on(struct ring *r)
{
	uint32_t waits = 0;
	status_t status = share_store(r->own, ++r->index);

	if (status == OK && r->said)
		status = share_store(r->own_waits, 0);
	r->said = false;
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* it says so, and then looks how far we are */
	if (status == OK)
		status = share_load(&waits, r->other_waits);
	if (!waits)
		return status;
	return kozo_signal(r->signal) == OK ? OK : ERR_PEER_DIED;
}

status_t ring_put(struct ring *r, const void *entry)
{
	uint32_t ready;
	status_t status = look(r, &ready);

	if (status == OK)
		status = share_copy(entry_of(r), entry, r->entry_bytes);
	return status == OK ? go_on(r) : status;
}

status_t ring_take(struct ring *r, void *entry)
{
	uint32_t ready;
	status_t status = look(r, &ready);

	if (status == OK)
		status = share_copy(entry, entry_of(r), r->entry_bytes);
	return status == OK ? go_on(r) : status;
}

status_t ring_ask(struct ring *r)
{
	uint32_t ready;
	status_t status = share_store(r->own_waits, 1);

	if (status != OK)
		return status;
	r->said = true;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return look(r, &ready);
}
