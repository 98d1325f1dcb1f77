/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Thread.usage: time, messages and signals that a thread has had. */
#include "helper.h"
#include "message.h"
#include "ticks.h"

struct usage {
	word_t time, messages, signals, replies;
};

static struct usage usage_of(cptr_t thread)
{
	struct usage u = { 0 };

	EXPECT_STATUS(kozo_thread_usage(thread, &u.time, &u.messages, &u.signals, &u.replies), OK);
	return u;
}

/* Works for in[0] ticks, then stops. */
static void works(struct helper *h)
{
	uint64_t end = kozo_ticks() + h->in[0];

	while (kozo_ticks() < end)
		;
	h->step = 1;
}

TEST(usage_time, "a thread's time runs while it runs, and while others do it stands still")
{
	struct helper busy = { .in = { milliseconds(3) } }, idle = { .in = { 0 } };
	uint64_t before, after;

	helper_make(&idle, works);
	EXPECT(usage_of(idle.thread).time, 0);
	before = kozo_ticks();
	helper_go(&busy, works);
	after = kozo_ticks();
	EXPECT(usage_of(busy.thread).time >= busy.in[0], true);
	EXPECT(usage_of(busy.thread).time <= after - before, true);
	EXPECT(usage_of(idle.thread).time, 0);
	EXPECT(usage_of(busy.thread).time, usage_of(busy.thread).time);
}

TEST(usage_shared, "the time that threads have had is no more than has passed")
{
	enum { THREADS = 4 };
	struct helper h[THREADS];
	uint64_t before = kozo_ticks(), sum = 0;

	for (unsigned i = 0; i < THREADS; i++) {
		h[i] = (struct helper){ .in = { milliseconds(1) } };
		helper_go(&h[i], works);
	}
	for (unsigned i = 0; i < THREADS; i++)
		sum += usage_of(h[i].thread).time;
	EXPECT(sum >= THREADS * milliseconds(1), true);
	EXPECT(sum <= kozo_ticks() - before, true);
}

static void answers_once(struct helper *h)
{
	const word_t with = h->in[1] << SYSCALL_REPLY_SHIFT;

	h->registers = (struct kozo_registers){ .target = h->in[0] };
	kozo_syscall(SYS_RECV | with, &h->registers);
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	kozo_syscall(SYS_REPLY_RECV | with, &h->registers);
}

TEST(usage_answered, "the answer to a thread's own call is no message that it has taken")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
	struct helper h = { .in = { endpoint, reply } };
	struct message m = { .label = 1 };
	word_t before = usage_of(SLOT_THREAD).messages;

	helper_make(&h, answers_once);
	helper_start(&h);
	helpers_run();
	NEED(kozo_call(endpoint, &m));
	EXPECT(usage_of(h.thread).messages, 1);
	EXPECT(usage_of(SLOT_THREAD).messages, before);
}

/* Receives in[2] times, whatever comes. */
static void receives(struct helper *h)
{
	for (word_t i = 0; i < h->in[2]; i++) {
		h->registers = (struct kozo_registers){ .target = h->in[0] };
		kozo_syscall(SYS_RECV | h->in[1] << SYSCALL_REPLY_SHIFT, &h->registers);
	}
	h->step = 1;
}

TEST(usage_received, "messages and signals are counted for who receives them")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), n = make(OBJECT_NOTIFICATION, 0);
	struct helper h = { .in = { endpoint, 0, 3 } };
	struct message m = { .label = 1 };

	helper_make(&h, receives);
	NEED(kozo_thread_bind(h.thread, n));
	NEED(kozo_signal(n));
	NEED(kozo_signal(n));
	helper_start(&h);
	helpers_run();
	NEED(kozo_send(endpoint, &m));
	helpers_run();
	NEED(kozo_send(endpoint, &m));
	helpers_run();
	EXPECT(h.step, 1);
	EXPECT(usage_of(h.thread).messages, 2);
	EXPECT(usage_of(h.thread).signals, 1);
}
