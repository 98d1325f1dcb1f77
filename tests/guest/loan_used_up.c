/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What comes when time that was lent is used up, or goes away: reserves and faults. */
#include "server.h"
#include "ticks.h"

/* --- what is lent runs out ------------------------------------------------------------------ */

/*
 * Let what a server at work runs on be used up, for good. Servers at work spin, so on
 * any machine that comes.
 */
static void use_up(cptr_t time)
{
	word_t before = consumed(time);
	uint64_t end = kozo_ticks() + milliseconds(10000);

	set_terms(time, BUDGET_MIN, PERIOD_MAX, HELPERS_PRIORITY);
	while (consumed(time) - before < BUDGET_MIN && kozo_ticks() < end)
		helpers_run();
	helpers_run();
	EXPECT_TICKS(consumed(time) - before, BUDGET_MIN, BUDGET_MIN / 10);
}

static void expect_told(const struct helper *handler, unsigned times, word_t gone)
{
	const struct kozo_registers *r = &handler->registers;

	EXPECT(handler->step, times);
	EXPECT(r->target, 17);
	EXPECT(r->info, kozo_info(FAULT_TIME, FAULT_WORDS));
	EXPECT(r->word[0] > 0 && r->word[0] < USER_TOP, true);
	EXPECT(r->word[1] > 0 && r->word[1] < USER_TOP, true);
	EXPECT(r->word[2], gone);
	EXPECT(r->word[3], 0);
	EXPECT(r->word[4] & 0x202, 0x202);
	EXPECT(r->word[5], 0);
}

TEST(reserve_used, "a server whose caller's time is used up goes on on its reserve")
{
	struct helper server, caller;
	cptr_t lent = make_time(HELPERS_PRIORITY), reserve = make_time(HELPERS_PRIORITY);
	word_t before;

	serve_passively(&server, 0, 0);
	EXPECT_STATUS(kozo_thread_set_reserve(server.thread, reserve), OK);
	before = time_of(server.thread);
	leave_at_work(&caller, &server, lent);
	EXPECT(consumed(reserve), 0);
	use_up(lent);
	EXPECT(helper_state(&server), THREAD_READY);
	EXPECT(consumed(reserve) > 0, true);
	answer_now();
	EXPECT(helper_state(&server), THREAD_RECEIVING);
	EXPECT(consumed(lent) + consumed(reserve),
	       time_of(caller.thread) + time_of(server.thread) - before);
	/* The answer is there, but the caller has no time to look at it. */
	EXPECT(helper_state(&caller), THREAD_READY);
	EXPECT(caller.step, 0);
	give_more(lent);
	helpers_run();
	expect_answered(&caller);
	/* The next caller's time comes first again. */
	before = consumed(reserve);
	call(&caller, &server, make_time(LOW));
	helpers_run_above();
	EXPECT(server.out[1], LOW);
	EXPECT(consumed(reserve), before);
}

static void calls_and_spins(struct helper *h)
{
	calls(h);
	for (;;)
		observe_other();
}

TEST(reserve_charged, "what a server uses of its reserve is taken off its caller's next budget")
{
	const word_t budget = 10 * BUDGET_MIN, period = 5 * budget;
	struct helper server, caller;
	cptr_t time = make(OBJECT_SCHED_CONTEXT, 0), reserve = make_time(HELPERS_PRIORITY);
	uint64_t begin;

	serve_passively(&server, budget / 2 * 3 / 2, 0); /* one and a half of it */
	NEED(kozo_thread_set_reserve(server.thread, reserve));
	set_terms(time, budget, period, HELPERS_PRIORITY);
	begin = kozo_ticks();
	caller = (struct helper){ .in = { server.in[0] } };
	helper_start_on(&caller, calls_and_spins, time);
	for (word_t i = 1; i <= 3; i++) {
		helpers_run_until(begin + i * period - period / 2);
		EXPECT_TICKS(consumed(time), i * budget - (i > 1 ? budget / 2 : 0), budget / 10);
		EXPECT_TICKS(consumed(reserve), budget / 2, budget / 10);
	}
}

TEST(reserve_waits, "a server whose reserve is used up waits for its refill")
{
	enum { PERIODS = 5 };
	const word_t period = milliseconds(4);
	struct helper server, caller;
	cptr_t lent = make_time(HELPERS_PRIORITY), reserve = make(OBJECT_SCHED_CONTEXT, 0);
	uint64_t begin, end = kozo_ticks() + milliseconds(10000);

	serve_passively(&server, 0, 0);
	NEED(kozo_thread_set_reserve(server.thread, reserve));
	leave_at_work(&caller, &server, lent);
	use_up(lent);
	EXPECT(helper_state(&server), THREAD_READY);
	EXPECT(consumed(reserve), 0);
	set_terms(reserve, BUDGET_MIN, period, HELPERS_PRIORITY);
	begin = kozo_ticks();
	helpers_run_until(begin + PERIODS * period - period / 8);
	EXPECT_TICKS(consumed(reserve), PERIODS * BUDGET_MIN, BUDGET_MIN / 10);
	while (consumed(reserve) < 2 * PERIODS * BUDGET_MIN && kozo_ticks() < end)
		helpers_run_until(kozo_ticks() + period);
	EXPECT(consumed(reserve) >= 2 * PERIODS * BUDGET_MIN, true);
	EXPECT(helper_state(&server), THREAD_READY);
}

TEST(reserve_gone, "a server whose reserve is taken away while it uses it has a fault")
{
	struct helper server, caller, handler;
	cptr_t lent = make_time(HELPERS_PRIORITY), reserve = make_time(HELPERS_PRIORITY);

	serve_passively(&server, 0, 0);
	handle(&handler, server.thread, 0, 1);
	NEED(kozo_thread_set_reserve(server.thread, reserve));
	leave_at_work(&caller, &server, lent);
	use_up(lent);
	EXPECT(consumed(reserve) > 0, true);
	EXPECT(handler.step, 0);
	EXPECT_STATUS(kozo_thread_set_reserve(server.thread, 0), OK);
	helpers_run();
	expect_told(&handler, 1, 0);
	EXPECT(helper_state(&server), THREAD_FAULTED);
}

TEST(time_fault, "without a reserve its handler is told, and can give it more")
{
	struct helper server, caller, handler;
	cptr_t lent = make_time(HELPERS_PRIORITY);

	serve_passively(&server, 0, 0);
	handle(&handler, server.thread, lent, 0);
	leave_at_work(&caller, &server, lent);
	use_up(lent);
	expect_told(&handler, 1, 0);
	EXPECT(helper_state(&server), THREAD_READY);
	answer_now();
	expect_answered(&caller);
	EXPECT(handler.step, 1);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
}

TEST(time_fault_stops, "a handler that says so leaves it stopped, and it can be resumed")
{
	struct helper server, caller, handler;
	cptr_t lent = make_time(HELPERS_PRIORITY);

	serve_passively(&server, 0, 0);
	handle(&handler, server.thread, 0, 9);
	leave_at_work(&caller, &server, lent);
	use_up(lent);
	expect_told(&handler, 1, 0);
	EXPECT(helper_state(&server), THREAD_FAULTED);
	EXPECT(helper_state(&caller), THREAD_AWAITS_REPLY);
	give_more(lent);
	EXPECT_STATUS(kozo_thread_resume(server.thread), OK);
	answer_now();
	expect_answered(&caller);
}

TEST(time_fault_nobody, "with nobody to tell it is stopped")
{
	struct helper server, caller;
	cptr_t lent = make_time(HELPERS_PRIORITY);

	serve_passively(&server, 0, 0);
	leave_at_work(&caller, &server, lent);
	use_up(lent);
	EXPECT(helper_state(&server), THREAD_FAULTED);
	EXPECT(helper_state(&caller), THREAD_AWAITS_REPLY);
	NEED(kozo_thread_set_reserve(server.thread, helpers_time));
	NEED(kozo_thread_resume(server.thread));
	answer_now();
	EXPECT(helper_state(&server), THREAD_RECEIVING);
	give_more(lent);
	helpers_run();
	expect_answered(&caller);
}

TEST(own_runs_out, "a thread whose own time is used up waits, and that is no fault")
{
	struct helper server, caller, handler;
	cptr_t own = make_time(HELPERS_PRIORITY);
	word_t used;

	serve_passively(&server, 0, 0);
	handle(&handler, server.thread, 0, 1);
	NEED(kozo_thread_set_reserve(server.thread, helpers_time));
	NEED(kozo_thread_set_time(server.thread, own));
	leave_at_work(&caller, &server, make_time(HELPERS_PRIORITY));
	use_up(own);
	used = time_of(server.thread);
	answer_now();
	EXPECT(time_of(server.thread), used);
	EXPECT(helper_state(&server), THREAD_READY);
	EXPECT(handler.step, 0);
	give_more(own);
	helpers_run();
	expect_answered(&caller);
}

/* --- what is lent goes away ------------------------------------------------------------------- */

/* A context that dies when its memory is revoked. */
static cptr_t make_mortal(cptr_t untyped)
{
	cptr_t time = slot_new();
	word_t done;

	NEED(kozo_untyped_retype(untyped, OBJECT_SCHED_CONTEXT, 0, SLOT_CNODE, time, 1, &done));
	set_terms(time, BUDGET_MIN, BUDGET_MIN, HELPERS_PRIORITY);
	return time;
}

TEST(loan_dies_reserve, "a server whose caller's time dies goes on on its reserve")
{
	struct helper server, caller;
	cptr_t memory = make(OBJECT_UNTYPED, 12), reserve = make_time(HELPERS_PRIORITY);

	serve_passively(&server, 0, 0);
	NEED(kozo_thread_set_reserve(server.thread, reserve));
	leave_at_work(&caller, &server, make_mortal(memory));
	EXPECT(consumed(reserve), 0);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, memory), OK);
	EXPECT(describe(memory).badge, 0);
	EXPECT(helper_state(&server), THREAD_READY);
	helpers_run();
	EXPECT(consumed(reserve) > 0, true);
	answer_now();
	EXPECT(helper_state(&server), THREAD_RECEIVING);
	EXPECT(helper_state(&caller), THREAD_TIMELESS);
	NEED(kozo_thread_set_time(caller.thread, helpers_time));
	helpers_run();
	expect_answered(&caller);
}

TEST(loan_dies_fault, "a server whose caller's time dies has a fault if it has no reserve")
{
	struct helper server, caller, handler;
	cptr_t memory = make(OBJECT_UNTYPED, 12);

	serve_passively(&server, 0, 0);
	handle(&handler, server.thread, 0, 1);
	leave_at_work(&caller, &server, make_mortal(memory));
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, memory), OK);
	EXPECT(describe(memory).badge, 0);
	helpers_run();
	expect_told(&handler, 1, 1);
	EXPECT(helper_state(&server), THREAD_FAULTED);

	/* Its supervisor may give it time, and let it finish. */
	NEED(kozo_thread_set_time(server.thread, helpers_time));
	NEED(kozo_thread_set_time(caller.thread, helpers_time));
	NEED(kozo_thread_resume(server.thread));
	answer_now();
	expect_answered(&caller);
}

TEST(loan_dies_nobody, "and with nobody to tell it is stopped")
{
	struct helper server, caller;
	cptr_t memory = make(OBJECT_UNTYPED, 12);

	serve_passively(&server, 0, 0);
	leave_at_work(&caller, &server, make_mortal(memory));
	NEED(kozo_cnode_revoke(SLOT_CNODE, memory));
	EXPECT(helper_state(&server), THREAD_TIMELESS); /* it would not run yet */
	helpers_run_all();
	EXPECT(helper_state(&server), THREAD_FAULTED);
	EXPECT(helper_state(&caller), THREAD_AWAITS_REPLY);
}

/* An outer server whose call another one, which has time, works on. */
static void leave_nested(struct helper *inner, struct helper *outer, struct helper *caller,
			 cptr_t time)
{
	serve_passively(inner, 0, 0);
	NEED(kozo_thread_set_time(inner->thread, helpers_time));
	serve_passively(outer, 0, inner->in[0]);
	call(caller, outer, time);
	go = false;
	helpers_run();
	EXPECT(helper_state(outer), THREAD_AWAITS_REPLY);
	EXPECT(inner->step, 1);
}

TEST(loan_dies_blocked, "a server whose caller's time dies while it waits has its fault after that")
{
	struct helper inner, outer, caller, handler;
	cptr_t memory = make(OBJECT_UNTYPED, 12);

	leave_nested(&inner, &outer, &caller, make_mortal(memory));
	handle(&handler, outer.thread, 0, 1);
	NEED(kozo_cnode_revoke(SLOT_CNODE, memory));
	helpers_run();
	EXPECT(helper_state(&outer), THREAD_AWAITS_REPLY);
	EXPECT(handler.step, 0);
	answer_now();
	expect_told(&handler, 1, 1);
	EXPECT(helper_state(&outer), THREAD_FAULTED);
}

TEST(loan_dies_blocked_reserve, "or goes on on its reserve then")
{
	struct helper inner, outer, caller;
	cptr_t memory = make(OBJECT_UNTYPED, 12), reserve = make_time(HELPERS_PRIORITY);

	leave_nested(&inner, &outer, &caller, make_mortal(memory));
	NEED(kozo_thread_set_reserve(outer.thread, reserve));
	NEED(kozo_cnode_revoke(SLOT_CNODE, memory));
	answer_now();
	EXPECT(consumed(reserve) > 0, true);
	EXPECT_STATUS((status_t)outer.out[2], OK);
	EXPECT(helper_state(&outer), THREAD_RECEIVING);
	NEED(kozo_thread_set_time(caller.thread, helpers_time));
	helpers_run();
	expect_answered(&caller);
}

TEST(loan_dies_twice, "all who have borrowed of a context that dies lose it")
{
	struct helper inner, outer, caller, handlers[2];
	cptr_t memory = make(OBJECT_UNTYPED, 12);

	serve_passively(&inner, 0, 0);
	serve_passively(&outer, 0, inner.in[0]);
	handle(&handlers[0], inner.thread, 0, 1);
	handle(&handlers[1], outer.thread, 0, 1);
	call(&caller, &outer, make_mortal(memory));
	go = false;
	helpers_run();
	EXPECT(inner.step, 1);
	NEED(kozo_cnode_revoke(SLOT_CNODE, memory));
	EXPECT(describe(memory).badge, 0);
	helpers_run();
	expect_told(&handlers[0], 1, 1);
	EXPECT(handlers[1].step, 0);
	NEED(kozo_cnode_delete(SLOT_CNODE, inner.in[1]));
	helpers_run();
	expect_told(&handlers[1], 1, 1);
}
