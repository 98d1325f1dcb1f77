/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "thread.h"
#include "arch/this_cpu.h"
#include "cap.h"
#include "cpu.h"
#include "endpoint.h"
#include "fault.h"
#include "guest.h"
#include "kozo_handlers.h"
#include "loan.h"
#include "notification.h"
#include "reply.h"
#include "sched.h"

struct thread *thread_init;

void thread_create(const struct slot *slot)
{
	struct thread *t = slot->object;

	object_number_slots(slot);
	t->cspace = &t->cnode;
	registers_go(&t->regs, 0, 0); /* fit to run, should it be resumed */
	t->regs.exact = true;
}

/* Take a thread out of whatever it waits for, or waits to run in. */
static void leave_queue(struct thread *t)
{
	switch (t->state) {
	case THREAD_READY:
		sched_remove(t);
		break;
	case THREAD_RECEIVING:
		queue_remove(&t->link);
		reply_detach_server(t);
		break;
	case THREAD_SENDING:
	case THREAD_CALLING:
		endpoint_remove_sender(t);
		break;
	case THREAD_WAITING:
		queue_remove(&t->link);
		break;
	case THREAD_AWAITS_REPLY:
		reply_forget_message(t);
		reply_detach_caller(t);
		break;
	}
}

void thread_suspend(struct thread *t)
{
	bool waits = thread_waits(t) && !(t->flags & FLAG_TOLD);

	leave_queue(t);
	if (waits)
		t->regs.status = ERR_INTERRUPTED; /* what its call answers if it is resumed */
	t->state = THREAD_STOPPED;
	thread_set_flag(t, FLAG_TOLD, false);
	thread_set_flag(t, FLAG_INTERRUPTED, false);
	thread_end_restart(t);
}

void thread_end_restart(struct thread *t)
{
	thread_set_flag(t, FLAG_RESTARTS, false);
	t->restart.done = 0;
	t->restart.tombs = 0;
}

void thread_halt(void *object)
{
	thread_suspend(object);
	loan_end(object);
	notification_unbind(object);
	if (this_cpu()->current == object)
		sched_end_current();
	registers_release(object);
	if (thread_init == object)
		thread_init = NULL;
}

void thread_slot_changed(struct slot *inside, const struct slot *now)
{
	struct slot *first = inside - (inside->holder - HOLDER_THREAD_CNODE);
	struct thread *t = container_of(first, struct thread, cnode);
	void *object = now ? now->object : NULL;

	switch (inside->holder) {
	case HOLDER_THREAD_CNODE:
		t->cspace = now ? object : inside;
		t->cspace_slots = now ? 1ull << now->size : 0;
		break;
	case HOLDER_THREAD_VSPACE:
		t->space = object;
		break;
	case HOLDER_THREAD_BUFFER:
		t->ipc_buffer = (struct ipc_buffer SHARED *)object;
		return;
	case HOLDER_THREAD_GUEST:
		guest_set_state(t, (struct guest_state SHARED *)object);
		return;
	case HOLDER_THREAD_TIME:
		loan_set_own(t, object);
		notification_offer_to(t);
		return;
	case HOLDER_THREAD_RESERVE:
		loan_set_reserve(t, object);
		return;
	default:
		return;
	}
	if (!now)
		thread_suspend(t);
}

void thread_wake(struct thread *t, status_t status)
{
	if (t->flags & FLAG_TOLD) {
		fault_unanswered(t);
		return;
	}
	t->regs.status = (word_t)status;
	sched_add(t);
}

bool thread_is_interrupted(struct thread *t)
{
	if (!(t->flags & FLAG_INTERRUPTED))
		return false;
	thread_set_flag(t, FLAG_INTERRUPTED, false);
	t->regs.status = ERR_INTERRUPTED;
	return true;
}

status_t thread_interrupt(struct invocation *inv)
{
	struct thread *t = inv->slot->object;

	if (t->flags & FLAG_INSIDE) {
		guest_leave(t, GUEST_INTERRUPTED, 0, 0);
	} else if (thread_waits(t) && !(t->flags & FLAG_TOLD)) {
		leave_queue(t);
		thread_wake(t, ERR_INTERRUPTED);
	} else {
		thread_set_flag(t, FLAG_INTERRUPTED, true);
	}
	return OK;
}

status_t thread_configure(struct invocation *inv)
{
	struct thread *t = inv->slot->object;
	struct slot *cnode, *vspace, *buffer;

	if (inv->resumed)
		return deletion_finish(inv);

	status_t status =
		cap_lookup_optional(inv->caller, inv->arg[0], OBJECT_CNODE, RIGHT_MANAGE, &cnode);

	if (!status)
		status = cap_lookup_optional(inv->caller, inv->arg[1], OBJECT_VSPACE, RIGHT_MANAGE,
					     &vspace);
	if (!status)
		status = cap_lookup_optional(inv->caller, inv->arg[2], OBJECT_FRAME,
					     RIGHT_READ | RIGHT_WRITE, &buffer);
	if (status)
		return status;
	if (buffer && buffer->flags & SLOT_DEVICE)
		return ERR_BAD_ARG;
	if (!thread_is_stopped(t))
		return ERR_STATE;

	/* Commit: nothing below fails. What was there before may die. */
	deletion_begin(inv);
	if (cnode)
		cap_replace(&t->cnode, cnode);
	if (vspace)
		cap_replace(&t->vspace, vspace);
	if (buffer)
		cap_replace(&t->buffer, buffer);
	return deletion_finish(inv);
}

status_t thread_start(struct invocation *inv)
{
	struct thread *t = inv->slot->object;

	if (inv->arg[0] >= USER_TOP || inv->arg[1] > USER_TOP)
		return ERR_BAD_ARG;
	if (!thread_can_start(t))
		return ERR_STATE;

	thread_end_restart(t);
	loan_end(t);
	thread_set_flag(t, FLAG_INSIDE, false);
	if (t->flags & FLAG_FPU)
		fpu_reset(t);
	registers_start(&t->regs, inv->arg[0], inv->arg[1], inv->arg[2]);
	sched_add(t);
	return OK;
}

status_t thread_info(struct invocation *inv)
{
	struct thread *t = inv->slot->object;

	inv->result[0] = t->state == THREAD_READY && !t->context ? THREAD_TIMELESS : t->state;
	inv->result[1] = t->context ? context_priority(t) : 0;
	return OK;
}

status_t thread_usage(struct invocation *inv)
{
	const struct thread *t = inv->slot->object;

	inv->result[0] = sched_time_of(t);
	inv->result[1] = t->usage.messages;
	inv->result[2] = t->usage.signals;
	inv->result[3] = reply_count_owed(t);
	return OK;
}

status_t thread_stop(struct invocation *inv)
{
	thread_suspend(inv->slot->object);
	return OK;
}
