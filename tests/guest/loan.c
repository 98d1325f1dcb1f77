/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Loans: who runs on whose time, and for how long. */
#include "message.h"
#include "server.h"

/* --- a passive server ------------------------------------------------------------- */

TEST(loan_time, "a passive server runs on its caller's time, at its caller's priority")
{
	enum { TURNS = 50000 };
	struct helper server, caller;
	cptr_t time = make_time(LOW);
	word_t before;

	serve_passively(&server, TURNS, 0);
	before = time_of(server.thread);
	call(&caller, &server, time);
	helpers_run_above();
	expect_answered(&caller);
	EXPECT(server.out[1], LOW);
	EXPECT(time_of(server.thread) - before > 0, true);
	EXPECT(consumed(time), time_of(caller.thread) + time_of(server.thread) - before);
	EXPECT_TICKS(time_of(server.thread) - before, 2 * TURNS, TURNS);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
	EXPECT(priority_of(server.thread), 0);
}

TEST(loan_own, "a server that has time uses that, and not its caller's")
{
	enum { TURNS = 50000 };
	struct helper server, caller;
	cptr_t own = make_time(LOW + 1), time = make_time(LOW);

	serve_passively(&server, TURNS, 0);
	NEED(kozo_thread_set_time(server.thread, own));
	call(&caller, &server, time);
	helpers_run_above();
	expect_answered(&caller);
	EXPECT(server.out[1], LOW + 1);
	EXPECT(consumed(time), time_of(caller.thread));
	EXPECT(consumed(own) > consumed(time) || !ticks_are_instructions(), true);
}

TEST(loan_queued, "who waited to be received lends its time when it is")
{
	struct helper server, first, second;
	cptr_t low = make_time(HELPERS_PRIORITY), high = make_time(LOW + 1);
	word_t before;

	serve_passively(&server, 0, 0);
	leave_at_work(&first, &server, make_time(HELPERS_PRIORITY));
	before = time_of(server.thread);
	call(&second, &server, low);
	helpers_run();
	EXPECT(helper_state(&second), THREAD_CALLING);
	set_terms(low, BUDGET_MIN, BUDGET_MIN, LOW);
	answer_now();
	helpers_run_above();
	expect_answered(&first);
	expect_answered(&second);
	EXPECT(server.out[1], LOW);
	EXPECT(consumed(low) > time_of(second.thread), true);
	EXPECT(time_of(server.thread) > before, true);
	call(&first, &server, high);
	helpers_run_above();
	EXPECT(server.out[1], LOW + 1);
}

static void notes_its_turn(struct helper *h)
{
	h->out[3] = ++order;
}

/* They become ready while a server is at work. */
static struct helper friend, between;

static void let_others_come(void)
{
	helper_start(&friend);
	helper_start(&between);
}

TEST(ceiling, "a ceiling raises what is lent to the server, and not its caller's own threads")
{
	struct helper server, caller;
	cptr_t time = make_time(LOW);

	serve_passively(&server, 0, 0);
	EXPECT_STATUS(kozo_sched_control_set_ceiling(SLOT_SCHED_CONTROL, server.thread, LOW + 9),
		      OK);
	EXPECT(priority_of(server.thread), 0);
	while_at_work = let_others_come;
	helper_make(&friend, notes_its_turn);
	NEED(kozo_thread_set_time(friend.thread, time));
	helper_make(&between, notes_its_turn);
	set_priority(between.thread, LOW + 5);
	call(&caller, &server, time);
	helpers_run_above();
	EXPECT(server.out[1], LOW + 9);
	EXPECT(server.out[3], 1);
	EXPECT(between.out[3], 2);
	EXPECT(caller.out[3], 3); /* its turn goes on */
	EXPECT(friend.out[3], 4);
	while_at_work = NULL;
	call(&caller, &server, make_time(LOW + 20));
	helpers_run_above();
	EXPECT(server.out[1], LOW + 20);
}

TEST(ceiling_own, "a ceiling does not raise what is a thread's own")
{
	struct helper h = { 0 }, above = { 0 };

	order = 0;
	helper_start_on(&h, notes_its_turn, make_time(LOW));
	helper_start_on(&above, notes_its_turn, make_time(LOW + 1));
	NEED(kozo_sched_control_set_ceiling(SLOT_SCHED_CONTROL, h.thread, LOW + 2));
	EXPECT(priority_of(h.thread), LOW);
	helpers_run_above();
	EXPECT(above.out[3], 1);
	EXPECT(h.out[3], 2);
}

TEST(ceiling_changes, "a ceiling counts from now on for a server at work, too")
{
	struct helper server, caller, other = { 0 };
	cptr_t time = make_time(HELPERS_PRIORITY);

	serve_passively(&server, 0, 0);
	leave_at_work(&caller, &server, time);
	set_terms(time, BUDGET_MIN, BUDGET_MIN, LOW);
	EXPECT(priority_of(server.thread), LOW);
	NEED(kozo_sched_control_set_ceiling(SLOT_SCHED_CONTROL, server.thread, LOW + 2));
	EXPECT(priority_of(server.thread), LOW + 2);
	helper_start_on(&other, notes_its_turn, make_time(LOW + 1));
	go = true;
	helpers_run_above();
	EXPECT(server.out[3], 1);
	EXPECT(other.out[3], 2);
	EXPECT(caller.out[3], 3);
}

TEST(loan_nested, "time is lent on: two passive servers run on it, one for the other")
{
	enum { TURNS = 20000 };
	struct helper inner, outer, caller;
	cptr_t time = make_time(LOW);
	word_t before;

	serve_passively(&inner, TURNS, 0);
	serve_passively(&outer, TURNS, inner.in[0]);
	before = time_of(inner.thread) + time_of(outer.thread);
	call(&caller, &outer, time);
	helpers_run_above();
	expect_answered(&caller);
	EXPECT_STATUS((status_t)outer.out[2], OK);
	EXPECT(inner.out[1], LOW);
	EXPECT(outer.out[1], LOW);
	EXPECT(inner.out[3], 1);
	EXPECT(outer.out[3], 2);
	EXPECT(consumed(time),
	       time_of(caller.thread) + time_of(inner.thread) + time_of(outer.thread) - before);
}

TEST(loan_ends, "a loan ends when its thread next receives, whoever is owed an answer")
{
	struct helper server, caller;
	cptr_t n = make(OBJECT_NOTIFICATION, 0);

	serve_passively(&server, 0, 0);
	NEED(kozo_thread_bind(server.thread, n));
	for (unsigned i = 1; i <= 2; i++) {
		call(&caller, &server, make_time(LOW));
		helpers_run_above();
		expect_answered(&caller);
		EXPECT(priority_of(server.thread), 0);
		NEED(kozo_signal(n));
		helpers_run_above();
		EXPECT(server.step, i);
		NEED(kozo_thread_bind(server.thread, 0));
		EXPECT(signals_of(n), 1);
		NEED(kozo_thread_bind(server.thread, n));
	}
}

/* Receives with in[1], then, without an answer, with in[2]; then it answers both. */
static void takes_two(struct helper *h)
{
	struct kozo_registers r = { .target = h->in[0] };

	for (unsigned i = 1; i <= 2; i++) {
		h->registers = r;
		h->status = observed_syscall(SYS_RECV, h->in[i], &h->registers);
		h->out[i] = priority_of(h->thread);
		h->step = i;
	}
	while (!go)
		kozo_yield();
	for (unsigned i = 1; i <= 2; i++) {
		h->registers = (struct kozo_registers){ .target = h->in[3] };
		h->status = observed_syscall(SYS_REPLY_RECV, h->in[i], &h->registers);
	}
}

TEST(loan_later, "a server may receive before it answers, and then runs on the next caller's time")
{
	struct helper server = { .in = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0),
					 make(OBJECT_REPLY, 0), make(OBJECT_ENDPOINT, 0) } };
	struct helper first, second;
	cptr_t low = make_time(LOW), high = make_time(LOW + 1);

	go = true;
	order = 0;
	helper_go(&server, takes_two);
	NEED(kozo_thread_set_time(server.thread, 0));
	call(&first, &server, low);
	helpers_run_above();
	EXPECT(server.step, 1);
	EXPECT(helper_state(&first), THREAD_AWAITS_REPLY);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
	EXPECT(priority_of(server.thread), 0);
	call(&second, &server, high);
	helpers_run_above();
	EXPECT(server.step, 2);
	EXPECT(server.out[1], LOW);
	EXPECT(server.out[2], LOW + 1);
	/* Its answer to the first was its next receive: it waits for a caller with time. */
	expect_answered(&first);
	EXPECT(helper_state(&second), THREAD_AWAITS_REPLY);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
	call(&first, &(struct helper){ .in = { server.in[3] } }, low);
	helpers_run_above();
	expect_answered(&second);
}

TEST(loan_restart, "a thread that is stopped and started anew has given back what it borrowed")
{
	struct helper server, caller;
	cptr_t time = make_time(HELPERS_PRIORITY);

	serve_passively(&server, 0, 0);
	leave_at_work(&caller, &server, time);
	NEED(kozo_thread_stop(server.thread));
	helper_start(&server);
	EXPECT(helper_state(&server), THREAD_TIMELESS);
	NEED(kozo_cnode_delete(SLOT_CNODE, server.thread));
	NEED(kozo_cnode_delete(SLOT_CNODE, server.in[1]));
	helpers_run();
	EXPECT_STATUS(caller.status, ERR_PEER_DIED);
}

TEST(loan_resume, "a thread that is stopped and resumed goes on on what it borrowed")
{
	struct helper server, caller;

	serve_passively(&server, 0, 0);
	leave_at_work(&caller, &server, make_time(HELPERS_PRIORITY));
	NEED(kozo_thread_stop(server.thread));
	NEED(kozo_thread_resume(server.thread));
	EXPECT(helper_state(&server), THREAD_READY);
	answer_now();
	expect_answered(&caller);
}

/* --- the caller goes, the loan stays ------------------------------------------------------ */

TEST(loan_interrupted, "an interrupted caller runs on behind the server, which keeps the time")
{
	struct helper server, caller;
	cptr_t time = make_time(HELPERS_PRIORITY);

	serve_passively(&server, 0, 0);
	leave_at_work(&caller, &server, time);
	EXPECT_STATUS(kozo_thread_interrupt(caller.thread), OK);
	helpers_run();
	EXPECT(helper_state(&caller), THREAD_READY);
	EXPECT(caller.step, 0);
	EXPECT(priority_of(server.thread), HELPERS_PRIORITY);
	answer_now();
	EXPECT(server.out[3], 1);
	EXPECT(caller.out[3], 2);
	EXPECT_STATUS(caller.status, ERR_INTERRUPTED);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
}

TEST(loan_blocked, "an interrupted caller runs while the server with its time waits")
{
	struct helper server, caller;
	cptr_t elsewhere = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
	struct helper other = { .in = { elsewhere, reply, SYS_RECV } };

	serve_passively(&server, 0, elsewhere);
	call(&caller, &server, make_time(HELPERS_PRIORITY));
	helpers_run();
	EXPECT(helper_state(&server), THREAD_CALLING);
	NEED(kozo_thread_interrupt(caller.thread));
	helpers_run();
	EXPECT(caller.step, 1);
	EXPECT_STATUS(caller.status, ERR_INTERRUPTED);
	helper_go(&other, receives);
	EXPECT(helper_state(&server), THREAD_AWAITS_REPLY);
	EXPECT(priority_of(server.thread), HELPERS_PRIORITY);
	NEED(kozo_cnode_delete(SLOT_CNODE, reply));
	helpers_run();
	EXPECT_STATUS((status_t)server.out[2], ERR_PEER_DIED);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
}

TEST(loan_caller_gone, "what a caller lent stays lent when it is stopped or dies")
{
	for (unsigned dies = 0; dies < 2; dies++) {
		struct helper server, caller, next;
		cptr_t time = make_time(HELPERS_PRIORITY);

		serve_passively(&server, 0, 0);
		leave_at_work(&caller, &server, time);
		if (dies)
			NEED(kozo_cnode_delete(SLOT_CNODE, caller.thread));
		else
			NEED(kozo_thread_stop(caller.thread));
		helpers_run();
		EXPECT(helper_state(&server), THREAD_READY);
		EXPECT(priority_of(server.thread), HELPERS_PRIORITY);
		answer_now();
		EXPECT(helper_state(&server), THREAD_RECEIVING);
		EXPECT(caller.step, 0);
		call(&next, &server, make_time(LOW));
		helpers_run_above();
		expect_answered(&next);
	}
}

static cptr_t bell;

/* Calls in[0]. Nothing here is observed, for who is goes through C to wake somebody. */
static void calls_quietly(struct helper *h)
{
	struct kozo_registers r = { .target = h->in[0] };

	h->status = kozo_syscall(SYS_CALL, &r);
}

/* Serves one call, and makes no invocation, of which the kernel would note the loan. */
static void rings(struct helper *h)
{
	struct kozo_registers r = { .target = bell };
	struct message m;

	NEED(kozo_receive(h->in[0], h->in[1], &m));
	h->step++;
	NEED(kozo_syscall(SYS_SIGNAL, &r));
	h->step++;
}

/* Takes a context away from all as soon as somebody rings. */
static void takes_away(struct helper *h)
{
	word_t bits;

	NEED(kozo_wait(bell, &bits));
	NEED(kozo_cnode_revoke(SLOT_CNODE, h->in[0]));
	NEED(kozo_cnode_delete(SLOT_CNODE, h->in[0]));
	h->out[0] = helper_state(&(struct helper){ .thread = h->in[1] });
}

TEST(loan_known, "a server that wakes somebody more urgent can lose the time that it borrows")
{
	struct helper server = { .in = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0) } };
	struct helper thief, caller;
	cptr_t time = make_time(LOW);

	bell = make(OBJECT_NOTIFICATION, 0);
	helper_go(&server, rings);
	NEED(kozo_thread_set_time(server.thread, 0));
	thief = (struct helper){ .in = { time, server.thread } };
	helper_go(&thief, takes_away);
	caller = (struct helper){ .in = { server.in[0] } };
	helper_start_on(&caller, calls_quietly, time);
	helpers_run_above();
	EXPECT(server.step, 1);
	EXPECT(thief.finished, true);
	EXPECT(thief.out[0], THREAD_TIMELESS);
}

static void touches_at_work(struct helper *h)
{
	struct message m;

	NEED(kozo_receive(h->in[0], h->in[1], &m));
	h->out[0] = *at(AREA);
}

/* Takes a context away from all when it is told of a fault, and is told what comes of that. */
static void handles_and_takes(struct helper *h)
{
	struct message m;

	NEED(kozo_receive(h->in[0], h->in[1], &m));
	EXPECT(m.label, FAULT_PAGE);
	NEED(kozo_cnode_revoke(SLOT_CNODE, h->in[2]));
	NEED(kozo_cnode_delete(SLOT_CNODE, h->in[2]));
	m = (struct message){ 0 };
	NEED(kozo_reply_receive(h->in[0], h->in[1], &m));
	h->out[0] = m.label;
}

TEST(loan_known_at_fault, "a server that has a fault can lose the time that it borrows")
{
	struct helper server = { .in = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0) } };
	struct helper caller = { .in = { server.in[0] } };
	struct helper handler = { .in = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0),
					  make_time(LOW) } };

	helper_go(&server, touches_at_work);
	NEED(kozo_thread_set_time(server.thread, 0));
	NEED(kozo_thread_set_handler(server.thread, part_of(handler.in[0], RIGHT_SEND, 17), 0));
	helper_go(&handler, handles_and_takes);
	helper_start_on(&caller, calls_quietly, handler.in[2]);
	helpers_run_above();
	EXPECT(handler.finished, true);
	EXPECT(handler.out[0], FAULT_TIME);
}

TEST(loan_then_own, "a server that is given time while it borrows uses that when it next receives")
{
	struct helper server, caller, next;
	cptr_t lent = make_time(HELPERS_PRIORITY), own = make_time(HELPERS_PRIORITY);

	serve_passively(&server, 0, 0);
	leave_at_work(&caller, &server, lent);
	NEED(kozo_thread_set_time(server.thread, own));
	helpers_run();
	EXPECT(consumed(own), 0);
	answer_now();
	expect_answered(&caller);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
	EXPECT(priority_of(server.thread), HELPERS_PRIORITY);
	call(&next, &server, make_time(LOW));
	helpers_run_above();
	expect_answered(&next);
	EXPECT(server.out[1], HELPERS_PRIORITY);
	EXPECT(consumed(own) > 0, true);
}

/* --- who owes ------------------------------------------------------------------------------------ */

static void sends(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(h->in[2] ? h->in[2] : SYS_SEND, 0, &h->registers);
	h->step = 1;
}

static word_t owes(const struct helper *h)
{
	word_t time, messages, signals, replies = ~0ull;

	EXPECT_STATUS(kozo_thread_usage(h->thread, &time, &messages, &signals, &replies), OK);
	return replies;
}

TEST(usage_replies, "a thread's usage says how many callers wait for its answer")
{
	struct helper server, caller;

	serve_passively(&server, 0, 0);
	EXPECT(owes(&server), 0);
	leave_at_work(&caller, &server, make_time(HELPERS_PRIORITY));
	EXPECT(owes(&server), 1);
	EXPECT(owes(&caller), 0);
	answer_now();
	EXPECT(owes(&server), 0);
	leave_at_work(&caller, &server, make_time(HELPERS_PRIORITY));
	NEED(kozo_thread_interrupt(caller.thread));
	EXPECT(owes(&server), 0);
	answer_now();
	leave_at_work(&caller, &server, make_time(HELPERS_PRIORITY));
	NEED(kozo_thread_stop(caller.thread));
	EXPECT(owes(&server), 0);
	answer_now();
	leave_at_work(&caller, &server, make_time(HELPERS_PRIORITY));
	EXPECT(owes(&server), 1);
	NEED(kozo_cnode_delete(SLOT_CNODE, caller.thread));
	EXPECT(owes(&server), 0);
	answer_now();
	leave_at_work(&caller, &server, make_time(HELPERS_PRIORITY));
	NEED(kozo_cnode_delete(SLOT_CNODE, server.in[1]));
	EXPECT(owes(&server), 0);
}

TEST(usage_two_replies, "it counts all of them, until they are answered")
{
	struct helper server = { .in = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0),
					 make(OBJECT_REPLY, 0), make(OBJECT_ENDPOINT, 0) } };
	struct helper first, second;

	go = false;
	helper_go(&server, takes_two);
	call(&first, &server, helpers_time);
	helpers_run();
	EXPECT(owes(&server), 1);
	call(&second, &server, helpers_time);
	helpers_run();
	EXPECT(server.step, 2);
	EXPECT(owes(&server), 2);
	answer_now();
	EXPECT(owes(&server), 1);
	expect_answered(&first);
	EXPECT(helper_state(&second), THREAD_AWAITS_REPLY);
}

TEST(server_dies_owing, "who dies owing answers leaves them to whoever holds the Replies")
{
	struct helper server, caller;
	cptr_t other = make(OBJECT_ENDPOINT, 0);
	struct kozo_registers r = { .target = other };
	struct helper last = { .in = { other } };

	serve_passively(&server, 0, 0);
	leave_at_work(&caller, &server, make_time(HELPERS_PRIORITY));
	NEED(kozo_cnode_delete(SLOT_CNODE, server.thread));
	helpers_run();
	EXPECT(helper_state(&caller), THREAD_AWAITS_REPLY);
	helper_go(&last, sends);
	EXPECT_STATUS(observed_syscall(SYS_REPLY_RECV, server.in[1], &r), OK);
	helpers_run();
	expect_answered(&caller);
}
