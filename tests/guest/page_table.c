/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* PageTable: install and remove, and tables that several parents share. */
#include "helper.h"
#include "message.h"

TEST(install_each, "PageTable.install needs one table of each level, from the top")
{
	cptr_t table[4] = { 0, make(OBJECT_PAGE_TABLE, 1), make(OBJECT_PAGE_TABLE, 2),
			    make(OBJECT_PAGE_TABLE, 3) };
	cptr_t frame = make(OBJECT_FRAME, 12);

	for (unsigned level = 3; level > 0; level--) {
		EXPECT_STATUS(kozo_frame_map(frame, SLOT_VSPACE, AREA, RW, 0), ERR_NO_TABLE);
		for (unsigned below = 1; below < level; below++)
			EXPECT_STATUS(kozo_page_table_install(table[below], SLOT_VSPACE, AREA),
				      ERR_NO_TABLE);
		EXPECT_STATUS(kozo_page_table_install(table[level], SLOT_VSPACE, AREA + 123), OK);
		EXPECT(is_mapped(table[level]), true);
	}
	EXPECT_STATUS(kozo_frame_map(frame, SLOT_VSPACE, AREA, RW, 0), OK);
	*at(AREA) = 1;
}

TEST(install_refusals, "PageTable.install refuses with the first reason, and changes nothing")
{
	cptr_t space = make(OBJECT_VSPACE, 0), nothing = slot_new(), frame = make(OBJECT_FRAME, 21);
	cptr_t installed = make(OBJECT_PAGE_TABLE, 3), table = make(OBJECT_PAGE_TABLE, 2);
	cptr_t another = make(OBJECT_PAGE_TABLE, 3), low = make(OBJECT_PAGE_TABLE, 1);
	cptr_t weak = part_of(space, RIGHT_DERIVE, 0);

	NEED(kozo_page_table_install(installed, space, 0));
	EXPECT_STATUS(kozo_page_table_install(installed, nothing, USER_TOP), ERR_BAD_CAP);
	EXPECT_STATUS(kozo_page_table_install(installed, frame, USER_TOP), ERR_WRONG_TYPE);
	EXPECT_STATUS(kozo_page_table_install(installed, weak, USER_TOP), ERR_NO_RIGHT);
	EXPECT_STATUS(kozo_page_table_install(installed, space, USER_TOP), ERR_MAPPED);
	EXPECT_STATUS(kozo_page_table_install(table, space, USER_TOP), ERR_RANGE);
	EXPECT_STATUS(kozo_page_table_install(table, space, 1ull << 63), ERR_RANGE);
	EXPECT_STATUS(kozo_page_table_install(table, space, AREA), ERR_NO_TABLE);
	EXPECT_STATUS(kozo_page_table_install(another, space, 1), ERR_MAPPED);
	NEED(kozo_page_table_install(table, space, 0));
	NEED(kozo_frame_map(frame, space, 0, RIGHT_READ, 0));
	EXPECT_STATUS(kozo_page_table_install(low, space, 0), ERR_MAPPED);
	EXPECT(is_mapped(low) || is_mapped(another), false);
	EXPECT_STATUS(kozo_page_table_remove(low), ERR_NOT_MAPPED);
	EXPECT(is_mapped(installed) && is_mapped(table) && is_mapped(frame), true);
}

TEST(remove_hides, "PageTable.remove hides what it maps; install elsewhere shows it there")
{
	cptr_t low = make(OBJECT_PAGE_TABLE, 1), frame = make(OBJECT_FRAME, 12);

	make_tables_down_to(2, SLOT_VSPACE, AREA);
	NEED(kozo_page_table_install(low, SLOT_VSPACE, AREA));
	NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA, RW, 0));
	*at(AREA) = 77;
	EXPECT_STATUS(kozo_page_table_remove(low), OK);
	EXPECT(helper_can(reads, AREA), false);
	EXPECT(is_mapped(frame), true);
	EXPECT_STATUS(kozo_page_table_remove(low), ERR_NOT_MAPPED);
	EXPECT_STATUS(kozo_page_table_install(low, SLOT_VSPACE, AREA + (1 << 22)), OK);
	EXPECT(*at(AREA + (1 << 22)), 77);
	EXPECT(helper_can(reads, AREA), false);
}

TEST(shared_table, "one table may have several parents, and goes from each with its own copy")
{
	cptr_t low = make(OBJECT_PAGE_TABLE, 1), copy = copy_of(low),
	       frame = make(OBJECT_FRAME, 12);
	const vaddr_t other = AREA + (1 << 22);

	make_tables_down_to(2, SLOT_VSPACE, AREA);
	NEED(kozo_page_table_install(low, SLOT_VSPACE, AREA));
	EXPECT_STATUS(kozo_page_table_install(copy, SLOT_VSPACE, other), OK);
	NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA, RW, 0));
	*at(AREA) = 5;
	EXPECT(*at(other), 5);
	EXPECT_STATUS(kozo_frame_unmap(frame), OK);
	EXPECT(helper_can(reads, AREA), false);
	EXPECT(helper_can(reads, other), false);
	NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA, RW, 0));
	EXPECT(*at(AREA), 5);
	EXPECT(*at(other), 5);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, low), OK);
	EXPECT(helper_can(reads, AREA), false);
	EXPECT(*at(other), 5);
	EXPECT_STATUS(kozo_frame_unmap(frame), OK);
	EXPECT(helper_can(reads, other), false);
	NEED(kozo_frame_map(frame, SLOT_VSPACE, other, RW, 0));
	EXPECT(*at(other), 5);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, copy), OK);
	EXPECT(helper_can(reads, other), false);
	EXPECT(is_mapped(frame), false);
}

/* Looks twice at the same address, and waits in between until it may go on. */
static void looks_twice(struct helper *h)
{
	h->out[0] = *at(h->in[0]);
	h->step = 1;
	while (!h->in[1])
		kozo_yield();
	h->out[1] = *at(h->in[0]);
	h->step = 2;
}

enum { STEPS = 20 }; /* a busy host may let a turn go by */

/* A helper in another space has seen a page, and we too; does it see the page after `hide`? */
static void expect_gone(cptr_t space, void (*hide)(cptr_t frame), cptr_t frame)
{
	struct helper h = { .in = { AREA } };

	helper_make(&h, looks_twice);
	NEED(kozo_thread_configure(h.thread, 0, space, 0));
	helper_start(&h);
	for (unsigned i = 0; i < STEPS && !h.step; i++)
		helpers_step();
	EXPECT(h.step, 1);
	hide(frame);
	h.in[1] = 1;
	helpers_run();
	EXPECT(h.step, 1);
	EXPECT(helper_state(&h), THREAD_FAULTED);
	NEED(kozo_cnode_delete(SLOT_CNODE, h.thread));
}

static void unmaps(cptr_t frame)
{
	EXPECT_STATUS(kozo_frame_unmap(frame), OK);
}

static void deletes(cptr_t frame)
{
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, frame), OK);
}

static void unmaps_range(cptr_t space)
{
	vaddr_t reached;

	EXPECT_STATUS(kozo_vspace_unmap_range(space, AREA, 2 * PAGE, &reached), OK);
}

TEST(flush_other_space, "what another space has seen is gone there at once, too")
{
	cptr_t space = space_for_helpers();
	cptr_t frame = make(OBJECT_FRAME, PAGE_BITS);

	make_tables(space, AREA);
	NEED(kozo_frame_map(frame, space, AREA, RIGHT_READ, 0));
	expect_gone(space, unmaps, frame);
	NEED(kozo_frame_map(frame, space, AREA, RIGHT_READ, 0));
	expect_gone(space, deletes, frame);
	frame = make(OBJECT_FRAME, PAGE_BITS);
	NEED(kozo_frame_map(frame, space, AREA, RIGHT_READ, 0));
	expect_gone(space, unmaps_range, space);
}

TEST(flush_shared_table, "what is unmapped in a table of two spaces is gone from both at once")
{
	cptr_t space = space_for_helpers(), low = make(OBJECT_PAGE_TABLE, 1);

	make_tables_down_to(2, SLOT_VSPACE, AREA);
	make_tables_down_to(2, space, AREA);
	NEED(kozo_page_table_install(low, SLOT_VSPACE, AREA));
	NEED(kozo_page_table_install(copy_of(low), space, AREA));

	cptr_t frame = make_page(AREA, RW);

	EXPECT(helper_can(reads, AREA), true);
	expect_gone(space, unmaps, frame);
	EXPECT(helper_can(reads, AREA), false);
	NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA, RIGHT_READ, 0));
	EXPECT(helper_can(reads, AREA), true);
	unmaps_range(SLOT_VSPACE);
	EXPECT(helper_can(reads, AREA), false);
	NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA, RIGHT_READ, 0));
	expect_gone(space, unmaps_range, SLOT_VSPACE);
}

/* At each level above it. */
TEST(flush_shared_above, "what is unmapped below a table of two spaces is gone from both at once")
{
	for (unsigned level = 2; level <= PAGE_TABLE_LEVELS; level++) {
		cptr_t space = space_for_helpers(), table = make(OBJECT_PAGE_TABLE, level);

		if (level < PAGE_TABLE_LEVELS) {
			make_tables_down_to(level + 1, SLOT_VSPACE, AREA);
			make_tables_down_to(level + 1, space, AREA);
		}
		NEED(kozo_page_table_install(table, SLOT_VSPACE, AREA));
		NEED(kozo_page_table_install(copy_of(table), space, AREA));
		make_tables(space, AREA);

		cptr_t frame = make_page(AREA, RW);

		EXPECT(helper_can(reads, AREA), true);
		unmaps(frame);
		EXPECT(helper_can(reads, AREA), false);
		NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA, RIGHT_READ, 0));
		expect_gone(space, unmaps, frame);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

TEST(flush_removed_table, "a table taken out of another space takes along what was seen there")
{
	cptr_t space = space_for_helpers(), low = make(OBJECT_PAGE_TABLE, 1);
	cptr_t frame = make(OBJECT_FRAME, PAGE_BITS);

	make_tables_down_to(2, space, AREA);
	NEED(kozo_page_table_install(low, space, AREA));
	NEED(kozo_frame_map(frame, space, AREA, RIGHT_READ, 0));
	expect_gone(space, deletes, low);
	EXPECT(is_mapped(frame), false);
}

/* Each round uses up a tag: the page is protected, and so flushed. */
static void counts_in_its_page(struct helper *h)
{
	word_t w[IPC_REGISTERS];

	for (word_t i = 0; i < h->in[2]; i++) {
		*at(h->in[0]) += 1;
		w[0] = RW;
		w[1] = 0;
		if (kozo_invoke(h->in[3], LABEL_FRAME_PROTECT, 2, w) != OK)
			return;
		kozo_yield();
	}
	h->out[0] = *at(h->in[0]);
}

TEST(many_spaces, "5,000 changes of 3 spaces in turn leave each with what is mapped there")
{
	enum { SPACES = 3, ROUNDS = 5000 };
	struct helper h[SPACES];

	for (unsigned i = 0; i < SPACES; i++) {
		cptr_t space = space_for_helpers();
		cptr_t frame = make(OBJECT_FRAME, PAGE_BITS);

		make_tables(space, AREA);
		NEED(kozo_frame_map(frame, space, AREA, RW, 0));
		h[i] = (struct helper){ .in = { AREA, i, ROUNDS, frame } };
		helper_make(&h[i], counts_in_its_page);
		NEED(kozo_thread_configure(h[i].thread, 0, space, 0));
		helper_start(&h[i]);
	}
	while (!h[0].finished || !h[1].finished || !h[2].finished)
		helpers_step();
	for (unsigned i = 0; i < SPACES; i++)
		EXPECT(h[i].out[0], ROUNDS);
}

/* In our own space and in another's, which a helper runs in. */
TEST(shared_between_spaces, "a table shared by two spaces is gone from both when it dies")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 16), low = slots_new(2), copy = low + 1;
	cptr_t space = make(OBJECT_VSPACE, 0), frame = make(OBJECT_FRAME, 12);
	word_t done;

	NEED(kozo_untyped_retype(untyped, OBJECT_PAGE_TABLE, 1, SLOT_CNODE, low, 1, &done));
	NEED(kozo_cnode_copy(SLOT_CNODE, copy, SLOT_CNODE, low));
	make_tables_down_to(2, SLOT_VSPACE, AREA);
	make_tables_down_to(2, space, AREA);
	NEED(kozo_page_table_install(low, SLOT_VSPACE, AREA));
	NEED(kozo_page_table_install(copy, space, AREA));
	NEED(kozo_frame_map(frame, space, AREA, RW, 0));
	*at(AREA) = 9;
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, untyped), OK);
	EXPECT(helper_can(reads, AREA), false);
	EXPECT(is_mapped(frame), false);
	EXPECT_STATUS(kozo_frame_map(frame, space, AREA, RW, 0), ERR_NO_TABLE);
	EXPECT(describe(untyped).badge, 0);
}

TEST(parent_dies, "when a table or space dies, what was installed in it is not installed any more")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 18), space = slots_new(2), top = space + 1;
	cptr_t middle = make(OBJECT_PAGE_TABLE, 2), low = make(OBJECT_PAGE_TABLE, 1);
	word_t done;

	NEED(kozo_untyped_retype(untyped, OBJECT_VSPACE, 0, SLOT_CNODE, space, 1, &done));
	NEED(kozo_untyped_retype(untyped, OBJECT_PAGE_TABLE, 3, SLOT_CNODE, top, 1, &done));
	NEED(kozo_page_table_install(top, space, AREA));
	NEED(kozo_page_table_install(middle, space, AREA));
	NEED(kozo_page_table_install(low, space, AREA));
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, space), OK);
	EXPECT(is_mapped(top), false);
	EXPECT(is_mapped(middle), true);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, top), OK);
	EXPECT(is_mapped(middle), false);
	EXPECT(is_mapped(low), true);
	EXPECT(describe(untyped).badge, 0);
}
