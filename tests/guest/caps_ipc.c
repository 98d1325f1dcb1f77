/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Capabilities in messages, and waits that are interrupted. */
#include "helper.h"
#include "message.h"

enum { WINDOW = 4, BUFFER = 1 << 20 }; /* where a helper's IPC buffer is, above AREA */

/*
 * Two threads of ours: the helper `peer`, with an IPC buffer and a CNode of its own in
 * which it takes what arrives from slot 2 on, and this one. Both are where they need
 * not be named.
 */
static struct {
	cptr_t endpoint, reply, cnode;
	struct ipc_buffer *buffer; /* the peer's */
} world_of_two;

enum { PEER_ENDPOINT = 10, PEER_REPLY = 11, PEER_THREAD = 12, PEER_FIRST = 2 };

static void make_peer(struct helper *h, void (*run)(struct helper *h), rights_t rights)
{
	cptr_t frame = make(OBJECT_FRAME, PAGE_BITS), cnode = make(OBJECT_CNODE, 5);
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);

	make_tables(SLOT_VSPACE, AREA + BUFFER);
	NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA + BUFFER, RIGHT_READ | RIGHT_WRITE, 0));
	world_of_two.buffer = (struct ipc_buffer *)(AREA + BUFFER);
	world_of_two.buffer->receive_cnode = 0;
	world_of_two.buffer->receive_first = PEER_FIRST;
	world_of_two.buffer->receive_count = WINDOW;
	world_of_two.endpoint = endpoint;
	world_of_two.reply = reply;
	world_of_two.cnode = cnode;
	helper_make(h, run);
	h->self = PEER_THREAD;
	NEED(kozo_cnode_mint(cnode, PEER_ENDPOINT, SLOT_CNODE, endpoint, rights, 0));
	NEED(kozo_cnode_copy(cnode, PEER_REPLY, SLOT_CNODE, reply));
	NEED(kozo_cnode_copy(cnode, PEER_THREAD, SLOT_CNODE, h->thread));
	NEED(kozo_thread_configure(h->thread, cnode, 0, frame));
	helper_start(h);
	helpers_run();
}

/* Receives once. */
static void receives(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = PEER_ENDPOINT };
	h->status = observed_syscall(SYS_RECV, PEER_REPLY, &h->registers);
	h->step = 1;
}

/* Receives once and answers with in[1] capabilities, those in slots 2 and 3. */
static void answers(struct helper *h)
{
	receives(h);
	world_of_two.buffer->cap[0] = PEER_FIRST;
	world_of_two.buffer->cap[1] = PEER_FIRST + 1;
	h->registers.target = PEER_ENDPOINT;
	h->registers.info = h->in[1] << INFO_CAPS_SHIFT;
	h->status = observed_syscall(SYS_REPLY_RECV, PEER_REPLY, &h->registers);
	h->step = 2;
}

static word_t caps_in(word_t info)
{
	return info >> INFO_CAPS_SHIFT & INFO_CAPS_MASK;
}

/* Send so many capabilities of those in the list; the window of ours is `first` on. */
static status_t send_caps(word_t number, cptr_t endpoint, const cptr_t *caps, word_t count,
			  struct kozo_registers *r)
{
	for (word_t i = 0; i < count && i < IPC_CAPS; i++)
		kozo_ipc_buffer()->cap[i] = caps[i];
	*r = (struct kozo_registers){ .target = endpoint, .info = count << INFO_CAPS_SHIFT };
	return observed_syscall(number, 0, r);
}

static struct description in_peer(word_t slot)
{
	return describe_in(world_of_two.cnode, slot);
}

/* --- capabilities in a message -------------------------------------------------- */

TEST(caps_arrive, "four capabilities arrive in the receiver's window, as children of the sender's")
{
	cptr_t frame = make(OBJECT_FRAME, PAGE_BITS), table = make(OBJECT_PAGE_TABLE, 1);
	cptr_t caps[] = { frame, table, part_of(frame, RIGHT_READ, 0),
			  make(OBJECT_NOTIFICATION, 0) };
	struct kozo_registers r;
	struct helper h;

	make_peer(&h, receives, RIGHT_RECEIVE);
	EXPECT_STATUS(send_caps(SYS_SEND, world_of_two.endpoint, caps, 4, &r), OK);
	helpers_run();
	EXPECT_STATUS(h.status, OK);
	EXPECT(caps_in(h.registers.info), 4);
	EXPECT(world_of_two.buffer->received_badges, 0);
	for (unsigned i = 0; i < 4; i++) {
		EXPECT(world_of_two.buffer->cap[i], PEER_FIRST + i);
		EXPECT(in_peer(PEER_FIRST + i).rights, describe(caps[i]).rights);
		EXPECT(in_peer(PEER_FIRST + i).number, describe(caps[i]).number);
	}
	NEED(kozo_cnode_revoke(SLOT_CNODE, table));
	EXPECT(in_peer(PEER_FIRST + 1).kind, 0);
	EXPECT(in_peer(PEER_FIRST).kind != 0, true);
}

TEST(caps_queued, "capabilities of a sender that had to wait arrive when it is received")
{
	cptr_t caps[] = { make(OBJECT_ENDPOINT, 0) };
	struct kozo_registers r;
	struct helper h;

	make_peer(&h, answers, RIGHT_RECEIVE | RIGHT_GRANT);
	NEED(kozo_thread_stop(h.thread));
	helper_start(&h);
	kozo_ipc_buffer()->receive_first = slots_new(2);
	kozo_ipc_buffer()->receive_cnode = 0;
	kozo_ipc_buffer()->receive_count = 2;
	h.in[1] = 1;
	EXPECT_STATUS(send_caps(SYS_CALL, world_of_two.endpoint, caps, 1, &r), OK);
	EXPECT(in_peer(PEER_FIRST).number, describe(caps[0]).number);
	EXPECT(caps_in(r.info), 1);
	EXPECT(describe(kozo_ipc_buffer()->receive_first).number, describe(caps[0]).number);
}

TEST(caps_badge, "a capability for the endpoint itself arrives as its badge")
{
	struct kozo_registers r;
	struct helper h;

	make_peer(&h, receives, RIGHT_RECEIVE);

	cptr_t caps[] = { part_of(world_of_two.endpoint, RIGHT_SEND, 1234), world_of_two.reply };

	EXPECT_STATUS(send_caps(SYS_SEND, world_of_two.endpoint, caps, 2, &r), OK);
	helpers_run();
	EXPECT(caps_in(h.registers.info), 2);
	EXPECT(world_of_two.buffer->received_badges, 1);
	EXPECT(world_of_two.buffer->cap[0], 1234);
	EXPECT(world_of_two.buffer->cap[1], PEER_FIRST);
	EXPECT(in_peer(PEER_FIRST).number, describe(world_of_two.reply).number);
	EXPECT(in_peer(PEER_FIRST + 1).kind, 0);
}

TEST(caps_untyped, "an Untyped moves with a message, and what was made of it stays its child")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 14), slot = slot_new(), caps[] = { untyped };
	struct kozo_registers r;
	struct helper h;
	word_t done;

	NEED(kozo_untyped_retype(untyped, OBJECT_ENDPOINT, 0, SLOT_CNODE, slot, 1, &done));
	make_peer(&h, receives, RIGHT_RECEIVE);
	EXPECT_STATUS(send_caps(SYS_SEND, world_of_two.endpoint, caps, 1, &r), OK);
	helpers_run();
	EXPECT(gone(untyped), true);
	EXPECT(type_of(in_peer(PEER_FIRST)), OBJECT_UNTYPED);
	EXPECT_STATUS(kozo_cnode_revoke(world_of_two.cnode, PEER_FIRST), OK);
	EXPECT(gone(slot), true);
}

/* What is in the way of the second of three, and what the receiver is told. */
TEST(caps_window, "what the window has no room for stays with the sender, and both go on")
{
	static const struct {
		word_t cnode, first, count, full, arrive;
	} rows[] = {
		{ 0, 2, 4, 0, 3 },  { 0, 2, 1, 0, 1 },	   { 0, 2, 0, 0, 0 },
		{ 0, 2, 4, 3, 1 },  { 0, 31, 1, 0, 1 },	   { 0, 31, 2, 0, 0 },
		{ 0, 0, 4, 0, 0 },  { 0, 32, 1, 0, 0 },	   { 9, 2, 4, 0, 0 },
		{ 10, 2, 4, 0, 0 }, { 0, ~0ull, 2, 0, 0 }, { 0, 2, ~0ull, 0, 0 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cptr_t frame = make(OBJECT_FRAME, PAGE_BITS), caps[] = { frame, frame, frame };
		struct kozo_registers r;
		struct helper h;

		make_peer(&h, receives, RIGHT_RECEIVE);
		world_of_two.buffer->receive_cnode = rows[i].cnode;
		world_of_two.buffer->receive_first = rows[i].first;
		world_of_two.buffer->receive_count = rows[i].count;
		if (rows[i].full)
			NEED(kozo_cnode_copy(world_of_two.cnode, rows[i].full, SLOT_CNODE, frame));
		EXPECT_STATUS(send_caps(SYS_SEND, world_of_two.endpoint, caps, 3, &r), OK);
		helpers_run();
		EXPECT_STATUS(h.status, rows[i].arrive == 3 ? OK : ERR_TRUNCATED);
		if (caps_in(h.registers.info) != rows[i].arrive)
			fail("row %u: %lu have arrived", i, caps_in(h.registers.info));
		NEED(kozo_cnode_revoke(SLOT_CNODE, frame));
		NEED(kozo_cnode_delete(SLOT_CNODE, h.thread));
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

TEST(caps_refusals, "capabilities are sent only by who has the right to grant, and has them")
{
	cptr_t caps[] = { make(OBJECT_ENDPOINT, 0), slot_new() };
	struct kozo_registers r;
	struct helper h;

	make_peer(&h, receives, RIGHT_RECEIVE);

	cptr_t plain = part_of(world_of_two.endpoint, RIGHT_SEND, 0);
	static const word_t numbers[] = { SYS_SEND, SYS_CALL, SYS_NB_SEND };

	for (unsigned i = 0; i < 3; i++) {
		EXPECT_STATUS(send_caps(numbers[i], plain, caps, 1, &r), ERR_NO_RIGHT);
		EXPECT_STATUS(send_caps(numbers[i], world_of_two.endpoint, caps, 2, &r),
			      ERR_BAD_CAP);
		EXPECT_STATUS(send_caps(numbers[i], world_of_two.endpoint, caps, 5, &r),
			      ERR_BAD_ARG);
	}
	helpers_run();
	EXPECT(h.step, 0);
}

TEST(caps_no_buffer, "a thread without an IPC buffer neither sends capabilities nor gets any")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), caps[] = { endpoint };
	struct helper h = { .in = { endpoint } };
	struct kozo_registers r;

	helper_make(&h, receives);
	NEED(kozo_thread_stop(h.thread));

	cptr_t cnode = make(OBJECT_CNODE, 4);

	NEED(kozo_cnode_copy(cnode, PEER_ENDPOINT, SLOT_CNODE, endpoint));
	NEED(kozo_cnode_move(cnode, PEER_REPLY, SLOT_CNODE, make(OBJECT_REPLY, 0)));
	NEED(kozo_cnode_copy(cnode, PEER_THREAD, SLOT_CNODE, h.thread));
	h.self = PEER_THREAD;
	NEED(kozo_thread_configure(h.thread, cnode, 0, 0));
	helper_start(&h);
	helpers_run();
	EXPECT_STATUS(send_caps(SYS_SEND, endpoint, caps, 1, &r), OK);
	helpers_run();
	EXPECT_STATUS(h.status, ERR_TRUNCATED);
	EXPECT(caps_in(h.registers.info), 0);
}

TEST(caps_answer, "an answer carries capabilities only if the call was received with GRANT")
{
	static const struct {
		rights_t rights;
		status_t want;
	} rows[] = { { RIGHT_RECEIVE | RIGHT_GRANT, OK }, { RIGHT_RECEIVE, ERR_NO_RIGHT } };

	for (unsigned i = 0; i < 2; i++) {
		cptr_t caps[] = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0) };
		cptr_t first = slots_new(2);
		struct helper h = { .in = { 0, 2 } };
		struct kozo_registers r;

		make_peer(&h, answers, rows[i].rights);
		h.in[1] = 2;
		kozo_ipc_buffer()->receive_cnode = 0;
		kozo_ipc_buffer()->receive_first = first;
		kozo_ipc_buffer()->receive_count = 2;
		if (rows[i].want == OK) {
			EXPECT_STATUS(send_caps(SYS_CALL, world_of_two.endpoint, caps, 2, &r), OK);
			EXPECT(caps_in(r.info), 2);
			EXPECT(describe(first).number, describe(caps[0]).number);
			EXPECT(describe(first + 1).number, describe(caps[1]).number);
		} else {
			/* The server ends with its Reply's last capability in its hands. */
			struct helper caller = { .in = { world_of_two.endpoint } };

			NEED(kozo_thread_set_time(h.thread, helpers_time));
			helper_go(&caller, answers);
			NEED(kozo_thread_stop(caller.thread));
			EXPECT_STATUS(send_caps(SYS_SEND, world_of_two.endpoint, caps, 2, &r), OK);
			helpers_run();
			EXPECT(h.step, 2);
			EXPECT_STATUS(h.status, ERR_NO_RIGHT);
		}
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

/* --- interrupted waits ------------------------------------------------------------ */

/* Asks in[1] of in[0], with the Reply in[2]. */
static void asks(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(h->in[1], h->in[2], &h->registers);
	h->step++;
}

static void asks_twice(struct helper *h)
{
	asks(h);
	h->out[0] = (word_t)h->status;
	asks(h);
}

static const word_t waits[] = { SYS_SEND, SYS_CALL, SYS_RECV, SYS_REPLY_RECV, SYS_WAIT };

enum { WAITS = sizeof(waits) / sizeof(waits[0]) };

static cptr_t waited_for(word_t number)
{
	return make(number == SYS_WAIT ? OBJECT_NOTIFICATION : OBJECT_ENDPOINT, 0);
}

TEST(interrupt_ends, "Thread.interrupt ends whatever a thread waits for")
{
	for (unsigned i = 0; i < WAITS; i++) {
		struct helper h = { .in = { waited_for(waits[i]), waits[i],
					    waits[i] == SYS_REPLY_RECV ? make(OBJECT_REPLY, 0)
								       : 0 } };

		helper_go(&h, asks);
		EXPECT(h.step, 0);
		EXPECT_STATUS(kozo_thread_interrupt(h.thread), OK);
		helpers_run();
		EXPECT(h.step, 1);
		EXPECT_STATUS(h.status, ERR_INTERRUPTED);
	}
}

TEST(interrupt_latches, "an interrupt of a thread that runs ends its next wait, and only that")
{
	for (unsigned i = 0; i < WAITS; i++) {
		struct helper h = { .in = { waited_for(waits[i]), waits[i],
					    waits[i] == SYS_REPLY_RECV ? make(OBJECT_REPLY, 0)
								       : 0 } };

		helper_make(&h, asks_twice);
		helper_start(&h);
		EXPECT_STATUS(kozo_thread_interrupt(h.thread), OK);
		helpers_run();
		EXPECT(h.step, 1);
		EXPECT_STATUS((status_t)h.out[0], ERR_INTERRUPTED);
	}
}

/* Receives with in[2], and then waits to be told to answer. */
static void keeps_waiting(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(SYS_RECV, h->in[2], &h->registers);
	h->step = 1;
	kozo_yield();
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(SYS_REPLY_RECV, h->in[2], &h->registers);
	h->step = 2;
}

TEST(interrupt_called, "an interrupted caller runs on, and the answer that comes later is dropped")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
	struct helper server = { .in = { endpoint, 0, reply } };
	struct helper caller = { .in = { endpoint, SYS_CALL } };

	helper_make(&server, keeps_waiting);
	helper_make(&caller, asks);
	helper_start(&server);
	helpers_step();
	helper_start(&caller);
	helpers_step();
	EXPECT(helper_state(&caller), THREAD_AWAITS_REPLY);
	EXPECT_STATUS(kozo_thread_interrupt(caller.thread), OK);
	helpers_run();
	EXPECT_STATUS(caller.status, ERR_INTERRUPTED);
	EXPECT(caller.step, 1);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
}

TEST(interrupt_reaches, "a wait that can be ended at once is not interrupted")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0);
	struct helper h = { .in = { n, SYS_WAIT } };
	struct kozo_registers r = { .target = n };

	NEED(observed_syscall(SYS_SIGNAL, 0, &r));
	helper_make(&h, asks_twice);
	helper_start(&h);
	NEED(kozo_thread_interrupt(h.thread));
	helpers_run();
	EXPECT_STATUS((status_t)h.out[0], OK);
	EXPECT_STATUS(h.status, ERR_INTERRUPTED);
	EXPECT(h.step, 2);
}
