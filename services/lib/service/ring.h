/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "kozo_abi.h"

/*
 * ring: entries of a fixed size from one producer to one consumer, through memory that both
 * can write.
 *
 * Neither believes the other. How large the ring is both know beforehand; each keeps its own
 * index for itself, fetches the other's once, and checks it; an entry is copied out before
 * anybody looks at it. The memory may vanish at any time (share.h). What a hostile side
 * can do is to lie about the entries themselves, and to wake us for nothing.
 *
 * Every function may fail, and then the session with the other side is over:
 * ERR_PEER_DIED: the memory, or the other's notification, is gone. ERR_BAD_REQUEST: its index
 * makes no sense. One thread of each side uses a ring.
 */
struct ring_shared {
	uint32_t tail; /* entries that were put, in all; the producer's */
	uint32_t producer_waits;
	uint32_t apart[14];
	uint32_t head; /* entries that were taken, in all; the consumer's */
	uint32_t consumer_waits;
	uint32_t apart_too[14];
};

enum ring_side { RING_PRODUCER, RING_CONSUMER };

struct ring {
	struct ring_shared *shared;
	uint32_t *other, *other_waits, *own, *own_waits; /* there */
	size_t entry_bytes;
	uint32_t count;
	uint32_t index; /* as published at `own` */
	cptr_t signal;	/* tells the other side */
	enum ring_side side;
	bool said; /* that we wait */
};

/* Bytes of memory that a ring takes. */
size_t ring_bytes(size_t entry_bytes, uint32_t count);

/* A new ring in memory that is all zero: `count` entries, a power of two. Touches nothing. */
void ring_begin(struct ring *r, enum ring_side side, void *shared, size_t entry_bytes,
		uint32_t count, cptr_t signal);

/* The producer's. ERR_WOULD_BLOCK: there is no room. */
MUST_USE status_t ring_put(struct ring *r, const void *entry);

/* The consumer's. ERR_WOULD_BLOCK: there is no entry. */
MUST_USE status_t ring_take(struct ring *r, void *entry);

/*
 * Ask to be signalled when there is room, or an entry. OK: there is already. ERR_WOULD_BLOCK: wait
 * for a signal, as long as you like, and look again; there may be nothing even then.
 */
MUST_USE status_t ring_ask(struct ring *r);
