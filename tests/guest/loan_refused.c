/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* ERR_PASSIVE: what a receiver without time does not take. */
#include "message.h"
#include "senders.h"
#include "server.h"

TEST(passive_refuses, "a passive receiver takes calls that it can answer, and nothing else")
{
	static const word_t numbers[] = { SYS_SEND, SYS_NB_SEND };
	struct helper server, caller;
	struct kozo_registers r;

	serve_passively(&server, 0, 0);
	for (unsigned i = 0; i < 2; i++) {
		r = (struct kozo_registers){ .target = server.in[0] };
		EXPECT_STATUS(observed_syscall(numbers[i], 0, &r), ERR_PASSIVE);
		EXPECT(helper_state(&server), THREAD_RECEIVING);
	}
	r = (struct kozo_registers){ .target = server.in[0], .info = IPC_WORDS + 1 };
	EXPECT_STATUS(observed_syscall(SYS_SEND, 0, &r), ERR_BAD_ARG);
	call(&caller, &server, make_time(LOW));
	helpers_run_above();
	expect_answered(&caller);

	/* Without its Reply it cannot answer. */
	NEED(kozo_cnode_delete(SLOT_CNODE, server.in[1]));
	call(&caller, &server, make_time(LOW));
	helpers_run_above();
	EXPECT_STATUS(caller.status, ERR_PASSIVE);
	EXPECT(server.step, 1);
	NEED(kozo_thread_set_time(server.thread, helpers_time));
	r = (struct kozo_registers){ .target = server.in[0] };
	EXPECT_STATUS(observed_syscall(SYS_SEND, 0, &r), OK);
}

TEST(passive_call, "a call to a passive receiver without a Reply is refused at once")
{
	struct helper server = { .in = { make(OBJECT_ENDPOINT, 0) } };
	struct kozo_registers r = { .target = server.in[0] };

	helper_go(&server, serves);
	NEED(kozo_thread_set_time(server.thread, 0));
	EXPECT_STATUS(observed_syscall(SYS_CALL, 0, &r), ERR_PASSIVE);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
}

TEST(passive_queue, "what a passive receiver does not take is refused when its turn has come")
{
	struct helper server, caller, next;
	struct sender before, second, after;

	serve_passively(&server, 0, 0);
	leave_at_work(&caller, &server, make_time(HELPERS_PRIORITY));
	sender_begin(&before, SYS_SEND, server.in[0]);
	sender_begin(&second, SYS_SEND, server.in[0]);
	call(&next, &server, make_time(HELPERS_PRIORITY));
	helpers_run();
	sender_begin(&after, SYS_SEND, server.in[0]);
	EXPECT_WAITS(&before);
	answer_now();
	expect_answered(&caller);
	expect_answered(&next);
	EXPECT(server.step, 2);
	EXPECT_ENDED(&before, ERR_PASSIVE);
	EXPECT_ENDED(&second, ERR_PASSIVE);
	EXPECT_ENDED(&after, ERR_PASSIVE);
}

TEST(passive_receives, "every way to receive refuses what a thread without time does not take")
{
	static const word_t numbers[] = { SYS_RECV, SYS_NB_RECV, SYS_REPLY_RECV };

	for (unsigned i = 0; i < 3; i++) {
		cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
		struct helper h = { .in = { endpoint, make(OBJECT_REPLY, 0), numbers[i] } };
		struct sender plain, caller;

		sender_begin(&plain, SYS_SEND, endpoint);
		sender_begin(&caller, SYS_CALL, endpoint);
		helper_make(&h, receives);
		NEED(kozo_thread_set_time(h.thread, 0));
		NEED(kozo_thread_set_reserve(h.thread, make_time(HELPERS_PRIORITY)));
		helper_start(&h);
		helpers_run();
		EXPECT(h.step, 1);
		EXPECT_STATUS(h.status, OK);
		EXPECT_ENDED(&plain, ERR_PASSIVE);
		EXPECT_WAITS(&caller);
	}
}

TEST(passive_many, "any number of senders that are queued is refused")
{
	enum { MANY = 100 };
	static struct sender senders[MANY];
	struct helper server, caller, last;

	serve_passively(&server, 0, 0);
	leave_at_work(&caller, &server, make_time(HELPERS_PRIORITY));
	for (unsigned i = 0; i < MANY; i++)
		sender_begin(&senders[i], SYS_SEND, server.in[0]);
	call(&last, &server, make_time(HELPERS_PRIORITY));
	answer_now();
	helpers_run();
	expect_answered(&caller);
	expect_answered(&last);
	for (unsigned i = 0; i < MANY; i++)
		EXPECT_ENDED(&senders[i], ERR_PASSIVE);
}

TEST(passive_timeless, "a caller whose time was taken while it waited is refused")
{
	struct helper server, first, second;

	serve_passively(&server, 0, 0);
	leave_at_work(&first, &server, make_time(HELPERS_PRIORITY));
	call(&second, &server, make_time(HELPERS_PRIORITY));
	helpers_run();
	EXPECT(helper_state(&second), THREAD_CALLING);
	NEED(kozo_thread_set_time(second.thread, 0));
	EXPECT(helper_state(&second), THREAD_CALLING);
	answer_now();
	expect_answered(&first);
	EXPECT(server.step, 1);
	EXPECT(helper_state(&second), THREAD_TIMELESS);
	NEED(kozo_thread_set_time(second.thread, helpers_time));
	helpers_run();
	EXPECT_STATUS(second.status, ERR_PASSIVE);
}

TEST(active_timeless, "a caller whose time was taken is served by whoever has time")
{
	struct helper server, first, second;

	serve_passively(&server, 0, 0);
	NEED(kozo_thread_set_time(server.thread, helpers_time));
	go = false;
	call(&first, &server, make_time(HELPERS_PRIORITY));
	call(&second, &server, make_time(HELPERS_PRIORITY));
	helpers_run();
	NEED(kozo_thread_set_time(first.thread, 0));
	NEED(kozo_thread_set_time(second.thread, 0));
	answer_now();
	EXPECT(server.step, 2);
	EXPECT(helper_state(&first), THREAD_TIMELESS);
	NEED(kozo_thread_set_time(first.thread, helpers_time));
	NEED(kozo_thread_set_time(second.thread, helpers_time));
	helpers_run();
	expect_answered(&first);
	expect_answered(&second);
}
