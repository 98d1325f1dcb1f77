/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Sequences about time: passive servers, loans, reserves, budgets that run out. */
#include "sequence.h"

#include "syscall.h"

enum { OTHER_TIMES = FUZZ_SCHED_CONTROL - FUZZ_OTHER_TIME, WATCHERS = PRIORITIES - 2 };

word_t a_context(struct ledger *l)
{
	if (one_in(l, 8))
		return FUZZ_TIME;
	return one_in(l, 3) ? find(l, OBJECT_SCHED_CONTEXT)
			    : FUZZ_OTHER_TIME + below(l, OTHER_TIMES);
}

static void yield(struct ledger *l)
{
	struct call c = { .number = SYS_YIELD };

	issue(l, &c);
}

static status_t set_time(struct ledger *l, word_t thread, word_t label, word_t context)
{
	words w = { context };

	return ask_one(l, thread, label, 1, w);
}

/* What may happen to one that has no time of its own. */
static void prepare(struct ledger *l, word_t thread)
{
	words handler = { one_in(l, 3) ? 0 : an_endpoint(l), one_in(l, 3) ? FAULTS_CAPS : 0 };
	words ceiling = { thread, one_in(l, 4) ? below(l, PRIORITIES) : WATCHERS };

	if (one_in(l, 2))
		set_time(l, thread, LABEL_THREAD_SET_RESERVE, one_in(l, 3) ? 0 : a_context(l));
	if (one_in(l, 2))
		ask_one(l, thread, LABEL_THREAD_SET_HANDLER, 2, handler);
	if (one_in(l, 3))
		ask(l, FUZZ_SCHED_CONTROL, LABEL_SCHED_CONTROL_SET_CEILING, 2, ceiling);
}

/* A thread makes this system call, over and over; 0: there is none to do so. */
static word_t start_partner(struct ledger *l, word_t what)
{
	word_t thread = a_thread(l, false);
	words uses = { FUZZ_CNODE, FUZZ_SPACE, one_in(l, 2) ? FUZZ_BUFFER : 0 }, none = { 0 };
	words how = { (word_t)partner, 0, what };

	if (!thread)
		return 0;
	ask(l, thread, LABEL_THREAD_STOP, 0, none);
	ask(l, thread, LABEL_THREAD_CONFIGURE, 3, uses);
	set_time(l, thread, LABEL_THREAD_SET_TIME, FUZZ_TIME);
	prepare(l, thread);
	ask(l, thread, LABEL_THREAD_START, 3, how);
	return thread;
}

/* It comes to its first wait on time of its own, and then has none. */
static word_t start_passive(struct ledger *l, word_t what)
{
	word_t thread = start_partner(l, what);

	if (!thread)
		return 0;
	yield(l);
	set_time(l, thread, LABEL_THREAD_SET_TIME, 0);
	return thread;
}

/* A server that is passive, and, it may be, a call of it. */
void serve(struct ledger *l)
{
	word_t endpoint = an_endpoint(l);
	word_t number = one_in(l, 3) ? SYS_RECV : SYS_REPLY_RECV;
	struct call call = { one_in(l, 4) ? SYS_SEND : SYS_CALL, endpoint, 0, { 0 }, 0 };

	if (start_passive(l, number | endpoint << 8 | a_reply(l) << 16) && one_in(l, 2))
		issue(l, &call);
}

/* One that waits for time that comes with a signal; the signal may come now. */
void wait_passive(struct ledger *l)
{
	word_t notification = a_notification(l);
	words w = { a_context(l) };
	struct call signal = { SYS_SIGNAL, notification, 0, { 0 }, 0 };

	if (!start_passive(l, SYS_WAIT | notification << 8))
		return;
	ask_one(l, notification, LABEL_NOTIFICATION_SET_TIME, 1, w);
	if (one_in(l, 2))
		issue(l, &signal);
}

void lend(struct ledger *l)
{
	words w = { one_in(l, 4) ? 0 : a_context(l) };

	ask_one(l, a_notification(l), LABEL_NOTIFICATION_SET_TIME, 1, w);
}

/* Small budgets run out; a long period does not end in a lifetime. */
void terms(struct ledger *l)
{
	word_t budget = BUDGET_MIN + below(l, 3) * BUDGET_MIN / 2;
	words w = { a_context(l), budget, budget + 1 + below(l, 4 * BUDGET_MIN), WATCHERS };

	if (one_in(l, 8))
		w[1] = w[2] = 0;
	else if (one_in(l, 4))
		w[2] = w[1];
	else if (one_in(l, 16))
		w[2] = PERIOD_MAX;
	if (one_in(l, 6))
		w[3] = below(l, PRIORITIES);
	ask_one(l, FUZZ_SCHED_CONTROL, LABEL_SCHED_CONTROL_CONFIGURE, 4, w);
	if (one_in(l, 4))
		ask_one(l, w[0], LABEL_SCHED_CONTEXT_CONSUMED, 0, w);
}

void give_time(struct ledger *l)
{
	word_t thread = a_thread(l, one_in(l, 8)), context = one_in(l, 3) ? 0 : a_context(l);
	words ceiling = { thread, below(l, PRIORITIES) };

	switch (below(l, 4)) {
	case 0:
		set_time(l, thread, LABEL_THREAD_SET_RESERVE, context);
		break;
	case 1:
		ask(l, FUZZ_SCHED_CONTROL, LABEL_SCHED_CONTROL_SET_CEILING, 2, ceiling);
		break;
	default:
		set_time(l, thread, LABEL_THREAD_SET_TIME, context);
	}
}

/* Some may wait to send, with a badge or without. */
void cancel(struct ledger *l)
{
	words w = { one_in(l, 2) ? 0 : 77 };
	word_t senders = one_in(l, 2) ? below(l, 5) : 0;

	for (word_t i = 0; i < senders; i++)
		start_partner(l, SYS_SEND | (FUZZ_ENDPOINT + below(l, 2)) << 8);
	if (senders)
		yield(l);
	ask_one(l, senders ? FUZZ_ENDPOINT : an_endpoint(l), LABEL_ENDPOINT_CANCEL, 1, w);
}
