/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "loan.h"
#include "assert.h"
#include "fault.h"
#include "sched.h"

/* What a thread runs on follows from what it has. */
static void settle(struct thread *t)
{
	if (t->flags & FLAG_RESERVE)
		t->context = t->reserve;
	else
		t->context = t->borrowed ? t->borrowed : t->own;
	thread_set_flag(t, FLAG_LOST, t->flags & FLAG_LOST && !t->context);
}

static void begin_change(struct thread *t)
{
	if (t->state == THREAD_READY)
		sched_remove(t);
}

static void end_change(struct thread *t)
{
	settle(t);
	if (t->state == THREAD_READY)
		sched_add(t);
}

static void attach(struct thread *t, struct sched_context *x)
{
	t->borrowed = x;
	queue_push(&x->loans, &t->loan);
}

void loan_record_now(struct thread *t)
{
	if (!t->borrowed && !(t->flags & FLAG_RESERVE))
		attach(t, t->context);
}

void loan_begin(struct thread *t, struct sched_context *x)
{
	assert(!t->borrowed && !t->link.in);
	if (!x)
		return;
	attach(t, x);
	thread_set_flag(t, FLAG_RESERVE, false);
	settle(t);
}

static void detach(struct thread *t)
{
	if (!t->borrowed)
		return;
	queue_remove(&t->loan);
	t->borrowed = NULL;
}

/* What it has used of its reserve is taken off what was lent, too: while it is known. */
static void leave_reserve(struct thread *t)
{
	if (t->flags & FLAG_RESERVE && t->borrowed)
		sched_charge();
	thread_set_flag(t, FLAG_RESERVE, false);
}

void loan_end(struct thread *t)
{
	leave_reserve(t);
	detach(t);
	thread_set_flag(t, FLAG_LOST, false);
	settle(t);
}

static void tell(struct thread *t, bool is_gone)
{
	struct fault f = {
		.label = FAULT_TIME,
		.word = { t->regs.rip, t->regs.rsp, is_gone, 0, t->regs.rflags, 0 },
	};

	if (!fault_tell(t, &f))
		fault_stop(t, "the time that was lent to it is used up");
}

static void use_reserve(struct thread *t)
{
	thread_set_flag(t, FLAG_RESERVE, true);
	settle(t);
}

bool loan_replace(struct thread *t)
{
	if (t->reserve)
		use_reserve(t);
	return t->reserve;
}

void loan_tell_gone(struct thread *t)
{
	sched_remove(t);
	thread_set_flag(t, FLAG_LOST, false);
	tell(t, true);
}

void loan_ran_out(struct thread *t)
{
	sched_remove(t);
	if (!t->reserve) {
		tell(t, object_is_dying(&t->borrowed->object));
		return;
	}
	use_reserve(t);
	sched_add(t);
}

void loan_lose(struct thread *t)
{
	begin_change(t);
	t->lost_priority = context_priority(t);
	thread_set_flag(t, FLAG_LOST, !(t->flags & FLAG_RESERVE));
	detach(t);
	end_change(t);
}

void loan_set_own(struct thread *t, struct sched_context *x)
{
	begin_change(t);
	t->own = x;
	thread_set_flag(t, FLAG_ACTIVE, x);
	if (!t->borrowed)
		thread_set_flag(t, FLAG_RESERVE, false);
	end_change(t);
}

void loan_set_reserve(struct thread *t, struct sched_context *x)
{
	begin_change(t);
	t->reserve = x;
	if (!x)
		leave_reserve(t);
	end_change(t);
}

void loan_set_ceiling(struct thread *t, uint32_t priority)
{
	begin_change(t);
	t->ceiling = priority;
	thread_set_flag(t, FLAG_RAISED, priority);
	end_change(t);
}
