/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Frame: map, unmap, protect, address. What a mapping allows is tried by helpers. */
#include "helper.h"

static void expect_allows(vaddr_t address, rights_t rights)
{
	EXPECT(helper_can(reads, address), (rights & RIGHT_READ) != 0);
	EXPECT(helper_can(writes, address), (rights & RIGHT_WRITE) != 0);
	EXPECT(helper_can(executes, address), (rights & RIGHT_EXECUTE) != 0);
}

TEST(map_rights, "a mapping allows exactly what it was asked for")
{
	static const rights_t asked[] = { RIGHT_READ, RW, RX, RW | RIGHT_EXECUTE };
	cptr_t frame = make(OBJECT_FRAME, 12);

	make_tables(SLOT_VSPACE, AREA);
	NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA, RW, 0));
	*at(AREA) = 0xc3;
	EXPECT_STATUS(kozo_frame_unmap(frame), OK);
	expect_allows(AREA, 0);
	for (unsigned i = 0; i < 4; i++) {
		EXPECT_STATUS(kozo_frame_map(frame, SLOT_VSPACE, AREA, asked[i], MAP_WRITE_EXECUTE),
			      OK);
		expect_allows(AREA, asked[i]);
		EXPECT_STATUS(kozo_frame_unmap(frame), OK);
		expect_allows(AREA, 0);
	}
	NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA, RW, 0));
	for (unsigned i = 0; i < 4; i++) {
		EXPECT_STATUS(kozo_frame_protect(frame, asked[i], MAP_WRITE_EXECUTE), OK);
		expect_allows(AREA, asked[i]);
	}
}

/* Row by row the reasons that come later hold, too. */
enum { NOTHING_THERE, ENDPOINT, WEAK, SPACE, SPACES };
enum { READ_ONLY, MAPPED, FREE, FRAMES };

static const struct {
	unsigned frame, space;
	vaddr_t address;
	word_t rights, flags;
	status_t want;
} maps[] = {
	{ MAPPED, NOTHING_THERE, 1, 0, 0, ERR_BAD_ARG },
	{ MAPPED, NOTHING_THERE, 1, RIGHT_WRITE, 0, ERR_BAD_ARG },
	{ MAPPED, NOTHING_THERE, 1, RIGHT_READ | RIGHT_SEND, 0, ERR_BAD_ARG },
	{ MAPPED, NOTHING_THERE, 1, RW | RIGHT_EXECUTE, 0, ERR_BAD_ARG },
	{ MAPPED, NOTHING_THERE, 1, RIGHT_READ, 2, ERR_BAD_ARG },
	{ MAPPED, NOTHING_THERE, 1, RIGHT_READ, ~0ull, ERR_BAD_ARG },
	{ READ_ONLY, NOTHING_THERE, 1, RW, 0, ERR_BAD_CAP },
	{ READ_ONLY, ENDPOINT, 1, RW, 0, ERR_WRONG_TYPE },
	{ READ_ONLY, WEAK, 1, RW, 0, ERR_NO_RIGHT },
	{ READ_ONLY, SPACE, 1, RW, 0, ERR_NO_RIGHT },
	{ READ_ONLY, SPACE, 1, RX, 0, ERR_NO_RIGHT },
	{ MAPPED, SPACE, 1, RIGHT_READ, 0, ERR_MAPPED },
	{ FREE, SPACE, 1, RIGHT_READ, 0, ERR_RANGE },
	{ FREE, SPACE, AREA + 8, RIGHT_READ, 0, ERR_RANGE },
	{ FREE, SPACE, USER_TOP, RIGHT_READ, 0, ERR_RANGE },
	{ FREE, SPACE, 0x800000000000, RIGHT_READ, 0, ERR_RANGE },
	{ FREE, SPACE, 0xffff800000000000, RIGHT_READ, 0, ERR_RANGE },
	{ FREE, SPACE, ~0xfffull, RIGHT_READ, 0, ERR_RANGE },
	{ FREE, SPACE, USER_TOP - PAGE, RIGHT_READ, 0, ERR_NO_TABLE },
	{ FREE, SPACE, AREA + (1 << 21), RIGHT_READ, 0, ERR_NO_TABLE },
	{ FREE, SPACE, AREA, RIGHT_READ, 0, ERR_MAPPED },
	{ FREE, SPACE, AREA + (1 << 22), RIGHT_READ, 0, ERR_MAPPED },
};

TEST(map_refusals, "Frame.map refuses with the first reason, and changes nothing")
{
	cptr_t vspace = make(OBJECT_VSPACE, 0), large = make(OBJECT_FRAME, 21);
	cptr_t space[SPACES] = { slot_new(), large, part_of(vspace, RIGHT_DERIVE, 0), vspace };
	cptr_t whole = make(OBJECT_FRAME, 12), frame[FRAMES];

	make_tables(vspace, AREA);
	NEED(kozo_frame_map(large, vspace, AREA + (1 << 22), RIGHT_READ, 0));
	frame[READ_ONLY] = part_of(whole, RIGHT_READ, 0);
	frame[MAPPED] = whole;
	frame[FREE] = copy_of(whole);
	NEED(kozo_frame_map(whole, vspace, AREA, RIGHT_READ, 0));

	struct description before = describe(whole);

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		status_t status =
			kozo_frame_map(frame[maps[i].frame], space[maps[i].space], maps[i].address,
				       (rights_t)maps[i].rights, maps[i].flags);

		if (status != maps[i].want)
			fail("row %lu:", i);
		EXPECT_STATUS(status, maps[i].want);
		EXPECT(is_mapped(frame[READ_ONLY]), false);
		EXPECT(is_mapped(frame[FREE]), false);
		EXPECT(same(describe(whole), before), true);
	}
}

TEST(unmap_refusals, "Frame.unmap and Frame.protect refuse with the first reason")
{
	cptr_t frame = make(OBJECT_FRAME, 12), weak = part_of(frame, RIGHT_READ, 0);

	EXPECT_STATUS(kozo_frame_unmap(frame), ERR_NOT_MAPPED);
	EXPECT_STATUS(kozo_frame_protect(weak, RIGHT_WRITE, 0), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_frame_protect(weak, RW | RIGHT_EXECUTE, 0), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_frame_protect(weak, RIGHT_READ, 4), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_frame_protect(weak, RW, 0), ERR_NO_RIGHT);
	EXPECT_STATUS(kozo_frame_protect(weak, RIGHT_READ, 0), ERR_NOT_MAPPED);
	make_tables(SLOT_VSPACE, AREA);
	NEED(kozo_frame_map(weak, SLOT_VSPACE, AREA, RIGHT_READ, 0));
	EXPECT_STATUS(kozo_frame_protect(weak, RW, 0), ERR_NO_RIGHT);
	expect_allows(AREA, RIGHT_READ);
}

TEST(frame_address, "Frame.address tells where a frame lies, at a multiple of its size")
{
	for (unsigned bits = FRAME_BITS_MIN; bits <= 20; bits++) {
		paddr_t address = 1;

		EXPECT_STATUS(kozo_frame_address(make(OBJECT_FRAME, bits), &address), OK);
		EXPECT(address & ((1ull << bits) - 1), 0);
	}
}

/* Install tables at AREA, from the top, until a frame can be mapped there. */
static void map_with_tables(cptr_t frame, cptr_t tables)
{
	status_t status = kozo_frame_map(frame, SLOT_VSPACE, AREA, RW, 0);

	for (unsigned level = PAGE_TABLE_LEVELS; status == ERR_NO_TABLE && level > 0; level--) {
		cptr_t table = slot_new();
		word_t done;

		NEED(kozo_untyped_retype(tables, OBJECT_PAGE_TABLE, level, SLOT_CNODE, table, 1,
					 &done));
		NEED(kozo_page_table_install(table, SLOT_VSPACE, AREA));
		status = kozo_frame_map(frame, SLOT_VSPACE, AREA, RW, 0);
	}
	EXPECT_STATUS(status, OK);
}

/* As far as half of the world goes: 2^26 bytes with 512 MiB, all sizes with 6 GiB. */
TEST(frame_sizes, "a frame of every size maps as one, and its first and last word are its own")
{
	cptr_t memory = make(OBJECT_UNTYPED, world_bits - 1), frame = slot_new();
	cptr_t tables = make(OBJECT_UNTYPED, 16);

	for (unsigned bits = FRAME_BITS_MIN; bits <= FRAME_BITS_MAX && bits < world_bits; bits++) {
		vaddr_t last = AREA + (1ull << bits) - sizeof(word_t);
		word_t done;

		NEED(kozo_untyped_retype(memory, OBJECT_FRAME, bits, SLOT_CNODE, frame, 1, &done));
		map_with_tables(frame, tables);
		EXPECT(*at(AREA) | *at(last), 0);
		*at(AREA) = bits;
		*at(last) = bits + 1;
		EXPECT(*at(AREA), bits);
		EXPECT(*at(last), bits + 1);
		EXPECT_STATUS(kozo_frame_protect(frame, RIGHT_READ, 0), OK);
		EXPECT(helper_can(writes, AREA), false);
		EXPECT(helper_can(writes, last), false);
		EXPECT(helper_can(reads, last), true);
		EXPECT_STATUS(kozo_frame_unmap(frame), OK);
		EXPECT(helper_can(reads, AREA), false);
		EXPECT(helper_can(reads, last), false);
		EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, tables), OK);
		EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, frame), OK);
	}
}

TEST(frame_deleted, "memory is out of reach as soon as its capability is deleted or revoked")
{
	cptr_t frame, copy, untyped = make(OBJECT_UNTYPED, 13), slot = slot_new();
	word_t done;

	make_tables(SLOT_VSPACE, AREA);
	frame = make_page(AREA, RW);
	copy = copy_of(frame);
	NEED(kozo_frame_map(copy, SLOT_VSPACE, AREA + PAGE, RW, 0));
	*at(AREA) = 1;
	*at(AREA + PAGE) = 2;
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, frame), OK);
	EXPECT(helper_can(reads, AREA + PAGE), false);
	EXPECT(*at(AREA), 2);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, frame), OK);
	EXPECT(helper_can(reads, AREA), false);

	NEED(kozo_untyped_retype(untyped, OBJECT_FRAME, 13, SLOT_CNODE, slot, 1, &done));
	NEED(kozo_frame_map(slot, SLOT_VSPACE, AREA, RW, 0));
	*at(AREA + PAGE) = 3;
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, untyped), OK);
	EXPECT(helper_can(reads, AREA), false);
	EXPECT(helper_can(reads, AREA + PAGE), false);
}
