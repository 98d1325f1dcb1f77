/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sched.h"
#include "alarm.h"
#include "arch/clock.h"
#include "arch/this_cpu.h"
#include "assert.h"
#include "cpu.h"
#include "kozo_handlers.h"
#include "loan.h"
#include "preempt.h"

/* --- the queues of contexts ------------------------------------------------- */

static uint32_t find_top(const struct run_queue *run)
{
	for (unsigned i = READY_WORDS; i-- > 0;)
		if (run->occupied[i])
			return i * 64 + 64 - (unsigned)__builtin_clzll(run->occupied[i]);
	return 0;
}

/* Somebody waits to run at this priority now. */
static void mark(struct run_queue *run, uint32_t priority)
{
	run->occupied[priority / 64] |= 1ull << priority % 64;
	if (run->top <= priority)
		run->top = priority + 1;
}

/* Somebody there does not wait any more. */
static void unmark(struct run_queue *run, uint32_t priority)
{
	if (run->ready[priority].head || run->lost[priority].head)
		return;
	run->occupied[priority / 64] &= ~(1ull << priority % 64);
	if (run->top == priority + 1)
		run->top = find_top(run);
}

static struct thread *first_thread(const struct sched_context *x)
{
	return queue_thread(x->borrowing.head ? &x->borrowing : &x->own);
}

/* The priority of the queue that a context is in. */
static uint32_t queued_at(const struct run_queue *run, const struct sched_context *x)
{
	return (uint32_t)(x->run.in - run->ready);
}

static void unqueue(struct run_queue *run, struct sched_context *x)
{
	uint32_t priority = queued_at(run, x);

	queue_remove(&x->run);
	unmark(run, priority);
}

/* One refill for all the periods that have passed: unused time is lost. */
static void refill_if_due(struct sched_context *x, uint64_t now)
{
	if (!x->is_limited || now < x->refill)
		return;
	x->left = (int64_t)x->budget + (x->left < 0 ? x->left : 0);
	x->refill += x->period;
	if (x->refill <= now)
		x->refill = now + x->period;
}

static void wait_for_refill(struct cpu *cpu, struct sched_context *x)
{
	if (!x->period || moment_is_set(&x->moment))
		return;
	work(WORK_TIMER);
	timeline_add(&cpu->timers, &x->moment, x->refill);
}

/* A context without budget waits, if nobody borrows it: those are told (pass_over()). */
static bool must_wait(struct cpu *cpu, struct sched_context *x)
{
	refill_if_due(x, cpu->since);
	if (x->left > 0 || x->borrowing.head)
		return false;
	wait_for_refill(cpu, x);
	return true;
}

/* A context that is in no queue goes where its ready threads are served. */
static void enqueue(struct cpu *cpu, struct sched_context *x, bool front)
{
	if (!context_is_ready(x))
		return;
	if (x->is_limited && must_wait(cpu, x))
		return;

	uint32_t priority = context_priority(first_thread(x));

	queue_put(&cpu->run.ready[priority], &x->run, front);
	mark(&cpu->run, priority);
}

/* Its ready threads have changed. Its place among its equals stays, if they are the same. */
static void requeue(struct cpu *cpu, struct sched_context *x)
{
	if (x == cpu->context)
		return; /* it goes back with its running thread */
	if (x->run.in) {
		if (context_is_ready(x) &&
		    queued_at(&cpu->run, x) == context_priority(first_thread(x)))
			return;
		unqueue(&cpu->run, x);
	}
	enqueue(cpu, x, false);
}

/* --- threads ----------------------------------------------------------------- */

uint32_t context_priority(const struct thread *t)
{
	const struct sched_context *x = t->context;

	return thread_borrows(t) && t->ceiling > x->priority ? t->ceiling : x->priority;
}

static void push(struct thread *t, bool front)
{
	struct sched_context *x = t->context;

	if (thread_borrows(t))
		queue_put(&x->borrowing, &t->link, true);
	else
		queue_put(&x->own, &t->link, front);
}

/*
 * It is told when it would have run, and not here, where whoever handles that may wake the
 * next such thread, and so on.
 */
static void add_lost(struct run_queue *run, struct thread *t)
{
	queue_push(&run->lost[t->lost_priority], &t->link);
	mark(run, t->lost_priority);
}

static void remove_lost(struct run_queue *run, struct thread *t)
{
	queue_remove(&t->link);
	unmark(run, t->lost_priority);
}

static void add(struct thread *t, bool front)
{
	struct cpu *cpu = this_cpu();

	assert(!t->link.in);
	t->state = THREAD_READY;
	cpu->reschedule = true;
	if (t->context || loan_replace(t)) {
		push(t, front);
		requeue(cpu, t->context);
	} else if (t->flags & FLAG_LOST) {
		add_lost(&cpu->run, t);
	}
}

void sched_add(struct thread *t)
{
	add(t, false);
}

void sched_add_next(struct thread *t)
{
	add(t, t->context == this_cpu()->context);
}

void sched_remove(struct thread *t)
{
	struct cpu *cpu = this_cpu();

	cpu->reschedule = true;
	if (!t->link.in)
		return;
	if (!t->context) {
		remove_lost(&cpu->run, t);
		return;
	}
	queue_remove(&t->link);
	requeue(cpu, t->context);
}

/* --- time ---------------------------------------------------------------------- */

/* What a context used beyond its budget is the next one's, but for more than all of that. */
static void take(struct sched_context *x, int64_t ticks)
{
	if (!x->is_limited)
		return;
	x->left -= ticks;
	if (x->left < -(int64_t)x->budget)
		x->left = -(int64_t)x->budget;
}

/* A reserve is used on behalf of what was lent, and both are charged. */
void sched_charge(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t now = clock_now();
	int64_t spent = (int64_t)(now - cpu->since);
	const struct thread *t = cpu->current;

	cpu->since = now;
	if (spent < 0)
		spent = 0; /* somebody has turned the TSC back */
	if (cpu->context) {
		cpu->context->consumed += (uint64_t)spent;
		cpu->context->turn -= spent;
		take(cpu->context, spent);
	}
	if (t && t->flags & FLAG_RESERVE && t->borrowed)
		take(t->borrowed, spent);
}

void sched_end_current(void)
{
	struct cpu *cpu = this_cpu();

	sched_charge();
	cpu->current = NULL;
	cpu->reschedule = true;
}

uint64_t sched_consumed(const struct sched_context *x)
{
	const struct cpu *cpu = this_cpu();

	return x->consumed + (cpu->context == x ? clock_now() - cpu->since : 0);
}

uint64_t sched_time_of(const struct thread *t)
{
	return t->usage.time + (this_cpu()->current == t ? clock_now() : 0);
}

void sched_refill(struct sched_context *x)
{
	refill_if_due(x, clock_now());
	requeue(this_cpu(), x);
}

static void leave_queues(struct cpu *cpu, struct sched_context *x)
{
	cpu->reschedule = true;
	if (x->run.in)
		unqueue(&cpu->run, x);
	if (moment_is_set(&x->moment))
		timeline_remove(&cpu->timers, &x->moment);
}

void sched_configure(struct sched_context *x, uint64_t budget, uint64_t period, uint32_t priority)
{
	struct cpu *cpu = this_cpu();

	sched_charge();
	leave_queues(cpu, x);
	x->budget = budget;
	x->period = period;
	x->is_limited = budget < period || !period;
	x->priority = priority;
	x->left = (int64_t)budget;
	x->refill = cpu->since + period;
	x->turn = (int64_t)alarm_turn_ticks;
	requeue(cpu, x);
}

/* The running thread went on to other time, or is gone itself. */
void sched_release(const struct sched_context *x)
{
	struct cpu *cpu = this_cpu();

	if (cpu->context != x)
		return;
	sched_charge();
	cpu->context = NULL;
}

/* --- who runs -------------------------------------------------------------------- */

/* The thread that was running, if it still can, and its context go back. */
static void put_back(struct cpu *cpu)
{
	struct sched_context *x = cpu->context;
	struct thread *t = cpu->current;

	if (!x)
		return;

	bool over = x->turn <= 0;

	if (t && t->state == THREAD_READY && !t->link.in && t->context == x)
		push(t, !over);
	if (over)
		x->turn = (int64_t)alarm_turn_ticks;
	cpu->context = NULL;
	enqueue(cpu, x, !over);
}

/* A context without budget has come to the front of its queue. */
static void pass_over(struct cpu *cpu, struct sched_context *x)
{
	if (x->borrowing.head) {
		loan_ran_out(queue_thread(&x->borrowing));
		return;
	}
	unqueue(&cpu->run, x);
	wait_for_refill(cpu, x);
}

/*
 * The current thread runs, until its context must be looked at again though nobody says
 * anything. That is the same for each thread on it: a fast path that switches between two
 * sets no alarm.
 */
static void go_on(struct cpu *cpu, const struct thread *t)
{
	const struct sched_context *x = t->context;

	cpu->end = CLOCK_NEVER;
	if (x->is_limited)
		cpu->end = earlier(cpu->since + (uint64_t)x->left, x->refill);
	if (cpu->run.ready[context_priority(t)].head || x->own.head)
		cpu->end = earlier(cpu->end, cpu->since + (uint64_t)x->turn);
	alarm_set(cpu);
	cpu->reschedule = false;
}

static void run(struct cpu *cpu, struct sched_context *x)
{
	struct thread *t = first_thread(x);

	unqueue(&cpu->run, x);
	queue_remove(&t->link);
	cpu->context = x;
	cpu->current = t;
	go_on(cpu, t);
}

/*
 * Who waits at the front of a priority, if it can run; NULL: it could not, and takes
 * another step. To tell of that may be a line of log, so it has a stretch of its own.
 */
static struct sched_context *first_context(struct cpu *cpu, unsigned priority)
{
	struct thread *lost = queue_thread(&cpu->run.lost[priority]);
	struct sched_context *x;

	if (lost) {
		if (!cpu->work)
			loan_tell_gone(lost);
		return NULL;
	}
	x = container_of(cpu->run.ready[priority].head, struct sched_context, run);
	refill_if_due(x, cpu->since);
	if (!context_is_exhausted(x))
		return x;
	if (!cpu->work)
		pass_over(cpu, x);
	return NULL;
}

/* Somebody runs, or nobody, or it takes another step to tell. */
static void choose(struct cpu *cpu)
{
	struct sched_context *x;

	cpu->current = NULL;
	if (!cpu->run.top) {
		cpu->end = CLOCK_NEVER;
		alarm_set_exactly(cpu);
		cpu->reschedule = false;
		return;
	}
	x = first_context(cpu, cpu->run.top - 1);
	if (x)
		run(cpu, x);
}

/* Does the running thread go on, with nobody before it? */
static bool stays(const struct cpu *cpu, const struct thread *t)
{
	const struct sched_context *x = cpu->context;

	if (!x || !t || t->state != THREAD_READY || t->link.in || t->context != x)
		return false;
	return x->turn > 0 && !context_is_exhausted(x) &&
	       (thread_borrows(t) || !x->borrowing.head) && cpu->run.top <= context_priority(t) + 1;
}

struct thread *sched_choose(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *t = cpu->current;

	if (!cpu->reschedule && (!t || t->state == THREAD_READY))
		return t;
	sched_charge();
	if (stays(cpu, t)) {
		go_on(cpu, t);
		return t;
	}
	if (t)
		t->usage.time += cpu->since;
	put_back(cpu);
	choose(cpu);
	if (cpu->current)
		cpu->current->usage.time -= cpu->since;
	return cpu->current;
}

void sched_end_turn(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->context)
		cpu->context->turn = 0;
	cpu->reschedule = true;
}

void syscall_yield(struct thread *caller)
{
	caller->regs.status = OK;
	sched_end_turn();
}
