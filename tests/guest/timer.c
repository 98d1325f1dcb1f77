/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Timer: it signals once, not before its time, and in the order of times. */
#include "guest.h"
#include "print.h"
#include "ticks.h"

enum { MANY = 300 };

#define NEVER (1ull << 62)

/* Hardly to be waited for; enough to forestall, even if the host is busy; too long. */
#define SOON milliseconds(1)
#define LATER milliseconds(40)
#define TOO_LONG milliseconds(2000)

/* A timer that signals `bits` of a notification. */
static cptr_t timer_for(cptr_t notification, word_t bits)
{
	cptr_t timer = make(OBJECT_TIMER, 0);

	NEED(kozo_timer_bind(timer, part_of(notification, RIGHT_SEND, bits)));
	return timer;
}

TEST(timer_fires, "a Timer signals once, and not before its time")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), timer = timer_for(n, 6);
	uint64_t time = kozo_ticks() + SOON;

	EXPECT_STATUS(kozo_timer_arm(timer, time), OK);
	EXPECT(signals_within(n, TOO_LONG), 6);
	EXPECT(kozo_ticks() >= time, true);
	EXPECT(signals_within(n, SOON), 0);
	EXPECT_STATUS(kozo_timer_arm(timer, kozo_ticks() + SOON), OK);
	EXPECT(signals_within(n, TOO_LONG), 6);
}

TEST(timer_past, "a time that is past signals at once")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), timer = timer_for(n, 5);

	EXPECT_STATUS(kozo_timer_arm(timer, kozo_ticks()), OK);
	EXPECT(signals_of(n), 5);
	EXPECT_STATUS(kozo_timer_arm(timer, 0), OK);
	EXPECT(signals_of(n), 5);
	EXPECT_STATUS(kozo_timer_arm(timer, NEVER), OK);
	EXPECT_STATUS(kozo_timer_arm(timer, 1), OK);
	EXPECT(signals_of(n), 5);
	EXPECT(signals_of(n), 0);
}

TEST(timer_disarm, "a Timer that is disarmed does not signal")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), timer = timer_for(n, 2);
	uint64_t time = kozo_ticks() + LATER;

	EXPECT_STATUS(kozo_timer_disarm(timer), OK);
	EXPECT_STATUS(kozo_timer_arm(timer, time), OK);
	EXPECT_STATUS(kozo_timer_disarm(timer), OK);
	EXPECT_STATUS(kozo_timer_disarm(timer), OK);
	EXPECT(signals_within(n, LATER + SOON), 0);
}

TEST(timer_rearm, "arming a Timer again replaces its time")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), timer = timer_for(n, 2);
	uint64_t time = kozo_ticks() + LATER;

	EXPECT_STATUS(kozo_timer_arm(timer, time), OK);
	EXPECT_STATUS(kozo_timer_arm(timer, NEVER), OK);
	EXPECT(signals_within(n, LATER + SOON), 0);
	EXPECT_STATUS(kozo_timer_arm(timer, kozo_ticks() + SOON), OK);
	EXPECT(signals_within(n, TOO_LONG), 2);
}

TEST(timers_order, "Timers signal in the order of their times, whatever order they were armed in")
{
	const uint64_t apart = milliseconds(20); /* a busy host takes a while to arm all */
	cptr_t n = make(OBJECT_NOTIFICATION, 0), timer[4];
	uint64_t begin;
	word_t seen = 0;

	for (unsigned i = 0; i < 4; i++)
		timer[i] = timer_for(n, 1ull << i);
	begin = kozo_ticks() + apart;
	for (unsigned i = 0; i < 4; i++)
		EXPECT_STATUS(kozo_timer_arm(timer[i ^ 2], begin + (i ^ 2) * apart), OK);
	for (unsigned i = 0; i < 4 && seen != 15; i++) {
		seen |= signals_within(n, TOO_LONG);
		EXPECT(seen & (seen + 1), 0);
	}
	EXPECT(seen, 15);
}

TEST(timers_many, "as many Timers as one likes may have the same time, and all signal")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), first = make_many(OBJECT_TIMER, 0, MANY);
	uint64_t time;
	word_t seen = 0;

	for (unsigned i = 0; i < MANY; i++)
		NEED(kozo_timer_bind(first + i, n));
	for (unsigned i = 0; i < 60; i++)
		NEED(kozo_timer_bind(first + MANY - 1 - i, part_of(n, RIGHT_SEND, 2ull << i)));
	time = kozo_ticks() + LATER;
	for (unsigned i = 0; i < MANY; i++)
		EXPECT_STATUS(kozo_timer_arm(first + i, time), OK);
	for (unsigned i = 0; i < MANY; i += 7)
		EXPECT_STATUS(kozo_timer_arm(first + i, NEVER), OK);
	for (unsigned i = 0; i < MANY; i += 7)
		EXPECT_STATUS(kozo_timer_arm(first + i, time), OK);
	while (seen != (2ull << 60) - 1 && kozo_ticks() < time + TOO_LONG)
		seen |= signals_of(n);
	EXPECT(seen, (2ull << 60) - 1);
}

TEST(timer_bind, "a Timer signals the Notification that it was bound to last")
{
	cptr_t a = make(OBJECT_NOTIFICATION, 0), b = make(OBJECT_NOTIFICATION, 0);
	cptr_t timer = timer_for(a, 2);

	EXPECT_STATUS(kozo_timer_bind(timer, part_of(b, RIGHT_SEND, 8)), OK);
	EXPECT_STATUS(kozo_timer_arm(timer, 1), OK);
	EXPECT(signals_of(a), 0);
	EXPECT(signals_of(b), 8);
	EXPECT_STATUS(kozo_timer_bind(timer, a), OK);
	EXPECT_STATUS(kozo_timer_arm(timer, 1), OK);
	EXPECT(signals_of(a), 1);
	NEED(kozo_cnode_delete(SLOT_CNODE, b));
	EXPECT(gone(b), true);
}

TEST(timer_bind_refusals, "Timer.bind refuses with the first reason, and leaves what was bound")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), timer = timer_for(n, 4), nothing = slot_new();

	EXPECT_STATUS(kozo_timer_bind(timer, nothing), ERR_BAD_CAP);
	EXPECT_STATUS(kozo_timer_bind(timer, 0), ERR_BAD_CAP);
	EXPECT_STATUS(kozo_timer_bind(timer, timer), ERR_WRONG_TYPE);
	EXPECT_STATUS(kozo_timer_bind(timer, part_of(n, RIGHT_RECEIVE, 0)), ERR_NO_RIGHT);
	EXPECT_STATUS(kozo_timer_arm(timer, 1), OK);
	EXPECT(signals_of(n), 4);
}

TEST(timer_alone, "a Timer without a Notification cannot be armed")
{
	EXPECT_STATUS(kozo_timer_arm(make(OBJECT_TIMER, 0), 1), ERR_STATE);
}

TEST(timer_loses, "a Timer whose Notification is taken away is disarmed")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), timer = make(OBJECT_TIMER, 0);
	cptr_t badged = part_of(n, RIGHT_SEND, 2);
	uint64_t time = kozo_ticks() + LATER;

	NEED(kozo_timer_bind(timer, badged));
	EXPECT_STATUS(kozo_timer_arm(timer, time), OK);
	NEED(kozo_cnode_revoke(SLOT_CNODE, badged));
	EXPECT_STATUS(kozo_timer_arm(timer, time), ERR_STATE);
	NEED(kozo_timer_bind(timer, badged));
	EXPECT(signals_within(n, LATER + SOON), 0);
	EXPECT_STATUS(kozo_timer_arm(timer, time), OK);
	EXPECT(signals_of(n), 2);
}

TEST(timer_keeps, "a Timer keeps its Notification alive, which dies with it")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), timer = timer_for(n, 2);

	NEED(kozo_timer_arm(timer, NEVER));
	NEED(kozo_cnode_delete(SLOT_CNODE, n));
	NEED(kozo_cnode_delete(SLOT_CNODE, timer));
}

TEST(timer_dies, "a Timer that dies does not signal")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), first = timer_for(n, 2);
	cptr_t middle = timer_for(n, 4), last = timer_for(n, 8);
	uint64_t time = kozo_ticks() + LATER;

	EXPECT_STATUS(kozo_timer_arm(middle, time), OK);
	EXPECT_STATUS(kozo_timer_arm(first, time - 1), OK);
	EXPECT_STATUS(kozo_timer_arm(last, time + 1), OK);
	NEED(kozo_cnode_delete(SLOT_CNODE, first));
	NEED(kozo_cnode_delete(SLOT_CNODE, middle));
	EXPECT(signals_within(n, TOO_LONG), 8);
}

TEST(timer_rate, "Timer.rate tells how many ticks a second has, always the same")
{
	cptr_t timer = make(OBJECT_TIMER, 0);
	word_t hz = 0, again = 0;

	EXPECT_STATUS(kozo_timer_rate(timer, &hz), OK);
	EXPECT_STATUS(kozo_timer_rate(timer, &again), OK);
	EXPECT(again, hz);
	EXPECT(hz > 1000000, true);
	kozo_printf("# rate %lu\n", hz);
	EXPECT(boot->tsc_hz == 0 || boot->tsc_hz == hz, true);
}
