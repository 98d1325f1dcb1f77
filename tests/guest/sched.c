/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* SchedControl and SchedContext: what may be used of the time that there is, and by whom. */
#include "helper.h"
#include "message.h"
#include "ticks.h"

enum { COMMON_PRIORITY = 100 };

#define TOO_LONG milliseconds(10000)

/* A right to all the time there is, as a case about SchedControl makes one. */
static status_t configure(cptr_t control, cptr_t time, word_t priority)
{
	return kozo_sched_control_configure(control, time, BUDGET_MIN, BUDGET_MIN, priority);
}

/* --- SchedControl -------------------------------------------------------------- */

TEST(configure_terms, "SchedControl.configure refuses with the first reason that applies")
{
	cptr_t time = make(OBJECT_SCHED_CONTEXT, 0);
	const struct {
		cptr_t time;
		word_t budget, period, priority;
		status_t want;
	} rows[] = {
		{ slot_new(), 1, 0, PRIORITIES, ERR_BAD_CAP },
		{ 0, 1, 0, PRIORITIES, ERR_BAD_CAP },
		{ make(OBJECT_ENDPOINT, 0), 1, 0, PRIORITIES, ERR_WRONG_TYPE },
		{ part_of(time, RIGHT_INSPECT, 0), 1, 0, PRIORITIES, ERR_NO_RIGHT },
		{ time, 1, 0, PRIORITIES, ERR_BAD_ARG },
		{ time, 0, 1, PRIORITIES, ERR_BAD_ARG },
		{ time, BUDGET_MIN, 0, PRIORITIES, ERR_BAD_ARG },
		{ time, BUDGET_MIN - 1, BUDGET_MIN, PRIORITIES, ERR_BAD_ARG },
		{ time, BUDGET_MIN + 1, BUDGET_MIN, PRIORITIES, ERR_BAD_ARG },
		{ time, BUDGET_MIN, PERIOD_MAX + 1, PRIORITIES, ERR_BAD_ARG },
		{ time, PERIOD_MAX + 1, PERIOD_MAX + 1, PRIORITIES, ERR_BAD_ARG },
		{ time, ~0ull, ~0ull, PRIORITIES, ERR_BAD_ARG },
		{ time, 0, 0, PRIORITIES, ERR_RANGE },
		{ time, BUDGET_MIN, BUDGET_MIN, ~0ull, ERR_RANGE },
		{ time, 0, 0, PRIORITIES - 1, OK },
		{ time, BUDGET_MIN, PERIOD_MAX, 0, OK },
		{ time, PERIOD_MAX, PERIOD_MAX, PRIORITIES - 1, OK },
		{ part_of(time, RIGHT_MANAGE, 0), BUDGET_MIN, BUDGET_MIN, 0, OK },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_STATUS(kozo_sched_control_configure(SLOT_SCHED_CONTROL, rows[i].time,
							   rows[i].budget, rows[i].period,
							   rows[i].priority),
			      rows[i].want);
}

TEST(ceiling_terms, "SchedControl.set_ceiling refuses with the first reason that applies")
{
	cptr_t thread = make(OBJECT_THREAD, 0);
	const struct {
		cptr_t thread;
		word_t priority;
		status_t want;
	} rows[] = {
		{ slot_new(), PRIORITIES, ERR_BAD_CAP },
		{ make(OBJECT_ENDPOINT, 0), PRIORITIES, ERR_WRONG_TYPE },
		{ part_of(thread, RIGHT_INSPECT, 0), PRIORITIES, ERR_NO_RIGHT },
		{ thread, PRIORITIES, ERR_RANGE },
		{ thread, ~0ull, ERR_RANGE },
		{ thread, PRIORITIES - 1, OK },
		{ part_of(thread, RIGHT_MANAGE, 0), 0, OK },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_STATUS(kozo_sched_control_set_ceiling(SLOT_SCHED_CONTROL, rows[i].thread,
							     rows[i].priority),
			      rows[i].want);
}

TEST(control_mint, "a SchedControl is minted for fewer priorities, never for more")
{
	cptr_t ten = part_of(SLOT_SCHED_CONTROL, RIGHT_MANAGE, 10), to = slot_new();
	static const struct {
		word_t badge;
		status_t want;
	} rows[] = { { 11, ERR_BAD_ARG },
		     { ~0ull, ERR_BAD_ARG },
		     { PRIORITIES + 1, ERR_BAD_ARG },
		     { PRIORITIES, ERR_BAD_ARG } };

	EXPECT(describe(SLOT_SCHED_CONTROL).badge, PRIORITIES);
	EXPECT(describe(ten).badge, 10);
	for (unsigned i = 0; i < 4; i++)
		EXPECT_STATUS(kozo_cnode_mint(SLOT_CNODE, to, SLOT_CNODE, ten, RIGHT_MANAGE,
					      rows[i].badge),
			      rows[i].want);
	EXPECT(describe(part_of(ten, RIGHT_MANAGE, 0)).badge, 10);
	EXPECT(describe(part_of(ten, RIGHT_MANAGE, 10)).badge, 10);
	EXPECT(describe(part_of(ten, RIGHT_MANAGE, 1)).badge, 1);
	EXPECT_STATUS(kozo_cnode_mint(SLOT_CNODE, to, SLOT_CNODE, SLOT_SCHED_CONTROL, RIGHT_MANAGE,
				      PRIORITIES + 1),
		      ERR_BAD_ARG);
}

TEST(control_reaches, "nobody makes time more urgent than the SchedControl that they hold")
{
	cptr_t ten = part_of(SLOT_SCHED_CONTROL, RIGHT_MANAGE, 10), time = make_time(200);
	cptr_t thread = make(OBJECT_THREAD, 0);

	NEED(kozo_thread_set_time(thread, time));
	EXPECT_STATUS(configure(ten, time, 10), ERR_RANGE);
	EXPECT_STATUS(configure(ten, time, 200), ERR_RANGE);
	EXPECT(priority_of(thread), 200);
	EXPECT_STATUS(configure(ten, time, 9), OK);
	EXPECT(priority_of(thread), 9);
	EXPECT_STATUS(configure(ten, time, 200), ERR_RANGE);
	EXPECT(priority_of(thread), 9);
	EXPECT_STATUS(kozo_sched_control_set_ceiling(ten, thread, 10), ERR_RANGE);
	EXPECT_STATUS(kozo_sched_control_set_ceiling(ten, thread, 9), OK);
}

/* --- who has it ------------------------------------------------------------------- */

TEST(time_refusals, "each method that takes a SchedContext refuses with the first reason")
{
	cptr_t time = make(OBJECT_SCHED_CONTEXT, 0), thread = make(OBJECT_THREAD, 0);
	cptr_t n = make(OBJECT_NOTIFICATION, 0);
	const struct {
		cptr_t time;
		status_t want;
	} rows[] = {
		{ slot_new(), ERR_BAD_CAP },
		{ n, ERR_WRONG_TYPE },
		{ part_of(time, RIGHT_INSPECT, 0), ERR_NO_RIGHT },
		{ part_of(time, RIGHT_MANAGE, 0), OK },
		{ 0, OK },
		{ 0, OK },
		{ time, OK },
		{ time, OK },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT_STATUS(kozo_thread_set_time(thread, rows[i].time), rows[i].want);
		EXPECT_STATUS(kozo_thread_set_reserve(thread, rows[i].time), rows[i].want);
		EXPECT_STATUS(kozo_notification_set_time(n, rows[i].time), rows[i].want);
	}
}

static word_t seen_consumed(cptr_t time)
{
	word_t ticks = 0;

	EXPECT_STATUS(kozo_sched_context_consumed(time, &ticks), OK);
	return ticks;
}

static void keeps_yielding(struct helper *h)
{
	for (;;) {
		h->step++;
		kozo_yield();
	}
}

/* It runs, one can see. */
static bool goes_on(struct helper *h)
{
	h->step = 0;
	helpers_run();
	return h->step;
}

TEST(consumed_sum, "what was consumed of a context is what its threads have used, to the tick")
{
	enum { THREADS = 3 };
	cptr_t time = make_time(HELPERS_PRIORITY), other = make_time(HELPERS_PRIORITY);
	struct helper h[THREADS] = { 0 };
	word_t used = 0, all = 0;

	EXPECT(seen_consumed(time), 0);
	for (unsigned i = 0; i < THREADS; i++)
		helper_start_on(&h[i], keeps_yielding, time);
	helpers_run();
	for (unsigned i = 0; i < THREADS; i++)
		used += time_of(h[i].thread);
	EXPECT(used > 0, true);
	EXPECT(seen_consumed(time), used);
	EXPECT(seen_consumed(part_of(time, RIGHT_INSPECT, 0)), used);

	/* Whoever goes on on other time uses that. */
	EXPECT_STATUS(kozo_thread_set_time(h[0].thread, other), OK);
	helpers_run();
	for (unsigned i = 0; i < THREADS; i++)
		all += time_of(h[i].thread);
	EXPECT(seen_consumed(other) > 0, true);
	EXPECT(seen_consumed(time) > used, true);
	EXPECT(seen_consumed(time) + seen_consumed(other), all);
}

static void sees_consumed(struct helper *h)
{
	word_t before = seen_consumed(h->in[0]);

	for (unsigned i = 0; i < 1000; i++)
		kozo_ticks();
	h->out[0] = seen_consumed(h->in[0]) - before;
	h->out[1] = seen_consumed(h->in[0]) - time_of(h->thread);
}

TEST(consumed_now, "what was consumed of a context goes on while one of its threads runs")
{
	struct helper h = { .in = { make_time(HELPERS_PRIORITY) } };

	helper_start_on(&h, sees_consumed, h.in[0]);
	helpers_run();
	EXPECT(h.finished, true);
	EXPECT(h.out[0] > 1000, true);
	EXPECT(h.out[1] > 1ull << 63, true); /* time_of() was asked later */
	EXPECT(seen_consumed(h.in[0]), time_of(h.thread));
}

TEST(time_taken, "a thread whose time is taken waits until it is given some, and runs on")
{
	cptr_t time = make_time(HELPERS_PRIORITY), copy;
	struct helper h = { 0 };

	helper_start_on(&h, keeps_yielding, time);
	EXPECT(goes_on(&h), true);
	EXPECT_STATUS(kozo_thread_set_time(h.thread, 0), OK);
	EXPECT(helper_state(&h), THREAD_TIMELESS);
	EXPECT(priority_of(h.thread), 0);
	EXPECT(goes_on(&h), false);
	EXPECT_STATUS(kozo_thread_set_time(h.thread, time), OK);
	EXPECT(helper_state(&h), THREAD_READY);
	EXPECT(priority_of(h.thread), HELPERS_PRIORITY);
	EXPECT(goes_on(&h), true);

	/* Its slot holds a child of the capability that it was given. */
	NEED(kozo_cnode_revoke(SLOT_CNODE, time));
	EXPECT(helper_state(&h), THREAD_TIMELESS);
	EXPECT(goes_on(&h), false);
	copy = copy_of(time);
	EXPECT_STATUS(kozo_thread_set_time(h.thread, copy), OK);
	EXPECT(goes_on(&h), true);
	NEED(kozo_cnode_delete(SLOT_CNODE, copy));
	NEED(kozo_cnode_delete(SLOT_CNODE, time));
	EXPECT(goes_on(&h), true);
	EXPECT_STATUS(kozo_thread_set_time(h.thread, helpers_time), OK);
	EXPECT(goes_on(&h), true);
}

TEST(timeless_states, "a thread without time can be stopped, resumed and deleted like any other")
{
	struct helper h = { 0 };

	helper_start_on(&h, keeps_yielding, helpers_time);
	NEED(kozo_thread_set_time(h.thread, 0));
	EXPECT_STATUS(kozo_thread_stop(h.thread), OK);
	EXPECT(helper_state(&h), THREAD_STOPPED);
	EXPECT_STATUS(kozo_thread_resume(h.thread), OK);
	EXPECT(helper_state(&h), THREAD_TIMELESS);
	EXPECT_STATUS(kozo_thread_interrupt(h.thread), OK);
	EXPECT_STATUS(kozo_thread_read_registers(h.thread), ERR_STATE);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, h.thread), OK);
}

static void revokes_time(struct helper *h)
{
	h->step = 1;
	h->status = kozo_cnode_revoke(0, h->in[0]);
	h->step = 2;
}

TEST(time_revoked_by_itself, "a thread may take its own time away, and goes on when it has some")
{
	struct helper h = { .in = { make(OBJECT_UNTYPED, 12) } };
	cptr_t time = slot_new();
	word_t done;

	NEED(kozo_untyped_retype(h.in[0], OBJECT_SCHED_CONTEXT, 0, SLOT_CNODE, time, 1, &done));
	set_terms(time, BUDGET_MIN, BUDGET_MIN, HELPERS_PRIORITY);
	helper_start_on(&h, revokes_time, time);
	helpers_run();
	EXPECT(h.step, 1);
	EXPECT(helper_state(&h), THREAD_TIMELESS);
	EXPECT(gone(time), true);
	NEED(kozo_thread_set_time(h.thread, helpers_time));
	helpers_run();
	EXPECT(h.step, 2);
	EXPECT_STATUS(h.status, OK);
	EXPECT(describe(h.in[0]).badge, 0);
}

/* --- other terms ---------------------------------------------------------------------- */

TEST(no_time, "a context without time keeps its threads from running, until it has some")
{
	cptr_t time = make(OBJECT_SCHED_CONTEXT, 0);
	struct helper h = { 0 };

	helper_start_on(&h, keeps_yielding, time);
	EXPECT(helper_state(&h), THREAD_READY);
	EXPECT(goes_on(&h), false);
	for (unsigned i = 0; i < 2; i++) {
		EXPECT_STATUS(configure(SLOT_SCHED_CONTROL, time, HELPERS_PRIORITY), OK);
		EXPECT(goes_on(&h), true);
		EXPECT_STATUS(kozo_sched_control_configure(SLOT_SCHED_CONTROL, time, 0, 0,
							   HELPERS_PRIORITY),
			      OK);
		EXPECT(helper_state(&h), THREAD_READY);
		EXPECT(priority_of(h.thread), HELPERS_PRIORITY);
		EXPECT(goes_on(&h), false);
	}
}

/* Configures its own time, and goes on. */
static void takes_its_time(struct helper *h)
{
	h->step = 1;
	h->status = kozo_sched_control_configure(SLOT_SCHED_CONTROL, h->in[0], h->in[1], h->in[1],
						 h->in[2]);
	h->step = 2;
}

TEST(no_time_running, "a thread that leaves itself no time stops right there")
{
	struct helper h = { .in = { make_time(HELPERS_PRIORITY), 0, HELPERS_PRIORITY } };

	helper_start_on(&h, takes_its_time, h.in[0]);
	helpers_run();
	EXPECT(h.step, 1);
	set_terms(h.in[0], BUDGET_MIN, BUDGET_MIN, HELPERS_PRIORITY);
	helpers_run();
	EXPECT(h.step, 2);
	EXPECT_STATUS(h.status, OK);
}

static unsigned order;

static void notes_its_turn(struct helper *h)
{
	h->out[0] = ++order;
}

TEST(configure_running, "a running thread that makes its time less urgent lets others run at once")
{
	struct helper h = { .in = { make_time(200), BUDGET_MIN, 50 } }, other = { 0 };

	order = 0;
	helper_start_on(&h, takes_its_time, h.in[0]);
	helper_start_on(&other, notes_its_turn, make_time(COMMON_PRIORITY));
	helpers_run_above();
	EXPECT(h.step, 2);
	EXPECT(other.out[0], 1);
	EXPECT(priority_of(h.thread), 50);
}

TEST(configure_ready, "time whose threads are ready goes by its new priority, all of them")
{
	cptr_t first = make_time(50), second = make_time(50);
	struct helper h[4] = { 0 };

	order = 0;
	for (unsigned i = 0; i < 4; i++)
		helper_start_on(&h[i], notes_its_turn, i < 2 ? first : second);
	EXPECT_STATUS(configure(SLOT_SCHED_CONTROL, second, 51), OK);
	helpers_run_above();
	EXPECT(h[2].out[0], 1);
	EXPECT(h[3].out[0], 2);
	EXPECT(h[0].out[0], 3);
	EXPECT(h[1].out[0], 4);
}

static void receives(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(SYS_RECV, 0, &h->registers);
	h->out[0] = ++order;
}

TEST(configure_blocked, "time whose threads wait is configured all the same")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), time = make_time(HELPERS_PRIORITY);
	struct helper h[2] = { { .in = { endpoint } }, { 0 } };
	struct message m = { .label = 1 };

	order = 0;
	helper_start_on(&h[0], receives, time);
	helpers_run();
	EXPECT_STATUS(configure(SLOT_SCHED_CONTROL, time, 50), OK);
	EXPECT(priority_of(h[0].thread), 50);
	helper_start_on(&h[1], notes_its_turn, make_time(51));
	NEED(kozo_send(endpoint, &m));
	helpers_run_above();
	EXPECT(h[1].out[0], 1);
	EXPECT(h[0].out[0], 2);
}

static void works(struct helper *h)
{
	observe_other();
	work(h->in[0]);
}

static void spins_until_told(struct helper *h)
{
	while (!h->in[0])
		observe_other();
}

TEST(configure_exhausted, "other terms begin a period, also for a context that has used its budget")
{
	cptr_t time = make_time(HELPERS_PRIORITY);
	struct helper h = { 0 };

	set_terms(time, BUDGET_MIN, PERIOD_MAX, HELPERS_PRIORITY);
	helper_start_on(&h, spins_until_told, time);
	helpers_run_above();
	EXPECT(h.finished, false);
	EXPECT(helper_state(&h), THREAD_READY);
	h.in[0] = 1;
	helpers_run_above();
	EXPECT(h.finished, false);
	EXPECT_STATUS(configure(SLOT_SCHED_CONTROL, time, HELPERS_PRIORITY), OK);
	helpers_run_above();
	EXPECT(h.finished, true);
}

/* --- budgets ---------------------------------------------------------------------------- */

enum { MANY_PERIODS = 10 };

static void spins_for(struct helper *h)
{
	uint64_t end = kozo_ticks() + h->in[0];

	while (kozo_ticks() < end)
		observe_other();
}

/* Somebody above everybody else, who would work for a long time: 2 ms in 10. */
static cptr_t begin_greedy(struct helper *h, void (*run)(struct helper *h))
{
	cptr_t time = make(OBJECT_SCHED_CONTEXT, 0);

	EXPECT_STATUS(kozo_sched_control_configure(SLOT_SCHED_CONTROL, time, milliseconds(2),
						   milliseconds(10), HELPERS_PRIORITY),
		      OK);
	helper_start_on(h, run, time);
	return time;
}

TEST(budget, "who is above all others gets the budget in each period, and no more")
{
	struct helper h = { .in = { TOO_LONG } };
	cptr_t time = begin_greedy(&h, spins_for);
	uint64_t begin = kozo_ticks();

	helpers_run_until(begin + MANY_PERIODS * milliseconds(10) - milliseconds(5));
	EXPECT(h.finished, false);
	EXPECT(consumed(time) > 0, true);
	EXPECT_TICKS(consumed(time), MANY_PERIODS * milliseconds(2), milliseconds(2) / 10);
	EXPECT(consumed(time), time_of(h.thread));
}

TEST(budget_returns, "who has used the budget goes on when the period is over")
{
	struct helper h = { .in = { 50 * MUCH_WORK } }; /* the alarm of a busy host is late */
	cptr_t time = make(OBJECT_SCHED_CONTEXT, 0);

	set_terms(time, small_budget(), 4 * small_budget(), HELPERS_PRIORITY);
	helper_start_on(&h, works, time);
	EXPECT(helper_runs_to_its_end(&h), true);
}

TEST(budget_lost, "a budget that was not used is lost: it is not saved up")
{
	struct helper h = { .in = { TOO_LONG } };
	cptr_t time = begin_greedy(&h, spins_for);
	uint64_t begin = kozo_ticks();

	NEED(kozo_thread_stop(h.thread));
	helpers_run_until(begin + MANY_PERIODS * milliseconds(10));
	EXPECT(consumed(time), 0);
	helper_start(&h);
	helpers_run_until(kozo_ticks() + milliseconds(15)); /* of two periods, at most */
	EXPECT(consumed(time) > 0, true);
	if (ticks_are_instructions())
		EXPECT(consumed(time) <= 2 * milliseconds(2) + milliseconds(2) / 10, true);
}

/* System calls that go on for a while after the budget is used up. */
static void asks_for_much(struct helper *h)
{
	word_t done, w[IPC_REGISTERS];

	for (;;) {
		observe_other();
		w[0] = h->in[0];
		w[1] = SLOT_CNODE;
		w[2] = h->in[1];
		w[3] = h->in[2];
		kozo_invoke(0, LABEL_CNODE_COPY_RANGE, 4, w);
		NEED(kozo_cnode_delete_range(SLOT_CNODE, h->in[0], h->in[2], &done));
	}
}

TEST(budget_debt, "what was used beyond the budget is taken off the next one")
{
	enum { COUNT = 16, PERIODS = 200 };
	struct helper h = { .in = { slots_new(COUNT), make_many(OBJECT_ENDPOINT, 0, COUNT),
				    COUNT } };
	cptr_t time = make(OBJECT_SCHED_CONTEXT, 0);
	uint64_t begin;

	set_terms(time, BUDGET_MIN, 2 * BUDGET_MIN, HELPERS_PRIORITY);
	helper_start_on(&h, asks_for_much, time);
	begin = kozo_ticks();
	helpers_run_until(begin + PERIODS * 2 * BUDGET_MIN - BUDGET_MIN / 2);
	EXPECT(consumed(time) > 0, true);
	EXPECT_TICKS(consumed(time), PERIODS * BUDGET_MIN, BUDGET_MIN / 2);
}

/* --- turns -------------------------------------------------------------------------------- */

enum { CROWD = 9, TURNS = 3 };

#define LONG_ENOUGH milliseconds(100)
#define ONE_TURN milliseconds(5)

/* Those who run at once, until the end and until each has had some turns. */
static struct helper crowd[CROWD];
static unsigned crowd_size;
static struct helper *volatile ran_last;
static uint64_t crowd_end, crowd_last_end;

static bool all_had_turns(void)
{
	for (unsigned i = 0; i < crowd_size; i++)
		if (crowd[i].step < TURNS)
			return false;
	return true;
}

/* A turn is seen by whoever has it. */
static bool crowd_goes_on(struct helper *h)
{
	uint64_t now = kozo_ticks();

	observe_other();
	if (ran_last != h) {
		ran_last = h;
		h->step++;
	}
	return now < crowd_end || (now < crowd_last_end && !all_had_turns());
}

static void spins(struct helper *h)
{
	while (crowd_goes_on(h))
		;
}

static struct helper *crowd_add(void (*run)(struct helper *h), cptr_t time)
{
	struct helper *h = &crowd[crowd_size++];

	*h = (struct helper){ 0 };
	helper_start_on(h, run, time);
	return h;
}

static void crowd_begin(void)
{
	crowd_size = 0;
	ran_last = NULL;
}

static void crowd_run(void)
{
	crowd_end = kozo_ticks() + LONG_ENOUGH;
	crowd_last_end = kozo_ticks() + TOO_LONG;
	helpers_run_above();
	EXPECT(all_had_turns(), true);
}

TEST(turns_equal, "contexts of one priority have the same time, in turns")
{
	cptr_t a = make_time(COMMON_PRIORITY), b = make_time(COMMON_PRIORITY);

	crowd_begin();
	crowd_add(spins, a);
	crowd_add(spins, b);
	crowd_run();
	EXPECT_TICKS(consumed(a), consumed(b), ONE_TURN + ONE_TURN / 10);
	EXPECT_TICKS(consumed(a) + consumed(b), LONG_ENOUGH, LONG_ENOUGH / 50);
}

TEST(turns_length, "a turn takes 5 ms")
{
	crowd_begin();
	crowd_add(spins, make_time(COMMON_PRIORITY));
	crowd_add(spins, make_time(COMMON_PRIORITY));
	crowd_run();
	EXPECT_TICKS(crowd[0].step + crowd[1].step, LONG_ENOUGH / ONE_TURN, 1);
}

TEST(turns_within, "threads of one context share its time, in turns")
{
	cptr_t time = make_time(COMMON_PRIORITY);
	word_t third;

	crowd_begin();
	for (unsigned i = 0; i < 3; i++)
		crowd_add(spins, time);
	crowd_run();
	third = consumed(time) / 3;
	for (unsigned i = 0; i < 3; i++)
		EXPECT_TICKS(time_of(crowd[i].thread), third, ONE_TURN + ONE_TURN / 10);
}

TEST(turns_alone, "nobody's turn ends while nobody of the same priority is next")
{
	struct helper *h;

	crowd_begin();
	h = crowd_add(spins, make_time(COMMON_PRIORITY));
	h->step = TURNS;
	helper_start_on(&crowd[1], notes_its_turn, make_time(COMMON_PRIORITY - 1));
	order = 0;
	crowd_run();
	EXPECT(h->finished, true);
	EXPECT(crowd[1].out[0], 1);
}

TEST(fork_bomb_spins, "a context with eight spinners gets no more than one with one")
{
	cptr_t neighbour = make_time(COMMON_PRIORITY), bomb = make_time(COMMON_PRIORITY);

	crowd_begin();
	crowd_add(spins, neighbour);
	for (unsigned i = 1; i < CROWD; i++)
		crowd_add(spins, bomb);
	crowd_run();
	EXPECT_TICKS(consumed(neighbour), consumed(bomb), consumed(bomb) / 10 + ONE_TURN);
}

/* Spins, stops and resumes the next one of its kind, yields: whatever might help. */
static void tries_all(struct helper *h)
{
	struct helper *next = h == &crowd[CROWD - 1] ? &crowd[1] : h + 1;
	word_t turns = 0;

	while (crowd_goes_on(h)) {
		if (turns++ % 16)
			continue;
		if (kozo_thread_stop(next->thread) || kozo_thread_resume(next->thread))
			h->out[0]++;
		if (turns % 5 == 0)
			kozo_yield();
	}
}

TEST(fork_bomb, "a context whose threads do what they can leaves its neighbour half of the time")
{
	cptr_t neighbour = make_time(COMMON_PRIORITY), bomb = make_time(COMMON_PRIORITY);

	crowd_begin();
	crowd_add(spins, neighbour);
	for (unsigned i = 1; i < CROWD; i++)
		crowd_add(tries_all, bomb);
	crowd_run();
	if (ticks_are_instructions())
		EXPECT(consumed(neighbour) * 100 >= (consumed(neighbour) + consumed(bomb)) * 45,
		       true);
}

/* --- YIELD --------------------------------------------------------------------------------- */

/* Notes that it was its turn, thrice. */
static void yields(struct helper *h)
{
	struct kozo_registers r = { 0 };

	for (unsigned i = 0; i < 3; i++) {
		h->out[i] = ++order;
		h->status = observed_syscall(SYS_YIELD, 0, &r);
	}
}

static void expect_turns(const struct helper *h, word_t a, word_t b, word_t c)
{
	EXPECT(h->out[0], a);
	EXPECT(h->out[1], b);
	EXPECT(h->out[2], c);
	EXPECT_STATUS(h->status, OK);
}

TEST(yield_within, "YIELD lets the next thread of the same context run")
{
	cptr_t time = make_time(COMMON_PRIORITY);
	struct helper h[3] = { 0 };

	order = 0;
	for (unsigned i = 0; i < 3; i++)
		helper_start_on(&h[i], yields, time);
	helpers_run_above();
	for (unsigned i = 0; i < 3; i++)
		expect_turns(&h[i], 1 + i, 4 + i, 7 + i);
}

TEST(yield_among, "YIELD lets other contexts run, and then the next thread of its own")
{
	cptr_t two = make_time(COMMON_PRIORITY), one = make_time(COMMON_PRIORITY);
	struct helper h[3] = { 0 };

	order = 0;
	helper_start_on(&h[0], yields, two);
	helper_start_on(&h[1], yields, two);
	helper_start_on(&h[2], yields, one);
	helpers_run_above();
	expect_turns(&h[0], 1, 5, 8);
	expect_turns(&h[1], 3, 7, 9);
	expect_turns(&h[2], 2, 4, 6);
}
