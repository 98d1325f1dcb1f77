/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "arch/breakpoints.h"
#include "arch/fpu.h"
#include "arch/registers.h"
#include "object.h"
#include "queue.h"
#include "shared.h"

/*
 * Thread: registers, and slots for what the thread uses.
 *
 * Invariant: a thread is in exactly one queue, or running, or stopped; `state`
 * (one of THREAD_*) says which. Ready: in a queue of the scheduling context that it
 * runs on, or running, or, if it has no time, in none, or among those that have lost it:
 * sched.h. Sending, calling, receiving: in a queue of an endpoint. Waiting: in that of a
 * notification. Awaiting a reply: named by exactly one Reply. Stopped or faulted:
 * in none.
 *
 * The slots below hold what the thread was configured with, as part of the
 * derivation tree: whoever revokes such a capability takes it from the thread
 * too, and thread_slot_changed() then clears what was cached from it. A thread without
 * CNode or VSpace does not run.
 *
 * Locking: the kernel lock.
 */
enum { THREAD_BITS = 12 }; /* docs/decisions/0009-thread-size.md */

/*
 * What is unusual about a thread. Most have none of these, and the fast paths serve only
 * such: fast.asm.
 */
enum thread_flag {
	FLAG_INSIDE = 1 << 0,	   /* its guest runs */
	FLAG_TOLD = 1 << 1,	   /* its handler is being told of a fault, or is to answer */
	FLAG_TELLS_CAPS = 1 << 2,  /* cptrs that name nothing are faults */
	FLAG_INTERRUPTED = 1 << 3, /* its next system call that would wait does not */
	FLAG_FPU = 1 << 4,	   /* it may use the FPU */
	FLAG_BREAKPOINTS = 1 << 5, /* something is watched for in it */
	FLAG_RAISED = 1 << 6,	   /* it has a ceiling */
	FLAG_SIGNALLED = 1 << 7,   /* a signal of the notification bound to it is pending */
	FLAG_RESERVE = 1 << 8,	   /* it runs on its reserve */
	FLAG_LOST = 1 << 9,	   /* what was lent to it is gone, and it has no other time */
	FLAG_ACTIVE = 1 << 10,	   /* it has time of its own */
	FLAG_RESTARTS = 1 << 11,   /* a system call of it was left at a preemption point */
};

struct thread {
	struct object object;
	struct registers regs; /* while the thread is not running in user mode */

	uint32_t flags;	  /* FLAG_* */
	uint32_t state;	  /* THREAD_* */
	uint32_t ceiling; /* the least priority of what it borrows */
	struct link link; /* in the queue that it waits in, or is ready in */

	/* What it runs on, and what that follows from: loan.h. */
	struct sched_context *context;	/* NULL: it has no time */
	struct sched_context *own;	/* cached from `time`; NULL: it is passive */
	struct sched_context *reserve;	/* cached from `reserve_time` */
	struct sched_context *borrowed; /* what was lent to it, or NULL */
	struct link loan;		/* in `loans` of that */
	uint32_t lost_priority;		/* with FLAG_LOST: what it had there */

	struct reply *reply;   /* awaiting a reply: who owes it */
	struct reply *receive; /* what it receives with, or has: reply.h */
	struct queue owed;     /* Replies that it received with before, and owes the answer of */
	word_t owed_count;
	struct notification *bound; /* whose signals it receives with messages, or NULL */
	word_t badge;		    /* sending, calling: the badge to deliver */

	/*
	 * A fault that its handler is being told of, or is to answer: with FLAG_TOLD
	 * the thread calls with this message, and its registers are as they were.
	 */
	struct {
		word_t info, word[IPC_REGISTERS];
	} fault;

	/* Page faults of code here go on at `landing`; start == end: of none. */
	struct {
		vaddr_t start, end, landing;
	} window;

	/* Its second set of registers: guest.h. */
	struct {
		vaddr_t on_syscall, on_other, stack;
		struct guest_state SHARED *state; /* cached from `guest_frame` */
	} guest;

	/*
	 * What it has had: Thread.usage. While it runs, the clock is to be added to `time`,
	 * from which it was taken when it began to.
	 */
	struct {
		uint64_t time, messages, signals;
	} usage;

	/* A system call that left at a preemption point: FLAG_RESTARTS. */
	struct {
		word_t target, info; /* which call it was */
		word_t done;	     /* elements of a range; 0 without such a call */
		unsigned tombs;	     /* how many may be left when a deletion ends */
	} restart;

	struct slot *cspace; /* cached from `cnode`; without one that slot, which is empty */
	word_t cspace_slots;
	struct vspace *space;		      /* cached from `vspace` */
	struct ipc_buffer SHARED *ipc_buffer; /* cached from `buffer` */

	struct slot cnode;
	struct slot vspace;
	struct slot buffer;
	struct slot handler; /* Endpoint: whom the kernel tells of faults */
	struct slot guest_frame;
	struct slot time, reserve_time;

	struct breakpoints breakpoints;
	struct fpu fpu;
};

_Static_assert(sizeof(struct thread) <= 1 << THREAD_BITS, "a thread fits its object size");

/* init's first thread. Nobody handles its faults: they stop the machine. */
extern struct thread *thread_init;

void thread_create(const struct slot *slot);

/*
 * Take a thread out of whatever it does; state becomes THREAD_STOPPED. If it
 * owes an answer, its Replies still can give it.
 */
void thread_suspend(struct thread *t);

/* thread_suspend() as object.c calls it. */
void thread_halt(void *object);

/* A slot inside a thread holds what `now` does, or is about to be emptied: NULL. */
void thread_slot_changed(struct slot *inside, const struct slot *now);

static inline void thread_set_flag(struct thread *t, enum thread_flag flag, bool on)
{
	t->flags = on ? t->flags | flag : t->flags & ~(uint32_t)flag;
}

/* The first thread of a queue that threads wait or are ready in; NULL: it is empty. */
static inline struct thread *queue_thread(const struct queue *q)
{
	return q->head ? container_of(q->head, struct thread, link) : NULL;
}

/* It runs on what was lent to it. */
static inline bool thread_borrows(const struct thread *t)
{
	return t->borrowed && !(t->flags & FLAG_RESERVE);
}

/* It does nothing until somebody starts or resumes it. */
static inline bool thread_is_stopped(const struct thread *t)
{
	return t->state == THREAD_STOPPED || t->state == THREAD_FAULTED;
}

/* It goes on when its system call ends. */
static inline bool thread_waits(const struct thread *t)
{
	return t->state != THREAD_READY && !thread_is_stopped(t);
}

/* It is stopped and has all that it needs to run. */
static inline bool thread_can_start(const struct thread *t)
{
	return thread_is_stopped(t) && t->space && t->cspace_slots;
}

/* The system call that was left at a preemption point is over, or never will be. */
void thread_end_restart(struct thread *t);

/*
 * Was the running thread, which is about to wait, interrupted before? Then its system
 * call has ended with ERR_INTERRUPTED, and its next one may wait.
 */
MUST_USE bool thread_is_interrupted(struct thread *t);

/*
 * End a thread's wait; its system call returns `status`. A thread whose fault will
 * not be answered stays stopped instead.
 */
void thread_wake(struct thread *t, status_t status);
