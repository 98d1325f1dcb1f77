/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Endpoint.cancel: it ends what was sent with one badge, and nothing else. */
#include "message.h"
#include "senders.h"
#include "ticks.h"

static word_t cancel(cptr_t endpoint, word_t badge)
{
	word_t done = ~0ull;

	EXPECT_STATUS(kozo_endpoint_cancel(endpoint, badge, &done), OK);
	return done;
}

/* The badge of the message that is received next. */
static word_t next_badge(cptr_t endpoint)
{
	struct kozo_registers r = { .target = endpoint };

	EXPECT_STATUS(observed_syscall(SYS_NB_RECV, 0, &r), OK);
	return r.target;
}

static void expect_nobody(cptr_t endpoint)
{
	struct kozo_registers r = { .target = endpoint };

	EXPECT_STATUS(observed_syscall(SYS_NB_RECV, 0, &r), ERR_WOULD_BLOCK);
}

/* Senders of these badges, which may be 0, in this order. */
static void queue_up(struct sender *s, cptr_t endpoint, const word_t *badge, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		sender_begin(&s[i], i % 2 ? SYS_CALL : SYS_SEND,
			     badge[i] ? part_of(endpoint, RIGHT_SEND, badge[i]) : endpoint);
}

TEST(cancel_badge, "Endpoint.cancel ends what waits with a badge; the others keep their order")
{
	static const word_t badges[] = { 7, 7, 8, 0, 7, 7, 9, 8, 7, 7 };
	static const word_t others[] = { 8, 0, 9, 8 };
	enum { COUNT = sizeof(badges) / sizeof(badges[0]) };
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
	struct sender s[COUNT];

	queue_up(s, endpoint, badges, COUNT);
	EXPECT(cancel(endpoint, 5), 0);
	EXPECT(cancel(endpoint, 7), 6);
	EXPECT(cancel(endpoint, 7), 0);
	helpers_run();
	for (unsigned i = 0; i < COUNT; i++) {
		if (badges[i] == 7)
			EXPECT_ENDED(&s[i], ERR_PEER_DIED);
		else
			EXPECT_WAITS(&s[i]);
	}
	for (unsigned i = 0; i < 4; i++)
		EXPECT(next_badge(endpoint), others[i]);
	expect_nobody(endpoint);
}

TEST(cancel_unbadged, "a badge of 0 is that of capabilities without one")
{
	static const word_t badges[] = { 1, 0, 2, 0 };
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
	struct sender s[4];

	queue_up(s, endpoint, badges, 4);
	EXPECT(cancel(part_of(endpoint, RIGHT_RECEIVE, 0), 0), 2);
	helpers_run();
	EXPECT_WAITS(&s[0]);
	EXPECT_ENDED(&s[1], ERR_PEER_DIED);
	EXPECT_WAITS(&s[2]);
	EXPECT_ENDED(&s[3], ERR_PEER_DIED);
	EXPECT(cancel(endpoint, ~0ull), 0);
}

static void receives(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(SYS_RECV, h->in[1], &h->registers);
	h->step = 1;
}

TEST(cancel_nothing, "where nobody waits to be received there is nothing to cancel")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
	cptr_t session = part_of(endpoint, RIGHT_SEND, 3);
	struct helper h = { .in = { endpoint, reply } };
	struct sender received;

	EXPECT(cancel(endpoint, 0), 0);
	helper_go(&h, receives);
	EXPECT(cancel(endpoint, 0), 0);
	EXPECT(helper_state(&h), THREAD_RECEIVING);
	sender_begin(&received, SYS_CALL, session);
	EXPECT(h.step, 1);
	EXPECT(cancel(endpoint, 3), 0);
	EXPECT_WAITS(&received);
	NEED(kozo_cnode_delete(SLOT_CNODE, reply));
	helpers_run();
	EXPECT_ENDED(&received, ERR_PEER_DIED);
}

TEST(cancel_fault, "a thread whose fault waits to be told stays stopped if that is cancelled")
{
	enum { FORBIDDEN = 0x13370, BADGE = 4 };
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
	struct helper h = { .in = { FORBIDDEN } };

	helper_make(&h, reads);
	NEED(kozo_thread_set_handler(h.thread, part_of(endpoint, RIGHT_SEND, BADGE), 0));
	helper_start(&h);
	helpers_run();
	EXPECT(helper_state(&h), THREAD_CALLING);
	EXPECT(cancel(endpoint, BADGE), 1);
	EXPECT(helper_state(&h), THREAD_FAULTED);
}

/* --- many ------------------------------------------------------------------------- */

enum { MANY = 100, EVEN = 2, ODD = 1, NEWCOMER = MANY };

static struct sender senders[MANY + 1];

static void queue_many(cptr_t endpoint)
{
	cptr_t even = part_of(endpoint, RIGHT_SEND, EVEN), odd = part_of(endpoint, RIGHT_SEND, ODD);

	for (unsigned i = 0; i < MANY; i++)
		sender_begin(&senders[i], SYS_SEND, i % 2 ? odd : even);
}

static void expect_only_even_ended(unsigned count)
{
	helpers_run();
	for (unsigned i = 0; i < count; i++) {
		if (i % 2)
			EXPECT_WAITS(&senders[i]);
		else
			EXPECT_ENDED(&senders[i], ERR_PEER_DIED);
	}
}

TEST(cancel_many, "as many as one likes are cancelled, and all are counted")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);

	queue_many(endpoint);
	EXPECT(cancel(endpoint, EVEN), MANY / 2);
	expect_only_even_ended(MANY);
	for (unsigned i = 0; i < MANY / 2; i++)
		EXPECT(next_badge(endpoint), ODD);
	expect_nobody(endpoint);
}

/* Cancels what has the badge in[1], below those who come in between. */
static void cancels(struct helper *h)
{
	observe_other();
	h->status = kozo_endpoint_cancel(h->in[0], h->in[1], &h->out[0]);
}

/* Waits for in[0], and is in between then: what it does is in in[3]. */
static void comes_between(struct helper *h)
{
	struct kozo_registers r = { .target = h->in[0] };

	NEED(kozo_syscall(SYS_WAIT, &r));
	observe_other();
	((void (*)(struct helper * h)) h->in[3])(h);
	observe_other();
}

/* One more at the end of the queue. */
static void queues_one(struct helper *h)
{
	h->out[0] = (word_t)sender_start(&senders[NEWCOMER]);
}

static void cancels_too(struct helper *h)
{
	NEED(kozo_endpoint_cancel(h->in[1], ODD, &h->out[0]));
}

/* Those in the middle, wherever the other one is. */
static void stops_some(struct helper *h)
{
	for (unsigned i = MANY / 4; i < MANY / 2; i++)
		NEED(kozo_thread_stop(senders[i].thread));
	h->out[0] = 1;
}

/* A helper cancels what is even, and after some ticks another comes in between. */
static void cancel_disturbed(void (*how)(struct helper *h), uint64_t ticks, cptr_t endpoint,
			     struct helper *canceller, struct helper *other)
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), timer = make(OBJECT_TIMER, 0);

	NEED(kozo_timer_bind(timer, n));
	*canceller = (struct helper){ .in = { endpoint, EVEN } };
	*other = (struct helper){ .in = { n, endpoint, 0, (word_t)how } };
	helper_go(other, comes_between);
	queue_many(endpoint);
	helper_make(canceller, cancels);
	set_priority(canceller->thread, HELPERS_PRIORITY - 1);
	helper_start(canceller);
	NEED(kozo_timer_arm(timer, kozo_ticks() + ticks));
	(void)helper_runs_to_its_end(other);
	helpers_run_above();
	EXPECT(canceller->finished, true);
	EXPECT_STATUS(canceller->status, OK);
}

static const unsigned ticks_before[] = { 8000, 16000, 30000, 50000 };

TEST(cancel_newcomer, "who comes while others are cancelled either waits or is counted")
{
	for (unsigned i = 0; i < 4; i++) {
		cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
		struct helper canceller, other;
		status_t status = ERR_PEER_DIED;

		sender_make(&senders[NEWCOMER], SYS_SEND, part_of(endpoint, RIGHT_SEND, EVEN));
		cancel_disturbed(queues_one, ticks_before[i], endpoint, &canceller, &other);
		helpers_run();
		EXPECT(canceller.out[0], MANY / 2 + sender_has_ended(&senders[NEWCOMER], &status));
		EXPECT_STATUS(status, ERR_PEER_DIED);
		expect_only_even_ended(MANY);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

TEST(cancel_two, "two may cancel at one endpoint at once, and each ends what it means")
{
	for (unsigned i = 0; i < 4; i++) {
		cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
		struct helper canceller, other;

		cancel_disturbed(cancels_too, ticks_before[i], endpoint, &canceller, &other);
		EXPECT(canceller.out[0], MANY / 2);
		EXPECT(other.out[0], MANY / 2);
		helpers_run();
		for (unsigned j = 0; j < MANY; j++)
			EXPECT_ENDED(&senders[j], ERR_PEER_DIED);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

TEST(cancel_stopped, "senders that stop while others are cancelled are not in the way")
{
	for (unsigned i = 0; i < 4; i++) {
		cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
		struct helper canceller, other;

		cancel_disturbed(stops_some, ticks_before[i], endpoint, &canceller, &other);
		EXPECT(canceller.out[0] <= MANY / 2, true);
		EXPECT(canceller.out[0] >= MANY / 2 - MANY / 8 - 1, true);
		expect_only_even_ended(MANY / 4);
		EXPECT(cancel(endpoint, EVEN), 0);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}
