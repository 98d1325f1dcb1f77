/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "fuzz.h"

#include "syscall.h"

enum { CALLS_A_TURN = 32 };

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators". */
word_t dice(struct ledger *l)
{
	word_t x = l->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	l->random = x;
	return (x * 0x2545f4914f6cdd1dull) >> 16;
}

status_t issue(struct ledger *l, struct call *c)
{
	struct call *entry = &l->ring[l->calls++ % RING];
	struct kozo_registers r = { .target = c->target, .info = c->info };

	for (unsigned i = 0; i < IPC_REGISTERS; i++)
		r.word[i] = c->word[i];
	*entry = *c;
	entry->status = CALL_OPEN;

	status_t status = kozo_syscall(c->number, &r);

	entry->status = (word_t)status;
	if ((word_t)status < STATUSES)
		l->statuses[status]++;
	for (unsigned i = 0; i < IPC_REGISTERS; i++)
		c->word[i] = r.word[i];
	c->status = (word_t)status;
	return status;
}

status_t ask(struct ledger *l, cptr_t target, word_t label, word_t nargs, word_t arg[IPC_REGISTERS])
{
	struct call c = { SYS_INVOKE, target, kozo_info(label, nargs), { 0 }, 0 };

	for (unsigned i = 0; i < IPC_REGISTERS; i++)
		c.word[i] = arg[i];

	status_t status = issue(l, &c);

	for (unsigned i = 0; i < IPC_REGISTERS; i++)
		arg[i] = c.word[i];
	return status;
}

_Noreturn void worker(struct ledger *l)
{
	for (;;) {
		struct kozo_registers r = { 0 };

		for (unsigned i = 0; i < CALLS_A_TURN; i++) {
			if (l->sequences)
				sequence_step(l);
			else
				random_step(l);
		}
		kozo_syscall(SYS_YIELD, &r);
	}
}
