/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Capabilities: one by one, and in ranges. */
#include "bench.h"

enum { SLOTS = 512, FIRST = 1, CNODE_BITS = 10, BADGE = 7 };

static void measure_one(cptr_t endpoint)
{
	unsigned copy = row("copy", 1), mint = row("mint", 1);
	unsigned move = row("move", 1), delete = row("delete", 1);
	unsigned revoke = row("revoke", 1);
	cptr_t slot = slots(2);

	for (unsigned i = 0; i < TIMES; i++) {
		SAMPLE(copy, kozo_cnode_copy(SLOT_CNODE, slot, SLOT_CNODE, endpoint));
		SAMPLE(move, kozo_cnode_move(SLOT_CNODE, slot + 1, SLOT_CNODE, slot));
		SAMPLE(delete, kozo_cnode_delete(SLOT_CNODE, slot + 1));
		SAMPLE(mint,
		       kozo_cnode_mint(SLOT_CNODE, slot, SLOT_CNODE, endpoint, RIGHT_SEND, BADGE));
		SAMPLE(revoke, kozo_cnode_revoke(SLOT_CNODE, endpoint));
	}
}

/* SLOTS copies of one capability. */
static cptr_t make_many(cptr_t endpoint)
{
	cptr_t cnode = make(OBJECT_CNODE, CNODE_BITS);

	for (word_t i = FIRST; i < FIRST + SLOTS; i++)
		NEED(kozo_cnode_copy(cnode, i, SLOT_CNODE, endpoint));
	return cnode;
}

static void measure_ranges(cptr_t from, cptr_t to)
{
	unsigned copy = row("copy-range", SLOTS), mint = row("mint-range", SLOTS);
	unsigned move = row("move-range", SLOTS);
	unsigned delete = row("delete-range", SLOTS);
	word_t done;

	for (unsigned i = 0; i < TIMES; i++) {
		SAMPLE(copy, kozo_cnode_copy_range(to, FIRST, from, FIRST, SLOTS, &done));
		SAMPLE(delete, kozo_cnode_delete_range(to, FIRST, SLOTS, &done));
		SAMPLE(mint, kozo_cnode_mint_range(to, FIRST, from, FIRST, SLOTS, RIGHT_SEND, BADGE,
						   &done));
		NEED(kozo_cnode_delete_range(to, FIRST, SLOTS, &done));
		SAMPLE(move, kozo_cnode_move_range(to, FIRST, from, FIRST, SLOTS, &done));
		NEED(kozo_cnode_move_range(from, FIRST, to, FIRST, SLOTS, &done));
	}
}

void bench_cnode(void)
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);

	measure_one(endpoint);
	measure_ranges(make_many(endpoint), make(OBJECT_CNODE, CNODE_BITS));
}
