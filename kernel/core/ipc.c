/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Messages: rendezvous between a sender and a receiver at an endpoint.
 *
 * Six words travel in registers; the rest of a longer message goes from the
 * sender's IPC buffer to the receiver's. Both buffers are reached through the
 * direct map, so nothing here can fault. Their contents may change under our
 * feet (user memory), which is why the length is taken from a register once.
 *
 * The fast paths will do the common cases of this file in assembly; what a
 * message means stays defined here.
 */
#include "assert.h"
#include "cap.h"
#include "endpoint.h"
#include "kozo_handlers.h"
#include "notification.h"
#include "reply.h"
#include "sched.h"
#include "string.h"

static unsigned message_words(word_t info)
{
	return info & INFO_WORDS_MASK;
}

/* Is `info` the description of a message that `t` can send? */
static bool sendable(const struct thread *t, word_t info)
{
	word_t low = info & ((1 << INFO_LABEL_SHIFT) - 1);

	return low <= IPC_WORDS && (low <= IPC_REGISTERS || t->ipc_buffer);
}

/*
 * Hand the message in the sender's registers and buffer to the receiver. A
 * receiver without a buffer gets the register words of a longer message, and
 * ERR_TRUNCATED says that there was more.
 */
static void transfer(struct thread *from, struct thread *to, word_t badge)
{
	word_t info = from->regs.info;
	unsigned words = message_words(info);
	status_t status = OK;

	memcpy(to->regs.word, from->regs.word, sizeof(to->regs.word));
	if (words > IPC_REGISTERS && from->ipc_buffer && to->ipc_buffer) {
		shared_copy(&to->ipc_buffer->word[IPC_REGISTERS],
			    &from->ipc_buffer->word[IPC_REGISTERS],
			    (words - IPC_REGISTERS) * sizeof(word_t));
	} else if (words > IPC_REGISTERS) {
		info = (info & ~(word_t)INFO_WORDS_MASK) | IPC_REGISTERS;
		status = ERR_TRUNCATED;
	}
	to->regs.info = info;
	to->regs.target = badge;
	to->regs.status = (word_t)status;
}

/* After its message was received: a caller waits for the answer, a sender is done. */
static void sender_received(struct thread *sender, bool calls, struct reply *r)
{
	if (!calls)
		thread_resume(sender, OK);
	else if (r)
		reply_attach_caller(r, sender);
	else
		thread_resume(sender, ERR_PEER_DIED);
}

static void wait_in(struct thread_queue *q, struct thread *t, uint32_t state)
{
	t->state = state;
	queue_push(q, t);
}

/* The running thread sends; the commit of CALL and SEND. */
static void send(struct endpoint *e, struct thread *t, word_t badge, bool calls)
{
	struct thread *receiver = e->receivers.head;

	if (!receiver) {
		t->badge = badge;
		wait_in(&e->senders, t, calls ? THREAD_CALLING : THREAD_SENDING);
		return;
	}

	struct reply *r = receiver->receive;

	queue_remove(receiver);
	reply_detach_receiver(receiver);
	transfer(t, receiver, badge);
	receiver->state = THREAD_READY;
	sched_add(receiver);
	if (!calls)
		t->regs.status = OK;
	else
		sender_received(t, true, r);
}

/* The running thread receives what is there now. False: nothing is. */
static bool receive_now(struct endpoint *e, struct thread *t, struct reply *r)
{
	struct thread *sender = e->senders.head;

	if (t->bound && notification_take(t->bound, t))
		return true;
	if (!sender)
		return false;

	bool calls = sender->state == THREAD_CALLING;

	queue_remove(sender);
	transfer(sender, t, sender->badge);
	sender_received(sender, calls, r);
	return true;
}

/* The running thread receives; the commit of RECV and REPLY_RECV. */
static void receive(struct endpoint *e, struct thread *t, struct reply *r)
{
	if (receive_now(e, t, r))
		return;
	if (r)
		reply_attach_receiver(r, t);
	wait_in(&e->receivers, t, THREAD_RECEIVING);
}

/* The capability to send through, if the caller may and has something to send. */
static status_t check_send(const struct thread *caller, struct slot **s)
{
	status_t status = cap_lookup(caller, caller->regs.target, OBJECT_ENDPOINT, RIGHT_SEND, s);

	if (!status && !sendable(caller, caller->regs.info))
		status = ERR_BAD_ARG;
	return status;
}

static void send_or_refuse(struct thread *caller, bool calls)
{
	struct slot *s;
	status_t status = check_send(caller, &s);

	if (status)
		caller->regs.status = (word_t)status;
	else
		send(s->object, caller, s->badge, calls);
}

void syscall_call(struct thread *caller)
{
	send_or_refuse(caller, true);
}

void syscall_send(struct thread *caller)
{
	send_or_refuse(caller, false);
}

void syscall_nb_send(struct thread *caller)
{
	struct slot *s;
	status_t status = check_send(caller, &s);

	if (!status && !((struct endpoint *)s->object)->receivers.head)
		status = ERR_WOULD_BLOCK;
	if (status)
		caller->regs.status = (word_t)status;
	else
		send(s->object, caller, s->badge, false);
}

/* The endpoint and, if the caller names one, the Reply of a receiving call. */
static status_t receive_caps(struct thread *t, struct slot **endpoint, struct reply **reply)
{
	cptr_t cptr = t->regs.status >> SYSCALL_REPLY_SHIFT;
	struct slot *s;
	status_t status = cap_lookup(t, t->regs.target, OBJECT_ENDPOINT, RIGHT_RECEIVE, endpoint);

	*reply = NULL;
	if (status || !cptr)
		return status;
	status = cap_lookup(t, cptr, OBJECT_REPLY, RIGHT_MANAGE, &s);
	if (!status)
		*reply = s->object;
	return status;
}

static status_t check_receive(struct thread *caller, struct slot **endpoint, struct reply **r)
{
	status_t status = receive_caps(caller, endpoint, r);

	if (!status && *r && ((*r)->caller || (*r)->receiver))
		status = ERR_BUSY;
	return status;
}

void syscall_recv(struct thread *caller)
{
	struct slot *s;
	struct reply *r;
	status_t status = check_receive(caller, &s, &r);

	if (status)
		caller->regs.status = (word_t)status;
	else
		receive(s->object, caller, r);
}

void syscall_nb_recv(struct thread *caller)
{
	struct slot *s;
	struct reply *r;
	status_t status = check_receive(caller, &s, &r);

	if (status)
		caller->regs.status = (word_t)status;
	else if (!receive_now(s->object, caller, r))
		caller->regs.status = ERR_WOULD_BLOCK;
}

/* Answer whoever waits at `r`; a caller that was stopped meanwhile is gone. */
static void answer(struct reply *r, struct thread *server)
{
	struct thread *caller = r->caller;

	if (!caller)
		return;
	reply_detach_caller(caller);
	transfer(server, caller, 0);
	caller->state = THREAD_READY;
	sched_add(caller);
}

void syscall_reply_recv(struct thread *caller)
{
	struct slot *s;
	struct reply *r;
	status_t status = receive_caps(caller, &s, &r);

	if (!status && !r)
		status = ERR_BAD_CAP;
	if (!status && (r->receiver || !sendable(caller, caller->regs.info)))
		status = r->receiver ? ERR_BUSY : ERR_BAD_ARG;
	if (status) {
		caller->regs.status = (word_t)status;
		return;
	}
	answer(r, caller);
	receive(s->object, caller, r);
}
