/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Threads that hand over to others by a signal, a turn that is given up, an interrupt or a
 * fault: that the fast paths are taken at all, what they charge, whom they leave to C, and
 * that who is interrupted keeps all registers.
 */
#include "actors.h"
#include "message.h"
#include "pit.h"
#include "processor.h"
#include "ticks.h"

#include <string.h>

enum { FORBIDDEN = 0x13370 }; /* nothing is mapped there */

static void expect_sound(void)
{
	word_t violated = 0;

	if (kozo_debug_console_check(SLOT_DEBUG_CONSOLE, &violated) == OK)
		EXPECT(violated, 0);
}

/* --- pairs of threads ---------------------------------------------------------------------- */

/* Each goes on for in[0] times, until in[1], and works for so long in between: in[2]. */
static bool goes_on(struct helper *h)
{
	work(h->in[2] + 1);
	return ++h->step < h->in[0] && kozo_ticks() < h->in[1];
}

static cptr_t notification, endpoint, reply;

/* When somebody began to hand over, and the least that it has taken. */
static volatile uint64_t began, least;

static void begins(void)
{
	began = kozo_ticks();
}

static void has_begun(void)
{
	uint64_t took = kozo_ticks() - began;

	least = took < least ? took : least;
}

static void signals(struct helper *h)
{
	do {
		begins();
		NEED(kozo_signal(notification));
	} while (goes_on(h));
}

static void waits(struct helper *h)
{
	word_t bits;

	do {
		NEED(kozo_wait(notification, &bits));
		has_begun();
	} while (goes_on(h));
}

static void yields(struct helper *h)
{
	do {
		begins();
		kozo_yield();
		has_begun();
	} while (goes_on(h));
}

static struct helper from, to;

static void spins(struct helper *h)
{
	do
		begins();
	while (!to.finished && goes_on(h));
}

static void waits_for_device(struct helper *h)
{
	word_t bits;

	do {
		pit_start(50);
		NEED(kozo_wait(notification, &bits));
		has_begun();
	} while (goes_on(h));
}

static void touches(struct helper *h)
{
	begins();
	h->out[0] = *at(FORBIDDEN);
}

static void ask(word_t number, word_t label)
{
	struct kozo_registers r = { .target = endpoint, .info = kozo_info(label, 0) };

	kozo_syscall(number | reply << SYSCALL_REPLY_SHIFT, &r);
}

static void calls(struct helper *h)
{
	do {
		begins();
		ask(SYS_CALL, 0);
	} while (goes_on(h));
}

/* The last fault stops whoever has it. */
static void handles(struct helper *h)
{
	ask(SYS_RECV, 0);
	has_begun();
	while (goes_on(h))
		ask(SYS_REPLY_RECV, 0);
	ask(SYS_REPLY_RECV, 1);
}

static void handles_again(struct helper *h)
{
	ask(SYS_RECV, 0);
	while (goes_on(h)) {
		begins();
		ask(SYS_REPLY_RECV, 0);
		has_begun();
	}
	ask(SYS_REPLY_RECV, 1);
}

/* The one of them that hands over, and the one that it hands over to. */
static const struct pair {
	const char *name;
	void (*from)(struct helper *h);
	void (*to)(struct helper *h);
	word_t priority; /* of `to`; `from` has LOW */
	uint64_t most;	 /* instructions by the fast way, ours included */
} pairs[] = {
	{ "SIGNAL", signals, waits, 150, 260 },
	{ "YIELD", yields, yields, 100, 240 },
	{ "CALL", calls, handles, 150, 190 },
	{ "a page fault", touches, handles, 150, 190 },
	{ "an answer to a page fault, and another one", touches, handles_again, 150, 400 },
	{ "an interrupt", spins, waits_for_device, 150, 270 },
};

/* In Bochs more than that passes by itself when a device interrupts. */
enum { OF_A_DEVICE = 100000 };

enum { LOW = 100, PAIRS = sizeof(pairs) / sizeof(pairs[0]) };

static cptr_t from_time, to_time;

/* Where no device interrupts, its pair signals instead. */
static void make_pair(const struct pair *p, word_t times)
{
	notification = make(OBJECT_NOTIFICATION, 0);
	if (p->from == spins && has_lines())
		pit_handler(notification, 1);
	else if (p->from == spins)
		p = &pairs[0];
	endpoint = make(OBJECT_ENDPOINT, 0);
	reply = make(OBJECT_REPLY, 0);
	from_time = make_time(LOW);
	to_time = make_time(p->priority);
	from = to = (struct helper){ .in = { times, ~0ull } };
	if (p->from == spins)
		from.in[0] = ~0ull;
	helper_make(&from, p->from);
	NEED(kozo_thread_set_time(from.thread, from_time));
	NEED(kozo_thread_set_handler(from.thread, endpoint, 0));
	helper_make(&to, p->to);
	NEED(kozo_thread_set_time(to.thread, to_time));
	least = ~0ull;
}

static void start_pair(void)
{
	helper_start(&to);
	helper_start(&from);
}

static bool is_fast_here(void)
{
	return FASTPATH && processor_has(PROCESSOR_FSGSBASE) && ticks_are_instructions();
}

TEST(fast_switches_taken, "who hands over does so in as few instructions as the fast way takes")
{
	for (unsigned i = 0; i < PAIRS; i++) {
		make_pair(&pairs[i], 50);
		start_pair();
		helpers_run_above();
		if (is_fast_here() && least > pairs[i].most && least < OF_A_DEVICE)
			fail("%s: %lu instructions", pairs[i].name, least);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

/* Messages and signals. */
static word_t received(cptr_t thread)
{
	word_t time, messages = 0, signals = 0, replies;

	NEED(kozo_thread_usage(thread, &time, &messages, &signals, &replies));
	return messages + signals;
}

TEST(fast_switches_charged, "each of two contexts is charged what its own thread uses")
{
	for (unsigned i = 0; i < PAIRS; i++) {
		make_pair(&pairs[i], 50);
		from.in[2] = 500;
		to.in[2] = 1000;
		start_pair();
		helpers_run_above();
		EXPECT(to.step, 50);
		EXPECT(consumed(from_time), time_of(from.thread));
		EXPECT(consumed(to_time), time_of(to.thread));
		EXPECT(received(to.thread), pairs[i].to == yields ? 0 : 50);
		expect_sound();
		if (ticks_are_instructions())
			EXPECT(consumed(to_time) / 1000 >= 50 * 2, true);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

/* Of four periods it gets no more than a budget in each, and what begins or ends one. */
static void expect_in_budget(const struct pair *p, bool is_from, word_t work)
{
	word_t period = 10 * small_budget(), before, end;
	cptr_t limited;

	make_pair(p, ~0ull);
	limited = is_from ? from_time : to_time;
	end = kozo_ticks() + 4 * period;
	from.in[1] = to.in[1] = end;
	to.in[2] = work;
	before = consumed(limited);
	set_terms(limited, small_budget(), period, is_from ? LOW : p->priority);
	start_pair();
	helpers_run_until(end);
	EXPECT(consumed(limited) > before, true);
	if (ticks_are_instructions())
		EXPECT(consumed(limited) - before <= 6 * small_budget(), true);
	NEED(kozo_cnode_revoke(SLOT_CNODE, world));
}

static void spins_until(struct helper *h)
{
	while (kozo_ticks() < h->in[0])
		;
}

TEST(fast_switches_turns, "who hands over to others often has turns no longer than its equals")
{
	for (unsigned i = 0; i < PAIRS; i++) {
		uint64_t end = kozo_ticks() + milliseconds(60);
		struct helper equal = { .in = { end } };

		make_pair(&pairs[i], ~0ull);
		from.in[1] = to.in[1] = end;
		from.in[2] = 1000;
		start_pair();
		helper_start_on(&equal, spins_until, make_time(LOW));
		helpers_run_above();
		EXPECT(equal.finished, true);
		if (ticks_are_instructions())
			EXPECT(2 * time_of(equal.thread) >= time_of(from.thread), true);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

TEST(fast_switches_budget, "who hands over to others uses up the own budget, and so do they")
{
	for (unsigned i = 0; i < PAIRS; i++) {
		expect_in_budget(&pairs[i], true, 0);
		expect_in_budget(&pairs[i], false, 1000);
		expect_in_budget(&pairs[i], false, 5 * MUCH_WORK);
	}
}

/* --- turns ------------------------------------------------------------------------------------ */

/* Signals when its turn is over; has_run says whether another one has had a turn by then. */
static volatile bool has_run;

static void notes_that_it_runs(struct helper *h)
{
	(void)h;
	has_run = true;
}

static void outlasts_its_turn(struct helper *h)
{
	for (uint64_t end = kozo_ticks() + milliseconds(12); kozo_ticks() < end;)
		;
	NEED(kozo_signal(notification));
	for (uint64_t end = kozo_ticks() + milliseconds(2); kozo_ticks() < end;)
		;
	h->out[0] = has_run;
}

/* Makes in[0] ready, whom nobody has waited for before. */
static void waits_and_starts(struct helper *h)
{
	word_t bits;

	NEED(kozo_wait(notification, &bits));
	NEED(kozo_signal(h->in[0]));
}

static void waits_and_notes(struct helper *h)
{
	word_t bits;

	NEED(kozo_wait(h->in[0], &bits));
	notes_that_it_runs(h);
}

TEST(fast_turn_over,
     "who wakes somebody when the turn is over has a new one, ahead of later equals")
{
	cptr_t other_waits = make(OBJECT_NOTIFICATION, 0);
	struct helper first = { 0 }, waker = { .in = { other_waits } }, other = waker;

	notification = make(OBJECT_NOTIFICATION, 0);
	has_run = false;
	helper_start_on(&waker, waits_and_starts, make_time(150));
	helper_start_on(&other, waits_and_notes, make_time(LOW));
	helpers_run_above();
	helper_start_on(&first, outlasts_its_turn, make_time(LOW));
	helpers_run_above();
	EXPECT(first.finished, true);
	EXPECT(has_run, true);
	if (ticks_are_instructions())
		EXPECT(first.out[0], false);
}

/* Uses up most of a turn, waits, and notes how long it runs when it goes on. */
static void runs_on(struct helper *h)
{
	word_t bits;

	for (uint64_t end = kozo_ticks() + milliseconds(4); kozo_ticks() < end;)
		;
	NEED(kozo_wait(h->in[0], &bits));
	h->out[0] = kozo_ticks();
	while (!has_run)
		h->out[1] = kozo_ticks();
}

static void wakes_and_yields(struct helper *h)
{
	NEED(kozo_signal(h->in[0]));
	kozo_yield();
	has_run = true;
}

TEST(fast_turn_left,
     "who is next after a turn that was given up has no more of the own than is left")
{
	struct helper next = { .in = { make(OBJECT_NOTIFICATION, 0) } }, gives = next;

	has_run = false;
	helper_start_on(&next, runs_on, make_time(LOW));
	helpers_run_above();
	helper_start_on(&gives, wakes_and_yields, make_time(LOW));
	helpers_run_above();
	EXPECT(next.finished, true);
	if (ticks_are_instructions())
		EXPECT(next.out[1] - next.out[0] <= milliseconds(2), true);
}

static void yields_once(struct helper *h)
{
	(void)h;
	kozo_yield();
}

TEST(fast_turn_limited,
     "who is next after a turn that was given up has no more than the own budget")
{
	cptr_t limited = make_time(LOW);
	struct helper gives = { 0 }, next = { .in = { kozo_ticks() + milliseconds(8) } };

	set_terms(limited, small_budget(), 20 * small_budget(), LOW);
	helper_start_on(&gives, yields_once, make_time(LOW));
	helper_start_on(&next, spins_until, limited);
	helpers_run_above();
	EXPECT(gives.finished, true);
	if (ticks_are_instructions())
		EXPECT(consumed(limited) < 2 * small_budget(), true);
}

/* --- who is interrupted ------------------------------------------------------------------------- */

static struct thread_registers all_known(vaddr_t rip, bool inverted)
{
	word_t word[sizeof(struct thread_registers) / sizeof(word_t)];
	struct thread_registers r;

	for (unsigned i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		word[i] = 0x0101010101010101 * (i + 1);
		if (inverted && i < offsetof(struct thread_registers, rip) / sizeof(word[0]))
			word[i] = ~word[i];
	}
	memcpy(&r, word, sizeof(r));
	r.rip = rip;
	r.rflags = 0x240ed7; /* all that a program may have, but TF */
	r.fs_base %= USER_TOP;
	r.gs_base %= USER_TOP;
	return r;
}

static void expect_registers(cptr_t thread, struct thread_registers want)
{
	struct thread_registers got;

	NEED(kozo_thread_stop(thread));
	got = registers_of(thread);
	got.rflags &= ~0x10000ull; /* RF */
	EXPECT(memcmp(&got, &want, sizeof(got)), 0);
	NEED(kozo_thread_resume(thread));
}

/* We wait, and are woken out of a thread in another space that does nothing but keep registers. */
TEST(fast_interrupted, "who is interrupted by a device goes on later with all registers and flags")
{
	const struct thread_registers known = all_known(actor_spins_at(), true);
	cptr_t n = make(OBJECT_NOTIFICATION, 0), thread = make(OBJECT_THREAD, 0);
	word_t before, bits = 0;

	if (!has_lines() || !processor_has(PROCESSOR_FSGSBASE))
		return;
	actors_begin();
	pit_handler(n, 6);
	NEED(kozo_thread_configure(thread, SLOT_CNODE, actor_space[1], 0));
	set_priority(thread, LOW);
	NEED(registers_put(thread, all_known(actor_inverts_at(), false)));
	NEED(kozo_thread_resume(thread));
	before = interrupts();
	for (unsigned i = 0; i < 3; i++) {
		pit_start(200);
		NEED(kozo_wait(n, &bits));
		EXPECT(bits, 6);
		expect_registers(thread, known);
	}
	EXPECT(interrupts(), before + 3);
	expect_sound();
}

/* --- what an answer may carry ------------------------------------------------------------------ */

/* Receives without the right to grant, then with it. What may it send along? */
static void answers_with_more(struct helper *h)
{
	struct kozo_registers weak = { .target = h->in[0] };
	struct kozo_registers caps = { .target = endpoint, .info = 1 << INFO_CAPS_SHIFT };

	kozo_syscall(SYS_RECV | reply << SYSCALL_REPLY_SHIFT, &weak);
	ask(SYS_REPLY_RECV, 0);
	h->status = kozo_syscall(SYS_REPLY_RECV | reply << SYSCALL_REPLY_SHIFT, &caps);
	ask(SYS_REPLY_RECV, 1);
}

TEST(fast_fault_grant, "whether an answer to a fault may grant is settled by each fault anew")
{
	endpoint = make(OBJECT_ENDPOINT, 0);
	reply = make(OBJECT_REPLY, 0);
	to = (struct helper){ .in = { part_of(endpoint, RIGHT_RECEIVE, 0) } };
	helper_start_on(&to, answers_with_more, make_time(150));
	helpers_run_above();
	helper_make(&from, touches);
	set_priority(from.thread, LOW);
	NEED(kozo_thread_set_handler(from.thread, endpoint, 0));
	helper_start(&from);
	helpers_run_above();
	EXPECT_STATUS(to.status, ERR_BAD_ARG); /* it has no IPC buffer for them */
}

/* --- on time that is lent -------------------------------------------------------------------------- */

/* In between it waits for in[0], if that is there, then wakes somebody by in[1] or yields. */
static void serves_in_between(struct helper *h)
{
	word_t bits;

	ask(SYS_RECV, 0);
	if (h->in[0])
		NEED(kozo_wait(h->in[0], &bits));
	if (h->in[1])
		NEED(kozo_signal(h->in[1]));
	else
		kozo_yield();
	ask(SYS_REPLY_RECV, 0);
}

static void checks(struct helper *h)
{
	word_t bits;

	if (h->in[1])
		NEED(kozo_wait(h->in[1], &bits));
	expect_sound();
	h->step = 1;
}

/* The kernel may not have been told of the loan yet, or the borrower has that time, too. */
enum loan { UNTOLD, TOLD, ALSO_OWN, LOANS };

static void serve_passively(struct helper *server)
{
	endpoint = make(OBJECT_ENDPOINT, 0);
	reply = make(OBJECT_REPLY, 0);
	helper_start_on(server, serves_in_between, helpers_time);
	helpers_run_above();
	NEED(kozo_thread_set_time(server->thread, 0));
}

/* A server that borrows hands over to somebody who looks whether the kernel's lists are right. */
static void expect_borrowed(bool by_signal, enum loan loan)
{
	cptr_t told = make(OBJECT_NOTIFICATION, 0), time = make_time(LOW);
	struct helper server = { 0 }, client = { .in = { 1 } }, checker = { 0 };

	server.in[0] = loan == UNTOLD ? 0 : told;
	server.in[1] = checker.in[1] = by_signal ? make(OBJECT_NOTIFICATION, 0) : 0;
	serve_passively(&server);
	if (by_signal) {
		helper_start_on(&checker, checks, make_time(150));
		helpers_run_above();
	}
	helper_start_on(&client, calls, time);
	if (loan != UNTOLD)
		helpers_run_above();
	if (loan == ALSO_OWN)
		NEED(kozo_thread_set_time(server.thread, time));
	NEED(kozo_signal(told));
	if (!by_signal)
		helper_start_on(&checker, checks, make_time(LOW));
	helpers_run_above();
	EXPECT(checker.step, 1);
	EXPECT(client.step, 1);
	NEED(kozo_cnode_revoke(SLOT_CNODE, world));
}

TEST(fast_switches_borrowed, "who hands over while it borrows goes on borrowing")
{
	for (enum loan loan = UNTOLD; loan < LOANS; loan++) {
		expect_borrowed(false, loan);
		expect_borrowed(true, loan);
	}
}

/* Takes the time in[0] from in[2], whose it was, and gives up its turn. */
static void takes_time_away(struct helper *h)
{
	NEED(kozo_thread_set_time(h->in[2], 0));
	NEED(kozo_cnode_delete(SLOT_CNODE, h->in[0]));
	kozo_yield();
	h->step = 1;
}

/* Sees what became of who had it. */
static void looks(struct helper *h)
{
	word_t state = ~0ull, priority;

	NEED(kozo_thread_info(h->in[1], &state, &priority));
	h->out[0] = state;
}

TEST(fast_lost, "a turn that is given up goes to who has lost all time first, who is told")
{
	cptr_t told = make(OBJECT_NOTIFICATION, 0), time = make_time(LOW);
	struct helper server = { .in = { told } }, client = { .in = { 1 } };
	struct helper taker = { .in = { time } }, other;

	serve_passively(&server);
	helper_start_on(&client, calls, time);
	helpers_run_above();
	taker.in[1] = server.thread;
	taker.in[2] = client.thread;
	other = taker;
	helper_start_on(&taker, takes_time_away, make_time(LOW));
	NEED(kozo_signal(told));
	helper_start_on(&other, looks, make_time(LOW));
	helpers_run_above();
	EXPECT(taker.step, 1);
	if (ticks_are_instructions()) /* else a turn may end at any time */
		EXPECT(other.out[0], THREAD_FAULTED);
}

/* --- what the processor has of one thread only ------------------------------------------------------ */

static void waits_and_counts(struct helper *h)
{
	word_t bits;

	NEED(kozo_wait(notification, &bits));
	__asm__ volatile("fldz\n\tfstp %st(0)");
	h->step = 1;
}

static void spins_and_counts(struct helper *h)
{
	while (kozo_ticks() < h->in[0])
		__asm__ volatile("fldz\n\tfstp %st(0)");
}

static void signals_once(struct helper *h)
{
	(void)h;
	NEED(kozo_signal(notification));
}

static void yields_and_counts(struct helper *h)
{
	kozo_yield();
	__asm__ volatile("fldz\n\tfstp %st(0)");
	h->step = 1;
}

TEST(fast_fpu_woken, "who is woken, or has a turn, has the FPU that is its own")
{
	struct helper waits, yields, other = { 0 };

	notification = make(OBJECT_NOTIFICATION, 0);
	helper_make(&waits, waits_and_counts);
	NEED(kozo_thread_set_time(waits.thread, make_time(150)));
	NEED(kozo_thread_set_fpu(waits.thread, 1));
	helper_start(&waits);
	helpers_run_above();
	helper_start_on(&other, signals_once, make_time(LOW));
	helpers_run_above();
	EXPECT(waits.step, 1);
	helper_make(&yields, yields_and_counts);
	NEED(kozo_thread_set_time(yields.thread, make_time(RUNNER_PRIORITY)));
	NEED(kozo_thread_set_fpu(yields.thread, 1));
	helper_start(&yields);
	kozo_yield();
	kozo_yield();
	EXPECT(yields.step, 1);
}

TEST(fast_fpu_interrupted, "who is woken by a device out of a thread that has the FPU on has none")
{
	struct helper waits, spins = { .in = { kozo_ticks() + milliseconds(20) } };

	notification = make(OBJECT_NOTIFICATION, 0);
	if (!has_lines())
		return;
	pit_handler(notification, 1);
	helper_start_on(&waits, waits_and_counts, make_time(150));
	helpers_run_above();
	helper_make(&spins, spins_and_counts);
	NEED(kozo_thread_set_time(spins.thread, make_time(LOW)));
	NEED(kozo_thread_set_fpu(spins.thread, 1));
	helper_start(&spins);
	pit_start(500);
	helpers_run_above();
	EXPECT(helper_state(&waits), THREAD_FAULTED);
}

static void touches_and_counts(struct helper *h)
{
	__asm__ volatile("fldz\n\tfstp %st(0)");
	touches(h);
}

static void handles_and_counts(struct helper *h)
{
	ask(SYS_RECV, 0);
	h->step = 1;
	__asm__ volatile("fldz\n\tfstp %st(0)");
	h->step = 2;
}

/* A handler that is more urgent and waits, and whose faults it is told of; he does not run yet. */
static void make_faulting(struct helper *handler, void (*reacts)(struct helper *), struct helper *h,
			  void (*run)(struct helper *))
{
	endpoint = make(OBJECT_ENDPOINT, 0);
	reply = make(OBJECT_REPLY, 0);
	helper_start_on(handler, reacts, make_time(150));
	helpers_run_above();
	helper_make(h, run);
	NEED(kozo_thread_set_time(h->thread, make_time(LOW)));
	NEED(kozo_thread_set_handler(h->thread, part_of(endpoint, RIGHT_SEND, 17), 0));
}

TEST(fast_fpu_told, "who is told of a fault of a thread that has the FPU on has none")
{
	struct helper handles = { 0 }, touches = { 0 };

	make_faulting(&handles, handles_and_counts, &touches, touches_and_counts);
	NEED(kozo_thread_set_fpu(touches.thread, 1));
	helper_start(&touches);
	helpers_run_above();
	EXPECT(handles.step, 1);
	EXPECT(helper_state(&handles), THREAD_FAULTED);
}

/* --- turns and faults ------------------------------------------------------------------------------- */

static void uses_most_of_its_turn(void)
{
	for (uint64_t end = kozo_ticks() + milliseconds(4); kozo_ticks() < end;)
		;
}

/* How long it is until another one has had a whole turn, or it is too late. */
static uint64_t until_another_ran(uint64_t late)
{
	uint64_t start = kozo_ticks(), now = start, gap = milliseconds(1);

	for (uint64_t last = now; now - last < gap && now < late; now = kozo_ticks())
		last = now;
	return now - start;
}

static void touches_late(struct helper *h)
{
	uses_most_of_its_turn();
	h->out[1] = *at(AREA);
	h->out[0] = until_another_ran(h->in[1]);
}

static void maps(struct helper *h)
{
	ask(SYS_RECV, 0);
	NEED(kozo_frame_map(h->in[0], SLOT_VSPACE, AREA, RIGHT_READ, 0));
	ask(SYS_REPLY_RECV, 0);
}

/* How long a turn is may be known only after the first one. */
TEST(fast_fault_turn, "what a thread has used of its turn before a fault is used")
{
	for (unsigned i = 0; i < 2; i++) {
		uint64_t end = kozo_ticks() + milliseconds(40);
		struct helper handler = { 0 };

		from = to = (struct helper){ .in = { end, end } };
		make_tables(SLOT_VSPACE, AREA);
		handler.in[0] = make(OBJECT_FRAME, PAGE_BITS);
		make_faulting(&handler, maps, &from, touches_late);
		helper_start(&from);
		helper_start_on(&to, spins_until, make_time(LOW));
		helpers_run_above();
		EXPECT(from.finished, true);
		if (i && ticks_are_instructions())
			EXPECT(from.out[0] < milliseconds(8), true);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

/* Wakes an equal after it has handed over, late in its turn. */
static void calls_late(struct helper *h)
{
	uses_most_of_its_turn();
	ask(SYS_CALL, 0);
	NEED(kozo_signal(notification));
	h->out[0] = until_another_ran(h->in[1]);
}

static void answers_late(struct helper *h)
{
	struct kozo_registers r = { 0 };

	ask(SYS_RECV, 0);
	kozo_syscall(SYS_YIELD, &r); /* so it has been somewhere else before it answers */
	uses_most_of_its_turn();
	ask(SYS_REPLY_RECV, 0);
	NEED(kozo_signal(notification));
	h->out[0] = until_another_ran(h->in[1]);
	ask(SYS_REPLY_RECV, 1);
}

static void waits_and_spins(struct helper *h)
{
	word_t bits;

	NEED(kozo_wait(notification, &bits));
	spins_until(h);
}

/* Of two that hand over to each other, one does so late in its turn. */
static const struct {
	void (*from)(struct helper *h);
	void (*to)(struct helper *h);
	struct helper *late;
	word_t priority; /* that of the late one */
} lates[] = {
	{ calls_late, handles, &from, LOW },
	{ calls, answers_late, &to, 150 },
	{ touches, answers_late, &to, 150 },
};

TEST(fast_turn_used, "what a thread has used of its turn before a call or an answer is used")
{
	for (unsigned i = 0; i < 2 * sizeof(lates) / sizeof(lates[0]); i++) {
		uint64_t end = kozo_ticks() + milliseconds(60);
		struct helper equal = { .in = { end } };

		notification = make(OBJECT_NOTIFICATION, 0);
		from = to = (struct helper){ .in = { 2, end } };
		make_faulting(&to, lates[i / 2].to, &from, lates[i / 2].from);
		helper_start_on(&equal, waits_and_spins, make_time(lates[i / 2].priority));
		helpers_run_above();
		helper_start(&from);
		helpers_run_above();
		EXPECT(equal.finished, true);
		if (i % 2 && ticks_are_instructions())
			EXPECT(lates[i / 2].late->out[0] < milliseconds(8), true);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

/* Has little of its turn left, and gives that up. */
static void gives_up_late(struct helper *h)
{
	uses_most_of_its_turn();
	ask(SYS_CALL, 0);
	NEED(kozo_signal(notification));
	kozo_yield();
	h->out[0] = until_another_ran(h->in[1]);
}

static void waits_yields_and_spins(struct helper *h)
{
	word_t bits;

	NEED(kozo_wait(notification, &bits));
	kozo_yield();
	spins_until(h);
}

TEST(fast_turn_whole, "who gives up the rest of a turn has a whole one the next time")
{
	for (unsigned i = 0; i < 2; i++) {
		uint64_t end = kozo_ticks() + milliseconds(60);
		struct helper equal = { .in = { end } };

		notification = make(OBJECT_NOTIFICATION, 0);
		from = to = (struct helper){ .in = { 2, end } };
		make_faulting(&to, handles, &from, gives_up_late);
		helper_start_on(&equal, waits_yields_and_spins, make_time(LOW));
		helpers_run_above();
		helper_start(&from);
		helpers_run_above();
		EXPECT(equal.finished, true);
		if (i && ticks_are_instructions())
			EXPECT(from.out[0] > milliseconds(8), true);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

/* --- what an answer to a fault leads back to ------------------------------------------------------------ */

enum { BASE = 0x1234000 };

/* Reads what is mapped for it meanwhile, and ends in a fault of another kind. */
static void touches_twice(struct helper *h)
{
	if (processor_has(PROCESSOR_FSGSBASE))
		__asm__ volatile("wrfsbase %0" : : "r"((word_t)BASE));
	h->out[0] = *at(AREA);
	h->step = 1;
	__asm__ volatile("ud2");
}

static void maps_there(struct helper *h)
{
	ask(SYS_RECV, 0);
	NEED(kozo_frame_map(h->in[0], h->in[1], AREA, RIGHT_READ, 0));
	ask(SYS_REPLY_RECV, 0);
	if (processor_has(PROCESSOR_FSGSBASE))
		__asm__ volatile("rdfsbase %0" : "=r"(h->out[0]));
	ask(SYS_REPLY_RECV, 1);
}

TEST(fast_told_space, "a fault in another space is answered there, and each keeps the own bases")
{
	cptr_t space = space_for_helpers();

	make_tables(space, AREA);
	from = (struct helper){ 0 };
	to = (struct helper){ .in = { make(OBJECT_FRAME, PAGE_BITS), space } };
	make_faulting(&to, maps_there, &from, touches_twice);
	NEED(kozo_thread_configure(from.thread, SLOT_CNODE, space, 0));
	helper_start(&from);
	helpers_run_above();
	EXPECT(from.step, 1);
	EXPECT(to.out[0], 0);
	if (processor_has(PROCESSOR_FSGSBASE))
		EXPECT(registers_of(from.thread).fs_base, BASE);
}

TEST(fast_told_lends, "a handler without time of its own gives back what it has borrowed")
{
	make_tables(SLOT_VSPACE, AREA);
	from = (struct helper){ 0 };
	to = (struct helper){ .in = { make(OBJECT_FRAME, PAGE_BITS) } };
	make_faulting(&to, maps, &from, touches_late);
	NEED(kozo_thread_set_time(to.thread, 0));
	helper_start(&from);
	helpers_run_above();
	EXPECT(from.finished, true);
	EXPECT(helper_state(&to), THREAD_RECEIVING);
	EXPECT(priority_of(to.thread), 0);
}

/* Gives other time to whom it has borrowed from. */
static void gives_time(struct helper *h)
{
	ask(SYS_RECV, 0);
	NEED(kozo_thread_set_time(h->in[0], h->in[1]));
	ask(SYS_REPLY_RECV, 0);
}

TEST(fast_lender_changed, "a server gives back what it borrowed to who was given other time by it")
{
	from = (struct helper){ .in = { 1 } };
	to = (struct helper){ 0 };
	make_faulting(&to, gives_time, &from, calls);
	NEED(kozo_thread_set_time(to.thread, 0));
	to.in[0] = from.thread;
	to.in[1] = make_time(LOW);
	helper_start(&from);
	helpers_run_above();
	EXPECT(from.step, 1);
	EXPECT(helper_state(&to), THREAD_RECEIVING);
	EXPECT(priority_of(to.thread), 0);
	expect_sound();
}

/* --- queues with several in them ---------------------------------------------------------------------- */

enum { MANY = 4, ROUNDS = 3 };

static volatile unsigned order;

/* Each of many looks whether all is sound when it has its turn, and whether that is its turn. */
static void notes_turn(struct helper *h)
{
	EXPECT(order++ % MANY, h->in[0]);
	expect_sound();
	h->step++;
}

static void waits_for_turns(struct helper *h)
{
	word_t bits;

	while (h->step < ROUNDS) {
		NEED(kozo_wait(notification, &bits));
		notes_turn(h);
	}
}

static void gives_up_turns(struct helper *h)
{
	while (h->step < ROUNDS) {
		notes_turn(h);
		kozo_yield();
	}
}

static void looks_and_yields(struct helper *h)
{
	while (h->step < ROUNDS) {
		expect_sound();
		h->step++;
		kozo_yield();
	}
}

static void handles_in_turn(struct helper *h)
{
	while (h->step < ROUNDS) {
		struct kozo_registers r = { .target = endpoint };

		kozo_syscall(SYS_RECV | (h->in[1] + h->step) << SYSCALL_REPLY_SHIFT, &r);
		notes_turn(h);
	}
}

static void wakes_many(struct helper *h)
{
	while (h->step++ < MANY)
		NEED(kozo_signal(notification));
}

static void make_many_helpers(struct helper *h, void (*run)(struct helper *h), word_t priority)
{
	order = 0;
	for (unsigned i = 0; i < MANY; i++) {
		h[i] = (struct helper){ .in = { i, make_many(OBJECT_REPLY, 0, ROUNDS) } };
		helper_start_on(&h[i], run, make_time(priority));
	}
}

static void expect_all_had_turns(const struct helper *h)
{
	helpers_run_above();
	for (unsigned i = 0; i < MANY; i++)
		EXPECT(h[i].step, ROUNDS);
}

TEST(fast_switches_many, "of several that wait each has its turn, in order")
{
	struct helper many[MANY], waker[ROUNDS] = { 0 };
	cptr_t time = make_time(LOW);

	notification = make(OBJECT_NOTIFICATION, 0);
	make_many_helpers(many, waits_for_turns, 150);
	helpers_run_above();
	for (unsigned i = 0; i < ROUNDS; i++) /* two of them on the same time */
		helper_start_on(&waker[i], wakes_many, i < 2 ? time : make_time(LOW));
	expect_all_had_turns(many);
	make_many_helpers(many, gives_up_turns, LOW);
	expect_all_had_turns(many);
}

TEST(fast_switches_shared, "a turn that is given up goes to one of several that share a context")
{
	struct helper many[MANY] = { 0 };
	cptr_t time = make_time(LOW);

	for (unsigned i = 0; i < MANY; i++)
		helper_start_on(&many[i], looks_and_yields, i ? time : make_time(LOW));
	expect_all_had_turns(many);
}

/* Each of many faults is told to the next handler, which does not answer. */
TEST(fast_switches_handlers, "of several that handle faults each is told of one, in order")
{
	struct helper many[MANY], faults[MANY * ROUNDS];

	endpoint = make(OBJECT_ENDPOINT, 0);
	make_many_helpers(many, handles_in_turn, 150);
	helpers_run_above();
	for (unsigned i = 0; i < MANY * ROUNDS; i++) {
		faults[i] = (struct helper){ 0 };
		helper_make(&faults[i], touches);
		set_priority(faults[i].thread, LOW);
		NEED(kozo_thread_set_handler(faults[i].thread, endpoint, 0));
		helper_start(&faults[i]);
		helpers_run_above();
	}
	expect_all_had_turns(many);
}
