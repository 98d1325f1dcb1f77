/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The fuzzer's workers: threads that ask the kernel for whatever their random
 * numbers say, in a world of their own (world.h). A worker's code writes nowhere
 * but to its stack, its IPC buffer and its ledger, which the watcher sees too.
 *
 * Everything follows from the seed and from the clock, which ends turns and refills
 * budgets: where it counts instructions, as with -icount, the same kernel gives the same
 * run again.
 */
enum { WORKERS = 4, RING = 40, STATUSES = 24 };

/* Where the world's capabilities lie in the workers' CNode. */
enum {
	FUZZ_CNODE = 1,
	FUZZ_SPACE,   /* the workers' own, without the right to derive */
	FUZZ_UNTYPED, /* 4 MiB */
	FUZZ_ENDPOINT,
	FUZZ_BADGED, /* the same, with a badge */
	FUZZ_OTHER_ENDPOINT,
	FUZZ_NOTIFICATION,
	FUZZ_SIGNAL, /* the same, with a badge */
	FUZZ_TIMER,  /* bound to nothing yet */
	FUZZ_OTHER_TIMER,
	FUZZ_HANDLER,
	FUZZ_OTHER_HANDLER,
	FUZZ_IRQ_CONTROL,
	FUZZ_TIME,	 /* what the workers run on */
	FUZZ_OTHER_TIME, /* the first of some that are not configured yet */
	FUZZ_SCHED_CONTROL = FUZZ_OTHER_TIME + 3, /* up to the watcher's priority */
	FUZZ_PORTS,				  /* one, on which nothing depends */
	FUZZ_REPLY,
	FUZZ_OTHER_REPLY,
	FUZZ_OTHER_SPACE, /* with every right */
	FUZZ_OTHER_CNODE,
	FUZZ_SERVER,  /* may be sent to: it answers */
	FUZZ_CONSOLE, /* without any right */
	FUZZ_BUFFER,  /* a page that serves as IPC buffer */
	FUZZ_FRAME,
	FUZZ_LARGE_FRAME,
	FUZZ_TABLES,			/* 3 levels for each space */
	FUZZ_THREADS = FUZZ_TABLES + 6, /* the workers */
	FUZZ_FIRST_FREE = FUZZ_THREADS + WORKERS,
	FUZZ_CNODE_BITS = 8,
	FUZZ_SLOTS = 1 << FUZZ_CNODE_BITS,
	OTHER_CNODE_BITS = 6,
};

/* Where workers map things; a lowest-level table for it is there in the beginning. */
#define FUZZ_ARENA 0x10000000ull

struct call {
	word_t number, target, info;
	word_t word[IPC_REGISTERS];
	word_t status; /* CALL_OPEN: it has not come back */
};

#define CALL_OPEN (~0ull)
#define LEDGER_MAGIC 0x5a5a55464f5a4f4bull /* "KOZOFUZZ", by which driver/guest_fuzz.py finds it */

struct ledger {
	word_t magic;
	word_t worker;
	word_t sequences; /* 0: random arguments; 1: valid-looking sequences */
	word_t random;
	word_t calls; /* since boot: entry calls % RING of the ring is the next one */
	word_t statuses[STATUSES];
	word_t buffer; /* address of the IPC buffer */
	uint8_t *hint; /* the types that were last seen in slots: all workers' memory */
	uint8_t hints[FUZZ_SLOTS];
	struct call ring[RING];
};

/* Where a worker starts, with its ledger. */
_Noreturn void worker(struct ledger *l);

/* A thread of a worker's making: it sends or receives as `what` says, and yields. */
void partner(word_t what);

/* The next call of each kind. */
void random_step(struct ledger *l);
void sequence_step(struct ledger *l);

/* --- random numbers and calls ------------------------------------------- */

word_t dice(struct ledger *l);

/* A number below `n`. */
static inline word_t below(struct ledger *l, word_t n)
{
	return dice(l) % n;
}

static inline bool one_in(struct ledger *l, word_t n)
{
	return !below(l, n);
}

/* A time long past, or one that never comes. */
static inline word_t a_time(struct ledger *l)
{
	return below(l, 1000) | (one_in(l, 3) ? 0 : 1ull << 62);
}

/* A line on which nothing interrupts, or one that is not there. */
static inline word_t a_line(struct ledger *l)
{
	return one_in(l, 4) ? 1000 : 20 + below(l, 4);
}

/* Make this call, note it, and note how it ended. */
status_t issue(struct ledger *l, struct call *c);

/* Ask an object; the answers replace the arguments. */
status_t ask(struct ledger *l, cptr_t target, word_t label, word_t nargs,
	     word_t arg[IPC_REGISTERS]);
