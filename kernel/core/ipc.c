/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Messages: rendezvous between a sender and a receiver at an endpoint.
 *
 * Six words travel in registers; the rest of a longer message, and capabilities,
 * go from the sender's IPC buffer to the receiver's. Both buffers are reached
 * through the direct map, so nothing here can fault. Their contents may change
 * under our feet (user memory), which is why the length is taken from a register
 * once, and each cptr is read once.
 *
 * The fast paths will do the common cases of this file in assembly; what a
 * message means stays defined here.
 */
#include "ipc.h"
#include "arch/clamp.h"
#include "arch/this_cpu.h"
#include "cap.h"
#include "cnode.h"
#include "cpu.h"
#include "fault.h"
#include "kozo_handlers.h"
#include "loan.h"
#include "notification.h"
#include "preempt.h"
#include "reply.h"
#include "sched.h"
#include "string.h"

enum { INFO_LOW_MASK = (1 << INFO_LABEL_SHIFT) - 1 };

static unsigned words_of(word_t info)
{
	return info & INFO_WORDS_MASK;
}

static unsigned caps_of(word_t info)
{
	return info >> INFO_CAPS_SHIFT & INFO_CAPS_MASK;
}

static word_t with_words(word_t info, unsigned words)
{
	return (info & ~(word_t)INFO_WORDS_MASK) | words;
}

static word_t with_caps(word_t info, unsigned caps)
{
	return (info & ~((word_t)INFO_CAPS_MASK << INFO_CAPS_SHIFT)) | (word_t)caps
									       << INFO_CAPS_SHIFT;
}

/*
 * Is `info` the description of a message that `t` may send with these rights?
 * ERR_NO_RIGHT, ERR_BAD_ARG, ERR_BAD_CAP.
 */
static status_t check_message(const struct thread *t, word_t info, rights_t rights)
{
	unsigned words = words_of(info), caps = caps_of(info);
	struct slot *s;

	if (caps && !(rights & RIGHT_GRANT))
		return ERR_NO_RIGHT;
	if (words > IPC_WORDS || caps > IPC_CAPS ||
	    with_caps(with_words(info, 0), 0) & INFO_LOW_MASK)
		return ERR_BAD_ARG;
	if ((words > IPC_REGISTERS || caps) && !t->ipc_buffer)
		return ERR_BAD_ARG;
	for (unsigned i = 0; i < caps; i++)
		if (cap_lookup_any(t, shared_word(&t->ipc_buffer->cap[i]), &s))
			return ERR_BAD_CAP;
	return OK;
}

/* --- capabilities ---------------------------------------------------------- */

/* Where a receiver wants what arrives: `left` slots from `next` on. */
struct window {
	struct slot *next;
	word_t left;
};

/* A window that is not there, or not all in its CNode, is one of no slots. */
static struct window window_of(struct thread *t)
{
	struct ipc_buffer SHARED *b = t->ipc_buffer;
	word_t first = shared_word(&b->receive_first), count = shared_word(&b->receive_count);
	struct slot *cnode, *slots;

	if (cap_lookup_cnode(t, shared_word(&b->receive_cnode), RIGHT_MANAGE, &cnode) ||
	    cnode_check_range(cnode, first, count) || !count)
		return (struct window){ NULL, 0 };
	slots = cnode->object;
	return (struct window){ &slots[clamp_index(first, 1ull << cnode->size)], count };
}

/* An Untyped is never in two places: it moves. */
static bool give(struct window *w, struct slot *from)
{
	if (!w->left || !slot_empty(w->next))
		return false;
	if (from->type == OBJECT_UNTYPED)
		cap_move(w->next, from);
	else
		cap_derive(w->next, from, from->rights, from->badge);
	w->next++;
	w->left--;
	return true;
}

/*
 * Hand over up to `count` capabilities, until one cannot be. One for the endpoint
 * that the message goes through arrives as its badge. Returns how many were.
 */
static unsigned transfer_caps(struct thread *from, struct thread *to, unsigned count,
			      const struct endpoint *e)
{
	struct window w = window_of(to);
	word_t index = shared_word(&to->ipc_buffer->receive_first), badges = 0;
	unsigned done = 0;

	for (; done < count; done++) {
		struct slot *s;

		if (cap_lookup_any(from, shared_word(&from->ipc_buffer->cap[done]), &s))
			break;
		if (e && s->type == OBJECT_ENDPOINT && s->object == e) {
			shared_put(&to->ipc_buffer->cap[done], s->badge);
			badges |= 1ull << done;
		} else if (give(&w, s)) {
			shared_put(&to->ipc_buffer->cap[done], index++);
		} else {
			break;
		}
	}
	shared_put(&to->ipc_buffer->received_badges, badges);
	return done;
}

/* --- messages --------------------------------------------------------------- */

/*
 * Hand the message in the sender's registers and buffer to the receiver; `e` is
 * where they met, NULL for an answer. What the receiver has no buffer or no room
 * for stays behind, and ERR_TRUNCATED says so.
 */
static void transfer(struct thread *from, struct thread *to, word_t badge, const struct endpoint *e)
{
	bool fault = from->flags & FLAG_TOLD, buffers = from->ipc_buffer && to->ipc_buffer;
	word_t info = fault ? from->fault.info : from->regs.info;
	unsigned words = words_of(info), caps = caps_of(info), given = 0;
	status_t status = OK;

	memcpy(to->regs.word, fault ? from->fault.word : from->regs.word, sizeof(to->regs.word));
	if (words > IPC_REGISTERS && buffers) {
		shared_copy(&to->ipc_buffer->word[IPC_REGISTERS],
			    &from->ipc_buffer->word[IPC_REGISTERS],
			    (words - IPC_REGISTERS) * sizeof(word_t));
	} else if (words > IPC_REGISTERS) {
		info = with_words(info, IPC_REGISTERS);
		status = ERR_TRUNCATED;
	}
	if (caps && buffers)
		given = transfer_caps(from, to, caps, e);
	if (given < caps)
		status = ERR_TRUNCATED;
	to->usage.messages += e != NULL;
	to->regs.info = with_caps(info, given);
	to->regs.target = badge;
	to->regs.status = (word_t)status;
}

/* After its message was received: a caller waits for the answer, a sender is done. */
static void sender_received(struct thread *sender, bool calls, struct reply *r)
{
	if (!calls)
		thread_wake(sender, OK);
	else if (r)
		reply_attach_caller(r, sender);
	else
		thread_wake(sender, ERR_PEER_DIED);
}

static void wait_in(struct queue *q, struct thread *t, uint32_t state)
{
	t->state = state;
	queue_push(q, &t->link);
}

/* Does `receiver`, which keeps callers in `r`, take what `sender` has? */
static bool takes(const struct thread *receiver, const struct reply *r, const struct thread *sender,
		  bool calls)
{
	return receiver->own || (calls && r && sender->context);
}

bool ipc_is_refused(const struct endpoint *e, const struct thread *t, bool calls)
{
	const struct thread *receiver = queue_thread(&e->receivers);

	return receiver && !takes(receiver, receiver->receive, t, calls);
}

/* The receiver, which is the first, gets what `t` sends. */
static void send_to(struct endpoint *e, struct thread *receiver, struct thread *t, word_t badge,
		    bool calls)
{
	struct reply *r = receiver->receive;

	queue_remove(&receiver->link);
	if (!calls)
		reply_detach_server(receiver);
	transfer(t, receiver, badge, e);
	if (!receiver->own)
		loan_begin(receiver, t->context);
	if (!calls)
		t->regs.status = OK;
	else
		sender_received(t, true, r);
	sched_add(receiver);
}

/* The watch comes last, for it may signal the receiver. */
void ipc_send(struct endpoint *e, struct thread *t, word_t badge, bool calls)
{
	struct thread *receiver = queue_thread(&e->receivers);

	if (receiver) {
		send_to(e, receiver, t, badge, calls);
	} else {
		t->badge = badge;
		wait_in(&e->senders, t, calls ? THREAD_CALLING : THREAD_SENDING);
	}
	watch_fire(&e->watch);
}

/* The running thread receives from the first sender. */
static void receive_from(struct endpoint *e, struct thread *sender, struct thread *t,
			 struct reply *r)
{
	bool calls = sender->state == THREAD_CALLING;

	endpoint_remove_sender(sender);
	transfer(sender, t, sender->badge, e);
	if (!t->own)
		loan_begin(t, sender->context);
	if (calls && r)
		reply_attach_server(r, t);
	sender_received(sender, calls, r);
}

/* The running thread goes on; maybe on other time than before. */
static void go_on(struct thread *t)
{
	if (t->context != this_cpu()->context)
		sched_add(t);
}

/*
 * The running thread receives what is there now. False: nothing is. Whoever receives
 * gives back what it has borrowed.
 */
static bool receive_now(struct endpoint *e, struct thread *t, struct reply *r)
{
	struct thread *sender = queue_thread(&e->senders);

	if (notification_reaches(t)) {
		loan_end(t);
		if (notification_take(t->bound, t))
			go_on(t);
		return true;
	}
	if (!sender)
		return false;
	loan_end(t);
	receive_from(e, sender, t, r);
	go_on(t);
	return true;
}

/* The running thread receives; the commit of RECV and REPLY_RECV. */
static void receive(struct endpoint *e, struct thread *t, struct reply *r)
{
	if (receive_now(e, t, r))
		return;
	loan_end(t);
	if (thread_is_interrupted(t)) {
		go_on(t);
		return;
	}
	reply_attach_server(r, t);
	wait_in(&e->receivers, t, THREAD_RECEIVING);
}

/* --- system calls: sending ---------------------------------------------------- */

/* The capability to send through, if the caller may, has something to send, and is not refused. */
static status_t check_send(const struct thread *caller, struct slot **s, bool calls)
{
	status_t status = cap_lookup(caller, caller->regs.target, OBJECT_ENDPOINT, RIGHT_SEND, s);

	if (!status)
		status = check_message(caller, caller->regs.info, (*s)->rights);
	if (!status && ipc_is_refused((*s)->object, caller, calls))
		status = ERR_PASSIVE;
	return status;
}

/* If nobody receives, whoever `waits` does; a caller waits in any case. */
static void send_or_refuse(struct thread *caller, bool calls, bool waits)
{
	struct slot *s;
	status_t status = check_send(caller, &s, calls);
	bool meets = !status && ((struct endpoint *)s->object)->receivers.head;

	if (!status && !meets && !waits)
		status = ERR_WOULD_BLOCK;
	if (status)
		caller->regs.status = (word_t)status;
	else if ((meets && !calls) || !thread_is_interrupted(caller))
		ipc_send(s->object, caller, s->badge, calls);
}

void syscall_call(struct thread *caller)
{
	send_or_refuse(caller, true, true);
}

void syscall_send(struct thread *caller)
{
	send_or_refuse(caller, false, true);
}

void syscall_nb_send(struct thread *caller)
{
	send_or_refuse(caller, false, false);
}

/* --- system calls: receiving -------------------------------------------------- */

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

/*
 * Refuse those at the front that the running thread does not take. False: it is to make
 * its system call anew, for there are many.
 */
static bool refuse_senders(struct endpoint *e, struct thread *t, const struct reply *r)
{
	struct thread *sender = queue_thread(&e->senders);

	while (sender && !takes(t, r, sender, sender->state == THREAD_CALLING)) {
		if (preempt_due()) {
			registers_repeat_syscall(&t->regs);
			return false;
		}
		work(WORK_SLOT);
		endpoint_remove_sender(sender);
		thread_wake(sender, ERR_PASSIVE);
		sender = queue_thread(&e->senders);
	}
	return true;
}

/* Answer whoever waits at `r`; a caller that was stopped meanwhile is gone. */
static void answer(struct reply *r, struct thread *server)
{
	struct thread *caller = r->caller;

	if (!caller)
		return;
	reply_detach_caller(caller);
	if (caller->flags & FLAG_TOLD) {
		fault_answered(caller, server->regs.info >> INFO_LABEL_SHIFT);
		return;
	}
	transfer(server, caller, 0, NULL);
	sched_add_next(caller);
}

/* ERR_BUSY: the Reply waits for a message, with another receiver. */
static status_t check_answer(const struct thread *server, const struct reply *r)
{
	if (!r)
		return ERR_BAD_CAP;
	if (r->server && !r->caller)
		return ERR_BUSY;
	return check_message(server, server->regs.info, r->rights);
}

/*
 * Receive and, if the caller answers, do that first. Whether the next answer may carry
 * capabilities is settled by who receives the call, now.
 */
static void receive_or_refuse(struct thread *caller, bool answers, bool waits)
{
	struct slot *s;
	struct reply *r;
	status_t status = receive_caps(caller, &s, &r);

	if (!status && answers)
		status = check_answer(caller, r);
	else if (!status && r && !reply_is_free(r))
		status = ERR_BUSY;
	if (status) {
		caller->regs.status = (word_t)status;
		return;
	}
	if (!refuse_senders(s->object, caller, r))
		return;
	if (answers)
		answer(r, caller);
	if (r)
		r->rights = s->rights;
	if (waits)
		receive(s->object, caller, r);
	else if (!receive_now(s->object, caller, r))
		caller->regs.status = ERR_WOULD_BLOCK;
}

void syscall_reply_recv(struct thread *caller)
{
	receive_or_refuse(caller, true, true);
}

void syscall_recv(struct thread *caller)
{
	receive_or_refuse(caller, false, true);
}

void syscall_nb_recv(struct thread *caller)
{
	receive_or_refuse(caller, false, false);
}
