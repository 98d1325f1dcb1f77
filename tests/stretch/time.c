/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Time: many who share it, who borrow it, and who are given it at one moment. */
#include <stdbool.h>

#include "attack.h"
#include "steps.h"
#include "syscall.h"
#include "ticks.h"

enum {
	CHAIN = 2000,
	BORROWERS = 2000,
	TELLERS = 1000,
	SHARERS = 5000,
	CONTEXTS = 2000,
	SPENDERS = 1000,
	WAY = 600, /* instructions: they send just before their budget ends */
	CNODE_BITS = 13,
	TOP = PRIORITIES - 1, /* as we are: it runs when we yield */
};

/* --- what these attacks need ------------------------------------------------- */

static void configure(cptr_t time, word_t budget, word_t period, word_t priority)
{
	NEED(kozo_sched_control_configure(SLOT_SCHED_CONTROL, time, budget, period, priority));
}

static cptr_t make_time(word_t priority)
{
	cptr_t time = make(OBJECT_SCHED_CONTEXT, 0);

	configure(time, BUDGET_MIN, BUDGET_MIN, priority);
	return time;
}

/* Its last is what the threads have, whose slots hold children of ours. */
static void destroy_time(cptr_t time)
{
	NEED(kozo_cnode_revoke(SLOT_CNODE, time));
	NEED(kozo_cnode_delete(SLOT_CNODE, time));
}

static void wait_until(uint64_t time)
{
	cptr_t timer = make(OBJECT_TIMER, 0), end = make(OBJECT_NOTIFICATION, 0);
	struct kozo_registers r = { .target = end };

	NEED(kozo_timer_bind(timer, end));
	NEED(kozo_timer_arm(timer, time));
	NEED(kozo_syscall(SYS_WAIT, &r));
}

static cptr_t make_threads(word_t count)
{
	cptr_t threads = make(OBJECT_CNODE, CNODE_BITS);

	make_at(threads, 1, OBJECT_THREAD, 0, count);
	return threads;
}

static void end(cptr_t threads)
{
	NEED(kozo_cnode_delete(SLOT_CNODE, threads));
}

/* --- a chain of calls ---------------------------------------------------------- */

/* Slots of the CNode that the servers use. */
enum {
	FIRST_ENDPOINT = 1,
	FIRST_REPLY = FIRST_ENDPOINT + CHAIN + 1, /* nobody serves the last endpoint */
	LINKED = FIRST_REPLY + CHAIN,
	UNWOUND,
};

struct chain {
	cptr_t things, threads, caller, time, linked, unwound;
	cptr_t last; /* the untyped of the last server, and of its Reply */
};

static void make_things(struct chain *c)
{
	word_t done;

	c->things = make(OBJECT_CNODE, CNODE_BITS);
	c->threads = make_threads(CHAIN - 1);
	c->linked = make(OBJECT_NOTIFICATION, 0);
	c->unwound = make(OBJECT_NOTIFICATION, 0);
	c->last = make(OBJECT_UNTYPED, 14);
	make_at(c->things, FIRST_ENDPOINT, OBJECT_ENDPOINT, 0, CHAIN + 1);
	make_at(c->things, FIRST_REPLY, OBJECT_REPLY, 0, CHAIN - 1);
	NEED(kozo_untyped_retype(c->last, OBJECT_REPLY, 0, c->things, FIRST_REPLY + CHAIN - 1, 1,
				 &done));
	NEED(kozo_untyped_retype(c->last, OBJECT_THREAD, 0, c->threads, CHAIN, 1, &done));
	NEED(kozo_cnode_copy(c->things, LINKED, SLOT_CNODE, c->linked));
	NEED(kozo_cnode_copy(c->things, UNWOUND, SLOT_CNODE, c->unwound));
}

/* Each answers when it has its own answer; the last says that it is called, and calls. */
static void start_servers(const struct chain *c)
{
	static struct step step[CHAIN][5];

	for (word_t i = 0; i < CHAIN; i++) {
		struct step *s = step[i];
		word_t own = FIRST_ENDPOINT + i, reply = FIRST_REPLY + i;

		*s++ = (struct step){ SYS_RECV | reply << SYSCALL_REPLY_SHIFT, own };
		if (i == CHAIN - 1)
			*s++ = (struct step){ SYS_SIGNAL, LINKED };
		*s++ = (struct step){ SYS_CALL, own + 1 };
		*s++ = (struct step){ SYS_REPLY_RECV | reply << SYSCALL_REPLY_SHIFT, own };
		*s = (struct step)STEPS_END;
		start_passive(take(c->threads, i + 1), c->things, step[i]);
		put_back(c->threads, i + 1);
	}
}

/* Returns when the last one waits. */
static void link_chain(struct chain *c)
{
	static const struct step call[] = { { SYS_CALL, FIRST_ENDPOINT },
					    { SYS_SIGNAL, UNWOUND },
					    STEPS_END };
	struct kozo_registers r;

	make_things(c);
	start_servers(c);
	c->caller = make(OBJECT_THREAD, 0);
	c->time = make_time(TOP);
	start(c->caller, c->things, c->time, steps, (word_t)call);
	r = (struct kozo_registers){ .target = c->linked };
	NEED(kozo_syscall(SYS_WAIT, &r));
	kozo_yield();
}

void attack_chain(void)
{
	struct kozo_registers r;
	struct chain c;
	word_t done;

	link_chain(&c);
	NEED(kozo_cnode_revoke(SLOT_CNODE, c.last));
	r = (struct kozo_registers){ .target = c.unwound };
	NEED(kozo_syscall(SYS_WAIT, &r)); /* answer after answer */
	end(c.threads);

	link_chain(&c);
	NEED(kozo_cnode_delete(SLOT_CNODE, c.caller));
	destroy_time(c.time);
	NEED(kozo_cnode_delete_range(c.things, 1, UNWOUND, &done)); /* all calls end */
	kozo_yield();
	end(c.threads);

	link_chain(&c);
	destroy_time(c.time);
	NEED(kozo_cnode_revoke(SLOT_CNODE, c.last));
	end(c.threads);
}

/* --- many borrowers ------------------------------------------------------------- */

/* Threads that go on at this step on what `lends` lends, each with its own loan. */
static cptr_t make_borrowers(cptr_t lends, cptr_t time, const struct step *first)
{
	cptr_t threads = make_threads(BORROWERS);

	for (word_t i = 1; i <= BORROWERS; i++) {
		start_passive(take(threads, i), SLOT_CNODE, first);
		put_back(threads, i);
	}
	NEED(kozo_notification_set_time(lends, time));
	for (word_t i = 1; i <= BORROWERS; i++)
		signal(lends);
	return threads;
}

/* Every other one has a handler, or all have a reserve. */
static void set_handlers(cptr_t threads, cptr_t endpoint)
{
	for (word_t i = 2; i <= BORROWERS; i += 2) {
		NEED(kozo_thread_set_handler(take(threads, i), endpoint, 0));
		put_back(threads, i);
	}
}

static void set_reserves(cptr_t threads, cptr_t time)
{
	for (word_t i = 1; i <= BORROWERS; i++) {
		NEED(kozo_thread_set_reserve(take(threads, i), time));
		put_back(threads, i);
	}
}

/* All are ready when what they share is used up. */
static void let_run_out(void (*change)(cptr_t, cptr_t), cptr_t with)
{
	cptr_t lends = make(OBJECT_NOTIFICATION, 0), time = make_time(TOP);
	const struct step *wait = (const struct step[]){ { SYS_WAIT, lends }, STEPS_END };
	cptr_t threads = make_borrowers(lends, time, wait);

	change(threads, with);
	configure(time, 0, 0, TOP);
	wait_until(kozo_ticks() + 100000000);
	destroy_time(time);
	end(threads);
}

/* All are ready, or wait at an endpoint that dies, when what they share dies. */
static void let_die(bool ready)
{
	cptr_t lends = make(OBJECT_NOTIFICATION, 0), gate = make(OBJECT_ENDPOINT, 0);
	cptr_t time = make_time(TOP);
	const struct step *wait =
		(const struct step[]){ { SYS_WAIT, lends }, { SYS_SEND, gate }, STEPS_END };
	cptr_t threads = make_borrowers(lends, time, wait);

	set_handlers(threads, make(OBJECT_ENDPOINT, 0));
	if (!ready)
		wait_until(kozo_ticks() + 20000000);
	destroy_time(time);
	NEED(kozo_cnode_delete(SLOT_CNODE, gate));
	wait_until(kozo_ticks() + 100000000);
	end(threads);
}

void attack_borrowers(void)
{
	let_run_out(set_handlers, make(OBJECT_ENDPOINT, 0));
	let_run_out(set_reserves, make_time(0));
	let_die(true);
	let_die(false);
}

/*
 * A thread has a fault, which its handler's endpoint says to a notification, where the
 * next one waits, that has the next fault.
 */
void attack_tellers(void)
{
	static struct step step[TELLERS][3];
	cptr_t lends = make(OBJECT_NOTIFICATION, 0), time = make_time(TOP);
	cptr_t threads = make_threads(TELLERS), all = slots(TELLERS), told = slots(TELLERS);
	word_t state, priority;

	make_at(SLOT_CNODE, all, OBJECT_NOTIFICATION, 0, TELLERS);
	make_at(SLOT_CNODE, told, OBJECT_ENDPOINT, 0, TELLERS);
	for (word_t i = 0; i < TELLERS; i++) {
		cptr_t thread = take(threads, i + 1);

		step[i][0] = (struct step){ SYS_WAIT, lends };
		step[i][1] = (struct step){ SYS_WAIT, all + i };
		step[i][2] = (struct step)STEPS_END;
		start_passive(thread, SLOT_CNODE, step[i]);
		NEED(kozo_thread_set_handler(thread, told + i, 0));
		put_back(threads, i + 1);
		if (i + 1 < TELLERS)
			NEED(kozo_endpoint_watch(told + i, all + i + 1));
	}
	NEED(kozo_notification_set_time(lends, time));
	for (word_t i = 0; i < TELLERS; i++)
		signal(lends);
	wait_until(kozo_ticks() + 20000000); /* all wait again, and have borrowed */
	destroy_time(time);
	signal(all);
	wait_until(kozo_ticks() + 20000000);
	NEED(kozo_thread_info(take(threads, TELLERS), &state, &priority));
	if (state != THREAD_CALLING)
		panic("the last one has told nobody: state %lu", state);
	put_back(threads, TELLERS);
	end(threads);
}

/* --- many threads of one context -------------------------------------------------- */

static void spins(word_t unused)
{
	(void)unused;
	for (;;)
		;
}

void attack_context(void)
{
	cptr_t threads = make_threads(SHARERS), time = make_time(0);
	word_t done;

	for (word_t i = 1; i <= SHARERS; i++) {
		start(take(threads, i), SLOT_CNODE, time, spins, 0);
		put_back(threads, i);
	}
	wait_until(kozo_ticks() + 20000000); /* turns */
	configure(time, BUDGET_MIN, 3 * BUDGET_MIN, TOP);
	for (unsigned i = 0; i < 100; i++)
		kozo_yield();
	wait_until(kozo_ticks() + 20000000); /* refills */
	for (unsigned i = 0; i < 100; i++) {
		configure(time, i % 2 * BUDGET_MIN, i % 2 * 2 * BUDGET_MIN, i % 3 * TOP / 2);
		wait_until(kozo_ticks() + BUDGET_MIN);
	}
	configure(time, BUDGET_MIN, BUDGET_MIN + 1, TOP);
	NEED(kozo_cnode_delete_range(threads, 1, SHARERS / 2, &done));
	destroy_time(time);
	end(threads);
}

/* --- many contexts ------------------------------------------------------------------ */

/* Each is used up before the moment that is the end of all periods. */
void attack_refills(void)
{
	cptr_t threads = make_threads(CONTEXTS), times = slots(CONTEXTS);
	uint64_t moment = kozo_ticks() + CONTEXTS * (BUDGET_MIN + 30000ull);

	make_at(SLOT_CNODE, times, OBJECT_SCHED_CONTEXT, 0, CONTEXTS);
	for (word_t i = 0; i < CONTEXTS; i++) {
		configure(times + i, BUDGET_MIN, moment - kozo_ticks(), i % 2);
		start(take(threads, i + 1), SLOT_CNODE, times + i, spins, 0);
		put_back(threads, i + 1);
	}
	wait_until(moment + CONTEXTS * BUDGET_MIN / 4);
	NEED(kozo_cnode_revoke(SLOT_CNODE, memory(0)));
}

/* --- many who have nothing left ----------------------------------------------------- */

/*
 * It makes one system call, number and target in `what`, when all that it may use is used,
 * but for the way there.
 */
static void spends(word_t what)
{
	struct kozo_registers r = { .target = (uint32_t)what };
	uint64_t begun = kozo_ticks();

	while (kozo_ticks() - begun < BUDGET_MIN - WAY)
		;
	kozo_syscall(what >> 32, &r);
	__builtin_trap();
}

/* Each has time of its own, of which there is none left for a while when it waits. */
static void make_spenders(word_t count, word_t number, cptr_t target, word_t step)
{
	cptr_t threads = make_threads(count), times = slots(count);

	make_at(SLOT_CNODE, times, OBJECT_SCHED_CONTEXT, 0, count);
	for (word_t i = 0; i < count; i++) {
		configure(times + i, BUDGET_MIN, PERIOD_MAX - i * 0x9e3779b9 % PERIOD_MAX / 2, TOP);
		start(take(threads, i + 1), SLOT_CNODE, times + i, spends,
		      number << 32 | (target + i * step));
		put_back(threads, i + 1);
		kozo_yield();
	}
}

void attack_spent(void)
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);

	make_spenders(SPENDERS, SYS_SEND, endpoint, 0);
	NEED(kozo_cnode_delete(SLOT_CNODE, endpoint));
	NEED(kozo_cnode_revoke(SLOT_CNODE, memory(0)));
}

/* Timers of one time, each of which wakes two of them: one that waits, and one that watches. */
void attack_wakes(void)
{
	cptr_t all = slots(SPENDERS), timers = slots(SPENDERS / 2);
	uint64_t moment;

	make_at(SLOT_CNODE, all, OBJECT_NOTIFICATION, 0, SPENDERS);
	make_at(SLOT_CNODE, timers, OBJECT_TIMER, 0, SPENDERS / 2);
	make_spenders(SPENDERS, SYS_WAIT, all, 1);
	moment = kozo_ticks() + 50000000;
	for (word_t i = 0; i < SPENDERS / 2; i++) {
		NEED(kozo_notification_watch(all + 2 * i, all + 2 * i + 1));
		NEED(kozo_timer_bind(timers + i, all + 2 * i));
		NEED(kozo_timer_arm(timers + i, moment));
	}
	if (kozo_ticks() >= moment)
		panic("arming them took too long");
	wait_until(moment + 10000000);
	NEED(kozo_cnode_revoke(SLOT_CNODE, memory(0)));
}
