/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "guest.h"
#include "message.h"
#include "ticks.h"

/* On a machine that does not tell, it may be anything. */
#define USUAL_HZ 3000000000ull

/* Not observed: these are how cases wait, not what they are about. */
uint64_t milliseconds(word_t count)
{
	static word_t hz;
	word_t w[IPC_REGISTERS] = { 0 };

	if (!hz) {
		NEED(kozo_invoke(make(OBJECT_TIMER, 0), LABEL_TIMER_RATE, 0, w));
		hz = w[0] ? w[0] : USUAL_HZ;
	}
	return hz / 1000 * count;
}

word_t signals_of(cptr_t notification)
{
	struct kozo_registers r = { .target = notification };

	NEED(kozo_syscall(SYS_POLL, &r));
	return r.target;
}

word_t signals_within(cptr_t notification, uint64_t ticks)
{
	uint64_t end = kozo_ticks() + ticks;
	word_t bits = 0;

	while (!bits && kozo_ticks() < end)
		bits = signals_of(notification);
	return bits ? bits : signals_of(notification);
}
