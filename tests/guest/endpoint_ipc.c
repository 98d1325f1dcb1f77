/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The system calls on Endpoints: CALL, SEND, RECV, REPLY_RECV, and YIELD. */
#include "helper.h"
#include "message.h"

/* A message with `words` words, 11 22 33 and so on in registers. */
static struct kozo_registers message(cptr_t endpoint, word_t words)
{
	struct kozo_registers r = { .target = endpoint, .info = kozo_info(1234, words) };

	for (unsigned i = 0; i < IPC_REGISTERS; i++)
		r.word[i] = 11 * (i + 1);
	return r;
}

static bool has_words(const struct kozo_registers *r)
{
	bool good = true;

	for (unsigned i = 0; i < IPC_REGISTERS; i++)
		good = good && r->word[i] == 11 * (i + 1);
	return good;
}

/* --- what helpers do; in[0] is an endpoint, in[1] a Reply ---------------------- */

static void sends(struct helper *h)
{
	h->registers = message(h->in[0], h->in[2]);
	h->status = observed_syscall(SYS_SEND, 0, &h->registers);
}

static void calls(struct helper *h)
{
	h->registers = message(h->in[0], h->in[2]);
	h->status = observed_syscall(SYS_CALL, 0, &h->registers);
}

static void receives(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(SYS_RECV, h->in[1], &h->registers);
}

/* Answers one request with what it got, plus one, and waits for the next. */
static void serves(struct helper *h)
{
	receives(h);
	h->step = 1;
	h->out[0] = h->registers.target;
	for (;;) {
		h->registers.target = h->in[0];
		h->registers.word[0]++;
		h->status = observed_syscall(SYS_REPLY_RECV, h->in[1], &h->registers);
		h->step++;
		if (h->status != OK)
			break;
	}
}

static status_t receive(cptr_t endpoint, cptr_t reply, struct kozo_registers *r)
{
	*r = (struct kozo_registers){ .target = endpoint };
	return observed_syscall(SYS_RECV, reply, r);
}

static status_t answer(cptr_t endpoint, cptr_t reply, struct kozo_registers *r)
{
	r->target = endpoint;
	return observed_syscall(SYS_REPLY_RECV, reply, r);
}

/* --- success ---------------------------------------------------------------------- */

TEST(send_first, "a message waits for its receiver, with its words and badge")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
	struct helper h = { .in = { part_of(endpoint, RIGHT_SEND, 55), 0, 6 } };
	struct kozo_registers r;

	helper_go(&h, sends);
	EXPECT(helper_state(&h), THREAD_SENDING);
	EXPECT_STATUS(receive(endpoint, 0, &r), OK);
	EXPECT(r.target, 55);
	EXPECT(r.info, kozo_info(1234, 6));
	EXPECT(has_words(&r), true);
	helpers_run();
	EXPECT(h.finished, true);
	EXPECT_STATUS(h.status, OK);
}

TEST(receive_first, "a receiver waits for its message, with its words and badge")
{
	struct helper h = { .in = { make(OBJECT_ENDPOINT, 0) } };
	struct kozo_registers r;

	helper_go(&h, receives);
	EXPECT(helper_state(&h), THREAD_RECEIVING);
	r = message(part_of(h.in[0], RIGHT_SEND, 66), 3);
	EXPECT_STATUS(observed_syscall(SYS_SEND, 0, &r), OK);
	EXPECT(has_words(&r), true);
	helpers_run();
	EXPECT_STATUS(h.status, OK);
	EXPECT(h.registers.target, 66);
	EXPECT(h.registers.info, kozo_info(1234, 3));
	EXPECT(has_words(&h.registers), true);
}

TEST(call_first, "a caller waits for a receiver, then for its answer, then goes on with it")
{
	struct helper h = { .in = { make(OBJECT_ENDPOINT, 0), 0, 6 } };
	cptr_t reply = make(OBJECT_REPLY, 0), other = make(OBJECT_ENDPOINT, 0);
	struct helper last = { .in = { other } };
	struct kozo_registers r;

	helper_go(&h, calls);
	EXPECT(helper_state(&h), THREAD_CALLING);
	EXPECT_STATUS(receive(h.in[0], reply, &r), OK);
	EXPECT(helper_state(&h), THREAD_AWAITS_REPLY);
	EXPECT(has_words(&r), true);

	helper_go(&last, sends);
	r = message(0, 6);
	EXPECT_STATUS(answer(other, reply, &r), OK);
	helpers_run();
	EXPECT(h.finished, true);
	EXPECT_STATUS(h.status, OK);
	EXPECT(h.registers.target, 0);
	EXPECT(h.registers.info, kozo_info(1234, 6));
	EXPECT(has_words(&h.registers), true);
}

TEST(serve, "a server answers call after call, and its own errors do not lose the caller")
{
	struct helper server = { .in = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0) } };
	cptr_t session = part_of(server.in[0], RIGHT_SEND, 8);

	helper_go(&server, serves);
	for (word_t i = 0; i < 20; i++) {
		struct kozo_registers r = message(session, 1);

		EXPECT_STATUS(observed_syscall(SYS_CALL, 0, &r), OK);
		EXPECT(r.word[0], 12);
		EXPECT(r.target, 0);
	}
	EXPECT(server.out[0], 8);
	EXPECT(server.step, 20);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
}

TEST(fifo, "senders are received in the order in which they came")
{
	enum { COUNT = 8 };
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
	struct helper h[COUNT] = { 0 };
	struct kozo_registers r;

	for (unsigned i = 0; i < COUNT; i++) {
		h[i].in[0] = part_of(endpoint, RIGHT_SEND, 100 + i);
		helper_go(&h[i], sends);
	}
	for (unsigned i = 0; i < COUNT; i++) {
		EXPECT_STATUS(receive(endpoint, 0, &r), OK);
		EXPECT(r.target, 100 + i);
	}
}

static unsigned turn;

static void yields_once(struct helper *h)
{
	struct kozo_registers r = { 0 };

	h->out[0] = ++turn;
	h->status = observed_syscall(SYS_YIELD, 0, &r);
	h->out[1] = ++turn;
}

TEST(yield, "YIELD lets others of the same priority run, one after the other")
{
	struct helper a = { 0 }, b = { 0 };
	struct kozo_registers r = { 0 };

	turn = 0;
	helper_make(&a, yields_once);
	helper_make(&b, yields_once);
	helper_start(&a);
	helper_start(&b);
	EXPECT_STATUS(observed_syscall(SYS_YIELD, 0, &r), OK);
	helpers_run();
	EXPECT(a.out[0], 1);
	EXPECT(b.out[0], 2);
	EXPECT(a.out[1], 3);
	EXPECT(b.out[1], 4);
	EXPECT_STATUS(a.status, OK);
}

/* --- long messages -------------------------------------------------------------------- */

/* Give a helper an IPC buffer that we see at `address`. */
static struct ipc_buffer *give_buffer(struct helper *h, vaddr_t address)
{
	cptr_t frame = make_page(address, RIGHT_READ | RIGHT_WRITE);

	NEED(kozo_thread_configure(h->thread, 0, 0, frame));
	return (struct ipc_buffer *)address;
}

TEST(long_message, "a message of 64 words goes through both IPC buffers")
{
	struct helper h = { .in = { make(OBJECT_ENDPOINT, 0), 0, IPC_WORDS } };
	struct kozo_registers r;
	struct ipc_buffer *b;

	make_tables(SLOT_VSPACE, AREA);
	helper_make(&h, sends);
	b = give_buffer(&h, AREA);
	for (word_t i = 0; i < IPC_WORDS; i++) {
		b->word[i] = 1000 + i;
		kozo_ipc_buffer()->word[i] = 0;
	}
	helper_start(&h);
	EXPECT_STATUS(receive(h.in[0], 0, &r), OK);
	EXPECT(r.info, kozo_info(1234, IPC_WORDS));
	for (word_t i = 0; i < IPC_WORDS; i++)
		EXPECT(kozo_ipc_buffer()->word[i], i < IPC_REGISTERS ? 0 : 1000 + i);
	EXPECT(has_words(&r), true);
}

TEST(truncated_receive, "a receiver without a buffer gets the words in registers, and is told")
{
	struct helper h = { .in = { make(OBJECT_ENDPOINT, 0) } };
	struct kozo_registers r;

	helper_go(&h, receives);
	r = message(h.in[0], 40);
	EXPECT_STATUS(observed_syscall(SYS_SEND, 0, &r), OK);
	helpers_run();
	EXPECT_STATUS(h.status, ERR_TRUNCATED);
	EXPECT(h.registers.info, kozo_info(1234, IPC_REGISTERS));
	EXPECT(has_words(&h.registers), true);
}

TEST(truncated_answer, "a caller without a buffer gets the words in registers, and is told")
{
	struct helper h = { .in = { make(OBJECT_ENDPOINT, 0) } };
	cptr_t reply = make(OBJECT_REPLY, 0), other = make(OBJECT_ENDPOINT, 0);
	struct helper last = { .in = { other } };
	struct kozo_registers r;

	helper_go(&h, calls);
	NEED(receive(h.in[0], reply, &r));
	helper_go(&last, sends);
	r = message(0, 40);
	EXPECT_STATUS(answer(other, reply, &r), OK);
	helpers_run();
	EXPECT_STATUS(h.status, ERR_TRUNCATED);
	EXPECT(h.registers.info, kozo_info(1234, IPC_REGISTERS));
}

static void serves_once(struct helper *h)
{
	receives(h);
	h->step = 1;
	h->registers.target = h->in[0];
	h->status = observed_syscall(SYS_REPLY_RECV, h->in[1], &h->registers);
	h->step = 2;
}

TEST(truncated_reply_recv, "REPLY_RECV tells of a message that was too long, too")
{
	struct helper h = { .in = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0) } };
	struct kozo_registers r = message(h.in[0], 1);

	helper_go(&h, serves_once);
	EXPECT_STATUS(observed_syscall(SYS_CALL, 0, &r), OK);
	r = message(h.in[0], 64);
	EXPECT_STATUS(observed_syscall(SYS_SEND, 0, &r), OK);
	helpers_run();
	EXPECT(h.step, 2);
	EXPECT_STATUS(h.status, ERR_TRUNCATED);
}

/* --- refusals --------------------------------------------------------------------------- */

static const struct {
	word_t number;
	rights_t right;
} transfers[] = {
	{ SYS_CALL, RIGHT_SEND },
	{ SYS_SEND, RIGHT_SEND },
	{ SYS_RECV, RIGHT_RECEIVE },
	{ SYS_REPLY_RECV, RIGHT_RECEIVE },
};

/* Every call below has a malformed message and, where that comes later, no Reply. */
TEST(ipc_refusals, "each system call refuses its endpoint with the first reason that applies")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), frame = make(OBJECT_FRAME, 12);
	cptr_t nothing = slot_new();

	for (unsigned i = 0; i < 4; i++) {
		word_t number = transfers[i].number;
		rights_t others = (RIGHT_SEND | RIGHT_RECEIVE | RIGHT_GRANT) & ~transfers[i].right;
		const struct {
			cptr_t target;
			status_t want;
		} rows[] = {
			{ 0, ERR_BAD_CAP },
			{ nothing, ERR_BAD_CAP },
			{ boot->slot_count, ERR_BAD_CAP },
			{ ~0ull, ERR_BAD_CAP },
			{ frame, ERR_WRONG_TYPE },
			{ part_of(endpoint, others, 0), ERR_NO_RIGHT },
		};

		for (unsigned row = 0; row < 6; row++) {
			struct kozo_registers r = message(rows[row].target, IPC_WORDS + 1);

			EXPECT_STATUS(observed_syscall(number, nothing, &r), rows[row].want);
			EXPECT(has_words(&r), true);
			EXPECT(r.info, kozo_info(1234, IPC_WORDS + 1));
		}
	}
}

TEST(reply_refusals, "a receiving call refuses its Reply with the first reason that applies")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
	cptr_t nothing = slot_new(), weak = part_of(reply, 0, 0);
	struct helper waits = { .in = { endpoint, make(OBJECT_REPLY, 0) } };

	helper_go(&waits, receives); /* so its Reply is in use */
	for (unsigned i = 2; i < 4; i++) {
		const struct {
			cptr_t reply;
			status_t want;
		} rows[] = {
			{ nothing, ERR_BAD_CAP },     { 0xffffffff, ERR_BAD_CAP },
			{ endpoint, ERR_WRONG_TYPE }, { weak, ERR_NO_RIGHT },
			{ waits.in[1], ERR_BUSY },
		};

		for (unsigned row = 0; row < 5; row++) {
			struct kozo_registers r = message(endpoint, IPC_WORDS + 1);

			EXPECT_STATUS(observed_syscall(transfers[i].number, rows[row].reply, &r),
				      rows[row].want);
			EXPECT(helper_state(&waits), THREAD_RECEIVING);
		}
	}

	struct kozo_registers r = message(endpoint, 1);

	EXPECT_STATUS(answer(endpoint, 0, &r), ERR_BAD_CAP);
	r = message(endpoint, IPC_WORDS + 1);
	EXPECT_STATUS(answer(endpoint, reply, &r), ERR_BAD_ARG);
}

static void sends_long(struct helper *h)
{
	for (word_t i = 0; i < 2; i++) {
		h->registers = message(h->in[0], IPC_REGISTERS + 1);
		h->out[i] = (word_t)observed_syscall(i ? SYS_CALL : SYS_SEND, 0, &h->registers);
	}
}

TEST(bad_messages, "a message that is too long, or says what it may not, is refused")
{
	struct helper h = { .in = { make(OBJECT_ENDPOINT, 0) } };

	for (unsigned i = 0; i < 2; i++) {
		word_t number = i ? SYS_CALL : SYS_SEND;
		struct kozo_registers r = message(h.in[0], IPC_WORDS + 1);

		EXPECT_STATUS(observed_syscall(number, 0, &r), ERR_BAD_ARG);
		r.info = kozo_info(1, (IPC_CAPS + 1) << INFO_CAPS_SHIFT);
		EXPECT_STATUS(observed_syscall(number, 0, &r), ERR_BAD_ARG);
		r.info = kozo_info(1, 1 << 15);
		EXPECT_STATUS(observed_syscall(number, 0, &r), ERR_BAD_ARG);
	}

	/* Without a buffer, what fits in registers is all there can be. */
	helper_go(&h, sends_long);
	EXPECT(h.finished, true);
	EXPECT_STATUS((status_t)h.out[0], ERR_BAD_ARG);
	EXPECT_STATUS((status_t)h.out[1], ERR_BAD_ARG);
}

TEST(bad_syscalls, "system calls that do not exist or are reserved are refused")
{
	static const word_t numbers[] = { SYSCALLS, 0x7fffffff, 0xffffffff };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct kozo_registers r = { 0 };

		EXPECT_STATUS(kozo_syscall(numbers[i], &r), ERR_BAD_SYSCALL);
	}
}

/* --- death ------------------------------------------------------------------------------ */

TEST(endpoint_dies, "whoever waits at an endpoint learns that it is gone")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 12), endpoints = slots_new(2);
	struct helper h[3] = { { .in = { endpoints } },
			       { .in = { endpoints } },
			       { .in = { endpoints + 1, make(OBJECT_REPLY, 0) } } };
	void (*const what[3])(struct helper * h) = { sends, calls, receives };
	word_t done;

	for (unsigned life = 0; life < 2; life++) {
		NEED(kozo_untyped_retype(untyped, OBJECT_ENDPOINT, 0, SLOT_CNODE, endpoints, 2,
					 &done));
		for (unsigned i = 0; i < 3; i++)
			helper_go(&h[i], what[i]);
		if (life)
			EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, untyped), OK);
		else
			NEED(kozo_cnode_delete_range(SLOT_CNODE, endpoints, 2, &done));
		helpers_run();
		for (unsigned i = 0; i < 3; i++) {
			EXPECT(h[i].finished, true);
			EXPECT_STATUS(h[i].status, ERR_PEER_DIED);
		}
		EXPECT(describe(untyped).badge, 0);
	}
}

TEST(endpoint_dies_reply_recv, "a server waiting in REPLY_RECV learns that its endpoint is gone")
{
	struct helper h = { .in = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0) } };
	struct kozo_registers r = message(h.in[0], 1);

	helper_go(&h, serves_once);
	EXPECT_STATUS(observed_syscall(SYS_CALL, 0, &r), OK);
	EXPECT(helper_state(&h), THREAD_RECEIVING);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, h.in[0]), OK);
	helpers_run();
	EXPECT_STATUS(h.status, ERR_PEER_DIED);
}

TEST(call_without_reply, "a caller whose receiver has no Reply learns that nobody will answer")
{
	struct helper h = { .in = { make(OBJECT_ENDPOINT, 0) } };
	struct kozo_registers r;

	helper_go(&h, calls);
	EXPECT_STATUS(receive(h.in[0], 0, &r), OK);
	helpers_run();
	EXPECT_STATUS(h.status, ERR_PEER_DIED);

	helper_go(&h, receives);
	r = message(h.in[0], 1);
	EXPECT_STATUS(observed_syscall(SYS_CALL, 0, &r), ERR_PEER_DIED);
	helpers_run();
	EXPECT_STATUS(h.status, OK);
}

/* Each of the states in which a thread can wait, and how it gets there. */
static const struct {
	void (*run)(struct helper *h);
	word_t state;
} waits[] = {
	{ sends, THREAD_SENDING },
	{ calls, THREAD_CALLING },
	{ receives, THREAD_RECEIVING },
	{ calls, THREAD_AWAITS_REPLY },
};

/* Bring a helper into a state; `reply` is what it is kept in, or waits with. */
static void bring(struct helper *h, unsigned how, cptr_t endpoint, cptr_t reply)
{
	struct kozo_registers r;

	h->in[0] = endpoint;
	h->in[1] = reply;
	h->in[2] = 0;
	helper_go(h, waits[how].run);
	if (waits[how].state == THREAD_AWAITS_REPLY)
		NEED(receive(endpoint, reply, &r));
	EXPECT(helper_state(h), waits[how].state);
}

/* Endpoint and Reply do as if the thread had never been. */
static void expect_unused(cptr_t endpoint, cptr_t reply)
{
	struct helper h = { .in = { endpoint, 0, 6 } };
	struct kozo_registers r;

	helper_go(&h, calls);
	EXPECT(helper_state(&h), THREAD_CALLING);
	EXPECT_STATUS(receive(endpoint, reply, &r), OK);
	EXPECT(has_words(&r), true);
	NEED(kozo_cnode_delete(SLOT_CNODE, h.thread));
}

TEST(stop_waiting, "a thread that is stopped while it waits leaves no trace where it waited")
{
	for (unsigned how = 0; how < 4; how++) {
		cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
		struct helper h = { 0 };

		bring(&h, how, endpoint, reply);
		EXPECT_STATUS(kozo_thread_stop(h.thread), OK);
		EXPECT(helper_state(&h), THREAD_STOPPED);
		expect_unused(endpoint, reply);
	}
}

TEST(delete_waiting, "a thread that is deleted while it waits leaves no trace where it waited")
{
	for (unsigned how = 0; how < 4; how++) {
		cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
		struct helper h = { 0 };

		bring(&h, how, endpoint, reply);
		EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, h.thread), OK);
		expect_unused(endpoint, reply);
	}
}

TEST(space_of_waiting, "a thread whose address space or CNode goes while it waits is stopped")
{
	for (unsigned how = 0; how < 8; how++) {
		cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
		cptr_t own = copy_of(how < 4 ? SLOT_VSPACE : SLOT_CNODE);
		struct helper h = { .in = { endpoint, reply } };
		struct kozo_registers r;

		helper_make(&h, waits[how % 4].run);
		NEED(kozo_thread_configure(h.thread, how < 4 ? 0 : own, how < 4 ? own : 0, 0));
		helper_start(&h);
		helpers_run();
		if (waits[how % 4].state == THREAD_AWAITS_REPLY)
			NEED(receive(endpoint, reply, &r));
		EXPECT(helper_state(&h), waits[how % 4].state);
		EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, own), OK);
		EXPECT(helper_state(&h), THREAD_STOPPED);
		expect_unused(endpoint, reply);
	}
}

TEST(buffer_revoked, "a thread whose IPC buffer is revoked while it waits gets what fits registers")
{
	struct helper h = { .in = { make(OBJECT_ENDPOINT, 0) } };
	struct kozo_registers r;
	cptr_t frame;

	make_tables(SLOT_VSPACE, AREA);
	helper_make(&h, receives);
	frame = make_page(AREA, RIGHT_READ | RIGHT_WRITE);
	NEED(kozo_thread_configure(h.thread, 0, 0, frame));
	helper_start(&h);
	helpers_run();
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, frame), OK);
	EXPECT(helper_state(&h), THREAD_RECEIVING);
	r = message(h.in[0], 64);
	EXPECT_STATUS(observed_syscall(SYS_SEND, 0, &r), OK);
	helpers_run();
	EXPECT_STATUS(h.status, ERR_TRUNCATED);
}
