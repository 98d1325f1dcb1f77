/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Untyped: memory into objects, and back. */
#include "guest.h"

static status_t retype_at(cptr_t untyped, enum object_type type, word_t size, cptr_t slot)
{
	word_t done;

	return kozo_untyped_retype(untyped, type, size, SLOT_CNODE, slot, 1, &done);
}

/* --- success ------------------------------------------------------------------ */

static const struct {
	enum object_type type;
	word_t size;
	rights_t rights;
} kinds[] = {
	{ OBJECT_UNTYPED, UNTYPED_BITS_MIN, RIGHT_MANAGE },
	{ OBJECT_UNTYPED, 20, RIGHT_MANAGE },
	{ OBJECT_CNODE, CNODE_BITS_MIN, RIGHT_MANAGE | RIGHT_INSPECT },
	{ OBJECT_CNODE, 10, RIGHT_MANAGE | RIGHT_INSPECT },
	{ OBJECT_THREAD, 0, RIGHT_MANAGE | RIGHT_INSPECT },
	{ OBJECT_ENDPOINT, 0, RIGHT_SEND | RIGHT_RECEIVE | RIGHT_GRANT },
	{ OBJECT_NOTIFICATION, 0, RIGHT_SEND | RIGHT_RECEIVE },
	{ OBJECT_TIMER, 0, RIGHT_MANAGE | RIGHT_INSPECT },
	{ OBJECT_IRQ_HANDLER, 0, RIGHT_MANAGE },
	{ OBJECT_REPLY, 0, RIGHT_MANAGE },
	{ OBJECT_PAGE_TABLE, 1, RIGHT_MANAGE },
	{ OBJECT_PAGE_TABLE, 2, RIGHT_MANAGE },
	{ OBJECT_PAGE_TABLE, PAGE_TABLE_LEVELS, RIGHT_MANAGE },
	{ OBJECT_VSPACE, 0, RIGHT_MANAGE | RIGHT_DERIVE },
	{ OBJECT_FRAME, FRAME_BITS_MIN, RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_PHYSICAL },
	{ OBJECT_FRAME, 16, RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_PHYSICAL },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

TEST(retype_kinds, "Untyped.retype makes objects of every type, with all their rights")
{
	word_t numbers = 0;

	for (unsigned i = 0; i < KINDS; i++) {
		struct description d = describe(make(kinds[i].type, kinds[i].size));

		EXPECT(type_of(d), kinds[i].type);
		EXPECT(size_of(d), kinds[i].size);
		EXPECT(d.rights, kinds[i].rights);
		EXPECT(d.badge, 0);
		if (d.number) {
			EXPECT(d.number > numbers, true);
			numbers = d.number;
		}
	}
}

TEST(retype_many, "Untyped.retype fills consecutive slots of another CNode")
{
	cptr_t cnode = make(OBJECT_CNODE, 4);
	word_t done = 0;

	EXPECT_STATUS(kozo_untyped_retype(world, OBJECT_ENDPOINT, 0, cnode, 3, 13, &done), OK);
	EXPECT(done, 13);
	for (word_t i = 1; i < 16; i++)
		EXPECT(type_of(describe_in(cnode, i)), i < 3 ? OBJECT_NULL : OBJECT_ENDPOINT);
}

TEST(retype_places, "objects lie one behind the other, each at a multiple of its size")
{
	cptr_t small = make(OBJECT_ENDPOINT, 0); /* so that the next must leave a gap */
	cptr_t a = make(OBJECT_FRAME, 13), b = make(OBJECT_FRAME, 12), c = make(OBJECT_FRAME, 13);
	paddr_t at_a = 0, at_b = 0, at_c = 0;

	NEED(kozo_frame_address(a, &at_a));
	NEED(kozo_frame_address(b, &at_b));
	NEED(kozo_frame_address(c, &at_c));
	EXPECT(at_a % (2 * PAGE), 0);
	EXPECT(at_b, at_a + 2 * PAGE);
	EXPECT(at_c, at_b + 2 * PAGE);
	EXPECT(describe(world).badge, 8 * PAGE);
	EXPECT(gone(small), false);
}

TEST(retype_whole, "an object may take all of an untyped, and nothing fits beside it")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 14), slot = slots_new(2);

	EXPECT_STATUS(retype_at(untyped, OBJECT_VSPACE, 0, slot), OK);
	EXPECT_STATUS(retype_at(untyped, OBJECT_UNTYPED, UNTYPED_BITS_MIN, slot + 1),
		      ERR_NO_MEMORY);
	EXPECT(describe(untyped).badge, 1 << 14);
	EXPECT(gone(slot + 1), true);
}

/* --- refusals ----------------------------------------------------------------- */

enum { NOWHERE, FULL, FRAME, WEAK, SMALL, PLACES };

/* Row by row the reasons that come later are there too. */
static const struct {
	enum object_type type;
	word_t size;
	unsigned cnode; /* which of the places above */
	word_t first, count;
	status_t want;
} refusals[] = {
	{ OBJECT_NULL, 0, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_SCHED_CONTROL, 0, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_DEBUG_CONSOLE, 0, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_TYPES, 0, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_ENDPOINT, 1, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_ENDPOINT, 0, NOWHERE, 0, 0, ERR_BAD_ARG },
	{ OBJECT_THREAD, 1, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_UNTYPED, UNTYPED_BITS_MIN - 1, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_UNTYPED, UNTYPED_BITS_MAX + 1, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_CNODE, CNODE_BITS_MIN - 1, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_CNODE, CNODE_BITS_MAX + 1, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_FRAME, FRAME_BITS_MIN - 1, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_FRAME, FRAME_BITS_MAX + 1, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_PAGE_TABLE, 0, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_PAGE_TABLE, PAGE_TABLE_LEVELS + 1, NOWHERE, 0, 1, ERR_BAD_ARG },
	{ OBJECT_FRAME, FRAME_BITS_MAX, NOWHERE, 0, 1, ERR_BAD_CAP },
	{ OBJECT_FRAME, FRAME_BITS_MAX, FRAME, 0, 1, ERR_WRONG_TYPE },
	{ OBJECT_FRAME, FRAME_BITS_MAX, WEAK, 0, 1, ERR_NO_RIGHT },
	{ OBJECT_FRAME, FRAME_BITS_MAX, SMALL, 0, 1, ERR_RANGE },
	{ OBJECT_FRAME, FRAME_BITS_MAX, SMALL, 4, 1, ERR_RANGE },
	{ OBJECT_FRAME, FRAME_BITS_MAX, SMALL, 1, 4, ERR_RANGE },
	{ OBJECT_FRAME, FRAME_BITS_MAX, SMALL, 1, ~0ull, ERR_RANGE },
	{ OBJECT_FRAME, FRAME_BITS_MAX, SMALL, ~0ull, 1, ERR_RANGE },
	{ OBJECT_FRAME, FRAME_BITS_MAX, FULL, 1, 1, ERR_SLOT_USED },
	{ OBJECT_FRAME, FRAME_BITS_MAX, SMALL, 1, 1, ERR_NO_MEMORY },
};

TEST(retype_refusals, "Untyped.retype refuses with the first reason, and changes nothing")
{
	cptr_t cnode[PLACES] = {
		[NOWHERE] = slot_new(),
		[FULL] = make(OBJECT_CNODE, 2),
		[FRAME] = make(OBJECT_FRAME, 12),
		[WEAK] = part_of(make(OBJECT_CNODE, 2), RIGHT_INSPECT, 0),
		[SMALL] = make(OBJECT_CNODE, 2),
	};
	cptr_t untyped = make(OBJECT_UNTYPED, 16);

	NEED(kozo_cnode_copy(cnode[FULL], 1, SLOT_CNODE, cnode[FRAME]));
	NEED(retype_at(untyped, OBJECT_ENDPOINT, 0, slot_new()));

	struct description before = describe(untyped), full = describe_in(cnode[FULL], 1);

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		word_t done = 9;
		status_t status = kozo_untyped_retype(untyped, refusals[i].type, refusals[i].size,
						      cnode[refusals[i].cnode], refusals[i].first,
						      refusals[i].count, &done);

		if (status != refusals[i].want)
			fail("row %lu:", i);
		EXPECT_STATUS(status, refusals[i].want);
		EXPECT(done, 0);
		EXPECT(same(describe(untyped), before), true);
		EXPECT(same(describe_in(cnode[FULL], 1), full), true);
		for (word_t slot = 1; slot < 4; slot++)
			EXPECT(describe_in(cnode[SMALL], slot).kind, 0);
	}
}

TEST(retype_large_types, "a type that does not fit its register's low half is refused")
{
	word_t done;

	EXPECT_STATUS(kozo_untyped_retype(world, 1ull << 32 | OBJECT_ENDPOINT, 0, SLOT_CNODE,
					  slot_new(), 1, &done),
		      ERR_BAD_ARG);
	EXPECT_STATUS(kozo_untyped_retype(world, OBJECT_FRAME, 1ull << 32 | 12, SLOT_CNODE,
					  slot_new(), 1, &done),
		      ERR_BAD_ARG);
}

TEST(retype_partial, "Untyped.retype says how many it made before it was refused")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 9), cnode = make(OBJECT_CNODE, 3);
	word_t done = 9;

	EXPECT_STATUS(kozo_untyped_retype(untyped, OBJECT_ENDPOINT, 0, cnode, 1, 3, &done),
		      ERR_NO_MEMORY);
	EXPECT(done, 2);
	EXPECT(type_of(describe_in(cnode, 2)), OBJECT_ENDPOINT);
	EXPECT(describe_in(cnode, 3).kind, 0);

	EXPECT_STATUS(kozo_cnode_delete(cnode, 1), OK);
	EXPECT_STATUS(kozo_untyped_retype(world, OBJECT_REPLY, 0, cnode, 1, 2, &done),
		      ERR_SLOT_USED);
	EXPECT(done, 1);
	EXPECT(type_of(describe_in(cnode, 1)), OBJECT_REPLY);
	EXPECT(type_of(describe_in(cnode, 2)), OBJECT_ENDPOINT);
}

/* --- memory -------------------------------------------------------------------- */

TEST(account, "memory comes back when the last object in it is gone, and not before")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 16), slot = slots_new(2);
	word_t done;

	NEED(kozo_untyped_retype(untyped, OBJECT_FRAME, 12, SLOT_CNODE, slot, 2, &done));
	EXPECT(describe(untyped).badge, 2 * PAGE);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, slot), OK);
	EXPECT(describe(untyped).badge, 2 * PAGE);

	cptr_t copy = copy_of(slot + 1);

	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, slot + 1), OK);
	EXPECT(describe(untyped).badge, 2 * PAGE);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, copy), OK);
	EXPECT(describe(untyped).badge, 0);
}

TEST(grandparent, "what was made from a deleted untyped answers to the one above")
{
	cptr_t outer = make(OBJECT_UNTYPED, 16), inner = slots_new(2);

	NEED(retype_at(outer, OBJECT_UNTYPED, 14, inner));
	NEED(retype_at(inner, OBJECT_FRAME, 12, inner + 1));
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, inner), OK);
	EXPECT(type_of(describe(inner + 1)), OBJECT_FRAME);
	EXPECT(describe(outer).badge, 1 << 14);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, outer), OK);
	EXPECT(gone(inner + 1), true);
	EXPECT(describe(outer).badge, 0);
}

static void fill(vaddr_t address, word_t bytes, word_t word)
{
	for (word_t i = 0; i < bytes; i += sizeof(word_t))
		*at(address + i) = word;
}

TEST(zero_on_reuse, "memory that was used before is zero in its next life")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 16), slot = slots_new(4), inner = slot + 1;

	make_tables(SLOT_VSPACE, AREA);
	for (unsigned life = 0; life < 3; life++) {
		/* Directly, and from an untyped made when part of it was zeroed. */
		NEED(retype_at(untyped, OBJECT_FRAME, 13, slot));
		NEED(retype_at(untyped, OBJECT_UNTYPED, 14, inner));
		NEED(retype_at(inner, OBJECT_FRAME, 12, slot + 2));
		NEED(retype_at(inner, OBJECT_FRAME, 12, slot + 3));
		NEED(kozo_frame_map(slot, SLOT_VSPACE, AREA, RIGHT_READ | RIGHT_WRITE, 0));
		NEED(kozo_frame_map(slot + 2, SLOT_VSPACE, AREA + 2 * PAGE,
				    RIGHT_READ | RIGHT_WRITE, 0));
		NEED(kozo_frame_map(slot + 3, SLOT_VSPACE, AREA + 3 * PAGE,
				    RIGHT_READ | RIGHT_WRITE, 0));
		EXPECT(all_words(AREA, 4 * PAGE, 0), true);
		fill(AREA, 4 * PAGE, ~0ull);
		EXPECT(all_words(AREA, 4 * PAGE, ~0ull), true);
		NEED(kozo_cnode_revoke(SLOT_CNODE, untyped));
	}
}

TEST(zero_inner, "an untyped whose objects were deleted makes zero memory again")
{
	cptr_t inner = make(OBJECT_UNTYPED, 13), slot = slot_new();

	make_tables(SLOT_VSPACE, AREA);
	for (unsigned life = 0; life < 3; life++) {
		NEED(retype_at(inner, OBJECT_FRAME, 12 + life % 2, slot));
		NEED(kozo_frame_map(slot, SLOT_VSPACE, AREA, RIGHT_READ | RIGHT_WRITE, 0));
		EXPECT(all_words(AREA, PAGE, 0), true);
		fill(AREA, PAGE, ~0ull);
		EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, slot), OK);
	}
}

TEST(zero_large, "a large frame is zero all over, however often making it was interrupted")
{
	enum { BITS = 25, BYTES = 1 << BITS };
	cptr_t untyped = make(OBJECT_UNTYPED, BITS), slot = slot_new();

	make_tables_down_to(2, SLOT_VSPACE, AREA);
	for (unsigned life = 0; life < 2; life++) {
		NEED(retype_at(untyped, OBJECT_FRAME, BITS, slot));
		NEED(kozo_frame_map(slot, SLOT_VSPACE, AREA, RIGHT_READ | RIGHT_WRITE, 0));
		EXPECT(all_words(AREA, BYTES, 0), true);
		for (word_t i = 0; i < BYTES; i += PAGE)
			*at(AREA + i) = i + 1;
		NEED(kozo_cnode_delete(SLOT_CNODE, slot));
	}
}

TEST(retype_100000, "100,000 objects are made by one call, and revoked by another")
{
	enum { COUNT = 100000 };
	cptr_t cnode = make(OBJECT_CNODE, 17), untyped = make(OBJECT_UNTYPED, 23);
	word_t done = 0;

	EXPECT_STATUS(kozo_untyped_retype(untyped, OBJECT_UNTYPED, 6, cnode, 1, COUNT, &done), OK);
	EXPECT(done, COUNT);
	EXPECT(describe(untyped).badge, COUNT << 6);
	for (word_t i = 1; i <= COUNT; i += 9999)
		EXPECT(type_of(describe_in(cnode, i)), OBJECT_UNTYPED);
	EXPECT(describe_in(cnode, COUNT + 1).kind, 0);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, untyped), OK);
	EXPECT(describe(untyped).badge, 0);
	for (word_t i = 1; i <= COUNT; i += 9999)
		EXPECT(describe_in(cnode, i).kind, 0);
}

TEST(retype_objects, "10,000 threads are made by one call, and revoked by another")
{
	enum { COUNT = 10000 };
	cptr_t cnode = make(OBJECT_CNODE, 14), untyped = make(OBJECT_UNTYPED, 26);
	word_t done = 0;

	EXPECT_STATUS(kozo_untyped_retype(untyped, OBJECT_THREAD, 0, cnode, 1, COUNT, &done), OK);
	EXPECT(done, COUNT);
	EXPECT(describe_in(cnode, COUNT).number, describe_in(cnode, 1).number + COUNT - 1);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, untyped), OK);
	EXPECT(describe_in(cnode, 1).kind, 0);
	EXPECT(describe(untyped).badge, 0);
}

TEST(retype_refused_keeps, "an untyped that is refused a slot has lost no memory, however large")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 16), object = slots_new(2);
	word_t done = 9, before;

	NEED(kozo_untyped_retype(untyped, OBJECT_ENDPOINT, 0, SLOT_CNODE, object, 1, &done));
	before = describe(untyped).badge;
	for (unsigned bits = PAGE_BITS; bits < 15; bits++) {
		EXPECT_STATUS(kozo_untyped_retype(untyped, OBJECT_FRAME, bits, SLOT_CNODE, object,
						  1, &done),
			      ERR_SLOT_USED);
		EXPECT(done, 0);
		EXPECT(describe(untyped).badge, before);
	}
}
