/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sched.h"
#include "arch/clock.h"
#include "arch/this_cpu.h"
#include "assert.h"
#include "cpu.h"
#include "kozo_handlers.h"

static void mark(struct run_queue *run, uint32_t priority, bool occupied)
{
	uint64_t bit = 1ull << priority % 64;

	if (occupied)
		run->occupied[priority / 64] |= bit;
	else
		run->occupied[priority / 64] &= ~bit;
}

/* The highest priority with a thread waiting to run; -1: nobody waits. */
static int highest(const struct run_queue *run)
{
	for (int i = READY_WORDS - 1; i >= 0; i--)
		if (run->occupied[i])
			return i * 64 + 63 - __builtin_clzll(run->occupied[i]);
	return -1;
}

void sched_add(struct thread *t)
{
	struct run_queue *run = &this_cpu()->run;

	assert(t->state == THREAD_READY);
	queue_push(&run->ready[t->priority], t);
	mark(run, t->priority, true);
}

static void unqueue(struct run_queue *run, struct thread *t)
{
	queue_remove(t);
	mark(run, t->priority, run->ready[t->priority].head);
}

void sched_remove(struct thread *t)
{
	if (t->queue)
		unqueue(&this_cpu()->run, t);
}

/* From now on it is this thread's time, or nobody's. */
static void charge(struct cpu *cpu, struct thread *t)
{
	if (cpu->timed == t)
		return;

	uint64_t now = clock_now();

	if (cpu->timed)
		cpu->timed->usage.time += now - cpu->since;
	cpu->timed = t;
	cpu->since = now;
}

struct thread *sched_choose(void)
{
	struct cpu *cpu = this_cpu();
	struct run_queue *run = &cpu->run;
	struct thread *t = cpu->current;
	int top = highest(run);
	bool runnable = t && t->state == THREAD_READY && !t->queue;

	if (runnable && (int)t->priority >= top) {
		charge(cpu, t);
		return t;
	}
	if (runnable) {
		/* Outranked, not done: it goes on before its equals. */
		queue_push_front(&run->ready[t->priority], t);
		mark(run, t->priority, true);
	}
	t = NULL;
	if (top >= 0) {
		t = run->ready[top].head;
		unqueue(run, t);
	}
	cpu->current = t;
	charge(cpu, t);
	return t;
}

void syscall_yield(struct thread *caller)
{
	caller->regs.status = OK;
	sched_add(caller);
}
