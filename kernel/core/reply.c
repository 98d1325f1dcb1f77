/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "reply.h"
#include "assert.h"
#include "string.h"
#include "thread.h"

void reply_attach_server(struct reply *r, struct thread *t)
{
	struct reply *last = t->receive;

	if (last) {
		queue_push(&t->owed, &last->owed);
		t->owed_count++;
	}
	t->receive = r;
	if (!r)
		return;
	assert(reply_is_free(r));
	r->server = t;
}

static void forget_server(struct reply *r)
{
	struct thread *server = r->server;

	if (!server)
		return;
	r->server = NULL;
	if (server->receive == r) {
		server->receive = NULL;
		return;
	}
	queue_remove(&r->owed);
	server->owed_count--;
}

void reply_forget_message(struct thread *caller)
{
	if (caller->flags & FLAG_TOLD)
		return;
	caller->regs.status = 0;
	caller->regs.target = 0;
	caller->regs.info = 0;
	memset(caller->regs.word, 0, sizeof(caller->regs.word));
}

void reply_detach_server(struct thread *t)
{
	if (t->receive)
		forget_server(t->receive);
	reply_forget_message(t);
}

void reply_attach_caller(struct reply *r, struct thread *caller)
{
	assert(!r->caller && r->server && !caller->reply);
	r->caller = caller;
	caller->reply = r;
	caller->state = THREAD_AWAITS_REPLY;
}

void reply_detach_caller(struct thread *caller)
{
	struct reply *r = caller->reply;

	forget_server(r);
	r->caller = NULL;
	caller->reply = NULL;
}

bool reply_forget_one(const struct slot *tomb)
{
	const struct thread *server = tomb->object;

	if (server->receive)
		forget_server(server->receive);
	else if (server->owed.head)
		forget_server(container_of(server->owed.head, struct reply, owed));
	else
		return false;
	return true;
}

word_t reply_count_owed(const struct thread *server)
{
	return server->owed_count + (server->receive && server->receive->caller);
}

void reply_abandon(void *object)
{
	struct reply *r = object;
	struct thread *caller = r->caller;

	if (!caller) {
		forget_server(r);
		return;
	}
	reply_forget_message(caller);
	reply_detach_caller(caller);
	thread_wake(caller, ERR_PEER_DIED);
}
