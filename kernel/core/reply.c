/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "reply.h"
#include "assert.h"
#include "thread.h"

void reply_attach_receiver(struct reply *r, struct thread *t)
{
	assert(!r->caller && !r->receiver && !t->receive);
	r->receiver = t;
	t->receive = r;
}

void reply_detach_receiver(struct thread *t)
{
	if (!t->receive)
		return;
	t->receive->receiver = NULL;
	t->receive = NULL;
}

void reply_attach_caller(struct reply *r, struct thread *caller, struct thread *server)
{
	assert(!r->caller && !r->receiver && !r->server && !caller->reply);
	r->server = server;
	queue_push(&server->owed, &r->owed);
	server->usage.replies++;
	r->caller = caller;
	caller->reply = r;
	caller->state = THREAD_AWAITS_REPLY;
}

void reply_forget_server(struct link *owed)
{
	struct reply *r = container_of(owed, struct reply, owed);

	r->server->usage.replies--;
	queue_remove(owed);
	r->server = NULL;
}

void reply_detach_caller(struct thread *caller)
{
	struct reply *r = caller->reply;

	if (r->server)
		reply_forget_server(&r->owed);
	r->caller = NULL;
	caller->reply = NULL;
}

void reply_abandon(void *object)
{
	struct reply *r = object;
	struct thread *caller = r->caller;

	if (r->receiver)
		reply_detach_receiver(r->receiver);
	if (caller) {
		reply_detach_caller(caller);
		thread_wake(caller, ERR_PEER_DIED);
	}
}
