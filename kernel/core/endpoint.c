/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "endpoint.h"
#include "reply.h"

/* Nobody can name a dying endpoint any more: whoever still waits is told. */
bool endpoint_bury(const struct slot *tomb)
{
	struct endpoint *e = tomb->object;
	struct thread *t = e->senders.head ? e->senders.head : e->receivers.head;

	if (!t)
		return false;
	if (t->state == THREAD_RECEIVING)
		reply_detach_receiver(t);
	queue_remove(t);
	thread_wake(t, ERR_PEER_DIED);
	return true;
}
