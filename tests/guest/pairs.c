/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the kernel was seen to answer, against what the ABI lists.
 *
 * The driver adds up what was observed in each run and reports what is missing.
 */
#include "kozo_pairs.h"

#include "guest.h"
#include "print.h"
#include "syscall.h"

struct pair {
	word_t operation;
	const char *name;
	enum stage stage;
	status_t status;
};

#define PAIR(operation, name, stage, status) { operation, name, stage, status },
#define NAME(label, name, rights, words) [label] = name,

static const struct pair pairs[] = { KOZO_PAIRS(PAIR) };
static const char *const status_name[] = STATUS_NAME;

enum { PAIRS = sizeof(pairs) / sizeof(pairs[0]) };

static bool seen[PAIRS];
static enum stage stage;

void observe_stage(enum stage now)
{
	stage = now;
}

static const char *name_of(status_t status)
{
	unsigned count = sizeof(status_name) / sizeof(status_name[0]);

	return (unsigned)status < count && status_name[status] ? status_name[status] : "?";
}

/* --- how long it took: exact where the TSC counts instructions ------------------- */

struct cost {
	word_t operation;
	const char *name;
	uint64_t bound, most;
	bool in_steps;
};

#define COST(operation, name, bound, in_steps) { operation, name, bound, 0, in_steps },

static struct cost costs[] = { KOZO_BOUNDS(COST) };

/* Calls begun and ended, and others that came: a call counts if nothing was in between. */
static volatile uint64_t events;

static uint64_t now(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/*
 * An interrupt in between takes time, too. It returns by IRETQ, which clears a null
 * selector that is not 0 (Intel SDM vol. 2, IRET); nobody else changes this one.
 */
static void watch_for_interrupts(void)
{
	__asm__ volatile("mov %0, %%es" : : "r"(3));
}

/* Nothing is left of it: who has a selector does not hand over to others the fast way. */
static bool was_interrupted(void)
{
	uint32_t es;

	__asm__ volatile("mov %%es, %0" : "=r"(es));
	__asm__ volatile("mov %0, %%es" : : "r"(0));
	return !es;
}

struct kozo_call kozo_observe_begin(void)
{
	uint64_t number = ++events;

	watch_for_interrupts();
	return (struct kozo_call){ number, now() };
}

void observe_other(void)
{
	events++;
}

static void observe_cost(struct kozo_call call, word_t operation, uint64_t took)
{
	bool interrupted = was_interrupted();

	if (events++ != call.number || interrupted)
		return;
	for (unsigned i = 0; i < sizeof(costs) / sizeof(costs[0]); i++)
		if (costs[i].operation == operation && took > costs[i].most)
			costs[i].most = took;
}

/*
 * A method's own check can give the same error as INVOKE's; only the one that the
 * case is about counts, but the other is allowed.
 */
status_t kozo_observe(struct kozo_call call, word_t operation, status_t status)
{
	const uint64_t took = now() - call.time;
	const char *name = "operation";
	bool listed = false;

	observe_cost(call, operation, took);
	for (unsigned i = 0; i < PAIRS; i++) {
		if (pairs[i].operation != operation)
			continue;
		name = pairs[i].name;
		if (pairs[i].status != status)
			continue;
		listed = true;
		if (pairs[i].stage == stage || (stage != NOTHING && operation < SYSCALLS))
			seen[i] = true;
	}
	if (!listed)
		fail("%s (0x%lx) answered %s, which abi/ does not list", name, operation,
		     name_of(status));
	return status;
}

status_t observed_syscall(word_t number, cptr_t reply, struct kozo_registers *r)
{
	struct kozo_call call = kozo_observe_begin();

	return kozo_observe(call, number, kozo_syscall(number | reply << SYSCALL_REPLY_SHIFT, r));
}

status_t observed_invoke(cptr_t self, word_t label, word_t low_info)
{
	struct kozo_registers r = { .target = self, .info = label << INFO_LABEL_SHIFT | low_info };

	struct kozo_call call = kozo_observe_begin();

	return kozo_observe(call, label, kozo_syscall(SYS_INVOKE, &r));
}

void pairs_print(void)
{
	for (unsigned i = 0; i < PAIRS; i++)
		kozo_printf("# pair %s %s %s %s\n", pairs[i].name,
			    pairs[i].stage == COMMON ? "common" : "own", name_of(pairs[i].status),
			    seen[i] ? "observed" : "missing");
	for (unsigned i = 0; i < sizeof(costs) / sizeof(costs[0]); i++)
		kozo_printf("# cost %s %lu of %lu%s\n", costs[i].name, costs[i].most,
			    costs[i].bound, costs[i].in_steps ? " at a time" : "");
}
