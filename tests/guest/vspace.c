/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* VSpace: map_range, unmap_range, protect_range, fork_range and harvest. */
#include "helper.h"

/* --- map_range ---------------------------------------------------------------- */

TEST(map_range, "VSpace.map_range maps frames of several sizes one behind the other")
{
	cptr_t cnode = make(OBJECT_CNODE, 4);
	word_t done = 0;

	make_tables(SLOT_VSPACE, AREA);
	NEED(kozo_untyped_retype(world, OBJECT_FRAME, 13, cnode, 3, 1, &done));
	NEED(kozo_untyped_retype(world, OBJECT_FRAME, 12, cnode, 4, 2, &done));
	EXPECT_STATUS(kozo_vspace_map_range(SLOT_VSPACE, cnode, 3, 3, AREA, RW, 0, &done), OK);
	EXPECT(done, 3);
	for (word_t i = 0; i < 4; i++)
		*at(AREA + i * PAGE) = i;
	EXPECT(helper_can(reads, AREA + 4 * PAGE), false);
	EXPECT_STATUS(kozo_vspace_map_range(SLOT_VSPACE, cnode, 16, 0, AREA, RW, 0, &done), OK);
	EXPECT(done, 0);
}

TEST(map_range_refusals, "VSpace.map_range refuses with the first reason, and says how far it came")
{
	cptr_t space = make(OBJECT_VSPACE, 0), cnode = make_frames(3, 4), nothing = slot_new();
	cptr_t weak = part_of(cnode, RIGHT_INSPECT, 0), endpoint = make(OBJECT_ENDPOINT, 0);
	word_t done = 9;

	make_tables(space, AREA);
	/* 1, 2: frames; 3: read-only; 4: frame; 5: endpoint; 6: empty; 7: mapped */
	NEED(kozo_cnode_mint(cnode, 7, cnode, 3, RIGHT_READ, 0));
	NEED(kozo_cnode_delete(cnode, 3));
	NEED(kozo_untyped_retype(world, OBJECT_FRAME, 12, cnode, 3, 1, &done));
	NEED(kozo_cnode_mint(cnode, 6, cnode, 3, RIGHT_READ, 0));
	NEED(kozo_cnode_delete(cnode, 3));
	NEED(kozo_cnode_move(cnode, 3, cnode, 6));
	NEED(kozo_cnode_copy(cnode, 5, SLOT_CNODE, endpoint));

	const struct {
		cptr_t cnode;
		word_t first, count;
		vaddr_t address;
		rights_t rights;
		word_t flags;
		status_t want;
		word_t done;
	} rows[] = {
		{ nothing, 0, 1, 1, RIGHT_WRITE, 0, ERR_BAD_ARG, 0 },
		{ nothing, 0, 1, 1, RW | RIGHT_EXECUTE, 0, ERR_BAD_ARG, 0 },
		{ nothing, 0, 1, 1, RW, 4, ERR_BAD_ARG, 0 },
		{ nothing, 0, 1, 1, RW, 0, ERR_BAD_CAP, 0 },
		{ endpoint, 0, 1, 1, RW, 0, ERR_WRONG_TYPE, 0 },
		{ weak, 0, 1, 1, RW, 0, ERR_NO_RIGHT, 0 },
		{ cnode, 0, 1, 1, RW, 0, ERR_RANGE, 0 },
		{ cnode, 1, 8, 1, RW, 0, ERR_RANGE, 0 },
		{ cnode, 6, 1, 1, RW, 0, ERR_BAD_CAP, 0 },
		{ cnode, 5, 1, 1, RW, 0, ERR_WRONG_TYPE, 0 },
		{ cnode, 3, 1, 1, RW, 0, ERR_NO_RIGHT, 0 },
		{ cnode, 1, 1, AREA + 1, RW, 0, ERR_RANGE, 0 },
		{ cnode, 1, 1, USER_TOP, RW, 0, ERR_RANGE, 0 },
		{ cnode, 1, 2, AREA + LARGE - PAGE, RW, 0, ERR_NO_TABLE, 1 },
		{ cnode, 1, 1, AREA, RW, 0, ERR_MAPPED, 0 },
		{ cnode, 2, 3, AREA, RW, 0, ERR_NO_RIGHT, 1 },
		{ cnode, 4, 1, AREA, RW, 0, ERR_MAPPED, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		status_t status = kozo_vspace_map_range(space, rows[i].cnode, rows[i].first,
							rows[i].count, rows[i].address,
							rows[i].rights, rows[i].flags, &done);

		if (status != rows[i].want || done != rows[i].done)
			fail("row %lu:", i);
		EXPECT_STATUS(status, rows[i].want);
		EXPECT(done, rows[i].done);
		EXPECT(is_mapped_in(cnode, 3), false);
		EXPECT(is_mapped_in(cnode, 4), false);
	}
	EXPECT(is_mapped_in(cnode, 1), true);
	EXPECT(is_mapped_in(cnode, 2), true);
}

/* --- unmap_range -------------------------------------------------------------- */

TEST(unmap_range, "VSpace.unmap_range unmaps what is there, and passes over what is not")
{
	cptr_t cnode = make_frames(4, 15);
	vaddr_t reached = 0;

	make_tables(SLOT_VSPACE, AREA);
	map_frames(SLOT_VSPACE, cnode, 15, AREA);
	NEED(kozo_cnode_delete(cnode, 5));
	EXPECT_STATUS(kozo_vspace_unmap_range(SLOT_VSPACE, AREA + PAGE, 10 * PAGE, &reached), OK);
	EXPECT(reached, AREA + 11 * PAGE);
	for (word_t i = 1; i <= 15; i++)
		EXPECT(is_mapped_in(cnode, i), i == 1 || i >= 12);
	EXPECT(helper_can(reads, AREA + PAGE), false);
	EXPECT(helper_can(reads, AREA + 10 * PAGE), false);
	EXPECT(helper_can(reads, AREA), true);
	EXPECT(helper_can(reads, AREA + 11 * PAGE), true);
	EXPECT_STATUS(kozo_vspace_unmap_range(SLOT_VSPACE, AREA, 0, &reached), OK);
	EXPECT(reached, AREA);
}

TEST(range_empty_space, "a range may be all of an empty address space")
{
	cptr_t space = make(OBJECT_VSPACE, 0);
	vaddr_t reached = 0;

	EXPECT_STATUS(kozo_vspace_unmap_range(space, 0, USER_TOP, &reached), OK);
	EXPECT(reached, USER_TOP);
	EXPECT_STATUS(kozo_vspace_protect_range(space, 0, USER_TOP, RIGHT_READ, 0, &reached), OK);
	EXPECT(reached, USER_TOP);
	EXPECT_STATUS(kozo_vspace_unmap_range(space, USER_TOP, 0, &reached), OK);
}

static const struct {
	vaddr_t address;
	word_t length;
} bad_ranges[] = {
	{ 1, PAGE },	      { 0, 1 },
	{ PAGE, USER_TOP },   { USER_TOP, PAGE },
	{ 1ull << 63, PAGE }, { PAGE, ~0ull << PAGE_BITS },
};

enum { BAD_RANGES = sizeof(bad_ranges) / sizeof(bad_ranges[0]) };

TEST(range_refusals, "ranges of addresses refuse what is no range, and say that nothing was done")
{
	cptr_t space = make(OBJECT_VSPACE, 0);
	vaddr_t reached;
	word_t done;

	for (unsigned i = 0; i < BAD_RANGES; i++) {
		vaddr_t address = bad_ranges[i].address;
		word_t length = bad_ranges[i].length;

		EXPECT_STATUS(kozo_vspace_unmap_range(space, address, length, &reached),
			      ERR_BAD_ARG);
		EXPECT(reached, address);
		EXPECT_STATUS(
			kozo_vspace_protect_range(space, address, length, RIGHT_READ, 0, &reached),
			ERR_BAD_ARG);
		EXPECT(reached, address);
		EXPECT_STATUS(kozo_vspace_fork_range(space, ~0ull, address, length, 0, 0,
						     RIGHT_READ, &done, &reached),
			      ERR_BAD_ARG);
		EXPECT(reached, address);
		EXPECT(done, 0);
	}
	EXPECT_STATUS(kozo_vspace_protect_range(space, 0, PAGE, 0, 0, &reached), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_vspace_protect_range(space, 0, PAGE, RW | RIGHT_EXECUTE, 0, &reached),
		      ERR_BAD_ARG);
	EXPECT_STATUS(kozo_vspace_protect_range(space, 0, PAGE, RIGHT_READ, 2, &reached),
		      ERR_BAD_ARG);
}

/* A page, then a frame of four pages, then a large page. */
TEST(range_cuts, "a range that cuts a frame stops there")
{
	cptr_t page = make(OBJECT_FRAME, 12), four = make(OBJECT_FRAME, 14);
	cptr_t large = make(OBJECT_FRAME, 21), space = make(OBJECT_VSPACE, 0);
	cptr_t cnode = make(OBJECT_CNODE, 3);
	const vaddr_t end = AREA + LARGE;
	vaddr_t reached = 0;
	word_t done = 9;

	make_tables(space, AREA);
	NEED(kozo_frame_map(page, space, AREA, RW, 0));
	NEED(kozo_frame_map(four, space, end - 4 * PAGE, RW, 0));
	NEED(kozo_frame_map(large, space, end, RW, 0));

	const struct {
		vaddr_t address;
		word_t length;
		vaddr_t reached;
	} rows[] = {
		{ end - 3 * PAGE, 3 * PAGE, end - 3 * PAGE },
		{ end - 4 * PAGE, 3 * PAGE, end - 4 * PAGE },
		{ end - 5 * PAGE, 4 * PAGE, end - 4 * PAGE },
		{ end, PAGE, end },
		{ end + PAGE, LARGE - PAGE, end + PAGE },
	};

	for (unsigned i = 0; i < 5; i++) {
		EXPECT_STATUS(kozo_vspace_protect_range(space, rows[i].address, rows[i].length,
							RIGHT_READ, 0, &reached),
			      ERR_RANGE);
		EXPECT(reached, rows[i].reached);
		EXPECT_STATUS(kozo_vspace_fork_range(space, space, rows[i].address, rows[i].length,
						     cnode, 1, RW, &done, &reached),
			      ERR_RANGE);
		EXPECT(reached, rows[i].reached);
		EXPECT(done, 0);
		EXPECT_STATUS(
			kozo_vspace_unmap_range(space, rows[i].address, rows[i].length, &reached),
			ERR_RANGE);
		EXPECT(reached, rows[i].reached);
		EXPECT(is_mapped(four) && is_mapped(large), true);
	}
	EXPECT_STATUS(kozo_vspace_unmap_range(space, AREA, 2 * LARGE, &reached), OK);
	EXPECT(reached, AREA + 2 * LARGE);
	EXPECT(is_mapped(page) || is_mapped(large), false);
}

/* --- protect_range ------------------------------------------------------------- */

TEST(protect_range, "VSpace.protect_range changes what mappings allow, for others at once")
{
	cptr_t cnode = make_frames(3, 4);
	vaddr_t reached = 0;

	make_tables(SLOT_VSPACE, AREA);
	map_frames(SLOT_VSPACE, cnode, 4, AREA);
	for (word_t i = 0; i < 4; i++)
		*at(AREA + i * PAGE) = i;
	EXPECT_STATUS(kozo_vspace_protect_range(SLOT_VSPACE, AREA + PAGE, 2 * PAGE, RIGHT_READ, 0,
						&reached),
		      OK);
	EXPECT(reached, AREA + 3 * PAGE);
	for (word_t i = 0; i < 4; i++) {
		EXPECT(helper_can(reads, AREA + i * PAGE), true);
		EXPECT(helper_can(writes, AREA + i * PAGE), i == 0 || i == 3);
	}
	EXPECT_STATUS(kozo_vspace_protect_range(SLOT_VSPACE, AREA, 4 * PAGE, RW, 0, &reached), OK);
	EXPECT(helper_can(writes, AREA + PAGE), true);
}

TEST(protect_range_stops, "VSpace.protect_range stops at a frame whose capability allows less")
{
	cptr_t whole = make(OBJECT_FRAME, 12), weak = part_of(whole, RIGHT_READ, 0);
	cptr_t first = make(OBJECT_FRAME, 12);
	vaddr_t reached = 0;

	make_tables(SLOT_VSPACE, AREA);
	NEED(kozo_frame_map(first, SLOT_VSPACE, AREA, RIGHT_READ, 0));
	NEED(kozo_frame_map(weak, SLOT_VSPACE, AREA + PAGE, RIGHT_READ, 0));
	EXPECT_STATUS(kozo_vspace_protect_range(SLOT_VSPACE, AREA, 2 * PAGE, RW, 0, &reached),
		      ERR_NO_RIGHT);
	EXPECT(reached, AREA + PAGE);
	EXPECT(helper_can(writes, AREA), true);
	EXPECT(helper_can(writes, AREA + PAGE), false);
}

/* --- fork_range ------------------------------------------------------------------ */

TEST(fork_range, "VSpace.fork_range shares each page read-only, under a child of its frame")
{
	cptr_t cnode = make_frames(3, 4), space = make(OBJECT_VSPACE, 0),
	       to = make(OBJECT_CNODE, 4);
	vaddr_t reached = 0;
	word_t done = 0;

	make_tables(SLOT_VSPACE, AREA);
	make_tables(space, AREA);
	map_frames(SLOT_VSPACE, cnode, 4, AREA);
	for (word_t i = 0; i < 4; i++)
		*at(AREA + i * PAGE) = 10 + i;
	NEED(kozo_cnode_delete(cnode, 3));
	EXPECT_STATUS(kozo_vspace_fork_range(SLOT_VSPACE, space, AREA, 4 * PAGE, to, 5, RW, &done,
					     &reached),
		      OK);
	EXPECT(done, 3);
	EXPECT(reached, AREA + 4 * PAGE);
	for (word_t i = 5; i < 8; i++) {
		EXPECT(is_mapped_in(to, i), true);
		EXPECT(describe_in(to, i).rights, RW);
	}
	EXPECT(describe_in(to, 8).kind, 0);
	EXPECT(helper_can(reads, AREA), true);
	EXPECT(helper_can(writes, AREA), false);
	EXPECT(helper_can(writes, AREA + 3 * PAGE), false);

	/* The child shows the same memory, and goes with its parent. */
	NEED(kozo_cnode_move(SLOT_CNODE, slot_new(), to, 5));
	EXPECT_STATUS(kozo_vspace_unmap_range(space, AREA, PAGE, &reached), OK);
	NEED(kozo_vspace_map_range(SLOT_VSPACE, to, 7, 0, AREA, RW, 0, &done));
	EXPECT_STATUS(kozo_cnode_revoke(cnode, 4), OK);
	EXPECT(describe_in(to, 7).kind, 0);
	EXPECT(is_mapped_in(to, 6), true);
}

TEST(fork_refusals, "VSpace.fork_range refuses with the first reason, and changes nothing")
{
	cptr_t source = make(OBJECT_VSPACE, 0), space = make(OBJECT_VSPACE, 0);
	cptr_t bare = make(OBJECT_VSPACE, 0), weak_space = part_of(space, RIGHT_DERIVE, 0);
	cptr_t frame = make(OBJECT_FRAME, 12), cnode = make(OBJECT_CNODE, 2);
	cptr_t weak = part_of(cnode, RIGHT_INSPECT, 0), nothing = slot_new();
	vaddr_t reached = 0;
	word_t done = 9;

	make_tables(source, AREA);
	make_tables(space, AREA);
	NEED(kozo_frame_map(frame, source, AREA, RW, 0));
	NEED(kozo_frame_map(copy_of(frame), space, AREA, RIGHT_READ, 0));
	NEED(kozo_cnode_copy(cnode, 2, SLOT_CNODE, space));

	const struct {
		cptr_t destination, cnode;
		word_t first;
		rights_t rights;
		status_t want;
	} rows[] = {
		{ nothing, nothing, 0, 1 << 16 | RW, ERR_BAD_ARG },
		{ nothing, nothing, 0, 0, ERR_BAD_CAP },
		{ frame, nothing, 0, 0, ERR_WRONG_TYPE },
		{ weak_space, nothing, 0, 0, ERR_NO_RIGHT },
		{ bare, nothing, 0, 0, ERR_BAD_CAP },
		{ bare, frame, 0, 0, ERR_WRONG_TYPE },
		{ bare, weak, 0, 0, ERR_NO_RIGHT },
		{ bare, cnode, 0, 0, ERR_RANGE },
		{ bare, cnode, 5, 0, ERR_RANGE },
		{ bare, cnode, 2, RIGHT_WRITE, ERR_NO_RIGHT },
		{ bare, cnode, 4, RW, ERR_RANGE },
		{ bare, cnode, 2, RW, ERR_SLOT_USED },
		{ bare, cnode, 1, RW, ERR_NO_TABLE },
		{ space, cnode, 1, RW, ERR_MAPPED },
		{ source, cnode, 1, RW, ERR_MAPPED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		status_t status = kozo_vspace_fork_range(source, rows[i].destination, AREA, PAGE,
							 rows[i].cnode, rows[i].first,
							 rows[i].rights, &done, &reached);

		if (status != rows[i].want)
			fail("row %lu:", i);
		EXPECT_STATUS(status, rows[i].want);
		EXPECT(done, 0);
		EXPECT(reached, AREA);
		EXPECT(describe_in(cnode, 1).kind, 0);
		EXPECT(describe_in(cnode, 3).kind, 0);
	}
}

/* --- harvest ----------------------------------------------------------------------- */

TEST(harvest, "VSpace.harvest tells which pages were used since it was last asked")
{
	cptr_t cnode = make_frames(7, 64);
	word_t accessed = 0, dirty = 0;

	make_tables(SLOT_VSPACE, AREA);
	map_frames(SLOT_VSPACE, cnode, 64, AREA);
	EXPECT_STATUS(kozo_vspace_harvest(SLOT_VSPACE, AREA, 64, &accessed, &dirty), OK);
	EXPECT(accessed, 0);
	EXPECT(dirty, 0);
	for (unsigned turn = 0; turn < 2; turn++) {
		*at(AREA + 3 * PAGE) = 1;
		(void)*at(AREA + 63 * PAGE);
		EXPECT_STATUS(kozo_vspace_harvest(SLOT_VSPACE, AREA, 64, &accessed, &dirty), OK);
		EXPECT(accessed, 1ull << 3 | 1ull << 63);
		EXPECT(dirty, 1ull << 3);
	}
	*at(AREA + 5 * PAGE) = 1;
	EXPECT_STATUS(kozo_vspace_harvest(SLOT_VSPACE, AREA + 4 * PAGE, 2, &accessed, &dirty), OK);
	EXPECT(accessed, 2);
	EXPECT(dirty, 2);
	EXPECT_STATUS(kozo_vspace_harvest(SLOT_VSPACE, AREA + LARGE, 64, &accessed, &dirty), OK);
	EXPECT(accessed, 0);
}

TEST(harvest_protect, "what VSpace.harvest tells is not lost when rights change in between")
{
	cptr_t cnode = make_frames(3, 2), space = make(OBJECT_VSPACE, 0),
	       to = make(OBJECT_CNODE, 3);
	word_t accessed = 0, dirty = 0, done;
	vaddr_t reached;

	make_tables(SLOT_VSPACE, AREA);
	make_tables(space, AREA);
	for (unsigned how = 0; how < 2; how++) {
		map_frames(SLOT_VSPACE, cnode, 2, AREA);
		*at(AREA) = 1;
		if (how)
			NEED(kozo_vspace_fork_range(SLOT_VSPACE, space, AREA, 2 * PAGE, to, 1, RW,
						    &done, &reached));
		else
			NEED(kozo_vspace_protect_range(SLOT_VSPACE, AREA, 2 * PAGE, RIGHT_READ, 0,
						       &reached));
		NEED(kozo_vspace_harvest(SLOT_VSPACE, AREA, 2, &accessed, &dirty));
		EXPECT(accessed, 1);
		EXPECT(dirty, 1);
		NEED(kozo_vspace_harvest(space, AREA, 2, &accessed, &dirty)); /* is new there */
		EXPECT(accessed | dirty, 0);
		NEED(kozo_vspace_unmap_range(SLOT_VSPACE, AREA, 2 * PAGE, &reached));
	}
}

TEST(harvest_refusals, "VSpace.harvest refuses more than 64 pages, and what is no page")
{
	word_t accessed = 7, dirty = 7;
	static const struct {
		vaddr_t address;
		word_t pages;
	} rows[] = {
		{ 1, 1 },	  { 0, 65 }, { 0, ~0ull }, { USER_TOP, 1 }, { USER_TOP - PAGE, 2 },
		{ 1ull << 63, 1 }
	};

	for (unsigned i = 0; i < 6; i++)
		EXPECT_STATUS(kozo_vspace_harvest(SLOT_VSPACE, rows[i].address, rows[i].pages,
						  &accessed, &dirty),
			      ERR_BAD_ARG);
	EXPECT(accessed + dirty, 14);
	EXPECT_STATUS(kozo_vspace_harvest(SLOT_VSPACE, USER_TOP - PAGE, 1, &accessed, &dirty), OK);
}

/* --- many ---------------------------------------------------------------------------- */

TEST(many_pages, "8,000 pages are mapped, protected, forked and unmapped by one call each")
{
	enum { COUNT = 8000, TABLES = COUNT / 512 + 1 };
	cptr_t cnode = make_frames(13, COUNT), to = make(OBJECT_CNODE, 13);
	cptr_t space = make(OBJECT_VSPACE, 0);
	word_t done = 0;
	vaddr_t reached = 0;

	for (word_t i = 0; i < TABLES; i++) {
		if (i == 0) {
			make_tables_down_to(2, SLOT_VSPACE, AREA);
			make_tables_down_to(2, space, AREA);
		}
		NEED(kozo_page_table_install(make(OBJECT_PAGE_TABLE, 1), SLOT_VSPACE,
					     AREA + i * LARGE));
		NEED(kozo_page_table_install(make(OBJECT_PAGE_TABLE, 1), space, AREA + i * LARGE));
	}
	EXPECT(map_frames(SLOT_VSPACE, cnode, COUNT, AREA), COUNT);
	for (word_t i = 0; i < COUNT; i += 97)
		*at(AREA + i * PAGE) = i;
	EXPECT_STATUS(kozo_vspace_fork_range(SLOT_VSPACE, space, AREA, COUNT * PAGE, to, 1,
					     RIGHT_READ, &done, &reached),
		      OK);
	EXPECT(done, COUNT);
	EXPECT(reached, AREA + COUNT * PAGE);
	EXPECT(helper_can(writes, AREA + (COUNT - 1) * PAGE), false);
	EXPECT_STATUS(kozo_vspace_protect_range(SLOT_VSPACE, AREA, COUNT * PAGE, RW, 0, &reached),
		      OK);
	EXPECT(helper_can(writes, AREA + (COUNT - 1) * PAGE), true);
	EXPECT_STATUS(kozo_cnode_revoke_range(cnode, 1, COUNT, &done), OK);
	EXPECT(done, COUNT);
	EXPECT(describe_in(to, COUNT).kind, 0);
	EXPECT_STATUS(kozo_vspace_unmap_range(SLOT_VSPACE, AREA, TABLES * LARGE, &reached), OK);
	EXPECT(reached, AREA + TABLES * LARGE);
	EXPECT(is_mapped_in(cnode, 1) || is_mapped_in(cnode, COUNT), false);
}
