/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Thread: configure, start, stop, set_priority, info. */
#include "helper.h"
#include "message.h"

static word_t state_of(cptr_t thread)
{
	word_t state = ~0ull, priority;

	NEED(kozo_thread_info(thread, &state, &priority));
	return state;
}

static void does_nothing(struct helper *h)
{
	h->step++;
}

static void keeps_yielding(struct helper *h)
{
	for (unsigned i = 0; i < 100000; i++) {
		h->step++;
		kozo_yield();
	}
}

/* --- configure -------------------------------------------------------------------- */

static void reports(struct helper *h)
{
	word_t kind, badge;
	rights_t rights;

	h->status = kozo_cnode_describe(0, 3, &kind, &rights, &badge, &h->out[0]);
	h->step = 1;
}

TEST(configure_gives, "a thread has the CNode and address space that it was configured with")
{
	struct helper h = { 0 };
	cptr_t cnode = make(OBJECT_CNODE, 4), endpoint = make(OBJECT_ENDPOINT, 0);

	NEED(kozo_cnode_copy(cnode, 3, SLOT_CNODE, endpoint));
	helper_make(&h, reports);
	NEED(kozo_cnode_copy(cnode, 4, SLOT_CNODE, h.thread));
	h.self = 4;
	EXPECT_STATUS(kozo_thread_configure(h.thread, cnode, 0, 0), OK);
	EXPECT_STATUS(kozo_thread_configure(h.thread, 0, 0, 0), OK);
	helper_start(&h);
	helpers_run();
	EXPECT(h.finished, true);
	EXPECT(h.status, OK);
	EXPECT(h.out[0], describe(endpoint).number);
}

TEST(configure_derives, "what a thread is configured with is taken from it by a revoke")
{
	struct helper h = { 0 };
	cptr_t space = copy_of(SLOT_VSPACE), cnode = copy_of(SLOT_CNODE);

	helper_make(&h, keeps_yielding);
	NEED(kozo_thread_configure(h.thread, cnode, space, 0));
	helper_start(&h);
	helpers_run();
	EXPECT(state_of(h.thread), THREAD_READY);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, space), OK);
	EXPECT(state_of(h.thread), THREAD_STOPPED);
	EXPECT_STATUS(kozo_thread_start(h.thread, AREA, AREA, 0), ERR_STATE);
	NEED(kozo_thread_configure(h.thread, 0, space, 0));
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, cnode), OK);
	EXPECT_STATUS(kozo_thread_start(h.thread, AREA, AREA, 0), ERR_STATE);
	NEED(kozo_thread_configure(h.thread, cnode, 0, 0));
	helper_start(&h);
	EXPECT(state_of(h.thread), THREAD_READY);
}

enum { NOTHING_THERE, ENDPOINT, BAD_CNODE, BAD_SPACE, BAD_BUFFER, GOOD_CNODE, GOOD_SPACE, CAPS };

static const struct {
	unsigned cnode, vspace, buffer;
	status_t want;
} configurations[] = {
	{ NOTHING_THERE, NOTHING_THERE, NOTHING_THERE, ERR_BAD_CAP },
	{ ENDPOINT, NOTHING_THERE, NOTHING_THERE, ERR_WRONG_TYPE },
	{ BAD_CNODE, NOTHING_THERE, NOTHING_THERE, ERR_NO_RIGHT },
	{ GOOD_CNODE, NOTHING_THERE, NOTHING_THERE, ERR_BAD_CAP },
	{ GOOD_CNODE, ENDPOINT, NOTHING_THERE, ERR_WRONG_TYPE },
	{ GOOD_CNODE, BAD_SPACE, NOTHING_THERE, ERR_NO_RIGHT },
	{ GOOD_CNODE, GOOD_SPACE, NOTHING_THERE, ERR_BAD_CAP },
	{ GOOD_CNODE, GOOD_SPACE, ENDPOINT, ERR_WRONG_TYPE },
	{ GOOD_CNODE, GOOD_SPACE, BAD_BUFFER, ERR_NO_RIGHT },
};

TEST(configure_refusals, "Thread.configure refuses with the first reason, and changes nothing")
{
	struct helper h = { 0 };
	cptr_t frame = make(OBJECT_FRAME, 12);
	cptr_t cap[CAPS] = {
		[NOTHING_THERE] = slot_new(),
		[ENDPOINT] = make(OBJECT_ENDPOINT, 0),
		[BAD_CNODE] = part_of(make(OBJECT_CNODE, 2), RIGHT_INSPECT, 0),
		[BAD_SPACE] = part_of(make(OBJECT_VSPACE, 0), RIGHT_DERIVE, 0),
		[BAD_BUFFER] = part_of(frame, RIGHT_WRITE, 0),
		[GOOD_CNODE] = make(OBJECT_CNODE, 2),
		[GOOD_SPACE] = make(OBJECT_VSPACE, 0),
	};

	/* It still yields afterwards, so it still has our address space. */
	helper_go(&h, keeps_yielding);
	for (unsigned running = 0; running < 2; running++) {
		for (size_t i = 0; i < sizeof(configurations) / sizeof(configurations[0]); i++)
			EXPECT_STATUS(kozo_thread_configure(h.thread, cap[configurations[i].cnode],
							    cap[configurations[i].vspace],
							    cap[configurations[i].buffer]),
				      configurations[i].want);
		if (!running) {
			EXPECT_STATUS(kozo_thread_configure(h.thread, cap[GOOD_CNODE], 0, 0),
				      ERR_STATE);
			EXPECT_STATUS(kozo_thread_configure(h.thread, 0, 0, 0), ERR_STATE);
			h.step = 0;
			helpers_run();
			EXPECT(h.step > 0, true);
			NEED(kozo_thread_stop(h.thread));
		}
	}
	EXPECT_STATUS(kozo_thread_configure(h.thread, 0, 0, part_of(frame, RIGHT_READ, 0)),
		      ERR_NO_RIGHT);
	helper_start(&h);
	h.step = 0;
	helpers_run();
	EXPECT(h.step > 0, true);
}

TEST(configure_replaces, "a new configuration lets go of the old one")
{
	cptr_t thread = make(OBJECT_THREAD, 0), untyped = make(OBJECT_UNTYPED, 16);
	cptr_t cnode = slots_new(2), space = cnode + 1;
	word_t done;

	NEED(kozo_untyped_retype(untyped, OBJECT_CNODE, 6, SLOT_CNODE, cnode, 1, &done));
	NEED(kozo_untyped_retype(untyped, OBJECT_VSPACE, 0, SLOT_CNODE, space, 1, &done));
	NEED(kozo_thread_configure(thread, cnode, space, 0));
	NEED(kozo_cnode_delete(SLOT_CNODE, cnode));
	NEED(kozo_cnode_delete(SLOT_CNODE, space));
	EXPECT(describe(untyped).badge > 0, true);
	EXPECT_STATUS(kozo_thread_configure(thread, SLOT_CNODE, SLOT_VSPACE, 0), OK);
	EXPECT(describe(untyped).badge, 0);
}

/* --- start and stop ------------------------------------------------------------------ */

TEST(start_runs, "Thread.start runs a thread from its entry, as often as it is stopped")
{
	struct helper h = { 0 };

	helper_make(&h, does_nothing);
	EXPECT(state_of(h.thread), THREAD_STOPPED);
	for (unsigned i = 1; i <= 3; i++) {
		helper_start(&h);
		EXPECT(state_of(h.thread), THREAD_READY);
		helpers_run();
		EXPECT(h.step, i);
		EXPECT(state_of(h.thread), THREAD_STOPPED);
	}
}

TEST(start_refusals, "Thread.start refuses addresses outside user space, then a wrong state")
{
	struct helper h = { 0 };
	cptr_t raw = make(OBJECT_THREAD, 0);

	helper_go(&h, keeps_yielding);
	EXPECT_STATUS(kozo_thread_start(h.thread, USER_TOP, 0, 0), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_start(h.thread, 1ull << 63, 0, 0), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_start(h.thread, 1ull << 47, 0, 0), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_start(h.thread, 0, USER_TOP + 1, 0), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_start(h.thread, 0, ~0ull, 0), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_start(h.thread, AREA, AREA, 0), ERR_STATE);
	EXPECT_STATUS(kozo_thread_start(raw, AREA, AREA, 0), ERR_STATE);
	NEED(kozo_thread_configure(raw, SLOT_CNODE, 0, 0));
	EXPECT_STATUS(kozo_thread_start(raw, AREA, AREA, 0), ERR_STATE);
	h.step = 0;
	helpers_run();
	EXPECT(h.step > 0, true);
	EXPECT(state_of(h.thread), THREAD_READY);
}

TEST(start_registers, "a thread that starts has its argument, and nothing else in its registers")
{
	cptr_t thread = make(OBJECT_THREAD, 0), frame;
	/* push all of them and stop: the page's own code, so nothing is in the way */
	static const uint8_t code[] = {
		0x50, 0x53, 0x51, 0x52, 0x55, 0x56, 0x57,	/* rax rbx rcx rdx rbp rsi rdi */
		0x41, 0x50, 0x41, 0x51, 0x41, 0x52, 0x41, 0x53, /* r8 r9 r10 r11 */
		0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57, 0x9c, /* r12-r15, flags */
		0x0f, 0x0b,
	};

	make_tables(SLOT_VSPACE, AREA);
	make_page(AREA + PAGE, RIGHT_READ | RIGHT_WRITE);
	frame = make_page(AREA, RIGHT_READ | RIGHT_WRITE);
	for (size_t i = 0; i < sizeof(code); i++)
		((volatile uint8_t *)AREA)[i] = code[i];
	NEED(kozo_frame_protect(frame, RIGHT_READ | RIGHT_EXECUTE, 0));
	NEED(kozo_thread_configure(thread, SLOT_CNODE, SLOT_VSPACE, 0));
	NEED(kozo_thread_set_time(thread, helpers_time));
	EXPECT_STATUS(kozo_thread_start(thread, AREA, AREA + 2 * PAGE, 4711), OK);
	helpers_run();
	EXPECT(state_of(thread), THREAD_FAULTED);
	for (unsigned i = 1; i <= 15; i++)
		if (i != 7)
			EXPECT(*at(AREA + 2 * PAGE - 8 * i), 0);
	EXPECT(*at(AREA + 2 * PAGE - 8 * 7), 4711);
	EXPECT(*at(AREA + 2 * PAGE - 8 * 16) & ~0x2ull, 0x200);
}

TEST(start_faulted, "a thread that faulted is stopped, says so, and can be started again")
{
	struct helper h = { 0 };

	helper_make(&h, does_nothing);
	NEED(kozo_thread_start(h.thread, AREA, AREA, 0));
	helpers_run();
	EXPECT(state_of(h.thread), THREAD_FAULTED);
	EXPECT_STATUS(kozo_thread_configure(h.thread, SLOT_CNODE, 0, 0), OK);
	helper_start(&h);
	helpers_run();
	EXPECT(h.finished, true);
}

TEST(stop_stops, "Thread.stop stops a thread that runs, and does not mind one that does not")
{
	struct helper h = { 0 };

	helper_go(&h, keeps_yielding);
	EXPECT_STATUS(kozo_thread_stop(h.thread), OK);
	h.step = 0;
	helpers_run();
	EXPECT(h.step, 0);
	EXPECT(state_of(h.thread), THREAD_STOPPED);
	EXPECT_STATUS(kozo_thread_stop(h.thread), OK);
	EXPECT_STATUS(kozo_thread_stop(make(OBJECT_THREAD, 0)), OK);
}

static void stops_itself(struct helper *h)
{
	h->step = 1;
	h->status = kozo_thread_stop(h->thread);
	h->step = 2;
}

TEST(stop_self, "a thread can stop itself")
{
	struct helper h = { 0 };

	helper_go(&h, stops_itself);
	EXPECT(h.step, 1);
	EXPECT(state_of(h.thread), THREAD_STOPPED);
}

/* --- priority and info ------------------------------------------------------------------ */

static unsigned order;

static void notes_its_turn(struct helper *h)
{
	h->out[0] = ++order;
}

static bool they_run_in_order(void)
{
	static const struct {
		word_t priority;
		unsigned turn;
	} rows[] = { { 5, 5 }, { 200, 2 }, { 100, 3 }, { 254, 1 }, { 100, 4 }, { 4, 6 } };
	struct helper h[6] = { 0 };

	order = 0;
	for (unsigned i = 0; i < 6; i++) {
		helper_make(&h[i], notes_its_turn);
		set_priority(h[i].thread, rows[i].priority);
		helper_start(&h[i]);
	}
	helpers_run_all();
	for (unsigned i = 0; i < 6; i++)
		if (h[i].out[0] != rows[i].turn)
			return false;
	return true;
}

/* On a busy host a turn may be over before an equal has done anything. */
TEST(priority_order, "the higher priority runs first, and among equals who came first")
{
	EXPECT(they_run_in_order() || they_run_in_order() || they_run_in_order(), true);
}

TEST(priority_of_ready, "a thread that waits to run goes by its new priority")
{
	struct helper h[3] = { 0 };

	order = 0;
	for (unsigned i = 0; i < 3; i++) {
		helper_make(&h[i], notes_its_turn);
		set_priority(h[i].thread, 10);
		helper_start(&h[i]);
	}
	set_priority(h[2].thread, 11);
	set_priority(h[0].thread, 9);
	helpers_run_all();
	EXPECT(h[2].out[0], 1);
	EXPECT(h[1].out[0], 2);
	EXPECT(h[0].out[0], 3);
}

/* --- the death of threads and of what they use --------------------------------------------- */

TEST(thread_dies_running, "a thread that could run is gone with its last capability")
{
	struct helper h = { 0 };

	helper_go(&h, keeps_yielding);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, h.thread), OK);
	h.step = 0;
	helpers_run();
	EXPECT(h.step, 0);
}

static void deletes_itself(struct helper *h)
{
	h->step = 1;
	h->status = kozo_cnode_delete(0, h->thread);
	h->step = 2;
}

TEST(thread_deletes_itself, "a thread may delete its own last capability")
{
	struct helper h = { 0 };

	helper_go(&h, deletes_itself);
	EXPECT(h.step, 1);
	EXPECT(gone(h.thread), true);
}

TEST(space_dies_running, "an address space may die under the thread that runs in it")
{
	struct helper h = { 0 };
	cptr_t untyped = make(OBJECT_UNTYPED, 18), space = slots_new(2), child = space + 1;
	word_t done;

	/* Our own tables, installed in its root too: one table has several parents. */
	NEED(kozo_untyped_retype(untyped, OBJECT_VSPACE, 0, SLOT_CNODE, space, 1, &done));
	for (cptr_t i = SLOT_BOOT_OBJECTS; i < boot->initrd_first; i++)
		if (describe(i).kind ==
		    (OBJECT_PAGE_TABLE | PAGE_TABLE_LEVELS << DESCRIBE_SIZE_SHIFT |
		     DESCRIBE_MAPPED))
			NEED(kozo_cnode_copy(SLOT_CNODE, child, SLOT_CNODE, i));
	NEED(kozo_page_table_install(child, space, 0));
	helper_make(&h, keeps_yielding);
	NEED(kozo_thread_configure(h.thread, 0, space, 0));
	helper_start(&h);
	helpers_run();
	EXPECT(h.step > 0, true);
	EXPECT(state_of(h.thread), THREAD_READY);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, untyped), OK);
	EXPECT(state_of(h.thread), THREAD_STOPPED);
	EXPECT(is_mapped(child), false);
	EXPECT(describe(untyped).badge, 0);
}

static void revokes(struct helper *h)
{
	h->step = 1;
	h->status = kozo_cnode_revoke(0, h->in[0]);
	h->step = 2;
}

TEST(space_dies_by_itself, "a thread may revoke the address space that it runs in")
{
	struct helper h = { .in = { make(OBJECT_UNTYPED, 18) } };
	cptr_t space = slots_new(2), child = space + 1;
	word_t done;

	NEED(kozo_untyped_retype(h.in[0], OBJECT_VSPACE, 0, SLOT_CNODE, space, 1, &done));
	for (cptr_t i = SLOT_BOOT_OBJECTS; i < boot->initrd_first; i++)
		if (describe(i).kind ==
		    (OBJECT_PAGE_TABLE | PAGE_TABLE_LEVELS << DESCRIBE_SIZE_SHIFT |
		     DESCRIBE_MAPPED))
			NEED(kozo_cnode_copy(SLOT_CNODE, child, SLOT_CNODE, i));
	NEED(kozo_page_table_install(child, space, 0));
	helper_make(&h, revokes);
	NEED(kozo_thread_configure(h.thread, 0, space, 0));
	helper_start(&h);
	helpers_run();
	EXPECT(h.step, 1);
	EXPECT(state_of(h.thread), THREAD_STOPPED);
	EXPECT(gone(space), true);

	/* It stopped before it was done with what is inside; anybody may go on. */
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, h.in[0]), OK);
	EXPECT(describe(h.in[0]).badge, 0);
}
