/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"
#include "kozo_stubs.h"
#include "panic.h"
#include "syscall.h"

/*
 * The benchmark: a program in init's place that does what docs/performance.md has a
 * row for, a few times each. It counts nothing. A plugin of QEMU does, from outside,
 * and is told by marks which row the kernel's instructions belong to.
 */
typedef void group_t(void);

group_t bench_check, bench_ipc, bench_signal, bench_fault, bench_interrupt;
group_t bench_sched, bench_invoke, bench_pages, bench_cnode, bench_retype, bench_guest;

extern const struct boot_info *boot;

enum { PAGE = 1 << PAGE_BITS, TIMES = 9, NOBODY = 0 };

/* An address space of ours with nothing in it. */
#define AREA 0x200000000000ull

/* What must succeed, or there is nothing to count. */
#define NEED(call) need(call, #call)

/* --- rows ------------------------------------------------------------------- */

extern uint8_t marks[PAGE];

/* A new row, of which each sample is `per` of what the name says. Returns its number. */
unsigned row(const char *name, word_t per);

/*
 * From here on the kernel's instructions belong to a row, or to NOBODY; what came
 * since the last mark is a sample. The plugin knows this instruction by its prefix,
 * which nobody else needs, and the row by the address that is read.
 */
static inline void mark(unsigned number)
{
	uint8_t unused;

	__asm__ volatile(".byte 0x2e, 0x8a, 0x07" /* mov al, cs:[rdi] */
			 : "=a"(unused)
			 : "D"(&marks[number])
			 : "memory");
}

/* One sample of a call that comes back to us. */
#define SAMPLE(number, call) \
	do { \
		mark(number); \
		status_t sampled = call; \
		mark(NOBODY); \
		need(sampled, #call); \
	} while (0)

/* A system call other than INVOKE, on one capability. */
static inline status_t ask(word_t number, cptr_t target)
{
	struct kozo_registers r = { .target = target };

	return kozo_syscall(number, &r);
}

/* --- objects ---------------------------------------------------------------- */

/* Consecutive slots of our own CNode that hold nothing yet. */
cptr_t slots(word_t count);

/* An object of its own; and many, in consecutive slots of a CNode. */
cptr_t make(enum object_type type, word_t size);
void make_at(cptr_t cnode, word_t first, enum object_type type, word_t size, word_t count);

/* The untyped that all is made of. */
cptr_t memory(void);

/* The tables that lead to an address. */
void make_tables(cptr_t space, vaddr_t address);

/* --- address spaces and threads ------------------------------------------------ */

/* A second address space, with the pages of our program at the same addresses. */
cptr_t space_there(void);

enum place { HERE, THERE };

/* Of the same priority as the first thread, or higher. */
enum rank { BESIDE, ABOVE };

/* The first thread becomes one that others can be above. */
void threads_begin(void);

/* A thread with an IPC buffer, that does not run yet. */
cptr_t thread_make(enum place place, enum rank rank);

/* Let it begin, on a stack of its own; one that is ABOVE does so at once. */
void thread_start(cptr_t thread, void (*entry)(word_t), word_t argument);

/* When it waits for a message, take its own time away: it runs on its callers' then. */
void thread_make_passive(cptr_t thread);

/* It never runs again. */
void thread_end(cptr_t thread);

/* A thread that takes a notification's signals for ever; that it was woken is its sample's end. */
void wait_always(word_t notification);
extern volatile unsigned woken;
