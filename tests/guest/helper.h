/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "guest.h"
#include "syscall.h"

/*
 * helper: another thread of this program, on a stack of its own.
 *
 * It runs below us: when we wait or call helpers_run(). A helper whose function
 * returns stops.
 */
struct helper {
	cptr_t thread;
	cptr_t self; /* its thread in its own CNode; as `thread` unless set otherwise */
	void (*run)(struct helper *h);
	word_t in[4], out[4];
	struct kozo_registers registers; /* for its system call */
	status_t status;
	volatile unsigned step; /* how far it got */
	volatile bool finished;
};

/* Make a thread like ours, without an IPC buffer, that does not run yet. */
void helper_make(struct helper *h, void (*run)(struct helper *h));

void helper_start(struct helper *h);

/* Both, for one that runs on this time, alone or with others. */
void helper_start_on(struct helper *h, void (*run)(struct helper *h), cptr_t time);

/* Both, and let it run until it waits or ends. */
void helper_go(struct helper *h, void (*run)(struct helper *h));

/* What some helpers do at in[0]; `step` is 1 if they could. */
void reads(struct helper *h);	 /* a word into out[0] */
void writes(struct helper *h);	 /* in[1] */
void executes(struct helper *h); /* calls what is there */

/* Can a helper do that, in our space or in another? It is stopped by a fault if not. */
bool helper_can(void (*what)(struct helper *h), vaddr_t address);
bool helper_can_in(cptr_t space, void (*what)(struct helper *h), vaddr_t address);

/* A space in which this program can run: it shares the table that has all of it. */
cptr_t space_for_helpers(void);

/* A helper for code that is no C function: it runs from `code` on when it is resumed. */
void helper_make_at(struct helper *h, const void *code);

/* The registers of a thread that cannot run, through our IPC buffer. */
struct thread_registers registers_of(cptr_t thread);

/* Set those of a thread that is stopped. */
status_t registers_put(cptr_t thread, struct thread_registers registers);

/* Run code, from its beginning, until it faults; the registers that it had then. */
struct thread_registers run_until_fault(const void *code);

/* Let all helpers run until they wait, finish, or have yielded some times. */
void helpers_run(void);

/* Let each helper that is ready run until it waits, finishes, or yields. */
void helpers_step(void);

/* As helpers_run(), and those of lower priorities, but not of 0 and 1. */
void helpers_run_all(void);

/* We are below all others until they wait, have finished, or have no time left. */
void helpers_run_above(void);

/* We are below all others for so long. */
void helpers_run_until(uint64_t time);

/* We are below all others until this one has finished. True: we ran, too. */
bool helper_runs_to_its_end(const struct helper *h);

/* Instructions, so many times two, which do not pass while the thread does not run. */
void work(word_t turns);

enum { MUCH_WORK = 300000 }; /* for any machine more than BUDGET_MIN ticks */

/* One of THREAD_*. */
word_t helper_state(const struct helper *h);
