/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Signals, faults and interrupts of who has no time. */
#include "message.h"
#include "server.h"

/* --- signals ------------------------------------------------------------------------------------ */

/* A passive server with a notification that is bound to it. */
static cptr_t serve_signals(struct helper *server)
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0);

	serve_passively(server, 0, 0);
	NEED(kozo_thread_bind(server->thread, n));
	return n;
}

TEST(signals_wait, "signals wait while their receiver has no time, and come when it is given some")
{
	struct helper server;
	cptr_t n = serve_signals(&server), six = part_of(n, RIGHT_SEND, 6);

	NEED(kozo_signal(six));
	helpers_run();
	EXPECT(server.step, 0);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
	EXPECT_STATUS(kozo_thread_set_time(server.thread, helpers_time), OK);
	EXPECT(helper_state(&server), THREAD_READY);
	helpers_run();
	EXPECT(server.step, 1);
	EXPECT(server.out[0], 6);
}

TEST(signals_wait_call, "a call comes to a passive receiver before signals that it has no time for")
{
	struct helper server, caller;
	cptr_t n = serve_signals(&server);

	NEED(kozo_signal(part_of(n, RIGHT_SEND, 6)));
	call(&caller, &server, make_time(LOW));
	helpers_run_above();
	expect_answered(&caller);
	EXPECT(server.step, 1);
	EXPECT(server.out[0], 0);
	NEED(kozo_thread_set_time(server.thread, helpers_time));
	helpers_run();
	EXPECT(server.step, 2);
	EXPECT(server.out[0], 6);
}

TEST(signal_lends, "a notification that has time lends it with its signals, until the next receive")
{
	struct helper server;
	cptr_t n = serve_signals(&server), time = make_time(LOW);
	word_t before = time_of(server.thread);

	EXPECT_STATUS(kozo_notification_set_time(n, time), OK);
	for (unsigned i = 1; i <= 2; i++) {
		EXPECT_STATUS(kozo_signal(n), OK);
		helpers_run_above();
		EXPECT(server.step, i);
		EXPECT(server.out[0], 1);
		EXPECT(server.out[1], LOW);
		EXPECT(helper_state(&server), THREAD_RECEIVING);
		EXPECT(priority_of(server.thread), 0);
	}
	EXPECT(consumed(time) > 0, true);
	EXPECT(consumed(time), time_of(server.thread) - before);
}

TEST(signal_lends_pending, "what is pending comes, with time, when the notification is given some")
{
	struct helper server;
	cptr_t n = serve_signals(&server);

	NEED(kozo_signal(n));
	helpers_run();
	EXPECT(server.step, 0);
	EXPECT_STATUS(kozo_notification_set_time(n, make_time(LOW)), OK);
	EXPECT(priority_of(server.thread), LOW);
	helpers_run_above();
	EXPECT(server.step, 1);
	EXPECT(server.out[1], LOW);
}

TEST(signal_lends_later, "signals that came while it was at work come with the notification's time")
{
	struct helper server, caller;
	cptr_t n = serve_signals(&server);

	NEED(kozo_notification_set_time(n, make_time(LOW)));
	leave_at_work(&caller, &server, make_time(HELPERS_PRIORITY));
	NEED(kozo_signal(n));
	helpers_run();
	EXPECT(server.out[1], HELPERS_PRIORITY);
	go = true;
	helpers_run_above();
	expect_answered(&caller);
	EXPECT(server.step, 2);
	EXPECT(server.out[1], LOW);
	EXPECT(priority_of(server.thread), 0);
}

TEST(signal_own, "a thread with time of its own does not borrow a notification's")
{
	struct helper server;
	cptr_t n = serve_signals(&server), time = make_time(LOW);

	NEED(kozo_notification_set_time(n, time));
	NEED(kozo_thread_set_time(server.thread, helpers_time));
	NEED(kozo_signal(n));
	helpers_run();
	EXPECT(server.out[1], HELPERS_PRIORITY);
	EXPECT(consumed(time), 0);
}

TEST(signal_time_taken, "a notification whose time is taken lends no more, but what is lent is")
{
	struct helper server;
	cptr_t n = serve_signals(&server), time = make_time(HELPERS_PRIORITY);

	go = false;
	NEED(kozo_notification_set_time(n, time));
	NEED(kozo_signal(n));
	helpers_run();
	EXPECT(server.step, 1);
	EXPECT_STATUS(kozo_notification_set_time(n, 0), OK);
	EXPECT(helper_state(&server), THREAD_READY);
	EXPECT(priority_of(server.thread), HELPERS_PRIORITY);
	answer_now();
	EXPECT(helper_state(&server), THREAD_RECEIVING);
	NEED(kozo_signal(n));
	helpers_run();
	EXPECT(server.step, 1);
	/* So does a revoke. */
	NEED(kozo_notification_set_time(n, time));
	helpers_run();
	EXPECT(server.step, 2);
	NEED(kozo_cnode_revoke(SLOT_CNODE, time));
	NEED(kozo_signal(n));
	helpers_run();
	EXPECT(server.step, 2);
}

/* Waits for in[0] twice. */
static void waits(struct helper *h)
{
	for (unsigned i = 0; i < 2; i++) {
		h->registers = (struct kozo_registers){ .target = h->in[0] };
		h->status = observed_syscall(SYS_WAIT, 0, &h->registers);
		h->out[i] = priority_of(h->thread);
		h->out[2 + i] = h->registers.target;
		h->step++;
	}
}

TEST(wait_lends, "who waits for a signal without time is lent the notification's")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), time = make_time(LOW);
	struct helper h = { .in = { n } };

	NEED(kozo_notification_set_time(n, time));
	helper_go(&h, waits);
	NEED(kozo_thread_set_time(h.thread, 0));
	EXPECT(helper_state(&h), THREAD_WAITING);
	NEED(kozo_signal(n));
	EXPECT(priority_of(h.thread), LOW);
	helpers_run_above();
	EXPECT(h.step, 1);
	EXPECT(h.out[0], LOW);
	EXPECT(consumed(time) > 0, true);
	/* It has not received since, so it has it still. */
	EXPECT(helper_state(&h), THREAD_WAITING);
	NEED(kozo_notification_set_time(n, make_time(LOW + 1)));
	NEED(kozo_signal(n));
	helpers_run_above();
	EXPECT(h.out[1], LOW);
}

TEST(wait_timeless, "who waits for a signal without time has it, and waits for time")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0);
	struct helper h = { .in = { n } };

	helper_go(&h, waits);
	NEED(kozo_thread_set_time(h.thread, 0));
	NEED(kozo_signal(n));
	EXPECT(helper_state(&h), THREAD_TIMELESS);
	EXPECT(signals_of(n), 0);
	NEED(kozo_thread_set_time(h.thread, helpers_time));
	helpers_run();
	EXPECT(h.step, 1);
	EXPECT(h.out[2], 1);
}

/* --- faults and interrupts -------------------------------------------------------------------- */

static void faults(struct helper *h)
{
	__asm__ volatile("ud2");
	h->step = 1;
}

TEST(fault_lends, "a passive fault handler runs on the time of who has the fault")
{
	struct helper handler = { .in = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0), 0, 1 } };
	struct helper h = { 0 };
	cptr_t time = make_time(LOW);
	word_t before;

	helper_go(&handler, handles);
	NEED(kozo_thread_set_time(handler.thread, 0));
	before = time_of(handler.thread);
	helper_make(&h, faults);
	NEED(kozo_thread_set_time(h.thread, time));
	NEED(kozo_thread_set_handler(h.thread, handler.in[0], 0));
	helper_start(&h);
	helpers_run_above();
	EXPECT(handler.step, 1);
	EXPECT(handler.registers.info, kozo_info(FAULT_EXCEPTION, FAULT_WORDS));
	EXPECT(helper_state(&h), THREAD_FAULTED);
	EXPECT(consumed(time), time_of(h.thread) + time_of(handler.thread) - before);
	EXPECT(helper_state(&handler), THREAD_RECEIVING);
}

TEST(fault_refused, "a passive handler that cannot answer is not told, and the thread is stopped")
{
	struct helper handler = { .in = { make(OBJECT_ENDPOINT, 0), 0, 0, 1 } };
	struct helper h = { 0 };

	helper_go(&handler, handles);
	NEED(kozo_thread_set_time(handler.thread, 0));
	helper_make(&h, faults);
	NEED(kozo_thread_set_handler(h.thread, handler.in[0], 0));
	helper_start(&h);
	helpers_run_above();
	EXPECT(handler.step, 0);
	EXPECT(helper_state(&h), THREAD_FAULTED);
}

TEST(interrupt_passive,
     "a passive receiver that is interrupted waits for time, or uses its reserve")
{
	struct helper server;
	cptr_t reserve = make_time(LOW);

	serve_passively(&server, 0, 0);
	EXPECT_STATUS(kozo_thread_interrupt(server.thread), OK);
	EXPECT(helper_state(&server), THREAD_TIMELESS);
	helpers_run_above();
	EXPECT(server.step, 0);
	EXPECT_STATUS(kozo_thread_set_reserve(server.thread, reserve), OK);
	EXPECT(helper_state(&server), THREAD_READY);
	EXPECT(priority_of(server.thread), LOW);
	helpers_run_above();
	EXPECT(server.step, 1);
	EXPECT_STATUS(server.out[0] ? OK : ERR_INTERRUPTED, ERR_INTERRUPTED);
	EXPECT(server.out[1], LOW);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
	EXPECT(priority_of(server.thread), 0);
	NEED(kozo_thread_interrupt(server.thread));
	helpers_run_above();
	EXPECT(server.step, 2);
	EXPECT(server.out[1], LOW);
}

TEST(reserve_taken, "a thread that had nothing but its reserve waits when that is taken away")
{
	struct helper server;
	cptr_t reserve = make_time(HELPERS_PRIORITY);

	serve_passively(&server, 0, 0);
	NEED(kozo_thread_set_reserve(server.thread, reserve));
	go = false;
	NEED(kozo_thread_interrupt(server.thread));
	helpers_run();
	EXPECT(server.step, 1);
	EXPECT(helper_state(&server), THREAD_READY);
	NEED(kozo_cnode_revoke(SLOT_CNODE, reserve));
	EXPECT(helper_state(&server), THREAD_TIMELESS);
	helpers_run();
	NEED(kozo_thread_set_time(server.thread, helpers_time));
	answer_now();
	EXPECT(helper_state(&server), THREAD_RECEIVING);
}

TEST(reserve_then_own, "a thread on its reserve that is given time runs on that")
{
	struct helper server;
	cptr_t reserve = make_time(HELPERS_PRIORITY), own = make_time(HELPERS_PRIORITY);
	word_t before;

	serve_passively(&server, 0, 0);
	NEED(kozo_thread_set_reserve(server.thread, reserve));
	go = false;
	NEED(kozo_thread_interrupt(server.thread));
	helpers_run();
	EXPECT(server.step, 1);
	NEED(kozo_thread_set_time(server.thread, own));
	before = consumed(reserve);
	helpers_run();
	EXPECT(consumed(reserve), before);
	EXPECT(consumed(own) > 0, true);
}
