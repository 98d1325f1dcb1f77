/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * CNode: copy, mint and move, each for one slot, a range and a list. The three
 * forms do the same to a slot, so most cases go through all nine methods.
 */
#include "helper.h"
#include "message.h"

enum what { COPY, MINT, MOVE, WHATS };
enum form { ONE, RANGE, LIST, FORMS };

/* `count` transfers, from consecutive slots in every form. */
struct transfer {
	cptr_t self;
	word_t index;
	cptr_t source;
	word_t source_index, count;
	rights_t rights; /* mint only */
	word_t badge;
};

static status_t transfer_one(enum what what, const struct transfer *t, word_t *done)
{
	status_t status;

	if (what == COPY)
		status = kozo_cnode_copy(t->self, t->index, t->source, t->source_index);
	else if (what == MINT)
		status = kozo_cnode_mint(t->self, t->index, t->source, t->source_index, t->rights,
					 t->badge);
	else
		status = kozo_cnode_move(t->self, t->index, t->source, t->source_index);
	*done = status == OK;
	return status;
}

static status_t transfer_range(enum what what, const struct transfer *t, word_t *done)
{
	if (what == COPY)
		return kozo_cnode_copy_range(t->self, t->index, t->source, t->source_index,
					     t->count, done);
	if (what == MINT)
		return kozo_cnode_mint_range(t->self, t->index, t->source, t->source_index,
					     t->count, t->rights, t->badge, done);
	return kozo_cnode_move_range(t->self, t->index, t->source, t->source_index, t->count, done);
}

static status_t transfer_list(enum what what, const struct transfer *t, word_t *done)
{
	for (word_t i = 0; i < t->count && i < LIST_MAX; i++)
		kozo_ipc_buffer()->word[IPC_REGISTERS + i] = t->source_index + i;
	if (what == COPY)
		return kozo_cnode_copy_list(t->self, t->index, t->source, t->count, done);
	if (what == MINT)
		return kozo_cnode_mint_list(t->self, t->index, t->source, t->count, t->rights,
					    t->badge, done);
	return kozo_cnode_move_list(t->self, t->index, t->source, t->count, done);
}

static status_t (*const forms[FORMS])(enum what what, const struct transfer *t, word_t *done) = {
	[ONE] = transfer_one,
	[RANGE] = transfer_range,
	[LIST] = transfer_list,
};

#define EACH_METHOD(what, form) \
	for (enum what what = COPY; what < WHATS; what++) \
		for (enum form form = ONE; form < FORMS; form++)

/* --- success -------------------------------------------------------------------- */

TEST(transfer_result, "copy and mint make a child, move takes the capability away")
{
	cptr_t cnode = make(OBJECT_CNODE, 4), slot = slot_new();
	word_t index = 1, done;

	EACH_METHOD(what, form)
	{
		NEED(kozo_untyped_retype(world, OBJECT_ENDPOINT, 0, SLOT_CNODE, slot, 1, &done));

		struct description before = describe(slot);
		struct transfer t = { cnode, index, SLOT_CNODE, slot, 1, RIGHT_SEND, 77 };

		EXPECT_STATUS(forms[form](what, &t, &done), OK);
		EXPECT(done, 1);

		struct description got = describe_in(cnode, index);

		EXPECT(gone(slot), what == MOVE);
		EXPECT(got.number, before.number);
		EXPECT(got.rights, what == MINT ? RIGHT_SEND : before.rights);
		EXPECT(got.badge, what == MINT ? 77 : 0);
		if (what != MOVE) {
			EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, slot), OK);
			EXPECT(describe_in(cnode, index).kind, 0);
			EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, slot), OK);
		}
		index++;
	}
}

TEST(transfer_keeps_badge, "copy and mint without a badge keep the badge there is")
{
	cptr_t badged = part_of(make(OBJECT_ENDPOINT, 0), RIGHT_SEND | RIGHT_GRANT, 5);
	cptr_t cnode = make(OBJECT_CNODE, 3);
	word_t index = 1, done;

	for (enum what what = COPY; what < MOVE; what++)
		for (enum form form = ONE; form < FORMS; form++) {
			struct transfer t = { cnode, index, SLOT_CNODE, badged, 1, RIGHT_SEND, 0 };

			EXPECT_STATUS(forms[form](what, &t, &done), OK);
			EXPECT(describe_in(cnode, index++).badge, 5);
		}
}

TEST(move_keeps_children, "a capability that moves takes its children along")
{
	cptr_t parent = make(OBJECT_ENDPOINT, 0), child = copy_of(parent), to = slots_new(3);
	word_t done;

	EXPECT_STATUS(kozo_cnode_move(SLOT_CNODE, to, SLOT_CNODE, parent), OK);
	EXPECT_STATUS(kozo_cnode_move_range(SLOT_CNODE, to + 1, SLOT_CNODE, to, 1, &done), OK);
	kozo_ipc_buffer()->word[IPC_REGISTERS] = to + 1;
	EXPECT_STATUS(kozo_cnode_move_list(SLOT_CNODE, to + 2, SLOT_CNODE, 1, &done), OK);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, to + 2), OK);
	EXPECT(gone(child), true);
	EXPECT(gone(to + 2), false);
}

TEST(move_untyped, "an untyped that moves keeps its account and its memory's state")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 16), to = slot_new(), object = slot_new();
	word_t done;

	NEED(kozo_untyped_retype(untyped, OBJECT_FRAME, 12, SLOT_CNODE, object, 1, &done));

	struct description before = describe(untyped);

	EXPECT_STATUS(kozo_cnode_move(SLOT_CNODE, to, SLOT_CNODE, untyped), OK);
	EXPECT(same(describe(to), before), true);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, to), OK);
	EXPECT(gone(object), true);
	EXPECT(describe(to).badge, 0);
}

TEST(move_mapped, "a mapped frame that moves stays mapped, and can be unmapped from there")
{
	cptr_t to = slot_new(), frame;

	make_tables(SLOT_VSPACE, AREA);
	frame = make_page(AREA, RIGHT_READ | RIGHT_WRITE);
	*at(AREA) = 4711;
	EXPECT_STATUS(kozo_cnode_move(SLOT_CNODE, to, SLOT_CNODE, frame), OK);
	EXPECT(*at(AREA), 4711);
	EXPECT(is_mapped(to), true);
	EXPECT_STATUS(kozo_frame_unmap(to), OK);
	NEED(kozo_frame_map(to, SLOT_VSPACE, AREA + PAGE, RIGHT_READ, 0));
	EXPECT(*at(AREA + PAGE), 4711);
}

TEST(copy_not_mapped, "a copy of a mapped frame is not mapped and can be mapped elsewhere")
{
	make_tables(SLOT_VSPACE, AREA);

	cptr_t frame = make_page(AREA, RIGHT_READ | RIGHT_WRITE), copy = copy_of(frame);

	EXPECT(is_mapped(copy), false);
	NEED(kozo_frame_map(copy, SLOT_VSPACE, AREA + PAGE, RIGHT_READ, 0));
	*at(AREA) = 12;
	EXPECT(*at(AREA + PAGE), 12);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, frame), OK);
	EXPECT(*at(AREA + PAGE), 12);
}

/* --- refusals --------------------------------------------------------------------- */

enum place { SELF, SOURCE, EMPTY, NOT_CNODE, WEAK, PLACES };
enum source { HOLE = 1, ENDPOINT, UNTYPED, BADGED, FRAME, SOURCES };

/* Row by row, the reasons that come later hold too, as far as there can be both. */
static const struct refusal {
	word_t index;
	enum place source;
	word_t source_index;
	rights_t rights;
	word_t badge;
	unsigned applies; /* bits: the methods this row is about */
	status_t want;
} refusals[] = {
#define ANY (1 << COPY | 1 << MINT | 1 << MOVE)
#define DERIVE (1 << COPY | 1 << MINT)
	{ 0, EMPTY, 0, ~0u, 1, ANY, ERR_BAD_CAP },
	{ 0, NOT_CNODE, 0, ~0u, 1, ANY, ERR_WRONG_TYPE },
	{ 0, WEAK, 0, ~0u, 1, ANY, ERR_NO_RIGHT },
	{ 0, SOURCE, HOLE, ~0u, 1, ANY, ERR_RANGE },
	{ 8, SOURCE, HOLE, ~0u, 1, ANY, ERR_RANGE },
	{ ~0ull, SOURCE, HOLE, ~0u, 1, ANY, ERR_RANGE },
	{ 1, SOURCE, 0, ~0u, 1, ANY, ERR_RANGE },
	{ 1, SOURCE, 8, ~0u, 1, ANY, ERR_RANGE },
	{ 1, SOURCE, 1ull << 63, ~0u, 1, ANY, ERR_RANGE },
	{ 1, SOURCE, HOLE, ~0u, 1, ANY, ERR_BAD_CAP },
	{ 1, SOURCE, UNTYPED, ~0u, 1, ANY, ERR_SLOT_USED },
	{ 2, SOURCE, UNTYPED, ~0u, 1, DERIVE, ERR_STATE },
	{ 2, SOURCE, BADGED, ~0u, 1, 1 << MINT, ERR_NO_RIGHT },
	{ 2, SOURCE, ENDPOINT, RIGHT_SEND | RIGHT_READ, 0, 1 << MINT, ERR_NO_RIGHT },
	{ 2, SOURCE, BADGED, RIGHT_SEND | RIGHT_RECEIVE, 0, 1 << MINT, ERR_NO_RIGHT },
	{ 2, SOURCE, BADGED, RIGHT_SEND, 1, 1 << MINT, ERR_BAD_ARG },
	{ 2, SOURCE, FRAME, RIGHT_READ, 11, 1 << MINT, ERR_BAD_ARG },
	{ 2, SOURCE, FRAME, RIGHT_READ, 15, 1 << MINT, ERR_BAD_ARG },
	{ 2, SOURCE, FRAME, RIGHT_READ, 64, 1 << MINT, ERR_BAD_ARG },
	{ 2, SOURCE, FRAME, RIGHT_READ, 255, 1 << MINT, ERR_BAD_ARG },
	{ 2, SOURCE, FRAME, RIGHT_READ, 1 << 14 | 12, 1 << MINT, ERR_BAD_ARG },
	{ 2, SOURCE, FRAME, RIGHT_READ, 1 << 12 | 13, 1 << MINT, ERR_BAD_ARG },
	{ 2, SOURCE, FRAME, RIGHT_READ, 1 << 8 | 12, 1 << MINT, ERR_BAD_ARG },
	{ 2, SOURCE, FRAME, RIGHT_READ, 1 << 12, 1 << MINT, ERR_BAD_ARG },
	{ 2, SOURCE, FRAME, RIGHT_READ, ~0ull << 12 | 12, 1 << MINT, ERR_BAD_ARG },
};

static void make_places(cptr_t place[PLACES])
{
	word_t done;

	place[SELF] = make(OBJECT_CNODE, 3);
	place[SOURCE] = make(OBJECT_CNODE, 3);
	place[EMPTY] = slot_new();
	place[NOT_CNODE] = make(OBJECT_ENDPOINT, 0);
	place[WEAK] = part_of(place[SOURCE], RIGHT_INSPECT, 0);
	NEED(kozo_cnode_copy(place[SELF], 1, SLOT_CNODE, place[NOT_CNODE]));
	NEED(kozo_cnode_copy(place[SOURCE], ENDPOINT, SLOT_CNODE, place[NOT_CNODE]));
	NEED(kozo_untyped_retype(world, OBJECT_UNTYPED, 12, place[SOURCE], UNTYPED, 1, &done));
	NEED(kozo_cnode_mint(place[SOURCE], BADGED, SLOT_CNODE, place[NOT_CNODE], RIGHT_SEND, 9));
	NEED(kozo_untyped_retype(world, OBJECT_FRAME, 14, place[SOURCE], FRAME, 1, &done));
}

/* All slots of both CNodes. */
static void look(const cptr_t place[PLACES], struct description slots[16])
{
	for (word_t i = 0; i < 8; i++) {
		slots[i] = describe_in(place[SELF], i);
		slots[8 + i] = describe_in(place[SOURCE], i);
	}
}

TEST(transfer_refusals, "copy, mint and move refuse with the first reason, and change nothing")
{
	struct description before[16], after[16];
	cptr_t place[PLACES];

	make_places(place);
	look(place, before);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];
		struct transfer t = { place[SELF], r->index,  place[r->source], r->source_index,
				      1,	   r->rights, r->badge };

		EACH_METHOD(what, form)
		{
			word_t done = 9;

			if (!(r->applies & 1 << what))
				continue;

			status_t status = forms[form](what, &t, &done);

			if (status != r->want)
				fail("row %lu, what %u, form %u:", i, what, form);
			EXPECT_STATUS(status, r->want);
			EXPECT(done, 0);
		}
	}
	look(place, after);
	for (unsigned i = 0; i < 16; i++)
		EXPECT(same(before[i], after[i]), true);
}

TEST(mint_high_rights, "mint refuses rights that no right is known for")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
	word_t w[IPC_REGISTERS] = { slot_new(), SLOT_CNODE, endpoint, 1ull << 32 | RIGHT_SEND, 0 };

	EXPECT_STATUS(kozo_invoke(SLOT_CNODE, LABEL_CNODE_MINT, 5, w), ERR_NO_RIGHT);
}

TEST(list_too_long, "a list may have as many indices as its buffer holds, and no more")
{
	cptr_t cnode = make(OBJECT_CNODE, 7), endpoint = make(OBJECT_ENDPOINT, 0);
	cptr_t nothing = slot_new();
	word_t done;

	NEED(kozo_cnode_copy(cnode, 1, SLOT_CNODE, endpoint));
	for (enum what what = COPY; what < WHATS; what++) {
		struct transfer t = { cnode, 1, nothing, 1, LIST_MAX + 1, RIGHT_SEND, 0 };

		EXPECT_STATUS(transfer_list(what, &t, &done), ERR_BAD_ARG);
		t.count = ~0ull;
		EXPECT_STATUS(transfer_list(what, &t, &done), ERR_BAD_ARG);
	}
	for (word_t i = 0; i < LIST_MAX; i++)
		kozo_ipc_buffer()->word[IPC_REGISTERS + i] = 1;
	EXPECT_STATUS(kozo_cnode_copy_list(cnode, 2, cnode, LIST_MAX, &done), OK);
	EXPECT(done, LIST_MAX);
	EXPECT(describe_in(cnode, LIST_MAX + 1).number, describe(endpoint).number);
	EXPECT(describe_in(cnode, LIST_MAX + 2).kind, 0);
}

static void lists_without_buffer(struct helper *h)
{
	word_t done;

	for (enum what what = COPY; what < WHATS; what++) {
		struct transfer t = { h->in[0], 1, h->in[0], 1, 1, RIGHT_SEND, 0 };

		EXPECT_STATUS(transfer_list(what, &t, &done), ERR_BAD_ARG);
	}
	EXPECT_STATUS(kozo_cnode_delete_list(h->in[0], 1, &done), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_cnode_revoke_list(h->in[0], 1, &done), ERR_BAD_ARG);
}

TEST(list_needs_buffer, "a thread without an IPC buffer has no lists")
{
	struct helper h = { .in = { make(OBJECT_CNODE, 3) } };

	NEED(kozo_cnode_copy(h.in[0], 1, SLOT_CNODE, h.in[0]));
	helper_go(&h, lists_without_buffer);
	EXPECT(h.finished, true);
	EXPECT(describe_in(h.in[0], 1).kind != 0, true);
}

/* --- ranges ------------------------------------------------------------------------- */

TEST(range_partial, "ranges and lists stop at the first refusal and say how far they came")
{
	cptr_t source = make(OBJECT_CNODE, 4), cnode;
	word_t done;

	for (enum what what = COPY; what < WHATS; what++)
		for (enum form form = RANGE; form < FORMS; form++) {
			cnode = make(OBJECT_CNODE, 4);
			NEED(kozo_cnode_delete_range(source, 1, 15, &done));
			NEED(kozo_untyped_retype(world, OBJECT_ENDPOINT, 0, source, 1, 5, &done));
			NEED(kozo_cnode_copy(cnode, 12, source, 1));

			/* The sixth source is empty. */
			struct transfer t = { cnode, 1, source, 1, 7, RIGHT_SEND, 0 };

			EXPECT_STATUS(forms[form](what, &t, &done), ERR_BAD_CAP);
			EXPECT(done, 5);
			EXPECT(describe_in(cnode, 5).kind != 0, true);
			EXPECT(describe_in(cnode, 6).kind, 0);
			EXPECT(describe_in(source, 5).kind != 0, what != MOVE);

			/* The third destination is full. */
			NEED(kozo_cnode_delete_range(source, 1, 15, &done));
			NEED(kozo_untyped_retype(world, OBJECT_ENDPOINT, 0, source, 1, 5, &done));
			t.index = 10;
			EXPECT_STATUS(forms[form](what, &t, &done), ERR_SLOT_USED);
			EXPECT(done, 2);

			/* The third destination is behind the end. */
			NEED(kozo_cnode_delete_range(source, 1, 15, &done));
			NEED(kozo_untyped_retype(world, OBJECT_ENDPOINT, 0, source, 1, 5, &done));
			t.index = 14;
			EXPECT_STATUS(forms[form](what, &t, &done), ERR_RANGE);
			EXPECT(done, 2);
			EXPECT(describe_in(source, 3).kind != 0, true);
		}
}

TEST(range_empty, "a range or list of nothing is done at once")
{
	cptr_t cnode = make(OBJECT_CNODE, 3);
	word_t done;

	for (enum what what = COPY; what < WHATS; what++)
		for (enum form form = RANGE; form < FORMS; form++) {
			struct transfer t = { cnode, 1, cnode, 1, 0, 0, 0 };

			done = 9;
			EXPECT_STATUS(forms[form](what, &t, &done), OK);
			EXPECT(done, 0);
		}
}

TEST(range_overlap, "a range may move over itself to lower slots, element by element")
{
	cptr_t cnode = make(OBJECT_CNODE, 4);
	word_t done, number;

	NEED(kozo_untyped_retype(world, OBJECT_ENDPOINT, 0, cnode, 2, 10, &done));
	number = describe_in(cnode, 2).number;
	EXPECT_STATUS(kozo_cnode_move_range(cnode, 1, cnode, 2, 10, &done), OK);
	for (word_t i = 0; i < 10; i++)
		EXPECT(describe_in(cnode, 1 + i).number, number + i);
	EXPECT(describe_in(cnode, 11).kind, 0);
	EXPECT_STATUS(kozo_cnode_move_range(cnode, 2, cnode, 1, 10, &done), ERR_SLOT_USED);
	EXPECT(done, 0);
}

TEST(range_takes_cnode, "a range ends where it moves away what it is asked through, or its source")
{
	for (unsigned way = 0; way < 2; way++) {
		cptr_t from = slots_new(3), target = slots_new(3);
		word_t done = 9;

		for (cptr_t i = from; i < from + 3; i++)
			NEED(kozo_cnode_copy(SLOT_CNODE, i, SLOT_CNODE, SLOT_CNODE));

		cptr_t self = way ? SLOT_CNODE : from + 1, source = way ? from + 1 : SLOT_CNODE;

		EXPECT_STATUS(kozo_cnode_move_range(self, target, source, from, 3, &done),
			      ERR_RANGE);
		EXPECT(done, 2);
		EXPECT(gone(from + 1), true);
		EXPECT(gone(from + 2), false);
		EXPECT(gone(target + 1), false);
		EXPECT(gone(target + 2), true);
		NEED(kozo_cnode_delete_range(SLOT_CNODE, from, 3, &done));
		NEED(kozo_cnode_delete_range(SLOT_CNODE, target, 3, &done));
	}
}

TEST(range_100000, "100,000 capabilities are copied, minted and moved, one call each")
{
	enum { COUNT = 100000, LAST = COUNT };
	cptr_t a = make(OBJECT_CNODE, 17), b = make(OBJECT_CNODE, 17);
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
	word_t done;

	/* A chain, as the destination becomes the next source: each the child of the last. */
	NEED(kozo_cnode_copy(a, 1, SLOT_CNODE, endpoint));
	EXPECT_STATUS(kozo_cnode_copy_range(a, 2, a, 1, COUNT - 1, &done), OK);
	EXPECT(done, COUNT - 1);
	EXPECT(describe_in(a, LAST).number, describe(endpoint).number);

	EXPECT_STATUS(kozo_cnode_mint_range(b, 1, a, 1, COUNT, RIGHT_SEND, 3, &done), OK);
	EXPECT(done, COUNT);
	EXPECT(describe_in(b, LAST).badge, 3);
	EXPECT(describe_in(b, LAST).rights, RIGHT_SEND);

	EXPECT_STATUS(kozo_cnode_delete_range(a, 1, COUNT, &done), OK);
	EXPECT(done, COUNT);
	EXPECT_STATUS(kozo_cnode_move_range(a, 1, b, 1, COUNT, &done), OK);
	EXPECT(done, COUNT);
	EXPECT(describe_in(b, LAST).kind, 0);
	EXPECT(describe_in(a, LAST).badge, 3);

	/* All of them are still what came of the endpoint. */
	NEED(kozo_cnode_copy(a, LAST + 1, SLOT_CNODE, reply));
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, endpoint), OK);
	EXPECT(describe_in(a, 1).kind, 0);
	EXPECT(describe_in(a, LAST).kind, 0);
	EXPECT(describe_in(a, LAST + 1).kind != 0, true);
}

/* --- parts of frames ------------------------------------------------------------------ */

TEST(mint_part, "minting from a frame can give a naturally aligned part of it")
{
	cptr_t frame = make(OBJECT_FRAME, 14), part;
	paddr_t whole = 0, address = 0;

	NEED(kozo_frame_address(frame, &whole));
	part = part_of(frame, RIGHT_READ | RIGHT_PHYSICAL, 2 * PAGE | 13);
	EXPECT(size_of(describe(part)), 13);
	EXPECT(describe(part).badge, 0);
	EXPECT_STATUS(kozo_frame_address(part, &address), OK);
	EXPECT(address, whole + 2 * PAGE);

	/* A part of a part, and what is all of it. */
	part = part_of(part, RIGHT_READ | RIGHT_PHYSICAL, PAGE | 12);
	EXPECT_STATUS(kozo_frame_address(part, &address), OK);
	EXPECT(address, whole + 3 * PAGE);
	part = part_of(part, RIGHT_PHYSICAL, 0);
	EXPECT(size_of(describe(part)), 12);

	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, frame), OK);
	EXPECT(gone(part), true);
}

TEST(mint_part_maps, "a part of a frame maps its own bytes and no others")
{
	make_tables(SLOT_VSPACE, AREA);

	cptr_t frame = make(OBJECT_FRAME, 14), part = part_of(frame, RIGHT_READ, PAGE | 12);

	NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA, RIGHT_READ | RIGHT_WRITE, 0));
	for (word_t i = 0; i < 4; i++)
		*at(AREA + i * PAGE) = 100 + i;
	NEED(kozo_frame_map(part, SLOT_VSPACE, AREA + 4 * PAGE, RIGHT_READ, 0));
	EXPECT(*at(AREA + 4 * PAGE), 101);
	EXPECT_STATUS(kozo_frame_protect(part, RIGHT_READ | RIGHT_WRITE, 0), ERR_NO_RIGHT);
	EXPECT_STATUS(kozo_frame_unmap(part), OK);
	EXPECT_STATUS(kozo_frame_map(part, SLOT_VSPACE, AREA + 5 * PAGE, RIGHT_READ, 0), OK);
	EXPECT(*at(AREA + 5 * PAGE), 101);
}
