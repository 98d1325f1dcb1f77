/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "notification.h"
#include "assert.h"
#include "cap.h"
#include "guest.h"
#include "kozo_handlers.h"
#include "loan.h"
#include "reply.h"
#include "sched.h"

static void deliver(struct thread *t, word_t bits)
{
	t->usage.signals += bits != 0;
	t->regs.target = bits;
	t->regs.info = INFO_SIGNAL;
	t->regs.status = OK;
}

static void set_pending(struct notification *n, word_t bits)
{
	n->pending = bits;
	if (n->bound)
		thread_set_flag(n->bound, FLAG_SIGNALLED, bits);
}

/* A thread without time runs on what the notification lends. */
static void lend(const struct notification *n, struct thread *t)
{
	if (!t->context)
		loan_begin(t, n->context);
}

static void wake(const struct notification *n, struct thread *t, word_t bits)
{
	queue_remove(&t->link);
	if (t->state == THREAD_RECEIVING)
		reply_detach_server(t);
	deliver(t, bits);
	lend(n, t);
	sched_add(t);
}

/* Who waits for a signal now: a waiter, or the bound thread while it receives. */
static struct thread *who_waits(const struct notification *n)
{
	if (n->bound && n->bound->state == THREAD_RECEIVING && (n->bound->own || n->context))
		return n->bound;
	return queue_thread(&n->waiters);
}

/* The bits that a holder of this capability raises are those it was minted with. */
static void raise_bits(const struct slot *s)
{
	struct notification *n = s->object;
	word_t bits = s->badge ? s->badge : 1;
	struct thread *t = who_waits(n);

	if (!t) {
		set_pending(n, n->pending | bits);
		if (n->bound && n->bound->flags & FLAG_INSIDE)
			guest_leave(n->bound, GUEST_NOTIFIED, 0, 0);
		return;
	}
	assert(!n->pending);
	wake(n, t, bits);
}

bool notification_take(struct notification *n, struct thread *t)
{
	if (!n->pending)
		return false;
	deliver(t, n->pending);
	set_pending(n, 0);
	lend(n, t);
	return true;
}

void notification_raise(const struct slot *s)
{
	struct notification *n = s->object;

	if (slot_empty(s))
		return;
	raise_bits(s);
	watch_fire(&n->watch);
}

status_t notification_keep(struct invocation *inv, struct slot *inside)
{
	if (!inv->resumed && !inv->arg[0])
		return ERR_BAD_CAP;
	return deletion_replace(inv, inside, OBJECT_NOTIFICATION, RIGHT_SEND);
}

/* --- watches ---------------------------------------------------------------- */

void watch_fire(struct slot *watch)
{
	if (!watch->mapping)
		return;
	watch->mapping = 0;
	raise_bits(watch);
}

status_t watch_set(struct invocation *inv, struct slot *watch, bool has_work)
{
	status_t status = notification_keep(inv, watch);

	if (status || slot_empty(watch))
		return status;
	watch->mapping = 1;
	if (has_work)
		watch_fire(watch);
	return OK;
}

status_t notification_watch(struct invocation *inv)
{
	struct notification *n = inv->slot->object;

	return watch_set(inv, &n->watch, n->pending);
}

/* --- how it ends -------------------------------------------------------------- */

void notification_unbind(struct thread *t)
{
	if (!t->bound)
		return;
	t->bound->bound = NULL;
	t->bound = NULL;
	thread_set_flag(t, FLAG_SIGNALLED, false);
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
	struct thread *t = queue_thread(&n->waiters);

	if (!t)
		return false;
	queue_remove(&t->link);
	thread_wake(t, ERR_PEER_DIED);
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
		notification_raise(s);
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
		queue_push(&n->waiters, &caller->link);
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
static void offer(struct notification *n)
{
	word_t bits = n->pending;
	struct thread *t = who_waits(n);

	if (!bits || !t)
		return;
	set_pending(n, 0);
	wake(n, t, bits);
}

static void bind(struct thread *t, struct notification *n)
{
	t->bound = n;
	n->bound = t;
	set_pending(n, n->pending);
	if (n->pending && t->flags & FLAG_INSIDE)
		guest_leave(t, GUEST_NOTIFIED, 0, 0);
	else
		offer(n);
}

void notification_set_context(struct notification *n, struct sched_context *x)
{
	n->context = x;
	offer(n);
}

void notification_offer_to(struct thread *t)
{
	if (t->bound)
		offer(t->bound);
}

bool notification_reaches(const struct thread *t)
{
	const struct notification *n = t->bound;

	return n && n->pending && (t->own || n->context);
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
