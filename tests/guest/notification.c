/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Notifications: SIGNAL, WAIT and POLL, Thread.bind, and the calls that do not wait. */
#include "helper.h"
#include "message.h"

static status_t signal(cptr_t cptr)
{
	struct kozo_registers r = { .target = cptr };

	return observed_syscall(SYS_SIGNAL, 0, &r);
}

static status_t poll(cptr_t cptr, word_t *bits)
{
	struct kozo_registers r = { .target = cptr };
	status_t status = observed_syscall(SYS_POLL, 0, &r);

	*bits = r.target;
	return status;
}

static word_t polled(cptr_t cptr)
{
	word_t bits = ~0ull;

	EXPECT_STATUS(poll(cptr, &bits), OK);
	return bits;
}

/* Waits once for in[0]. */
static void waits(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(SYS_WAIT, 0, &h->registers);
	h->step = 1;
}

/* Receives once from in[0], with the Reply in[1]; a call of another kind if in[2] says so. */
static void receives(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(h->in[2] ? h->in[2] : SYS_RECV, h->in[1], &h->registers);
	h->step = 1;
}

static void sends(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0],
						.info = kozo_info(3, 1),
						.word = { 77 } };
	h->status = observed_syscall(SYS_SEND, 0, &h->registers);
	h->step = 1;
}

/* --- signals ------------------------------------------------------------------ */

TEST(signals_gather, "signals stay pending until they are taken, all at once")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0);
	cptr_t four = part_of(n, RIGHT_SEND, 4), high = part_of(n, RIGHT_SEND, 1ull << 63);

	EXPECT(polled(n), 0);
	EXPECT_STATUS(signal(four), OK);
	EXPECT_STATUS(signal(high), OK);
	EXPECT_STATUS(signal(four), OK);
	EXPECT(polled(n), 4 | 1ull << 63);
	EXPECT(polled(n), 0);
	EXPECT_STATUS(signal(n), OK);
	EXPECT(polled(n), 1);
}

TEST(signal_wakes, "a signal goes to the thread that has waited longest, and to it alone")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), eight = part_of(n, RIGHT_SEND, 8);
	struct helper first = { .in = { n } }, second = { .in = { n } };

	helper_go(&first, waits);
	helper_go(&second, waits);
	EXPECT(helper_state(&first), THREAD_WAITING);
	EXPECT_STATUS(signal(eight), OK);
	helpers_run();
	EXPECT(first.step, 1);
	EXPECT(first.registers.target, 8);
	EXPECT(first.registers.info, INFO_SIGNAL);
	EXPECT_STATUS(first.status, OK);
	EXPECT(second.step, 0);
	EXPECT(polled(n), 0);
	NEED(kozo_thread_stop(second.thread));
	EXPECT_STATUS(signal(eight), OK);
	EXPECT(polled(n), 8);
}

TEST(wait_pending, "WAIT takes what is pending and does not wait")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0);
	struct helper h = { .in = { n } };

	EXPECT_STATUS(signal(part_of(n, RIGHT_SEND, 6)), OK);
	helper_go(&h, waits);
	EXPECT(h.step, 1);
	EXPECT(h.registers.target, 6);
}

TEST(notification_refusals, "SIGNAL, WAIT and POLL refuse with the first reason")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), nothing = slot_new();
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
	cptr_t sender = part_of(n, RIGHT_SEND, 2), receiver = part_of(n, RIGHT_RECEIVE, 0);
	struct helper h = { .in = { 0 } };
	word_t bits;

	EXPECT_STATUS(signal(nothing), ERR_BAD_CAP);
	EXPECT_STATUS(signal(endpoint), ERR_WRONG_TYPE);
	EXPECT_STATUS(signal(receiver), ERR_NO_RIGHT);
	EXPECT_STATUS(poll(nothing, &bits), ERR_BAD_CAP);
	EXPECT_STATUS(poll(endpoint, &bits), ERR_WRONG_TYPE);
	EXPECT_STATUS(poll(sender, &bits), ERR_NO_RIGHT);

	const struct {
		cptr_t cptr;
		status_t want;
	} rows[] = { { nothing, ERR_BAD_CAP },
		     { endpoint, ERR_WRONG_TYPE },
		     { sender, ERR_NO_RIGHT } };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		h.in[0] = rows[i].cptr;
		helper_go(&h, waits);
		EXPECT(h.step, 1);
		EXPECT_STATUS(h.status, rows[i].want);
	}
	EXPECT(polled(receiver), 0);
}

TEST(notification_badge, "a notification is minted with a badge once")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), badged = part_of(n, RIGHT_SEND, 5);

	EXPECT(describe(badged).badge, 5);
	EXPECT_STATUS(kozo_cnode_mint(SLOT_CNODE, slot_new(), SLOT_CNODE, badged, RIGHT_SEND, 6),
		      ERR_BAD_ARG);
	EXPECT(describe(part_of(badged, RIGHT_SEND, 0)).badge, 5);
}

TEST(notification_dies, "whoever waits for a notification that dies is told")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0);
	struct helper first = { .in = { n } }, second = { .in = { n } };

	helper_go(&first, waits);
	helper_go(&second, waits);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, n), OK);
	helpers_run();
	EXPECT_STATUS(first.status, ERR_PEER_DIED);
	EXPECT_STATUS(second.status, ERR_PEER_DIED);
	EXPECT(first.step + second.step, 2);
}

/* --- bound to a thread -------------------------------------------------------- */

static struct helper bound_to(cptr_t n, cptr_t endpoint, cptr_t reply)
{
	return (struct helper){ .in = { endpoint, reply, 0, n } };
}

TEST(bound_receives,
     "a thread that waits for messages receives the signals of its notification too")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), endpoint = make(OBJECT_ENDPOINT, 0);
	cptr_t reply = make(OBJECT_REPLY, 0);
	struct helper h = bound_to(n, endpoint, reply), sender = { .in = { endpoint } };

	helper_make(&h, receives);
	EXPECT_STATUS(kozo_thread_bind(h.thread, n), OK);
	helper_start(&h);
	helpers_run();
	EXPECT(helper_state(&h), THREAD_RECEIVING);
	EXPECT_STATUS(signal(part_of(n, RIGHT_SEND, 9)), OK);
	helpers_run();
	EXPECT(h.step, 1);
	EXPECT_STATUS(h.status, OK);
	EXPECT(h.registers.target, 9);
	EXPECT(h.registers.info, INFO_SIGNAL);
	helper_go(&sender, sends);
	EXPECT(helper_state(&sender), THREAD_SENDING);
}

TEST(bound_pending, "pending signals come before messages, whatever way one receives")
{
	static const word_t numbers[] = { SYS_RECV, SYS_NB_RECV };

	for (unsigned i = 0; i < 2; i++) {
		cptr_t n = make(OBJECT_NOTIFICATION, 0), endpoint = make(OBJECT_ENDPOINT, 0);
		struct helper h = { .in = { endpoint, 0, numbers[i] } };
		struct helper sender = { .in = { endpoint } };

		helper_go(&sender, sends);
		helper_make(&h, receives);
		NEED(kozo_thread_bind(h.thread, n));
		EXPECT_STATUS(signal(n), OK);
		helper_start(&h);
		helpers_run();
		EXPECT(h.step, 1);
		EXPECT(h.registers.target, 1);
		EXPECT(h.registers.info, INFO_SIGNAL);
		EXPECT(sender.step, 0);
		helper_start(&h);
		helpers_run();
		EXPECT(h.registers.word[0], 77);
		EXPECT(h.registers.info, kozo_info(3, 1));
		EXPECT(sender.step, 1);
	}
}

TEST(bind_late, "signals that are pending reach a thread that receives when it is bound")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), endpoint = make(OBJECT_ENDPOINT, 0);
	struct helper h = { .in = { endpoint, make(OBJECT_REPLY, 0) } };

	EXPECT_STATUS(signal(n), OK);
	helper_go(&h, receives);
	EXPECT(h.step, 0);
	EXPECT_STATUS(kozo_thread_bind(h.thread, n), OK);
	helpers_run();
	EXPECT(h.step, 1);
	EXPECT(h.registers.target, 1);
}

TEST(bound_alone, "nobody but its thread waits for a notification that is bound")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0);
	struct helper h = { .in = { n } }, other = { .in = { n } };
	word_t bits;

	helper_make(&h, waits);
	NEED(kozo_thread_bind(h.thread, n));
	helper_go(&other, waits);
	EXPECT_STATUS(other.status, ERR_STATE);
	EXPECT_STATUS(poll(n, &bits), ERR_STATE);
	helper_start(&h);
	helpers_run();
	EXPECT(helper_state(&h), THREAD_WAITING);
	EXPECT_STATUS(signal(n), OK);
	helpers_run();
	EXPECT(h.registers.target, 1);
	EXPECT_STATUS(kozo_thread_bind(h.thread, 0), OK);
	EXPECT(polled(n), 0);
}

TEST(bind_refusals, "Thread.bind refuses with the first reason, and changes nothing")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), busy = make(OBJECT_NOTIFICATION, 0);
	cptr_t thread = make(OBJECT_THREAD, 0), bound = make(OBJECT_THREAD, 0);
	struct helper h = { .in = { busy } };

	helper_go(&h, waits);
	NEED(kozo_thread_bind(bound, n));

	const struct {
		cptr_t thread, notification;
		status_t want;
	} rows[] = {
		{ thread, slot_new(), ERR_BAD_CAP },
		{ thread, make(OBJECT_ENDPOINT, 0), ERR_WRONG_TYPE },
		{ thread, part_of(n, RIGHT_SEND, 1), ERR_NO_RIGHT },
		{ thread, n, ERR_STATE },
		{ thread, busy, ERR_STATE },
		{ bound, make(OBJECT_NOTIFICATION, 0), ERR_STATE },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_STATUS(kozo_thread_bind(rows[i].thread, rows[i].notification), rows[i].want);
	NEED(kozo_thread_bind(bound, 0));
	EXPECT_STATUS(kozo_thread_bind(thread, n), OK);
	EXPECT_STATUS(kozo_thread_bind(thread, 0), OK);
	EXPECT_STATUS(kozo_thread_bind(thread, 0), OK);
}

TEST(bound_ends, "a binding ends with the thread or the notification, whichever dies first")
{
	cptr_t thread = make(OBJECT_THREAD, 0), n = make(OBJECT_NOTIFICATION, 0);
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
	struct helper h = { .in = { endpoint, 0 } };

	NEED(kozo_thread_bind(thread, n));
	NEED(kozo_cnode_delete(SLOT_CNODE, thread));
	EXPECT(polled(n), 0);
	helper_make(&h, receives);
	NEED(kozo_thread_bind(h.thread, n));
	helper_start(&h);
	helpers_run();
	NEED(kozo_cnode_delete(SLOT_CNODE, n));
	helpers_run();
	EXPECT(helper_state(&h), THREAD_RECEIVING);
	EXPECT_STATUS(kozo_thread_bind(h.thread, make(OBJECT_NOTIFICATION, 0)), OK);
}

/* --- calls that do not wait --------------------------------------------------- */

static status_t nb(word_t number, cptr_t target, cptr_t reply, word_t info,
		   struct kozo_registers *r)
{
	*r = (struct kozo_registers){ .target = target, .info = info, .word = { 5 } };
	return observed_syscall(number, reply, r);
}

TEST(nb_send, "NB_SEND sends if somebody receives, and says so if nobody does")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
	struct helper h = { .in = { endpoint, reply } };
	struct kozo_registers r;

	EXPECT_STATUS(nb(SYS_NB_SEND, slot_new(), 0, 0, &r), ERR_BAD_CAP);
	EXPECT_STATUS(nb(SYS_NB_SEND, reply, 0, 0, &r), ERR_WRONG_TYPE);
	EXPECT_STATUS(nb(SYS_NB_SEND, part_of(endpoint, RIGHT_RECEIVE, 0), 0, 0, &r), ERR_NO_RIGHT);
	EXPECT_STATUS(nb(SYS_NB_SEND, endpoint, 0, 127, &r), ERR_BAD_ARG);
	EXPECT_STATUS(nb(SYS_NB_SEND, endpoint, 0, 1, &r), ERR_WOULD_BLOCK);
	helper_go(&h, receives);
	EXPECT_STATUS(nb(SYS_NB_SEND, endpoint, 0, kozo_info(2, 1), &r), OK);
	helpers_run();
	EXPECT(h.step, 1);
	EXPECT(h.registers.word[0], 5);
	EXPECT_STATUS(nb(SYS_NB_SEND, endpoint, 0, 1, &r), ERR_WOULD_BLOCK);
}

TEST(nb_recv, "NB_RECV receives if somebody sends, and says so if nobody does")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
	cptr_t busy = make(OBJECT_REPLY, 0), other = make(OBJECT_ENDPOINT, 0);
	struct helper h = { .in = { endpoint } }, keeps = { .in = { other, busy } };
	struct kozo_registers r;

	helper_go(&keeps, receives);
	EXPECT_STATUS(nb(SYS_NB_RECV, slot_new(), 0, 0, &r), ERR_BAD_CAP);
	EXPECT_STATUS(nb(SYS_NB_RECV, reply, 0, 0, &r), ERR_WRONG_TYPE);
	EXPECT_STATUS(nb(SYS_NB_RECV, part_of(endpoint, RIGHT_SEND, 0), 0, 0, &r), ERR_NO_RIGHT);
	EXPECT_STATUS(nb(SYS_NB_RECV, endpoint, busy, 0, &r), ERR_BUSY);
	EXPECT_STATUS(nb(SYS_NB_RECV, endpoint, reply, 0, &r), ERR_WOULD_BLOCK);
	helper_go(&h, sends);
	EXPECT_STATUS(nb(SYS_NB_RECV, endpoint, reply, 0, &r), OK);
	EXPECT(r.word[0], 77);
	helpers_run();
	EXPECT(h.step, 1);
	EXPECT_STATUS(nb(SYS_NB_RECV, endpoint, 0, 0, &r), ERR_WOULD_BLOCK);
}

static void sends_much(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0], .info = kozo_info(3, 64) };
	h->status = observed_syscall(SYS_SEND, 0, &h->registers);
}

static void receives_at_once(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(SYS_NB_RECV, 0, &h->registers);
}

TEST(nb_recv_cut, "NB_RECV without an IPC buffer gets the words in registers, and is told")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), buffer = make(OBJECT_FRAME, PAGE_BITS);
	struct helper sender = { .in = { endpoint } }, receiver = { .in = { endpoint } };

	helper_make(&sender, sends_much);
	NEED(kozo_thread_configure(sender.thread, 0, 0, buffer));
	helper_start(&sender);
	helpers_run();
	helper_go(&receiver, receives_at_once);
	EXPECT_STATUS(receiver.status, ERR_TRUNCATED);
}
