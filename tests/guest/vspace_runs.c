/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Ranges over many pages. The kernel does pages that are as usual many at a time, and
 * looks at anything else alone: here each kind of that is in the middle, and pages that
 * were seen are looked for where they were.
 */
#include "helper.h"

enum { PAGES = 7, MIDDLE = 4 }; /* slots 1 to 7; the fourth is the odd one */

static void unmap_all(cptr_t space, word_t count, vaddr_t address)
{
	vaddr_t reached;

	NEED(kozo_vspace_unmap_range(space, address, count * PAGE, &reached));
}

/* Map, or unmap, the frame in a slot of a CNode by itself. */
static void map_one(cptr_t cnode, word_t index, cptr_t space, vaddr_t address, rights_t rights)
{
	cptr_t frame = slot_new();

	NEED(kozo_cnode_move(SLOT_CNODE, frame, cnode, index));
	NEED(kozo_frame_map(frame, space, address, rights, 0));
	NEED(kozo_cnode_move(cnode, index, SLOT_CNODE, frame));
}

/* --- what stops a run ------------------------------------------------------------------ */

static void is_empty(cptr_t cnode)
{
	NEED(kozo_cnode_delete(cnode, MIDDLE));
}

/* By its size it could be one. */
static void is_no_frame(cptr_t cnode)
{
	is_empty(cnode);
	NEED(kozo_cnode_copy(cnode, MIDDLE, SLOT_CNODE, make(OBJECT_CNODE, PAGE_BITS)));
}

static void is_read_only(cptr_t cnode)
{
	is_empty(cnode);
	NEED(kozo_cnode_mint(cnode, MIDDLE, cnode, MIDDLE + 1, RIGHT_READ, 0));
}

static void is_mapped_already(cptr_t cnode)
{
	map_one(cnode, MIDDLE, SLOT_VSPACE, AREA + 64 * PAGE, RW);
}

static void has_no_place(cptr_t cnode)
{
	(void)cnode;
	make_page(AREA + (MIDDLE - 1) * PAGE, RIGHT_READ);
}

TEST(map_stops, "VSpace.map_range stops between pages at one that cannot be mapped")
{
	static const struct {
		void (*spoil)(cptr_t cnode);
		status_t want;
	} rows[] = {
		{ is_empty, ERR_BAD_CAP },	{ is_no_frame, ERR_WRONG_TYPE },
		{ is_read_only, ERR_NO_RIGHT }, { is_mapped_already, ERR_MAPPED },
		{ has_no_place, ERR_MAPPED },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cptr_t cnode = make_frames(3, PAGES);
		word_t done = 0;

		make_tables(SLOT_VSPACE, AREA);
		rows[i].spoil(cnode);
		bool was = is_mapped_in(cnode, MIDDLE);
		status_t status =
			kozo_vspace_map_range(SLOT_VSPACE, cnode, 1, PAGES, AREA, RW, 0, &done);

		if (status != rows[i].want)
			fail("row %u:", i);
		EXPECT_STATUS(status, rows[i].want);
		EXPECT(done, MIDDLE - 1);
		for (word_t k = 1; k <= PAGES; k++)
			EXPECT(is_mapped_in(cnode, k), k < MIDDLE || (k == MIDDLE && was));
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

TEST(map_top, "VSpace.map_range maps the last page that there is, and nothing behind it")
{
	cptr_t cnode = make_frames(3, PAGES);
	word_t done = 0;

	make_tables(SLOT_VSPACE, USER_TOP - PAGE);
	EXPECT_STATUS(kozo_vspace_map_range(SLOT_VSPACE, cnode, 1, PAGES, USER_TOP - 3 * PAGE, RW,
					    0, &done),
		      ERR_RANGE);
	EXPECT(done, 3);
	EXPECT(is_mapped_in(cnode, 3), true);
	EXPECT(is_mapped_in(cnode, 4), false);
	unmap_all(SLOT_VSPACE, 3, USER_TOP - 3 * PAGE);
	EXPECT_STATUS(
		kozo_vspace_map_range(SLOT_VSPACE, cnode, 1, 3, USER_TOP - 3 * PAGE, RW, 0, &done),
		OK);
	EXPECT(done, 3);
}

/* Two tables; and in the first a frame that fills four entries of it, to its end. */
TEST(mixed, "ranges go over pages, larger frames and holes, from table to table")
{
	const vaddr_t start = AREA + LARGE - 8 * PAGE;
	cptr_t cnode = make(OBJECT_CNODE, 4), to = make(OBJECT_CNODE, 4);
	cptr_t space = make(OBJECT_VSPACE, 0);
	vaddr_t reached = 0;
	word_t done = 0;

	for (unsigned i = 0; i < 2; i++) {
		make_tables(SLOT_VSPACE, AREA + i * LARGE);
		make_tables(space, AREA + i * LARGE);
	}
	NEED(kozo_untyped_retype(world, OBJECT_FRAME, 12, cnode, 1, 4, &done));
	NEED(kozo_untyped_retype(world, OBJECT_FRAME, 14, cnode, 5, 1, &done));
	NEED(kozo_untyped_retype(world, OBJECT_FRAME, 12, cnode, 6, 4, &done));
	EXPECT_STATUS(kozo_vspace_map_range(SLOT_VSPACE, cnode, 1, 9, start, RW, 0, &done), OK);
	EXPECT(done, 9);
	for (word_t i = 0; i < 12; i++)
		*at(start + i * PAGE) = 100 + i;
	for (word_t i = 0; i < 12; i++)
		EXPECT(*at(start + i * PAGE), 100 + i);
	NEED(kozo_cnode_delete(cnode, 2));
	EXPECT_STATUS(kozo_vspace_protect_range(SLOT_VSPACE, start + PAGE, 10 * PAGE, RIGHT_READ, 0,
						&reached),
		      OK);
	EXPECT(reached, start + 11 * PAGE);
	for (word_t i = 0; i < 12; i++) {
		EXPECT(helper_can(reads, start + i * PAGE), i != 1);
		EXPECT(helper_can(writes, start + i * PAGE), i == 0 || i == 11);
	}
	EXPECT_STATUS(kozo_vspace_fork_range(SLOT_VSPACE, space, start, 12 * PAGE, to, 3, RW, &done,
					     &reached),
		      OK);
	EXPECT(done, 8);
	EXPECT(reached, start + 12 * PAGE);
	for (word_t i = 1; i < 16; i++)
		EXPECT(is_mapped_in(to, i), i >= 3 && i < 11);
	EXPECT(helper_can(writes, start), false);
	EXPECT_STATUS(kozo_vspace_unmap_range(SLOT_VSPACE, start, 12 * PAGE, &reached), OK);
	EXPECT(reached, start + 12 * PAGE);
	for (word_t i = 0; i < 12; i++)
		EXPECT(helper_can(reads, start + i * PAGE), false);
	for (word_t i = 1; i <= 9; i++)
		EXPECT(is_mapped_in(cnode, i), false);
}

TEST(protect_middle, "VSpace.protect_range stops between pages at one that may be read only")
{
	cptr_t cnode = make_frames(3, PAGES);
	vaddr_t reached = 0;
	word_t done;

	make_tables(SLOT_VSPACE, AREA);
	is_read_only(cnode);
	NEED(kozo_vspace_map_range(SLOT_VSPACE, cnode, 1, PAGES, AREA, RIGHT_READ, 0, &done));
	EXPECT_STATUS(kozo_vspace_protect_range(SLOT_VSPACE, AREA, PAGES * PAGE, RW, 0, &reached),
		      ERR_NO_RIGHT);
	EXPECT(reached, AREA + (MIDDLE - 1) * PAGE);
	for (word_t i = 1; i <= PAGES; i++)
		EXPECT(helper_can(writes, AREA + (i - 1) * PAGE), i < MIDDLE);
}

/* --- what stops a fork ----------------------------------------------------------------- */

struct forked {
	cptr_t space, to, cnode;
};

static void slot_is_used(const struct forked *f)
{
	NEED(kozo_cnode_copy(f->to, MIDDLE, SLOT_CNODE, f->space));
}

static void page_may_be_executed(const struct forked *f)
{
	vaddr_t reached;

	(void)f;
	NEED(kozo_vspace_protect_range(SLOT_VSPACE, AREA + (MIDDLE - 1) * PAGE, PAGE, RX, 0,
				       &reached));
}

static void place_is_taken(const struct forked *f)
{
	NEED(kozo_frame_map(make(OBJECT_FRAME, PAGE_BITS), f->space, AREA + (MIDDLE - 1) * PAGE,
			    RIGHT_READ, 0));
}

/* So slot 4 is behind the last one. */
static void slots_end(const struct forked *f)
{
	(void)f;
}

TEST(fork_stops, "VSpace.fork_range stops between pages at one that it cannot share")
{
	static const struct {
		void (*spoil)(const struct forked *f);
		unsigned bits;
		status_t want;
	} rows[] = {
		{ slot_is_used, 4, ERR_SLOT_USED },
		{ page_may_be_executed, 4, ERR_NO_RIGHT },
		{ place_is_taken, 4, ERR_MAPPED },
		{ slots_end, 2, ERR_RANGE },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct forked f = { make(OBJECT_VSPACE, 0), make(OBJECT_CNODE, rows[i].bits),
				    make_frames(3, PAGES) };
		vaddr_t reached = 0;
		word_t done = 0;

		make_tables(SLOT_VSPACE, AREA);
		make_tables(f.space, AREA);
		map_frames(SLOT_VSPACE, f.cnode, PAGES, AREA);
		rows[i].spoil(&f);
		status_t status = kozo_vspace_fork_range(SLOT_VSPACE, f.space, AREA, PAGES * PAGE,
							 f.to, 1, RW, &done, &reached);

		if (status != rows[i].want)
			fail("row %u:", i);
		EXPECT_STATUS(status, rows[i].want);
		EXPECT(done, MIDDLE - 1);
		EXPECT(reached, AREA + (MIDDLE - 1) * PAGE);
		for (word_t k = 1; k < MIDDLE; k++) {
			EXPECT(is_mapped_in(f.to, k), true);
			EXPECT(helper_can(writes, AREA + (k - 1) * PAGE), false);
		}
		for (word_t k = MIDDLE; k < 1ull << rows[i].bits; k++)
			EXPECT(is_mapped_in(f.to, k), false);
		EXPECT(helper_can(writes, AREA + MIDDLE * PAGE), true);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

TEST(fork_tables, "VSpace.fork_range needs a table where a page is, and none where nothing is")
{
	const vaddr_t start = AREA + LARGE - 2 * PAGE;
	cptr_t cnode = make_frames(3, 4), to = make(OBJECT_CNODE, 3),
	       space = make(OBJECT_VSPACE, 0);
	vaddr_t reached = 0;
	word_t done = 0;

	make_tables(SLOT_VSPACE, AREA);
	make_tables(SLOT_VSPACE, AREA + LARGE);
	make_tables(space, AREA);
	map_frames(SLOT_VSPACE, cnode, 4, start);
	NEED(kozo_cnode_delete(cnode, 3));
	EXPECT_STATUS(kozo_vspace_fork_range(SLOT_VSPACE, space, start, 4 * PAGE, to, 1, RW, &done,
					     &reached),
		      ERR_NO_TABLE);
	EXPECT(done, 2);
	EXPECT(reached, start + 3 * PAGE);
}

TEST(fork_rights, "what VSpace.fork_range shares can be read or executed as before, not written")
{
	cptr_t cnode = make_frames(3, 4), to = make(OBJECT_CNODE, 3), space = space_for_helpers();
	vaddr_t reached = 0;
	word_t done = 0;

	make_tables(SLOT_VSPACE, AREA);
	make_tables(space, AREA);
	map_frames(SLOT_VSPACE, cnode, 4, AREA);
	for (word_t i = 0; i < 4; i++)
		*at(AREA + i * PAGE) = 0xc3; /* ret */
	NEED(kozo_vspace_protect_range(SLOT_VSPACE, AREA + PAGE, PAGE, RIGHT_READ, 0, &reached));
	NEED(kozo_vspace_protect_range(SLOT_VSPACE, AREA + 2 * PAGE, PAGE, RX, 0, &reached));
	NEED(kozo_cnode_delete(cnode, 4));
	EXPECT_STATUS(kozo_vspace_fork_range(SLOT_VSPACE, space, AREA, 4 * PAGE, to, 1,
					     RW | RIGHT_EXECUTE, &done, &reached),
		      OK);
	EXPECT(done, 3);
	for (unsigned k = 0; k < 2; k++) {
		cptr_t in = k ? space : SLOT_VSPACE;

		for (word_t i = 0; i < 4; i++) {
			EXPECT(helper_can_in(in, reads, AREA + i * PAGE), i < 3);
			EXPECT(helper_can_in(in, writes, AREA + i * PAGE), false);
			EXPECT(helper_can_in(in, executes, AREA + i * PAGE), i == 2);
		}
	}
	/* The children are full capabilities, each of its own page, and again to be forked. */
	unmap_all(space, 4, AREA);
	NEED(kozo_vspace_map_range(space, to, 1, 3, AREA, RW, 0, &done));
	EXPECT(helper_can_in(space, writes, AREA + PAGE), true);
	EXPECT_STATUS(
		kozo_vspace_fork_range(space, SLOT_VSPACE, AREA, PAGE, to, 4, RW, &done, &reached),
		ERR_MAPPED);
	EXPECT_STATUS(kozo_cnode_revoke(cnode, 2), OK);
	for (word_t i = 1; i <= 3; i++)
		EXPECT(describe_in(to, i).kind == 0, i == 2);
}

/* --- what a CPU has seen --------------------------------------------------------------- */

/* More pages are forgotten one by one, then in one go. */
static const word_t counts[] = { 1, 2, 32, 33 };

enum { COUNTS = sizeof(counts) / sizeof(counts[0]), MOST = 33, BITS = 6 };

/* Around the end of a table, so that there are two flushes. */
static const vaddr_t places[] = { AREA, AREA + LARGE - 20 * PAGE };

enum { PLACES = sizeof(places) / sizeof(places[0]) };

static cptr_t changed_frames, changed_space, changed_slots;

static void change_by_unmap(vaddr_t address, word_t count)
{
	unmap_all(SLOT_VSPACE, count, address);
}

static void change_by_protect(vaddr_t address, word_t count)
{
	vaddr_t reached;

	NEED(kozo_vspace_protect_range(SLOT_VSPACE, address, count * PAGE, RIGHT_READ, 0,
				       &reached));
}

static void change_by_fork(vaddr_t address, word_t count)
{
	vaddr_t reached;
	word_t done;

	NEED(kozo_vspace_fork_range(SLOT_VSPACE, changed_space, address, count * PAGE,
				    changed_slots, 1, RW, &done, &reached));
	EXPECT(done, count);
}

/* We write to pages; can others, in our address space, when some of them were changed? */
static void check_change(void (*change)(vaddr_t address, word_t count), vaddr_t address,
			 word_t count)
{
	map_frames(SLOT_VSPACE, changed_frames, count + 2, address - PAGE);
	for (word_t i = 0; i < count + 2; i++)
		*at(address - PAGE + i * PAGE) = i;
	change(address, count);
	for (word_t i = 0; i < count + 2; i++)
		EXPECT(helper_can(writes, address - PAGE + i * PAGE), i == 0 || i == count + 1);
	unmap_all(SLOT_VSPACE, count + 2, address - PAGE);
}

static void check_changes(void (*change)(vaddr_t address, word_t count))
{
	for (unsigned p = 0; p < PLACES; p++) {
		for (unsigned i = 0; i < COUNTS; i++) {
			changed_frames = make_frames(BITS, MOST + 2);
			changed_space = make(OBJECT_VSPACE, 0);
			changed_slots = make(OBJECT_CNODE, BITS);
			for (vaddr_t a = places[p] - LARGE; a <= places[p] + LARGE; a += LARGE) {
				make_tables(SLOT_VSPACE, a);
				make_tables(changed_space, a);
			}
			check_change(change, places[p] + PAGE, counts[i]);
			NEED(kozo_cnode_revoke(SLOT_CNODE, world));
		}
	}
}

TEST(unmap_seen, "VSpace.unmap_range takes away pages that were just written to, few or many")
{
	check_changes(change_by_unmap);
}

TEST(protect_seen, "VSpace.protect_range protects pages that were just written to, few or many")
{
	check_changes(change_by_protect);
}

TEST(fork_seen, "VSpace.fork_range protects pages that were just written to, few or many")
{
	check_changes(change_by_fork);
}

/* As entries of their table, and as one entry of the table above. */
TEST(large_seen, "ranges take away and protect larger frames that were just written to")
{
	static const unsigned sizes[] = { 14, 21 };
	void (*const changes[])(vaddr_t address, word_t count) = { change_by_unmap,
								   change_by_protect };

	for (unsigned i = 0; i < 2; i++) {
		for (unsigned k = 0; k < 2; k++) {
			const vaddr_t last = AREA + (1ull << sizes[i]) - PAGE;
			cptr_t frame = make(OBJECT_FRAME, sizes[i]);

			make_tables_down_to(i ? 2 : 1, SLOT_VSPACE, AREA);
			NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA, RW, 0));
			*at(AREA) = 1;
			*at(last) = 1;
			changes[k](AREA, 1ull << (sizes[i] - PAGE_BITS));
			EXPECT(helper_can(writes, AREA), false);
			EXPECT(helper_can(writes, last), false);
			NEED(kozo_cnode_revoke(SLOT_CNODE, world));
		}
	}
}

TEST(large_forked, "VSpace.fork_range protects larger frames that were just written to")
{
	static const unsigned sizes[] = { 14, 21 };

	for (unsigned i = 0; i < 2; i++) {
		cptr_t frame = make(OBJECT_FRAME, sizes[i]), space = make(OBJECT_VSPACE, 0);
		cptr_t to = make(OBJECT_CNODE, 2);
		vaddr_t reached;
		word_t done = 0;

		make_tables_down_to(i ? 2 : 1, SLOT_VSPACE, AREA);
		make_tables_down_to(i ? 2 : 1, space, AREA);
		NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA, RW, 0));
		*at(AREA) = 1;
		EXPECT_STATUS(kozo_vspace_fork_range(SLOT_VSPACE, space, AREA, 1ull << sizes[i], to,
						     1, RW, &done, &reached),
			      OK);
		EXPECT(done, 1);
		EXPECT(is_mapped_in(to, 1), true);
		EXPECT(helper_can(writes, AREA), false);
		EXPECT(helper_can(reads, AREA), true);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}
