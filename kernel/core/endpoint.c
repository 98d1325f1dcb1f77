/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "endpoint.h"
#include "kozo_handlers.h"
#include "preempt.h"
#include "reply.h"

status_t endpoint_watch(struct invocation *inv)
{
	struct endpoint *e = inv->slot->object;

	return watch_set(inv, &e->watch, e->senders.head);
}

void endpoint_remove_sender(struct thread *t)
{
	struct endpoint *e = container_of(t->link.in, struct endpoint, senders);

	if (e->cancel_next == &t->link)
		e->cancel_next = t->link.next;
	queue_remove(&t->link);
}

static void refuse(struct thread *sender)
{
	endpoint_remove_sender(sender);
	thread_wake(sender, ERR_PEER_DIED);
}

/*
 * Whoever comes while it goes on is behind those who were there. Two who cancel at one
 * endpoint in turn begin anew each time, and come further each time that they are let.
 */
status_t endpoint_cancel(struct invocation *inv)
{
	struct endpoint *e = inv->slot->object;

	if (!inv->resumed || e->canceller != inv->caller) {
		e->canceller = inv->caller;
		e->cancel_next = e->senders.head;
	}
	while (e->cancel_next) {
		struct thread *t = container_of(e->cancel_next, struct thread, link);

		if (preempt_due())
			return RESTART;
		work(WORK_LOOK);
		e->cancel_next = t->link.next;
		if (t->badge == inv->arg[0]) {
			work(WORK_SLOT);
			refuse(t);
			inv->result[0]++;
		}
	}
	return OK;
}

/* Nobody can name a dying endpoint any more: whoever still waits is told. */
bool endpoint_bury(const struct slot *tomb)
{
	struct endpoint *e = tomb->object;
	struct thread *receiver = queue_thread(&e->receivers);

	if (e->senders.head) {
		refuse(queue_thread(&e->senders));
	} else if (receiver) {
		reply_detach_server(receiver);
		queue_remove(&receiver->link);
		thread_wake(receiver, ERR_PEER_DIED);
	} else {
		return false;
	}
	return true;
}
