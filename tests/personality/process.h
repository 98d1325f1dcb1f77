/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "elf.h"
#include "handover.h"

/*
 * The processes of the test personality, which are guests.
 *
 * Each has a VSpace of its own, in which the region is the same for all, and one
 * thread. Outer code of all of them runs under one lock, which is given up only to wait
 * and to enter a guest; so nothing else here is locked.
 */
enum { PROCESSES = 8, HELD = 40 };
enum { PAGES_BITS = 10, PAGES = 1 << PAGES_BITS }; /* slots of a process's CNode of frames */
enum { STACK_BYTES = 16 << 10 };		   /* of the outer code */
enum { BY_SYSCALL, BY_OTHER, BY_START };	   /* as in outer.asm */
enum { ENDED_ILL = 4, ENDED_SEGV = 11 };	   /* of `status`: Linux's signals */

#define GUEST_TOP 0x7ffffff00000ull    /* the end of the guest's stack */
#define GUEST_STACK 0x10000ull	       /* its bytes */
#define GUEST_START (GUEST_TOP - PAGE) /* the stack pointer that a program begins with */
#define GUEST_MAPS 0x7fff00000000ull   /* what is mapped anywhere lies below */

/* The registers of a guest that does not run; outer.asm fills it from the end. */
struct outer {
	word_t by; /* BY_*, why it does not */
	word_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	struct process *self;
	word_t unused;
};

/* A page in use. Its frame, if there is one, has the slot of the same number. */
struct page {
	vaddr_t address; /* 0: none */
	rights_t rights;
	bool present; /* has a frame */
	bool shared;  /* with a parent or child: it is copied before it is written to */
};

struct process {
	char stack[STACK_BYTES];
	struct outer outer; /* directly above the stack */
	enum { FREE, RUNNING, ZOMBIE } life;
	int pid;
	struct process *parent;	 /* NULL: main() waits for it */
	int status;		 /* as wait4 has it */
	const char *const *argv; /* NULL: made by fork */
	vaddr_t fs_base, set_tid;
	vaddr_t entered; /* where its guest last went on */
	word_t kicks;	 /* how often it was taken out of its guest by a signal */

	/* These stay with the place. */
	volatile struct guest_state *state;
	cptr_t state_frame, region;

	cptr_t vspace, thread, frames, signals, timer;
	cptr_t held[HELD]; /* these, and more that end with the process */
	unsigned holds;

	struct elf elf;
	struct page page[PAGES];
	vaddr_t brk, maps;
} __attribute__((aligned(16)));

_Static_assert(offsetof(struct outer, self) == 128, "SELF of outer.asm");
_Static_assert(offsetof(struct process, outer) == STACK_BYTES, "the stack ends at `outer`");

extern struct handover given;
extern cptr_t main_signals, main_faults;

static inline vaddr_t page_end(vaddr_t address)
{
	return (address + PAGE - 1) / PAGE * PAGE;
}

/* Given up only to wait, and to enter a guest. */
void lock(void);
void unlock(void);

/* process.c: the first one; a copy, or NULL if there are too many; ended, by itself; forgotten. */
struct process *process_run(const char *const *argv);
struct process *process_fork(struct process *parent, vaddr_t set_tid);
_Noreturn void process_end(struct process *p, int status);
void process_forget(struct process *p);
cptr_t process_make(struct process *p, enum object_type type, word_t size);
status_t process_set_base(struct process *p, vaddr_t base);

/* `pid` -1: whichever. `life` -1: however. */
struct process *process_find(const struct process *parent, int pid, int life);

/* space.c: the memory of a process. False: there is no room. */
bool is_user(vaddr_t address, size_t bytes);
bool pages_set(struct process *p, vaddr_t start, vaddr_t end, rights_t rights);
void pages_remove(struct process *p, vaddr_t start, vaddr_t end);
bool pages_protect(struct process *p, vaddr_t start, vaddr_t end, rights_t rights);
void space_fork(struct process *p, struct process *child);

/* Deal with a page fault. False: the program did what it may not do. */
bool page_resolve(struct process *p, vaddr_t address, word_t error);

/* Between guest and outer code, through the copy window. False: EFAULT. */
bool from_guest(struct process *p, void *to, vaddr_t from, size_t bytes);
bool to_guest(struct process *p, vaddr_t to, const void *from, size_t bytes);

/* syscall.c: what a guest wants. The result is what it finds in rax. */
word_t linux_call(struct process *p, word_t number);

/* outer.asm */
extern const char outer_by_syscall[], outer_by_other[], outer_start[];
extern const char window_start[], window_end[], window_landing[];
word_t copy_window(void *to, const void *from, size_t bytes, word_t fault[2]);
word_t outer_main(struct process *p);
