/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Many timers, and many of them at once. */
#include "attack.h"
#include "message.h"
#include "syscall.h"
#include "ticks.h"

enum { TIMERS = 100000, TOGETHER = 10000, CNODE_BITS = 17 };

#define NEVER (1ull << 62)
#define SOON 200000000ull /* when all are armed that are to be by then */

static void arm(cptr_t timers, word_t index, cptr_t notification, uint64_t time)
{
	cptr_t timer = take(timers, index);

	NEED(kozo_timer_bind(timer, notification));
	NEED(kozo_timer_arm(timer, time));
	put_back(timers, index);
}

/* The last of them tells that all before it have signalled. Nobody runs meanwhile. */
void attack_timers(void)
{
	cptr_t timers = make(OBJECT_CNODE, CNODE_BITS), last = make(OBJECT_TIMER, 0);
	cptr_t all = make(OBJECT_NOTIFICATION, 0), end = make(OBJECT_NOTIFICATION, 0);
	struct kozo_registers r = { .target = end };
	uint64_t time;

	make_at(timers, 1, OBJECT_TIMER, 0, TIMERS);
	for (word_t i = 1; i <= TIMERS - TOGETHER; i++)
		arm(timers, i, all, NEVER + i * 0x9e3779b97f4a7c15 % NEVER);
	time = kozo_ticks() + SOON;
	for (word_t i = TIMERS - TOGETHER + 1; i <= TIMERS; i++)
		arm(timers, i, all, time);
	NEED(kozo_timer_bind(last, end));
	NEED(kozo_timer_arm(last, time));
	if (kozo_ticks() >= time)
		panic("arming them took too long");
	NEED(kozo_syscall(SYS_WAIT, &r));
	NEED(kozo_cnode_revoke(SLOT_CNODE, memory(0)));
}
