/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* CNode: delete, revoke and describe, and the death of CNodes themselves. */
#include "helper.h"
#include "message.h"

static volatile uint64_t *list(void)
{
	return &kozo_ipc_buffer()->word[IPC_REGISTERS];
}

static void fill_cnode(cptr_t cnode, word_t first, word_t count)
{
	word_t done;

	NEED(kozo_untyped_retype(world, OBJECT_ENDPOINT, 0, cnode, first, count, &done));
}

/* How many of its slots hold something. */
static word_t full_slots(cptr_t cnode, word_t slots)
{
	word_t count = 0;

	for (word_t i = 1; i < slots; i++)
		count += describe_in(cnode, i).kind != 0;
	return count;
}

/* --- one slot ------------------------------------------------------------------ */

TEST(delete_one, "CNode.delete empties a slot; children answer to the grandparent")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), child = copy_of(endpoint);
	cptr_t grandchild = copy_of(child), sibling = copy_of(endpoint);

	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, child), OK);
	EXPECT(gone(child), true);
	EXPECT(gone(grandchild), false);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, endpoint), OK);
	EXPECT(gone(grandchild), true);
	EXPECT(gone(sibling), true);
	EXPECT(gone(endpoint), false);
}

TEST(revoke_one, "CNode.revoke takes what was derived, and nothing beside it")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), child = copy_of(endpoint);
	cptr_t grandchild = copy_of(child), great = copy_of(grandchild),
	       sibling = copy_of(endpoint);

	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, child), OK);
	EXPECT(gone(grandchild), true);
	EXPECT(gone(great), true);
	EXPECT(gone(child), false);
	EXPECT(gone(sibling), false);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, child), OK);
}

/* Slot 1 is full, 2 is empty; the CNode has 8. */
static const struct {
	word_t index;
	status_t want;
} bad_slots[] = {
	{ 0, ERR_RANGE },     { 8, ERR_RANGE },	  { 9, ERR_RANGE }, { 1ull << 32 | 1, ERR_RANGE },
	{ ~0ull, ERR_RANGE }, { 2, ERR_BAD_CAP },
};

TEST(slot_refusals, "delete, revoke and describe refuse what is no full slot")
{
	cptr_t cnode = make(OBJECT_CNODE, 3);
	word_t kind = 7, badge = 7, number = 7;
	rights_t rights = 7;

	fill_cnode(cnode, 1, 1);
	for (size_t i = 0; i < sizeof(bad_slots) / sizeof(bad_slots[0]); i++) {
		word_t index = bad_slots[i].index;
		status_t want = bad_slots[i].want;

		EXPECT_STATUS(kozo_cnode_delete(cnode, index), want);
		EXPECT_STATUS(kozo_cnode_revoke(cnode, index), want);
		EXPECT_STATUS(kozo_cnode_describe(cnode, index, &kind, &rights, &badge, &number),
			      want);
		EXPECT(kind + rights + badge + number, 28);
		EXPECT(full_slots(cnode, 8), 1);
	}
}

TEST(describe_all, "CNode.describe tells type, size, rights, badge, number and mapping")
{
	cptr_t badged = part_of(make(OBJECT_ENDPOINT, 0), RIGHT_SEND, 99);
	cptr_t cnode = make(OBJECT_CNODE, 5), again = copy_of(cnode);
	word_t kind = 0, badge = 0, number = 0;
	rights_t rights = 0;

	EXPECT_STATUS(kozo_cnode_describe(SLOT_CNODE, badged, &kind, &rights, &badge, &number), OK);
	EXPECT(kind, OBJECT_ENDPOINT);
	EXPECT(rights, RIGHT_SEND);
	EXPECT(badge, 99);
	EXPECT_STATUS(kozo_cnode_describe(SLOT_CNODE, again, &kind, &rights, &badge, &number), OK);
	EXPECT(kind, OBJECT_CNODE | 5 << DESCRIBE_SIZE_SHIFT);
	EXPECT(number, describe(cnode).number);
	EXPECT(number != describe(badged).number, true);

	make_tables(SLOT_VSPACE, AREA);
	EXPECT(describe(make_page(AREA, RIGHT_READ)).kind,
	       OBJECT_FRAME | PAGE_BITS << DESCRIBE_SIZE_SHIFT | DESCRIBE_MAPPED);
}

/* --- ranges and lists -------------------------------------------------------------- */

TEST(delete_many, "delete_range and delete_list empty slots; an empty one counts as done")
{
	cptr_t cnode = make(OBJECT_CNODE, 4);
	word_t done = 0;

	fill_cnode(cnode, 1, 4);
	fill_cnode(cnode, 8, 8);
	EXPECT_STATUS(kozo_cnode_delete_range(cnode, 2, 8, &done), OK);
	EXPECT(done, 8);
	EXPECT(full_slots(cnode, 16), 1 + 6);

	list()[0] = 15;
	list()[1] = 2;
	list()[2] = 1;
	EXPECT_STATUS(kozo_cnode_delete_list(cnode, 3, &done), OK);
	EXPECT(done, 3);
	EXPECT(full_slots(cnode, 16), 5);
	EXPECT_STATUS(kozo_cnode_delete_range(cnode, 1, 15, &done), OK);
	EXPECT(full_slots(cnode, 16), 0);
}

TEST(revoke_many, "revoke_range and revoke_list take what came of each slot")
{
	cptr_t cnode = make(OBJECT_CNODE, 4), children = make(OBJECT_CNODE, 4);
	word_t done = 0;

	fill_cnode(cnode, 1, 6);
	NEED(kozo_cnode_copy_range(children, 1, cnode, 1, 6, &done));
	EXPECT_STATUS(kozo_cnode_revoke_range(cnode, 2, 9, &done), OK);
	EXPECT(done, 9);
	EXPECT(full_slots(children, 16), 1);
	EXPECT(full_slots(cnode, 16), 6);

	NEED(kozo_cnode_copy_range(children, 2, cnode, 2, 5, &done));
	list()[0] = 6;
	list()[1] = 9;
	list()[2] = 2;
	EXPECT_STATUS(kozo_cnode_revoke_list(cnode, 3, &done), OK);
	EXPECT(done, 3);
	EXPECT(full_slots(children, 16), 4);
	EXPECT(full_slots(cnode, 16), 6);
}

TEST(many_refusals, "ranges and lists of delete and revoke refuse what lies outside")
{
	static const struct {
		word_t first, count;
	} ranges[] = {
		{ 0, 1 }, { 8, 1 }, { 9, 0 }, { 1, 8 }, { 7, 2 }, { 1, ~0ull }, { ~0ull, 1 },
	};
	cptr_t cnode = make(OBJECT_CNODE, 3);
	word_t done;

	fill_cnode(cnode, 1, 7);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		done = 9;
		EXPECT_STATUS(
			kozo_cnode_delete_range(cnode, ranges[i].first, ranges[i].count, &done),
			ERR_RANGE);
		EXPECT(done, 0);
		done = 9;
		EXPECT_STATUS(
			kozo_cnode_revoke_range(cnode, ranges[i].first, ranges[i].count, &done),
			ERR_RANGE);
		EXPECT(done, 0);
		EXPECT(full_slots(cnode, 8), 7);
	}
	EXPECT_STATUS(kozo_cnode_delete_list(cnode, LIST_MAX + 1, &done), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_cnode_revoke_list(cnode, LIST_MAX + 1, &done), ERR_BAD_ARG);
	EXPECT(full_slots(cnode, 8), 7);

	list()[0] = 3;
	list()[1] = 8;
	list()[2] = 4;
	EXPECT_STATUS(kozo_cnode_revoke_list(cnode, 3, &done), ERR_RANGE);
	EXPECT(done, 1);
	EXPECT(full_slots(cnode, 8), 7);
	EXPECT_STATUS(kozo_cnode_delete_list(cnode, 3, &done), ERR_RANGE);
	EXPECT(done, 1);
	EXPECT(describe_in(cnode, 3).kind, 0);
	EXPECT(full_slots(cnode, 8), 6);
}

TEST(nothing_many, "ranges and lists of nothing are done at once")
{
	cptr_t cnode = make(OBJECT_CNODE, 3);
	word_t done = 9;

	fill_cnode(cnode, 1, 7);
	EXPECT_STATUS(kozo_cnode_delete_range(cnode, 8, 0, &done), OK);
	EXPECT_STATUS(kozo_cnode_revoke_range(cnode, 8, 0, &done), OK);
	EXPECT_STATUS(kozo_cnode_delete_list(cnode, 0, &done), OK);
	EXPECT_STATUS(kozo_cnode_revoke_list(cnode, 0, &done), OK);
	EXPECT(done, 0);
	EXPECT(full_slots(cnode, 8), 7);
}

/* --- a revoke that takes the CNode it works in --------------------------------------- */

/* A CNode whose slot 1 holds the untyped that it was made from. */
struct loop {
	cptr_t outer, untyped, cnode;
};

static struct loop make_loop(void)
{
	struct loop l = { make(OBJECT_UNTYPED, 16), slot_new(), slot_new() };
	word_t done;

	NEED(kozo_untyped_retype(l.outer, OBJECT_UNTYPED, 14, SLOT_CNODE, l.untyped, 1, &done));
	NEED(kozo_untyped_retype(l.untyped, OBJECT_CNODE, 3, SLOT_CNODE, l.cnode, 1, &done));
	NEED(kozo_cnode_move(l.cnode, 1, SLOT_CNODE, l.untyped));
	return l;
}

TEST(revoke_own_memory, "a revoke whose own CNode dies of it says that the target is gone")
{
	struct loop l = make_loop();
	word_t done = 9;

	EXPECT_STATUS(kozo_cnode_revoke(l.cnode, 1), ERR_BAD_CAP);
	EXPECT(gone(l.cnode), true);
	NEED(kozo_cnode_revoke(SLOT_CNODE, l.outer));
	EXPECT(describe(l.outer).badge, 0);

	l = make_loop();
	EXPECT_STATUS(kozo_cnode_revoke_range(l.cnode, 1, 2, &done), ERR_BAD_CAP);
	EXPECT(gone(l.cnode), true);
	EXPECT(done, 0);
	NEED(kozo_cnode_revoke(SLOT_CNODE, l.outer));
	EXPECT(describe(l.outer).badge, 0);

	l = make_loop();
	list()[0] = 2;
	list()[1] = 1;
	EXPECT_STATUS(kozo_cnode_revoke_list(l.cnode, 2, &done), ERR_BAD_CAP);
	EXPECT(gone(l.cnode), true);
	EXPECT(done, 1);
	NEED(kozo_cnode_revoke(SLOT_CNODE, l.outer));
	EXPECT(describe(l.outer).badge, 0);
}

TEST(delete_own_cptr, "a range or list that deletes the capability it was asked through stops")
{
	cptr_t slot = slots_new(3);
	word_t done = 9;

	for (unsigned form = 0; form < 2; form++) {
		for (cptr_t i = slot; i < slot + 3; i++)
			NEED(kozo_cnode_copy(SLOT_CNODE, i, SLOT_CNODE, SLOT_CNODE));
		for (unsigned i = 0; i < 3; i++)
			list()[i] = slot + i;

		status_t status = form ? kozo_cnode_delete_list(slot + 1, 3, &done)
				       : kozo_cnode_delete_range(slot + 1, slot, 3, &done);

		EXPECT_STATUS(status, ERR_BAD_CAP);
		EXPECT(done, 2);
		EXPECT(gone(slot + 1), true);
		EXPECT(gone(slot + 2), false);
		NEED(kozo_cnode_delete(SLOT_CNODE, slot + 2));
	}
}

TEST(revoke_own_cptr, "a revoke that takes the capability it was asked through stops")
{
	cptr_t parent = copy_of(SLOT_CNODE), last = copy_of(parent);
	cptr_t self = copy_of(parent), first = copy_of(parent);

	EXPECT_STATUS(kozo_cnode_revoke(self, parent), ERR_BAD_CAP);
	EXPECT(gone(first), true);
	EXPECT(gone(self), true);
	EXPECT(gone(last), false);
}

/* --- the death of CNodes -------------------------------------------------------------- */

TEST(cnode_dies_with_contents, "a CNode that dies takes last capabilities with it")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 20), cnode = slot_new(), endpoint = slot_new();
	word_t done;

	NEED(kozo_untyped_retype(untyped, OBJECT_CNODE, 8, SLOT_CNODE, cnode, 1, &done));
	NEED(kozo_untyped_retype(untyped, OBJECT_ENDPOINT, 0, SLOT_CNODE, endpoint, 1, &done));
	NEED(kozo_untyped_retype(untyped, OBJECT_THREAD, 0, cnode, 1, 100, &done));
	NEED(kozo_untyped_retype(untyped, OBJECT_CNODE, 4, cnode, 101, 1, &done));
	NEED(kozo_cnode_copy(cnode, 200, SLOT_CNODE, endpoint));
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, cnode), OK);
	EXPECT(gone(endpoint), false);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, endpoint), OK);
	EXPECT(describe(untyped).badge, 0);
}

TEST(cnode_chain, "CNodes that hold each other's only capability die one after the other")
{
	enum { COUNT = 2000 };
	cptr_t untyped = make(OBJECT_UNTYPED, 21), outer = make(OBJECT_CNODE, 2), next = slot_new();
	word_t done;

	/* Each is made in our slot and moved into the one before. */
	NEED(kozo_untyped_retype(untyped, OBJECT_CNODE, 2, outer, 1, 1, &done));
	for (unsigned i = 0; i < COUNT; i++) {
		NEED(kozo_untyped_retype(untyped, OBJECT_CNODE, 2, SLOT_CNODE, next, 1, &done));
		NEED(kozo_cnode_move(next, 1, outer, 1));
		NEED(kozo_cnode_move(outer, 1, SLOT_CNODE, next));
	}
	EXPECT_STATUS(kozo_cnode_delete(outer, 1), OK);
	EXPECT(describe(untyped).badge, 0);
}

TEST(cnode_holds_itself, "a CNode that holds its own last capability lives till its memory goes")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 12), cnode = slot_new();
	word_t done;

	NEED(kozo_untyped_retype(untyped, OBJECT_CNODE, 3, SLOT_CNODE, cnode, 1, &done));
	EXPECT_STATUS(kozo_cnode_move(cnode, 3, SLOT_CNODE, cnode), OK);
	EXPECT(gone(cnode), true);
	EXPECT(describe(untyped).badge, 1 << 9);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, untyped), OK);
	EXPECT(describe(untyped).badge, 0);
}

TEST(cnodes_hold_each_other, "CNodes that hold each other's last capability die with their memory")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 12), a = slots_new(2), b = a + 1;
	word_t done;

	NEED(kozo_untyped_retype(untyped, OBJECT_CNODE, 3, SLOT_CNODE, a, 2, &done));
	NEED(kozo_cnode_copy(b, 1, SLOT_CNODE, a));
	NEED(kozo_cnode_delete(SLOT_CNODE, a));
	/* b's slot 1 has a's last capability; a cannot be named but through b. */
	NEED(kozo_cnode_copy(b, 2, SLOT_CNODE, b));
	NEED(kozo_cnode_delete(SLOT_CNODE, b));
	EXPECT(describe(untyped).badge, 2 << 9);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, untyped), OK);
	EXPECT(describe(untyped).badge, 0);
}

/* --- deep, wide and the caller's own ---------------------------------------------------- */

TEST(revoke_deep, "a chain of 100,000 derivations is revoked from its top")
{
	enum { COUNT = 100000 };
	cptr_t cnode = make(OBJECT_CNODE, 17), endpoint = make(OBJECT_ENDPOINT, 0);
	word_t done;

	NEED(kozo_cnode_copy(cnode, 1, SLOT_CNODE, endpoint));
	NEED(kozo_cnode_copy_range(cnode, 2, cnode, 1, COUNT - 1, &done));
	EXPECT_STATUS(kozo_cnode_revoke(cnode, COUNT / 2), OK);
	EXPECT(describe_in(cnode, COUNT / 2).kind != 0, true);
	EXPECT(describe_in(cnode, COUNT / 2 + 1).kind, 0);
	EXPECT(describe_in(cnode, COUNT).kind, 0);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, endpoint), OK);
	EXPECT(describe_in(cnode, 1).kind, 0);
	EXPECT(gone(endpoint), false);
}

TEST(revoke_wide, "100,000 children of one capability are revoked")
{
	enum { COUNT = 100000, STEP = LIST_MAX };
	cptr_t cnode = make(OBJECT_CNODE, 17), endpoint = make(OBJECT_ENDPOINT, 0);
	word_t done, made = 0;

	for (word_t i = 0; i < STEP; i++)
		list()[i] = endpoint;
	while (made < COUNT) {
		NEED(kozo_cnode_copy_list(cnode, 1 + made, SLOT_CNODE, STEP, &done));
		made += done;
	}
	EXPECT_STATUS(kozo_cnode_revoke_range(SLOT_CNODE, endpoint, 1, &done), OK);
	EXPECT(done, 1);
	EXPECT(describe_in(cnode, 1).kind, 0);
	EXPECT(describe_in(cnode, made).kind, 0);
}

/* The helper's whole world is made of one untyped, which its own CNode holds. */
static void revokes_itself(struct helper *h)
{
	h->step = 1;
	h->status = kozo_cnode_revoke(0, h->in[0]);
	h->step = 2; /* never */
}

TEST(revoke_caller, "a thread may revoke the memory of its own CNode, and stops")
{
	struct helper h = { .in = { 5 } };
	cptr_t outer = make(OBJECT_UNTYPED, 22), untyped = slots_new(2), cnode = untyped + 1;
	word_t done;

	NEED(kozo_untyped_retype(outer, OBJECT_UNTYPED, 21, SLOT_CNODE, untyped, 1, &done));
	NEED(kozo_untyped_retype(untyped, OBJECT_CNODE, 14, SLOT_CNODE, cnode, 1, &done));
	NEED(kozo_untyped_retype(untyped, OBJECT_UNTYPED, 6, cnode, 10, 5000, &done));
	helper_make(&h, revokes_itself);
	NEED(kozo_thread_configure(h.thread, cnode, 0, 0));
	NEED(kozo_cnode_move(cnode, 5, SLOT_CNODE, untyped));
	NEED(kozo_cnode_delete(SLOT_CNODE, cnode));
	helper_start(&h);
	helpers_run_above();
	EXPECT(h.step, 1);
	EXPECT(helper_state(&h), THREAD_STOPPED);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, outer), OK);
	EXPECT(describe(outer).badge, 0);
}

/* The newest goes first: with the thread its revoke ends, and the rest is left to others. */
TEST(revoke_caller_whole, "a thread may revoke itself with what it consists of")
{
	struct helper h = { .in = { 5 } };
	cptr_t outer = make(OBJECT_UNTYPED, 16), untyped = slots_new(3), cnode = untyped + 1;
	word_t done;

	NEED(kozo_untyped_retype(outer, OBJECT_UNTYPED, 14, SLOT_CNODE, untyped, 1, &done));
	NEED(kozo_untyped_retype(untyped, OBJECT_CNODE, 4, SLOT_CNODE, cnode, 1, &done));
	NEED(kozo_untyped_retype(untyped, OBJECT_THREAD, 0, SLOT_CNODE, cnode + 1, 1, &done));
	helper_make(&h, revokes_itself);
	NEED(kozo_cnode_delete(SLOT_CNODE, h.thread));
	h.thread = cnode + 1;
	NEED(kozo_thread_configure(h.thread, cnode, SLOT_VSPACE, 0));
	NEED(kozo_thread_set_time(h.thread, helpers_time));
	NEED(kozo_cnode_move(cnode, 5, SLOT_CNODE, untyped));
	helper_start(&h);
	helpers_run();
	EXPECT(h.step, 1);
	EXPECT(gone(h.thread), true);
	EXPECT(gone(cnode), false);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, outer), OK);
	EXPECT(gone(cnode), true);
	EXPECT(describe(outer).badge, 0);
}
