/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "endpoint.h"
#include "cap.h"
#include "kozo_handlers.h"
#include "reply.h"

void endpoint_create(void *object, const struct slot *slot)
{
	struct endpoint *e = object;

	(void)slot;
	e->watch.notification.holder = HOLDER_WATCH;
}

status_t endpoint_watch(struct invocation *inv)
{
	struct endpoint *e = inv->slot->object;

	return watch_set(inv, &e->watch, e->senders.head);
}

/* Nobody can name a dying endpoint any more: whoever still waits is told. */
bool endpoint_bury(const struct slot *tomb)
{
	struct endpoint *e = tomb->object;
	struct thread *t = e->senders.head ? e->senders.head : e->receivers.head;

	if (!t && slot_empty(&e->watch.notification))
		return false;
	if (!t) {
		cap_delete(&e->watch.notification);
		return true;
	}
	if (t->state == THREAD_RECEIVING)
		reply_detach_receiver(t);
	queue_remove(t);
	thread_wake(t, ERR_PEER_DIED);
	return true;
}
