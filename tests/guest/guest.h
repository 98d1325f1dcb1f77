/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "../case.h"
#include "kozo_abi.h"
#include "kozo_stubs.h"

/*
 * The guest suite: a program in init's place that asks the kernel everything.
 *
 * Each case runs in the thread `runner`, with one untyped, `world`, that it may do
 * anything to; afterwards everything made from it is revoked and must be gone.
 */

/* --- expectations: a case that missed one goes on, and has failed ---------- */

void expect_number(const char *place, const char *what, word_t got, word_t want);
void expect_status(const char *place, const char *what, status_t got, status_t want);

#define EXPECT(got, want) expect_number(PLACE, #got, (word_t)(got), (word_t)(want))
#define EXPECT_STATUS(call, want) expect_status(PLACE, #call, call, want)

/* What the rest of the case stands on: without it the case ends here. */
void need_at(const char *place, const char *what, status_t got);

#define NEED(call) need_at(PLACE, #call, call)

/* The case has failed for a reason of its own. */
void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* --- the world ------------------------------------------------------------- */

extern const struct boot_info *boot;
extern cptr_t world;	    /* Untyped, empty when a case begins */
extern unsigned world_bits; /* log2 of its bytes: at least 26 */

enum { PAGE = 1 << PAGE_BITS, LARGE = PAGE << 9 };
enum { RW = RIGHT_READ | RIGHT_WRITE, RX = RIGHT_READ | RIGHT_EXECUTE };

/* Slots of our own CNode, empty when a case begins and again after it. */
cptr_t slots_new(word_t count);
cptr_t slot_new(void);

/* Objects made from the world, in slots of our own CNode. */
cptr_t make(enum object_type type, word_t size);
cptr_t make_many(enum object_type type, word_t size, word_t count);

/* A child of a capability in our own CNode. */
cptr_t copy_of(cptr_t cptr);
cptr_t part_of(cptr_t cptr, rights_t rights, word_t badge);

struct description {
	word_t kind; /* 0: the slot is empty */
	rights_t rights;
	word_t badge;
	word_t number;
};

struct description describe_in(cptr_t cnode, word_t index);
struct description describe(cptr_t cptr);
bool same(struct description a, struct description b);
enum object_type type_of(struct description d);
unsigned size_of(struct description d);

/* Empty, or mapped, by describe(). */
bool gone(cptr_t cptr);
bool is_mapped(cptr_t cptr);
bool is_mapped_in(cptr_t cnode, word_t index);

/* An address space of ours that a case may fill: nothing is there, not even tables. */
#define AREA 0x200000000000ull

/* Put page tables of all levels where `address` falls in `space`. */
void make_tables(cptr_t space, vaddr_t address);

/* As above, but only the tables of level `last` and above: for large frames. */
void make_tables_down_to(unsigned last, cptr_t space, vaddr_t address);

/* A frame of one page, mapped for us at an address whose tables are there. */
cptr_t make_page(vaddr_t address, rights_t rights);

/* A CNode of so many bits, with frames of one page from slot 1 on. */
cptr_t make_frames(unsigned bits, word_t count);

/* Map those to be read and written, one behind the other; how many were. */
word_t map_frames(cptr_t space, cptr_t cnode, word_t count, vaddr_t address);

static inline volatile word_t *at(vaddr_t address)
{
	return (volatile word_t *)address;
}

/* Are all words of these bytes equal to `word`? */
bool all_words(vaddr_t address, word_t bytes, word_t word);

/* --- time ------------------------------------------------------------------ */

/* In ticks. */
uint64_t milliseconds(word_t count);

/* Take what is pending at a notification. A runner that waited would end its case. */
word_t signals_of(cptr_t notification);

/* As soon as there are bits, or what is there after so many ticks. */
word_t signals_within(cptr_t notification, uint64_t ticks);

/*
 * Does a tick pass with each instruction, and at no other time? Elsewhere the host takes
 * time away from whoever runs, and what somebody has had says little about the kernel.
 */
bool ticks_are_instructions(void);

/* Where they are: at most so many ticks more or less. */
void expect_ticks(const char *place, const char *what, uint64_t got, uint64_t want, uint64_t slack);

#define EXPECT_TICKS(got, want, slack) expect_ticks(PLACE, #got, got, want, slack)

/*
 * Who runs: the case's own thread is above its helpers, each of which has a right to
 * time, so that none of them comes in between unless it is let: helper.h.
 */
enum { RUNNER_PRIORITY = PRIORITIES - 1, HELPERS_PRIORITY = PRIORITIES - 2 };

/* What helpers share, and what the case's own thread runs on. */
extern cptr_t helpers_time, runner_time;

/* A right to all the time that there is, at a priority, made from the world. */
cptr_t make_time(word_t priority);

/* A thread gets such a one of its own. */
void set_priority(cptr_t thread, word_t priority);

/* A right to time gets other terms. */
void set_terms(cptr_t time, word_t budget, word_t period, word_t priority);

/* A millisecond, or the least that a budget may be. */
word_t small_budget(void);

/* What was used of it, and by a thread; the priority of the time that a thread has. */
word_t consumed(cptr_t time);
word_t time_of(cptr_t thread);
word_t priority_of(cptr_t thread);

/* Make both of these rights, for all cases, from an untyped that outlives them. */
void time_begin(cptr_t untyped, cptr_t first_slot);

/* The case's own thread runs at this priority from now on. */
void runner_runs_at(word_t priority);

/* --- what the kernel was seen to answer: pairs.c ---------------------------- */

enum stage { NOTHING, COMMON, OWN };

/* Which checks a case is about: OWN when it begins, and NOTHING between cases. */
void observe_stage(enum stage stage);

/* A system call, observed as the generated stubs are. */
struct kozo_registers;
status_t observed_syscall(word_t number, cptr_t reply, struct kozo_registers *r);

/* An invocation that no stub would make. */
status_t observed_invoke(cptr_t self, word_t label, word_t low_info);

/* Another thread has come in between: the call that is being made is not timed. */
void observe_other(void);

/* A line `# pair` for each pair: observed or missing; a line `# cost` for each operation. */
void pairs_print(void);
