/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Endpoint.watch and Notification.watch: told once that there is work. */
#include "helper.h"
#include "message.h"

static void sends(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(SYS_SEND, 0, &h->registers);
	h->step = 1;
}

static void receives(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(SYS_RECV, 0, &h->registers);
	h->step = 1;
}

static cptr_t teller(cptr_t n, word_t bits)
{
	return part_of(n, RIGHT_SEND, bits);
}

TEST(watch_endpoint, "a watch tells once that a message has come, received at once or not")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), n = make(OBJECT_NOTIFICATION, 0);
	struct helper sender = { .in = { endpoint } }, receiver = { .in = { endpoint } };

	EXPECT_STATUS(kozo_endpoint_watch(endpoint, teller(n, 4)), OK);
	EXPECT(signals_of(n), 0);
	helper_go(&receiver, receives);
	EXPECT(signals_of(n), 0);
	helper_go(&sender, sends);
	EXPECT(receiver.step, 1);
	EXPECT(signals_of(n), 4);
	helper_start(&sender);
	helpers_run();
	EXPECT(signals_of(n), 0);
	EXPECT_STATUS(kozo_endpoint_watch(endpoint, teller(n, 8)), OK);
	EXPECT(signals_of(n), 8);
	helper_start(&receiver);
	helpers_run();
	EXPECT(sender.step, 1);
	EXPECT(signals_of(n), 0);
}

TEST(watch_receiver, "a watch that signals who receives the message comes after the message")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), n = make(OBJECT_NOTIFICATION, 0);
	struct helper sender = { .in = { endpoint } }, receiver = { .in = { endpoint } };

	helper_make(&receiver, receives);
	NEED(kozo_thread_bind(receiver.thread, n));
	EXPECT_STATUS(kozo_endpoint_watch(endpoint, teller(n, 4)), OK);
	helper_start(&receiver);
	helpers_run();
	helper_go(&sender, sends);
	EXPECT(sender.step, 1);
	EXPECT(receiver.step, 1);
	EXPECT(receiver.registers.info, 0);
	helper_start(&receiver);
	helpers_run();
	EXPECT(receiver.registers.info, INFO_SIGNAL);
	EXPECT(receiver.registers.target, 4);
}

TEST(watch_notification, "a watch tells once that a notification was signalled")
{
	cptr_t watched = make(OBJECT_NOTIFICATION, 0), n = make(OBJECT_NOTIFICATION, 0);

	EXPECT_STATUS(kozo_notification_watch(watched, teller(n, 2)), OK);
	NEED(kozo_signal(watched));
	EXPECT(signals_of(n), 2);
	NEED(kozo_signal(watched));
	EXPECT(signals_of(n), 0);
	EXPECT_STATUS(kozo_notification_watch(watched, teller(n, 16)), OK);
	EXPECT(signals_of(n), 16);
	EXPECT(signals_of(watched), 1);
}

TEST(watch_chain, "what a watch signals sets off no other watch, not even its own")
{
	cptr_t first = make_many(OBJECT_NOTIFICATION, 0, 3);

	EXPECT_STATUS(kozo_notification_watch(first, first + 1), OK);
	EXPECT_STATUS(kozo_notification_watch(first + 1, first + 2), OK);
	EXPECT_STATUS(kozo_notification_watch(first + 2, first + 2), OK);
	NEED(kozo_signal(first));
	EXPECT(signals_of(first + 1), 1);
	EXPECT(signals_of(first + 2), 0);
	NEED(kozo_signal(first + 2));
	EXPECT(signals_of(first + 2), 1);
}

TEST(watch_lost, "a watch ends with the capability that it was given")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), n = make(OBJECT_NOTIFICATION, 0);
	cptr_t told = teller(n, 4);
	struct helper sender = { .in = { endpoint } };

	EXPECT_STATUS(kozo_endpoint_watch(endpoint, told), OK);
	NEED(kozo_cnode_revoke(SLOT_CNODE, told));
	helper_go(&sender, sends);
	EXPECT(signals_of(n), 0);
}

TEST(watch_dies,
     "what is watched may die, and so may who is told; the last name of it may be the watch")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), n = make(OBJECT_NOTIFICATION, 0);
	cptr_t watched = make(OBJECT_NOTIFICATION, 0);

	EXPECT_STATUS(kozo_endpoint_watch(endpoint, n), OK);
	EXPECT_STATUS(kozo_notification_watch(watched, n), OK);
	NEED(kozo_cnode_delete(SLOT_CNODE, n));
	NEED(kozo_signal(watched));
	EXPECT_STATUS(kozo_notification_watch(watched, watched), OK);
	EXPECT_STATUS(kozo_endpoint_watch(endpoint, watched), OK);
	NEED(kozo_cnode_delete(SLOT_CNODE, endpoint));
	NEED(kozo_cnode_delete(SLOT_CNODE, watched));
}

TEST(watch_refusals, "watch refuses with the first reason, and changes nothing")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), watched = make(OBJECT_NOTIFICATION, 0);
	cptr_t n = make(OBJECT_NOTIFICATION, 0);
	const struct {
		cptr_t told;
		status_t want;
	} rows[] = { { slot_new(), ERR_BAD_CAP },
		     { endpoint, ERR_WRONG_TYPE },
		     { part_of(n, RIGHT_RECEIVE, 0), ERR_NO_RIGHT } };

	NEED(kozo_notification_watch(watched, n));
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT_STATUS(kozo_endpoint_watch(endpoint, rows[i].told), rows[i].want);
		EXPECT_STATUS(kozo_notification_watch(watched, rows[i].told), rows[i].want);
	}
	NEED(kozo_signal(watched));
	EXPECT(signals_of(n), 1);
}
