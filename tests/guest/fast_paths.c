/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the fast paths need a situation of its own for: that they are taken at all, what is
 * loaded into the CPU for one thread and not for another, time, and guests.
 */
#include "helper.h"
#include "message.h"
#include "processor.h"
#include "ticks.h"

/* --- a passive server ---------------------------------------------------------------- */

static cptr_t endpoint, reply;
static volatile word_t watched;

static status_t answer(word_t number)
{
	struct kozo_registers r = { .target = endpoint };

	return kozo_syscall(number | reply << SYSCALL_REPLY_SHIFT, &r);
}

static status_t call(void)
{
	struct kozo_registers r = { .target = endpoint };

	return kozo_syscall(SYS_CALL, &r);
}

static void serves(struct helper *h)
{
	(void)answer(SYS_RECV);
	for (;;) {
		h->step++;
		(void)answer(SYS_REPLY_RECV);
	}
}

/* A slow system call in between. */
static void serves_slowly(struct helper *h)
{
	(void)answer(SYS_RECV);
	for (;;) {
		h->step++;
		kozo_yield();
		(void)answer(SYS_REPLY_RECV);
	}
}

static void spin(word_t count)
{
	for (uint64_t end = kozo_ticks() + milliseconds(count); kozo_ticks() < end;)
		;
}

/* Beyond the end of its caller's turn. */
static void serves_long(struct helper *h)
{
	(void)answer(SYS_RECV);
	for (;;) {
		h->step++;
		spin(12);
		(void)answer(SYS_REPLY_RECV);
	}
}

static void serves_and_writes(struct helper *h)
{
	(void)answer(SYS_RECV);
	for (;;) {
		h->step++;
		watched++;
		(void)answer(SYS_REPLY_RECV);
	}
}

static void serves_and_counts(struct helper *h)
{
	(void)answer(SYS_RECV);
	h->step++;
	__asm__ volatile("fldz\n\tfstp %st(0)");
	(void)answer(SYS_REPLY_RECV);
}

/* One with time of its own: this. */
static void make_active_server(struct helper *h, void (*run)(struct helper *h), cptr_t time)
{
	endpoint = make(OBJECT_ENDPOINT, 0);
	reply = make(OBJECT_REPLY, 0);
	*h = (struct helper){ 0 };
	helper_start_on(h, run, time);
	helpers_run_above();
	EXPECT(helper_state(h), THREAD_RECEIVING);
}

static void make_server(struct helper *h, void (*run)(struct helper *h))
{
	make_active_server(h, run, helpers_time);
	NEED(kozo_thread_set_time(h->thread, 0));
}

static void calls_often(struct helper *h)
{
	while (h->step < h->in[0]) {
		h->status = call();
		h->step++;
	}
}

/* --- that they are taken ---------------------------------------------------------------- */

enum { TURNS = 100 };

/* The least that something takes. */
static uint64_t least(status_t (*act)(void))
{
	uint64_t best = ~0ull;

	for (unsigned i = 0; i < TURNS; i++) {
		uint64_t begin = kozo_ticks(), took;

		NEED(act());
		took = kozo_ticks() - begin;
		best = took < best ? took : best;
	}
	return best;
}

static cptr_t notification;

static status_t signals(void)
{
	return kozo_signal(notification);
}

static status_t signals_and_polls(void)
{
	word_t bits;

	NEED(kozo_signal(notification));
	return kozo_poll(notification, &bits);
}

static status_t signals_and_waits(void)
{
	word_t bits;

	NEED(kozo_signal(notification));
	return kozo_wait(notification, &bits);
}

/* What each takes by the fast way, our own instructions included; C takes much more. */
static cptr_t some_frame;

static status_t invokes(void)
{
	word_t w[IPC_REGISTERS] = { 0 };

	return kozo_invoke(some_frame, LABEL_FRAME_ADDRESS, 0, w);
}

TEST(fast_taken, "calls, answers, signals and invocations take as few as the fast way does")
{
	static const struct {
		const char *name;
		status_t (*act)(void);
		uint64_t most;
	} rows[] = {
		{ "CALL and REPLY_RECV", call, 290 },
		{ "SIGNAL", signals, 90 },
		{ "SIGNAL and POLL", signals_and_polls, 180 },
		{ "SIGNAL and WAIT", signals_and_waits, 180 },
		{ "INVOKE", invokes, 215 },
	};
	struct helper h;

	if (!FASTPATH || !processor_has(PROCESSOR_FSGSBASE) || !ticks_are_instructions())
		return;
	make_server(&h, serves);
	notification = make(OBJECT_NOTIFICATION, 0);
	some_frame = make(OBJECT_FRAME, PAGE_BITS);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t took = least(rows[i].act);

		if (took > rows[i].most)
			fail("%s: %lu instructions", rows[i].name, took);
	}
}

static status_t call_long(void)
{
	struct kozo_registers r = { .target = endpoint, .info = IPC_WORDS };

	return kozo_syscall(SYS_CALL, &r);
}

static void answers_long(struct helper *h)
{
	(void)answer(SYS_RECV);
	for (;;) {
		struct kozo_registers r = { .target = endpoint, .info = IPC_WORDS };

		kozo_syscall(SYS_REPLY_RECV | reply << SYSCALL_REPLY_SHIFT, &r);
		h->step++;
	}
}

static void make_long_server(struct helper *h)
{
	endpoint = make(OBJECT_ENDPOINT, 0);
	reply = make(OBJECT_REPLY, 0);
	helper_make(h, answers_long);
	NEED(kozo_thread_configure(h->thread, SLOT_CNODE, SLOT_VSPACE,
				   make(OBJECT_FRAME, PAGE_BITS)));
	helper_start(h);
	helpers_run();
	NEED(kozo_thread_set_time(h->thread, 0));
}

TEST(fast_long_taken, "calls and answers with all words that there are take the fast way, too")
{
	struct helper h = { 0 };
	uint64_t took;

	make_long_server(&h);
	took = least(call_long);
	if (FASTPATH && processor_has(PROCESSOR_FSGSBASE) && ticks_are_instructions() && took > 900)
		fail("CALL and REPLY_RECV: %lu instructions", took);
}

TEST(fast_long_watched, "who watches an endpoint is told of a long call, too")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0);
	struct helper h = { 0 };

	make_long_server(&h);
	NEED(kozo_endpoint_watch(endpoint, part_of(n, RIGHT_SEND, 4)));
	call_long();
	EXPECT(signals_of(n), 4);
}

/* --- what is loaded for one of the two ------------------------------------------------- */

static void expect_served(struct helper *client, struct helper *server, word_t times)
{
	client->in[0] = times;
	helper_start(client);
	helpers_run();
	EXPECT(client->step, times);
	EXPECT_STATUS(client->status, OK);
	EXPECT(server->step, times);
	EXPECT(helper_state(server), THREAD_RECEIVING);
}

TEST(fast_breakpoints, "what is watched for in a caller does not stop its server")
{
	enum { ENABLE_WORD_WRITE = 0x90001 };
	struct helper client = { 0 }, server;

	make_server(&server, serves_and_writes);
	helper_make(&client, calls_often);
	NEED(kozo_thread_set_breakpoints(client.thread, (vaddr_t)&watched, 0, 0, 0,
					 ENABLE_WORD_WRITE));
	expect_served(&client, &server, 3);
}

TEST(fast_breakpoints_back, "what is watched for in a server stops it, whoever calls it")
{
	enum { ENABLE_WORD_WRITE = 0x90001 };
	struct helper client = { .in = { 1 } }, server;

	make_server(&server, serves_and_writes);
	NEED(kozo_thread_stop(server.thread));
	NEED(kozo_thread_set_breakpoints(server.thread, (vaddr_t)&watched, 0, 0, 0,
					 ENABLE_WORD_WRITE));
	NEED(kozo_thread_set_time(server.thread, make_time(HELPERS_PRIORITY)));
	helper_start(&server);
	helpers_run();
	NEED(kozo_thread_set_time(server.thread, 0));
	helper_make(&client, calls_often);
	helper_start(&client);
	helpers_run();
	EXPECT(server.step, 1);
	EXPECT(helper_state(&server), THREAD_FAULTED);
	EXPECT(helper_state(&client), THREAD_AWAITS_REPLY);
}

TEST(fast_fpu, "a server whose caller has the FPU on does not have it")
{
	struct helper client = { .in = { 1 } }, server;

	make_server(&server, serves_and_counts);
	helper_make(&client, calls_often);
	NEED(kozo_thread_set_fpu(client.thread, 1));
	helper_start(&client);
	helpers_run();
	EXPECT(server.step, 1);
	EXPECT(helper_state(&server), THREAD_FAULTED);
}

/* --- time ---------------------------------------------------------------------------------- */

static volatile bool other_ran;

static void notes_that_it_runs(struct helper *h)
{
	(void)h;
	other_ran = true;
}

/* Spins after one call, with another thread of the same context behind it. */
static void calls_and_spins(struct helper *h)
{
	h->status = call();
	for (unsigned i = 0; i < 100 && !other_ran; i++)
		spin(1);
	h->out[0] = other_ran;
	h->step = 1;
}

TEST(fast_turns, "a thread shares its time in turns after a call, however long that took")
{
	struct helper client = { 0 }, other = { 0 }, server;
	cptr_t time = make_time(HELPERS_PRIORITY);

	milliseconds(1);
	make_server(&server, serves_long);
	other_ran = false;
	helper_make(&client, calls_and_spins);
	helper_make(&other, notes_that_it_runs);
	NEED(kozo_thread_set_time(client.thread, time));
	NEED(kozo_thread_set_time(other.thread, time));
	helper_start(&client);
	helper_start(&other);
	helpers_run_all();
	EXPECT(client.step, 1);
	EXPECT(client.out[0], true);
}

static void expect_without_time(const struct helper *h)
{
	word_t state = 0, priority = ~0ull;

	NEED(kozo_thread_info(h->thread, &state, &priority));
	EXPECT(state, THREAD_RECEIVING);
	EXPECT(priority, 0);
}

/* A server that begins on its reserve, owing an answer, and answers whose time that is. */
TEST(fast_reserve, "a server gives back its reserve with the answer, and has it again")
{
	struct helper client = { .in = { 1 } }, server;
	cptr_t time = make_time(HELPERS_PRIORITY);

	make_server(&server, serves);
	helper_make(&client, calls_often);
	NEED(kozo_thread_set_time(client.thread, time));
	NEED(kozo_thread_set_reserve(server.thread, time));
	for (unsigned i = 0; i < 3; i++) {
		client.step = 0;
		helper_start(&client);
		helpers_run();
		EXPECT(client.step, 1);
		expect_without_time(&server);
	}
}

static void answers_first(struct helper *h)
{
	h->status = answer(SYS_REPLY_RECV);
	h->step++;
}

static void takes_and_stops(struct helper *h)
{
	(void)answer(SYS_RECV);
	h->step++;
}

TEST(fast_on_reserve, "an answer that is given on a reserve ends that, too")
{
	struct helper client = { .in = { 1 } }, server;
	cptr_t time = make_time(HELPERS_PRIORITY);
	word_t violated = 0;

	make_server(&server, takes_and_stops);
	NEED(kozo_thread_set_reserve(server.thread, time));
	helper_make(&client, calls_often);
	NEED(kozo_thread_set_time(client.thread, time));
	helper_start(&client);
	helpers_run();
	EXPECT(server.finished, true);
	EXPECT(helper_state(&client), THREAD_AWAITS_REPLY);
	server.run = answers_first;
	helper_start(&server);
	helpers_run();
	EXPECT(client.step, 1);
	expect_without_time(&server);
	if (kozo_debug_console_check(SLOT_DEBUG_CONSOLE, &violated) == OK)
		EXPECT(violated, 0);
}

/* What it runs on changes when that is known, so its loan must be, by then. */
static void takes_reserve_and_looks(struct helper *h)
{
	word_t w[IPC_REGISTERS] = { 0 };

	(void)answer(SYS_RECV);
	(void)answer(SYS_REPLY_RECV);
	w[0] = h->in[0];
	h->status = kozo_invoke(h->self, LABEL_THREAD_SET_RESERVE, 1, w);
	(void)kozo_invoke(h->self, LABEL_THREAD_INFO, 0, w);
	h->out[0] = w[1];
	h->step++;
	(void)answer(SYS_REPLY_RECV);
}

TEST(fast_borrows, "a server that is given a reserve goes on on what it has borrowed")
{
	struct helper client = { .in = { 2 } }, server = { 0 };
	cptr_t time = make_time(HELPERS_PRIORITY - 1);

	make_server(&server, takes_reserve_and_looks);
	server.in[0] = time;
	helper_make(&client, calls_often);
	helper_start(&client);
	helpers_run();
	EXPECT(client.step, 2);
	EXPECT_STATUS(server.status, OK);
	EXPECT(server.out[0], HELPERS_PRIORITY);
}

static void calls_and_waits(struct helper *h)
{
	word_t bits;

	h->status = call();
	h->step = 1;
	NEED(kozo_wait(h->in[0], &bits));
	h->step = 2;
}

TEST(fast_from_reserve, "a thread that calls on its reserve borrows nothing")
{
	struct helper client = { .in = { make(OBJECT_NOTIFICATION, 0) } }, server;

	make_server(&server, serves_slowly);
	helper_make(&client, calls_and_waits);
	NEED(kozo_thread_set_time(client.thread, 0));
	NEED(kozo_thread_set_reserve(client.thread, make_time(HELPERS_PRIORITY)));
	helper_start(&client);
	helpers_run();
	EXPECT(client.step, 1);
	NEED(kozo_thread_set_reserve(client.thread, 0));
	NEED(kozo_signal(client.in[0]));
	helpers_run();
	EXPECT(client.step, 1);
	EXPECT(helper_state(&client), THREAD_TIMELESS);
}

/* --- servers that call others ---------------------------------------------------------- */

enum { DEPTH = 4 };

struct link {
	cptr_t endpoint, reply;
};

static struct link chain[DEPTH];
static cptr_t hold;

static status_t ask(word_t number, cptr_t target, cptr_t with)
{
	struct kozo_registers r = { .target = target };

	return kozo_syscall(number | with << SYSCALL_REPLY_SHIFT, &r);
}

/* Server in[0] of the chain asks the next one; the last waits for a signal. */
static void serves_in_chain(struct helper *h)
{
	const struct link *here = &chain[h->in[0]];
	word_t bits;

	(void)ask(SYS_RECV, here->endpoint, here->reply);
	for (;;) {
		h->step++;
		if (h->in[0] + 1 < DEPTH)
			h->status = ask(SYS_CALL, chain[h->in[0] + 1].endpoint, 0);
		else
			h->status = kozo_wait(hold, &bits);
		h->step++;
		(void)ask(SYS_REPLY_RECV, here->endpoint, here->reply);
	}
}

static void make_chain(struct helper *server)
{
	hold = make(OBJECT_NOTIFICATION, 0);
	for (unsigned i = 0; i < DEPTH; i++) {
		chain[i] = (struct link){ make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0) };
		server[i] = (struct helper){ .in = { i } };
		helper_go(&server[i], serves_in_chain);
		NEED(kozo_thread_set_time(server[i].thread, 0));
	}
	endpoint = chain[0].endpoint;
}

static void expect_sound(void)
{
	word_t violated = 0;

	if (kozo_debug_console_check(SLOT_DEBUG_CONSOLE, &violated) == OK)
		EXPECT(violated, 0);
}

static word_t priority_now(const struct helper *h)
{
	word_t state, priority = ~0ull;

	NEED(kozo_thread_info(h->thread, &state, &priority));
	return priority;
}

TEST(fast_chain,
     "each of several servers that wait for each other has borrowed from the first caller")
{
	struct helper client = { .in = { 2 } }, server[DEPTH];

	make_chain(server);
	helper_make(&client, calls_often);
	helper_start(&client);
	for (unsigned turn = 1; turn <= 2; turn++) {
		helpers_run();
		for (unsigned i = 0; i < DEPTH; i++) {
			EXPECT(server[i].step, 2 * turn - 1);
			EXPECT(priority_now(&server[i]), HELPERS_PRIORITY);
		}
		expect_sound();
		NEED(kozo_signal(hold));
		helpers_run();
		EXPECT(client.step, turn);
	}
	for (unsigned i = 0; i < DEPTH; i++)
		EXPECT(priority_now(&server[i]), 0);
	expect_sound();
}

TEST(fast_chain_dies, "whoever has borrowed time that is gone does not run on it")
{
	struct helper client = { .in = { 1 } }, server[DEPTH];
	cptr_t time = make_time(HELPERS_PRIORITY);

	make_chain(server);
	helper_make(&client, calls_often);
	NEED(kozo_thread_set_time(client.thread, time));
	helper_start(&client);
	helpers_run();
	NEED(kozo_thread_set_time(client.thread, 0));
	NEED(kozo_cnode_delete(SLOT_CNODE, time));
	for (unsigned i = 0; i < DEPTH; i++)
		EXPECT(priority_now(&server[i]), 0);
	expect_sound();
	NEED(kozo_signal(hold));
	helpers_run();
	EXPECT(client.step, 0);
	expect_sound();
}

/* They leave one after the other, the first of them first, the last, and one between. */
TEST(fast_chain_breaks, "servers that have borrowed from one caller stop in any order")
{
	static const unsigned order[][DEPTH - 1] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 } };

	for (unsigned row = 0; row < sizeof(order) / sizeof(order[0]); row++) {
		struct helper client = { .in = { 1 } }, server[DEPTH];

		make_chain(server);
		helper_make(&client, calls_often);
		helper_start(&client);
		helpers_run();
		for (unsigned i = 0; i < DEPTH - 1; i++) {
			NEED(kozo_cnode_delete(SLOT_CNODE, server[order[row][i]].thread));
			expect_sound();
		}
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

/* --- answers that are not the usual ------------------------------------------------------ */

static cptr_t wrong_target, wrong_reply;
static word_t wrong_info;

/* Tries in vain to answer, then waits for a signal, then does. */
static void answers_wrongly(struct helper *h)
{
	struct kozo_registers r;
	word_t bits;

	(void)answer(SYS_RECV);
	r = (struct kozo_registers){ .target = wrong_target, .info = wrong_info };
	h->status = kozo_syscall(SYS_REPLY_RECV | wrong_reply << SYSCALL_REPLY_SHIFT, &r);
	h->step = 1;
	NEED(kozo_wait(hold, &bits));
	(void)answer(SYS_REPLY_RECV);
}

static void expect_refused(cptr_t target, cptr_t with, word_t info, status_t want)
{
	struct helper client = { .in = { 1 } }, server;

	hold = make(OBJECT_NOTIFICATION, 0);
	make_server(&server, answers_wrongly);
	wrong_target = target ? target : endpoint;
	wrong_reply = with ? with : reply;
	wrong_info = info;
	helper_make(&client, calls_often);
	helper_start(&client);
	helpers_run();
	EXPECT(server.step, 1);
	EXPECT_STATUS(server.status, want);
	EXPECT(helper_state(&client), THREAD_AWAITS_REPLY);
	NEED(kozo_signal(hold));
	helpers_run();
	EXPECT(client.step, 1);
	EXPECT_STATUS(client.status, OK);
}

TEST(fast_refusals, "what a passive server cannot answer with is refused, and its caller waits")
{
	cptr_t other = make(OBJECT_ENDPOINT, 0), n = make(OBJECT_NOTIFICATION, 0);
	cptr_t free = make(OBJECT_REPLY, 0), nothing = slot_new();
	const struct {
		cptr_t target, reply;
		word_t info;
		status_t want;
	} rows[] = {
		{ nothing, 0, 0, ERR_BAD_CAP },
		{ boot->slot_count, 0, 0, ERR_BAD_CAP },
		{ ~0ull, 0, 0, ERR_BAD_CAP },
		{ n, 0, 0, ERR_WRONG_TYPE },
		{ part_of(other, RIGHT_SEND | RIGHT_GRANT, 0), 0, 0, ERR_NO_RIGHT },
		{ 0, nothing, 0, ERR_BAD_CAP },
		{ 0, 0xffffffff, 0, ERR_BAD_CAP },
		{ 0, n, 0, ERR_WRONG_TYPE },
		{ 0, part_of(free, 0, 0), 0, ERR_NO_RIGHT },
		{ 0, 0, IPC_REGISTERS + 1, ERR_BAD_ARG },
		{ 0, 0, 1 << INFO_CAPS_SHIFT, ERR_BAD_ARG },
		{ 0, 0, 1 << 15, ERR_BAD_ARG },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_refused(rows[i].target, rows[i].reply, rows[i].info, rows[i].want);
}

/* Receives, waits for a signal, and answers. */
static void answers_late(struct helper *h)
{
	word_t bits;

	(void)answer(SYS_RECV);
	h->step = 1;
	NEED(kozo_wait(hold, &bits));
	h->status = answer(SYS_REPLY_RECV);
	h->step = 2;
}

TEST(fast_caller_gone, "a passive server's answer to a caller that is gone is dropped")
{
	struct helper client = { .in = { 1 } }, next = { .in = { 1 } }, server;

	hold = make(OBJECT_NOTIFICATION, 0);
	make_server(&server, answers_late);
	helper_make(&client, calls_often);
	helper_start(&client);
	helpers_run();
	NEED(kozo_thread_stop(client.thread));
	NEED(kozo_signal(hold));
	helpers_run();
	EXPECT(helper_state(&server), THREAD_RECEIVING);
	expect_sound();
	helper_make(&next, calls_often);
	helper_start(&next);
	helpers_run();
	EXPECT(server.step, 2);
	EXPECT_STATUS(server.status, OK);
}

/* Answers the call that in[0] holds, before and after its own. */
static void answers_for_another(struct helper *h)
{
	(void)answer(SYS_RECV);
	h->step = 1;
	(void)ask(SYS_REPLY_RECV, endpoint, h->in[0]);
	h->step = 2;
}

TEST(fast_other_reply, "a passive server may answer whom another one has received")
{
	struct helper first = { .in = { 1 } }, second = { .in = { 1 } }, owes, server;
	cptr_t kept;

	hold = make(OBJECT_NOTIFICATION, 0);
	make_server(&owes, answers_late);
	kept = reply;
	helper_make(&first, calls_often);
	helper_start(&first);
	helpers_run();
	make_server(&server, answers_for_another);
	server.in[0] = kept;
	helper_make(&second, calls_often);
	NEED(kozo_thread_set_time(first.thread, helpers_time));
	NEED(kozo_thread_set_time(second.thread, helpers_time));
	helper_start(&second);
	helpers_run();
	EXPECT(first.step, 1);
	EXPECT_STATUS(first.status, OK);
	EXPECT(helper_state(&second), THREAD_AWAITS_REPLY);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
	expect_sound();
}

/* --- servers with time of their own -------------------------------------------------------- */

TEST(fast_active_taken, "calls to a server with time of its own take the fast way, too")
{
	struct helper h;

	if (!FASTPATH || !processor_has(PROCESSOR_FSGSBASE) || !ticks_are_instructions())
		return;
	make_active_server(&h, serves, make_time(HELPERS_PRIORITY));

	uint64_t took = least(call);

	if (took > 340)
		fail("CALL and REPLY_RECV: %lu instructions", took);
}

static void calls_and_works(struct helper *h)
{
	while (h->step < h->in[0]) {
		work(1000);
		h->status = call();
		h->step++;
	}
}

static void serves_and_works(struct helper *h)
{
	(void)answer(SYS_RECV);
	for (;;) {
		h->step++;
		work(3000);
		(void)answer(SYS_REPLY_RECV);
	}
}

TEST(fast_active_charged, "each of two contexts is charged what its own threads use")
{
	struct helper client = { .in = { 50 } }, server;
	cptr_t hers = make_time(HELPERS_PRIORITY), his = make_time(HELPERS_PRIORITY);

	make_active_server(&server, serves_and_works, his);
	helper_start_on(&client, calls_and_works, hers);
	helpers_run_above();
	EXPECT(client.step, 50);
	EXPECT(server.step, 50);
	EXPECT(consumed(hers), time_of(client.thread));
	EXPECT(consumed(his), time_of(server.thread));
	if (ticks_are_instructions()) {
		EXPECT(consumed(hers) / 1000 >= 50 * 2, true);
		EXPECT(consumed(hers) / 1000 < 50 * 4, true);
		EXPECT(consumed(his) / 1000 >= 50 * 6, true);
		EXPECT(consumed(his) / 1000 < 50 * 9, true);
	}
}

/* Of four periods nobody gets more than a budget in each, and what begins or ends one. */
static void expect_in_budget(bool caller_is_limited)
{
	struct helper client = { .in = { ~0ull } }, server;
	cptr_t hers = make_time(HELPERS_PRIORITY), his = make_time(HELPERS_PRIORITY);
	cptr_t limited = caller_is_limited ? hers : his;
	word_t period = 10 * small_budget(), before;

	make_active_server(&server, serves, his);
	before = consumed(limited);
	set_terms(limited, small_budget(), period, HELPERS_PRIORITY);
	helper_start_on(&client, calls_often, hers);
	helpers_run_until(kozo_ticks() + 4 * period);
	EXPECT(client.step > 0, true);
	if (ticks_are_instructions())
		EXPECT(consumed(limited) - before <= 6 * small_budget(), true);
	NEED(kozo_thread_stop(client.thread));
}

TEST(fast_active_caller_budget, "who calls a server with time of its own uses up the own budget")
{
	expect_in_budget(true);
}

TEST(fast_active_server_budget, "a server with time of its own uses up its budget, whoever calls")
{
	expect_in_budget(false);
}

/* --- who borrows and calls a server with time of its own ---------------------------------- */

static cptr_t first_endpoint, first_reply;

/* Serves at the first endpoint by calling at the other one. */
static void passes_on(struct helper *h)
{
	struct kozo_registers r = { .target = first_endpoint };

	kozo_syscall(SYS_RECV | first_reply << SYSCALL_REPLY_SHIFT, &r);
	for (;;) {
		h->step++;
		h->status = call();
		r.target = first_endpoint;
		r.info = 0;
		kozo_syscall(SYS_REPLY_RECV | first_reply << SYSCALL_REPLY_SHIFT, &r);
	}
}

static void serves_when_told(struct helper *h)
{
	word_t bits;

	(void)answer(SYS_RECV);
	for (;;) {
		h->step++;
		NEED(kozo_wait(notification, &bits));
		(void)answer(SYS_REPLY_RECV);
	}
}

static void calls_first(struct helper *h)
{
	struct kozo_registers r = { .target = first_endpoint };

	h->status = kozo_syscall(SYS_CALL, &r);
	h->step++;
}

TEST(fast_active_borrowed, "a passive server that calls one with time of its own keeps its loan")
{
	struct helper client, middle = { 0 }, server;

	first_endpoint = make(OBJECT_ENDPOINT, 0);
	first_reply = make(OBJECT_REPLY, 0);
	notification = make(OBJECT_NOTIFICATION, 0);
	make_active_server(&server, serves_when_told, make_time(HELPERS_PRIORITY));
	helper_start_on(&middle, passes_on, helpers_time);
	helpers_run_above();
	NEED(kozo_thread_set_time(middle.thread, 0));
	helper_start_on(&client, calls_first, make_time(HELPERS_PRIORITY));
	helpers_run_above();
	EXPECT(helper_state(&server), THREAD_WAITING);
	EXPECT(helper_state(&middle), THREAD_AWAITS_REPLY);
	expect_sound();
	NEED(kozo_signal(notification));
	helpers_run_above();
	EXPECT(client.step, 1);
	EXPECT_STATUS(client.status, OK);
	EXPECT_STATUS(middle.status, OK);
	expect_sound();
}

TEST(fast_other_time,
     "a passive server gives back what it borrowed, though its caller has other time now")
{
	struct helper client, server;

	notification = make(OBJECT_NOTIFICATION, 0);
	make_active_server(&server, serves_when_told, helpers_time);
	NEED(kozo_thread_set_time(server.thread, 0));
	first_endpoint = endpoint;
	helper_start_on(&client, calls_first, make_time(HELPERS_PRIORITY));
	helpers_run_above();
	EXPECT(helper_state(&server), THREAD_WAITING);
	NEED(kozo_thread_set_time(client.thread, make_time(HELPERS_PRIORITY)));
	NEED(kozo_signal(notification));
	helpers_run_above();
	EXPECT(client.step, 1);
	EXPECT_STATUS(client.status, OK);
	EXPECT(helper_state(&server), THREAD_RECEIVING);
	EXPECT(priority_of(server.thread), 0);
	expect_sound();
}

/* Waits for a signal that lends time, and calls. */
static void waits_and_calls(struct helper *h)
{
	word_t bits;

	NEED(kozo_wait(h->in[0], &bits));
	h->status = call();
	h->step = 1;
}

TEST(fast_active_both, "of two who borrow the same, one that calls does not keep the other out")
{
	struct helper borrower[2] = { 0 }, server;
	cptr_t time = make_time(HELPERS_PRIORITY);

	notification = make(OBJECT_NOTIFICATION, 0);
	make_active_server(&server, serves_when_told, make_time(HELPERS_PRIORITY));
	for (unsigned i = 0; i < 2; i++) {
		borrower[i].in[0] = make(OBJECT_NOTIFICATION, 0);
		helper_start_on(&borrower[i], waits_and_calls, helpers_time);
		helpers_run_above();
		NEED(kozo_thread_set_time(borrower[i].thread, 0));
		NEED(kozo_notification_set_time(borrower[i].in[0], time));
	}
	for (unsigned i = 0; i < 2; i++)
		NEED(kozo_signal(borrower[i].in[0]));
	helpers_run_above();
	EXPECT(helper_state(&borrower[1]), THREAD_AWAITS_REPLY);
	EXPECT(helper_state(&borrower[0]), THREAD_CALLING);
	expect_sound();
	for (unsigned i = 0; i < 2; i++) {
		NEED(kozo_signal(notification));
		helpers_run_above();
	}
	for (unsigned i = 0; i < 2; i++) {
		EXPECT(borrower[i].step, 1);
		EXPECT_STATUS(borrower[i].status, OK);
	}
	EXPECT(server.step, 2);
	expect_sound();
}

/* Wakes in[0] before it answers. */
static void serves_and_wakes(struct helper *h)
{
	(void)answer(SYS_RECV);
	for (;;) {
		h->step++;
		NEED(kozo_signal(h->in[0]));
		(void)answer(SYS_REPLY_RECV);
	}
}

static void waits_once(struct helper *h)
{
	word_t bits;

	NEED(kozo_wait(h->in[0], &bits));
	h->step = 1;
}

TEST(fast_active_left, "who shares the time of a server runs when that has answered")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), his = make_time(HELPERS_PRIORITY);
	struct helper other = { .in = { n } }, server = { .in = { n } };
	struct helper client = { .in = { 1 } };

	helper_start_on(&other, waits_once, his);
	endpoint = make(OBJECT_ENDPOINT, 0);
	reply = make(OBJECT_REPLY, 0);
	helper_start_on(&server, serves_and_wakes, his);
	helpers_run_above();
	helper_start_on(&client, calls_often, make_time(HELPERS_PRIORITY));
	helpers_run_above();
	EXPECT(client.step, 1);
	EXPECT(other.step, 1);
	expect_sound();
}

/* Receives without the right to grant first, and with it then. What may it send along? */
static void receives_with_more(struct helper *h)
{
	const word_t number = SYS_REPLY_RECV | reply << SYSCALL_REPLY_SHIFT;
	struct kozo_registers weak = { .target = h->in[0] };
	struct kozo_registers caps = { .target = endpoint, .info = 1 << INFO_CAPS_SHIFT };

	kozo_syscall(SYS_RECV | reply << SYSCALL_REPLY_SHIFT, &weak);
	(void)answer(SYS_REPLY_RECV);
	h->status = kozo_syscall(number, &caps);
	(void)answer(SYS_REPLY_RECV);
}

TEST(fast_active_grant, "whether an answer may grant is settled by each call anew")
{
	struct helper server = { 0 };

	endpoint = make(OBJECT_ENDPOINT, 0);
	reply = make(OBJECT_REPLY, 0);
	server.in[0] = part_of(endpoint, RIGHT_RECEIVE, 0);
	helper_start_on(&server, receives_with_more, make_time(HELPERS_PRIORITY));
	helpers_run_above();
	NEED(call());
	NEED(call());
	EXPECT_STATUS(server.status, ERR_BAD_ARG); /* it has no IPC buffer for them */
}

/* --- in another address space ---------------------------------------------------------------- */

/* One with our own tables, and room at AREA. */
static cptr_t make_space(void)
{
	const word_t top =
		OBJECT_PAGE_TABLE | PAGE_TABLE_LEVELS << DESCRIBE_SIZE_SHIFT | DESCRIBE_MAPPED;
	cptr_t space = make(OBJECT_VSPACE, 0), table = 0;

	for (cptr_t i = SLOT_BOOT_OBJECTS; i < boot->initrd_first && !table; i++)
		if (describe(i).kind == top)
			table = copy_of(i);
	NEED(kozo_page_table_install(table, space, 0));
	make_tables(space, AREA);
	return space;
}

TEST(fast_active_flushed, "a server with time of its own finds nothing that was unmapped")
{
	struct helper server = { 0 };
	cptr_t space = make_space(), frame = make(OBJECT_FRAME, PAGE_BITS);

	endpoint = make(OBJECT_ENDPOINT, 0);
	reply = make(OBJECT_REPLY, 0);
	helper_make(&server, serves);
	NEED(kozo_thread_configure(server.thread, 0, space, 0));
	helper_start(&server);
	helpers_run();
	for (unsigned i = 1; i <= 3; i++) {
		NEED(call());
		NEED(kozo_frame_map(frame, space, AREA, RIGHT_READ, 0));
		NEED(kozo_frame_unmap(frame));
		NEED(call());
		EXPECT(server.step, 2 * i);
	}
}
