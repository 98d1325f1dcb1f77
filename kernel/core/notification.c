/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "notification.h"
#include "assert.h"
#include "cap.h"
#include "guest.h"
#include "kozo_handlers.h"
#include "reply.h"
#include "sched.h"

static void deliver(struct thread *t, word_t bits)
{
	t->usage.signals += bits != 0;
	t->regs.target = bits;
	t->regs.info = INFO_SIGNAL;
	t->regs.status = OK;
}

static void wake(struct thread *t, word_t bits)
{
	queue_remove(t);
	reply_detach_receiver(t);
	deliver(t, bits);
	t->state = THREAD_READY;
	sched_add(t);
}

/* Who waits for a signal now: a waiter, or the bound thread while it receives. */
static struct thread *who_waits(const struct notification *n)
{
	if (n->bound && n->bound->state == THREAD_RECEIVING)
		return n->bound;
	return n->waiters.head;
}

static void raise(struct notification *n, word_t bits)
{
	struct thread *t = who_waits(n);

	if (!t) {
		n->pending |= bits;
		if (n->bound && n->bound->guest.inside)
			guest_leave(n->bound, GUEST_NOTIFIED, 0, 0);
		return;
	}
	assert(!n->pending);
	wake(t, bits);
}

void notification_signal(struct notification *n, word_t bits)
{
	raise(n, bits);
	watch_fire(&n->watch);
}

bool notification_take(struct notification *n, struct thread *t)
{
	if (!n->pending)
		return false;
	deliver(t, n->pending);
	n->pending = 0;
	return true;
}

word_t notification_bits(const struct slot *s)
{
	return s->badge ? s->badge : 1;
}

void notification_raise(const struct slot *inside)
{
	if (!slot_empty(inside))
		notification_signal(inside->object, notification_bits(inside));
}

status_t notification_keep(struct invocation *inv, struct slot *inside)
{
	struct slot *s;

	if (inv->resumed)
		return deletion_finish(inv);

	status_t status = cap_lookup(inv->caller, inv->arg[0], OBJECT_NOTIFICATION, RIGHT_SEND, &s);

	if (status)
		return status;

	/* Commit: nothing below fails. What was there before may die. */
	deletion_begin(inv);
	cap_replace(inside, s);
	return deletion_finish(inv);
}

/* --- watches ---------------------------------------------------------------- */

void watch_fire(struct watch *w)
{
	const struct slot *s = &w->notification;

	if (!w->armed)
		return;
	w->armed = false;
	raise(s->object, notification_bits(s));
}

status_t watch_set(struct invocation *inv, struct watch *w, bool has_work)
{
	status_t status = notification_keep(inv, &w->notification);

	if (status)
		return status;
	w->armed = true;
	if (has_work)
		watch_fire(w);
	return OK;
}

void watch_forget(struct slot *s)
{
	container_of(s, struct watch, notification)->armed = false;
}

status_t notification_watch(struct invocation *inv)
{
	struct notification *n = inv->slot->object;

	return watch_set(inv, &n->watch, n->pending);
}

/* --- how it ends -------------------------------------------------------------- */

void notification_create(void *object, const struct slot *slot)
{
	struct notification *n = object;

	(void)slot;
	n->watch.notification.holder = HOLDER_WATCH;
}

void notification_unbind(struct thread *t)
{
	if (!t->bound)
		return;
	t->bound->bound = NULL;
	t->bound = NULL;
}

void notification_stop(void *object)
{
	struct notification *n = object;

	if (n->bound)
		notification_unbind(n->bound);
}

/* Nobody can signal any more: whoever still waits is told. */
bool notification_bury(const struct slot *tomb)
{
	struct notification *n = tomb->object;
	struct thread *t = n->waiters.head;

	if (t) {
		queue_remove(t);
		thread_wake(t, ERR_PEER_DIED);
	} else if (!slot_empty(&n->watch.notification)) {
		cap_delete(&n->watch.notification);
	} else {
		return false;
	}
	return true;
}

/* --- system calls --------------------------------------------------------- */

void syscall_signal(struct thread *caller)
{
	struct slot *s;
	status_t status =
		cap_lookup(caller, caller->regs.target, OBJECT_NOTIFICATION, RIGHT_SEND, &s);

	caller->regs.status = (word_t)status;
	if (!status)
		notification_signal(s->object, notification_bits(s));
}

static status_t find(struct thread *caller, struct notification **out)
{
	struct slot *s;
	status_t status =
		cap_lookup(caller, caller->regs.target, OBJECT_NOTIFICATION, RIGHT_RECEIVE, &s);

	if (status)
		return status;
	*out = s->object;
	return (*out)->bound && (*out)->bound != caller ? ERR_STATE : OK;
}

void syscall_wait(struct thread *caller)
{
	struct notification *n;
	status_t status = find(caller, &n);

	if (status) {
		caller->regs.status = (word_t)status;
	} else if (!notification_take(n, caller) && !thread_is_interrupted(caller)) {
		caller->state = THREAD_WAITING;
		queue_push(&n->waiters, caller);
	}
}

void syscall_poll(struct thread *caller)
{
	struct notification *n;
	status_t status = find(caller, &n);

	if (status)
		caller->regs.status = (word_t)status;
	else if (!notification_take(n, caller))
		deliver(caller, 0);
}

/* --- binding --------------------------------------------------------------- */

/* What is pending reaches a thread that receives already. */
static void bind(struct thread *t, struct notification *n)
{
	word_t bits = n->pending;

	t->bound = n;
	n->bound = t;
	if (bits && t->guest.inside) {
		guest_leave(t, GUEST_NOTIFIED, 0, 0);
	} else if (bits && who_waits(n)) {
		n->pending = 0;
		wake(t, bits);
	}
}

status_t thread_bind(struct invocation *inv)
{
	struct thread *t = inv->slot->object;
	struct slot *s;

	if (!inv->arg[0]) {
		notification_unbind(t);
		return OK;
	}

	status_t status =
		cap_lookup(inv->caller, inv->arg[0], OBJECT_NOTIFICATION, RIGHT_RECEIVE, &s);

	if (status)
		return status;

	struct notification *n = s->object;

	if (t->bound || n->bound || n->waiters.head)
		return ERR_STATE;
	bind(t, n);
	return OK;
}
