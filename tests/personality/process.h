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
enum { PROCESSES = 8, AREAS = 48, HELD = 40, FILES = 16 };
enum { PAGES_BITS = 10, PAGES = 1 << PAGES_BITS }; /* slots of a process's CNode of frames */
enum { STACK_BYTES = 16 << 10 };		   /* of the outer code */

enum { SIGNAL_CHILD = 1, SIGNAL_ALARM = 2 };		   /* bits of `signals` */
enum { ENDED_ILL = 4, ENDED_SEGV = 11, ENDED_ALARM = 14 }; /* of `status`: Linux's signals */

#define GUEST_TOP 0x7ffffff00000ull  /* the end of the guest's stack */
#define GUEST_STACK 0x100000ull	     /* its bytes */
#define GUEST_MAPS 0x7fff00000000ull /* what is mapped anywhere lies below */

/* The registers of a guest that does not run; outer.asm fills it from the end. */
struct outer {
	word_t by; /* 0: a system call */
	word_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	struct process *self;
	word_t unused;
};

/* Addresses in use, in whole pages. */
struct area {
	vaddr_t start, end; /* equal: no area */
	rights_t rights;
	bool file; /* the program's own bytes fill it first */
};

/* The frame in the slot of the same number. */
struct page {
	vaddr_t address; /* 0: none */
	bool shared;	 /* with a parent or child: it is copied before it is written to */
};

struct file {
	enum { FILE_NONE, FILE_TERMINAL, FILE_DATA } kind;
	const uint8_t *data;
	size_t size, at;
};

struct process {
	char stack[STACK_BYTES];
	struct outer outer; /* directly above the stack */
	enum { FREE, RUNNING, ZOMBIE } life;
	int pid;
	struct process *parent; /* NULL: main() waits for it */
	word_t status;		/* as wait4 has it */
	vaddr_t fs_base, set_tid;
	volatile struct guest_state *state;
	cptr_t state_frame;

	cptr_t vspace, thread, frames, signals, timer;
	cptr_t held[HELD]; /* these, and more that end with the process */
	unsigned holds;

	struct elf elf;
	struct area area[AREAS];
	struct page page[PAGES];
	vaddr_t brk_start, brk, maps;
	struct file file[FILES];
} __attribute__((aligned(16)));

_Static_assert(offsetof(struct outer, self) == 128, "SELF of outer.asm");
_Static_assert(offsetof(struct process, outer) == STACK_BYTES, "the stack ends at `outer`");

extern struct memory memory;
extern const void *initrd;
extern size_t initrd_bytes;
extern cptr_t region_table, main_signals, main_faults;

/* Given up only to wait, and to enter a guest. */
void lock(void);
void unlock(void);

/*
 * process.c: made, of a program or as a copy, or NULL if there are too many; ended, by
 * itself; and forgotten.
 */
struct process *process_run(const char *program, const char *const *argv);
struct process *process_fork(struct process *parent, vaddr_t stack, vaddr_t set_tid);
_Noreturn void process_end(struct process *p, word_t status);
cptr_t process_make(struct process *p, enum object_type type, word_t size);
void process_forget(struct process *p);
void process_alarm(struct process *p, word_t microseconds);
status_t process_set_base(struct process *p, vaddr_t base);
void process_signalled(struct process *p, word_t bits);
struct process *process_find(const struct process *parent, int pid, int life);

/* space.c: the memory of a process. False and 0 say that there is no room. */
bool is_user(vaddr_t address, size_t bytes);
bool area_add(struct process *p, vaddr_t start, vaddr_t end, rights_t rights, bool file);
bool area_remove(struct process *p, vaddr_t start, vaddr_t end);
bool area_protect(struct process *p, vaddr_t start, vaddr_t end, rights_t rights);

/* A new page, filled with zeros; until it is placed, it is at PLACE_SCRATCH. */
word_t page_new(struct process *p, vaddr_t address);
void page_place(struct process *p, word_t slot, rights_t rights);

/* Deal with a page fault. False: the program did what it may not do. */
bool page_resolve(struct process *p, vaddr_t address, word_t error);
void space_fork(struct process *p, struct process *child);

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
word_t outer_begin(struct process *p);
