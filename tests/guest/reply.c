/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reply: who is owed an answer, and what becomes of the debt. */
#include "helper.h"

static void calls(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0], .info = kozo_info(5, 0) };
	h->status = observed_syscall(SYS_CALL, 0, &h->registers);
}

static void receives(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(SYS_RECV, h->in[1], &h->registers);
}

static status_t receive(cptr_t endpoint, cptr_t reply)
{
	struct kozo_registers r = { .target = endpoint };

	return observed_syscall(SYS_RECV, reply, &r);
}

static status_t send(cptr_t endpoint)
{
	struct kozo_registers r = { .target = endpoint };

	return observed_syscall(SYS_SEND, 0, &r);
}

/* A caller that was received and waits for its answer. */
static void owe(struct helper *h, cptr_t reply)
{
	h->in[0] = make(OBJECT_ENDPOINT, 0);
	helper_go(h, calls);
	NEED(receive(h->in[0], reply));
	EXPECT(helper_state(h), THREAD_AWAITS_REPLY);
}

TEST(reply_owes, "a Reply that owes an answer cannot be received with")
{
	cptr_t reply = make(OBJECT_REPLY, 0), copy = copy_of(reply);
	struct helper h = { 0 };

	owe(&h, reply);
	EXPECT_STATUS(receive(h.in[0], reply), ERR_BUSY);
	EXPECT_STATUS(receive(h.in[0], copy), ERR_BUSY);
	EXPECT(helper_state(&h), THREAD_AWAITS_REPLY);
}

TEST(reply_dies_owing, "a caller learns when the last capability of the Reply it is in goes")
{
	cptr_t reply = make(OBJECT_REPLY, 0), copy = copy_of(reply);
	struct helper h = { 0 };

	owe(&h, reply);
	NEED(kozo_cnode_delete(SLOT_CNODE, reply));
	helpers_run();
	EXPECT(helper_state(&h), THREAD_AWAITS_REPLY);
	NEED(kozo_cnode_delete(SLOT_CNODE, copy));
	helpers_run();
	EXPECT(h.finished, true);
	EXPECT_STATUS(h.status, ERR_PEER_DIED);
}

TEST(reply_revoked_owing, "a caller learns when the memory of the Reply it is in is revoked")
{
	cptr_t untyped = make(OBJECT_UNTYPED, 12), reply = slot_new();
	struct helper h = { 0 };
	word_t done;

	NEED(kozo_untyped_retype(untyped, OBJECT_REPLY, 0, SLOT_CNODE, reply, 1, &done));
	owe(&h, reply);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, untyped), OK);
	helpers_run();
	EXPECT_STATUS(h.status, ERR_PEER_DIED);
	EXPECT(describe(untyped).badge, 0);
}

TEST(reply_dies_waiting, "a receiver whose Reply dies goes on waiting, and cannot answer calls")
{
	struct helper h = { .in = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0) } };
	struct kozo_registers r = { .target = h.in[0] };

	helper_go(&h, receives);
	NEED(kozo_cnode_delete(SLOT_CNODE, h.in[1]));
	EXPECT(helper_state(&h), THREAD_RECEIVING);
	EXPECT_STATUS(observed_syscall(SYS_CALL, 0, &r), ERR_PEER_DIED);
	helpers_run();
	EXPECT_STATUS(h.status, OK);
}

TEST(reply_after_send, "a Reply is free again when what came was not a call")
{
	struct helper h = { .in = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0) } };

	for (unsigned i = 0; i < 3; i++) {
		helper_go(&h, receives);
		EXPECT_STATUS(send(h.in[0]), OK);
		helpers_run();
		EXPECT_STATUS(h.status, OK);
	}
}

TEST(reply_caller_gone, "an answer to a caller that is gone is dropped")
{
	cptr_t reply = make(OBJECT_REPLY, 0), other = make(OBJECT_ENDPOINT, 0);
	struct helper h = { 0 }, last = { .in = { other } };
	struct kozo_registers r = { .target = other, .info = kozo_info(0, 6) };

	owe(&h, reply);
	NEED(kozo_cnode_delete(SLOT_CNODE, h.thread));
	helper_go(&last, calls);
	EXPECT_STATUS(observed_syscall(SYS_REPLY_RECV, reply, &r), OK);
	EXPECT(helper_state(&last), THREAD_AWAITS_REPLY);
	r = (struct kozo_registers){ .target = h.in[0], .info = kozo_info(0, 0) };
	helper_go(&h, calls);
	EXPECT_STATUS(observed_syscall(SYS_REPLY_RECV, reply, &r), OK);
	helpers_run();
	EXPECT(last.finished, true);
	EXPECT_STATUS(last.status, OK);
}

TEST(reply_moves, "a Reply that moves to another slot still owes its answer")
{
	cptr_t reply = make(OBJECT_REPLY, 0), to = slot_new(), other = make(OBJECT_ENDPOINT, 0);
	struct helper h = { 0 }, last = { .in = { other } };
	struct kozo_registers r = { .target = other };

	owe(&h, reply);
	NEED(kozo_cnode_move(SLOT_CNODE, to, SLOT_CNODE, reply));
	helper_go(&last, calls);
	EXPECT_STATUS(observed_syscall(SYS_REPLY_RECV, to, &r), OK);
	helpers_run();
	EXPECT_STATUS(h.status, OK);
	EXPECT(h.finished, true);
}

/* A server that dies holding two debts: in its Reply, and in the queue. */
TEST(server_restarts, "callers in the queue wait for the next server; the one received is told")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
	struct helper a = { .in = { endpoint } }, b = { .in = { endpoint } };
	struct helper server = { .in = { endpoint, reply } };
	struct kozo_registers r = { .target = endpoint };

	helper_go(&a, calls);
	helper_go(&b, calls);
	helper_go(&server, receives);
	EXPECT(helper_state(&a), THREAD_AWAITS_REPLY);
	EXPECT(helper_state(&b), THREAD_CALLING);
	NEED(kozo_cnode_delete(SLOT_CNODE, server.thread));
	EXPECT(helper_state(&a), THREAD_AWAITS_REPLY);
	NEED(kozo_cnode_delete(SLOT_CNODE, reply));
	helpers_run();
	EXPECT_STATUS(a.status, ERR_PEER_DIED);
	EXPECT(helper_state(&b), THREAD_CALLING);

	reply = make(OBJECT_REPLY, 0);
	NEED(receive(endpoint, reply));
	helper_go(&a, calls);
	EXPECT_STATUS(observed_syscall(SYS_REPLY_RECV, reply, &r), OK);
	helpers_run();
	EXPECT_STATUS(b.status, OK);
	EXPECT(helper_state(&a), THREAD_AWAITS_REPLY);
}
