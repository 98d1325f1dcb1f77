/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is inside objects: slots, threads and their queues, replies. */
#include "arch/clock.h"
#include "arch/this_cpu.h"
#include "check.h"
#include "cpu.h"
#include "endpoint.h"
#include "irq.h"
#include "notification.h"
#include "object.h"
#include "reply.h"
#include "sched_context.h"
#include "timer.h"
#include "vspace.h"

/* A place where a slot may be: empty all through, or in the tree. */
static void check_place(const struct slot *s, enum slot_holder holder)
{
	if (s->holder != holder)
		broken(1, "a slot does not know where it lies", s);
	if (!slot_empty(s)) {
		check.in_places++;
		if (!is_live(s))
			broken(1, "a full slot is not in the tree", s);
	} else if (s->object || s->badge || s->mapping || s->flags || s->next || s->prev ||
		   s->first || s->last) {
		broken(1, "an empty slot is not empty all through", s);
	}
}

static void check_cnode(const struct slot *cnode)
{
	const struct slot *slots = cnode->object;

	for (uint64_t i = 1; i < 1ull << cnode->size; i++)
		check_place(&slots[i], HOLDER_CNODE);
}

/* --- queues -------------------------------------------------------------- */

/*
 * A queue, whose links are parts of something of which `bytes` bytes from `offset`
 * before the link must be an object's. Returns how many there are.
 */
static uint64_t check_queue(const struct queue *q, size_t offset, size_t bytes)
{
	const struct link *last = NULL;
	uint64_t count = 0;

	for (const struct link *l = q->head; l; l = l->next) {
		if (!marks_reach((const char *)l - offset, bytes) || l->in != q ||
		    l->prev != last) {
			broken(6, "a queue and what is in it disagree", q);
			return count;
		}
		count++;
		last = l;
	}
	if (q->tail != last)
		broken(6, "a queue does not end with its last link", q);
	return count;
}

/* One that threads wait or are ready in. */
static void check_threads(const struct queue *q)
{
	check.in_queues += check_queue(q, offsetof(struct thread, link), sizeof(struct thread));
}

void check_queues(void)
{
	const struct run_queue *run = &this_cpu()->run;
	uint32_t top = 0;

	for (unsigned p = 0; p < PRIORITIES; p++) {
		check.in_run += check_queue(&run->ready[p], offsetof(struct sched_context, run),
					    sizeof(struct sched_context));
		check_threads(&run->lost[p]);
		if ((run->occupied[p / 64] >> p % 64 & 1) !=
		    (run->ready[p].head || run->lost[p].head))
			broken(6, "the map of priorities is wrong", &run->ready[p]);
		if (run->ready[p].head || run->lost[p].head)
			top = p + 1;
	}
	if (run->top != top)
		broken(6, "the highest priority is another one", run);
}

static bool queue_has(const struct queue *q, const struct link *wanted)
{
	const struct link *l = q->head;

	while (l && l != wanted)
		l = l->next;
	return l;
}

static void check_endpoint(const struct endpoint *e)
{
	check_place(&e->watch, HOLDER_WATCH);
	if (e->senders.head && e->receivers.head)
		broken(8, "senders and receivers wait at the same endpoint", e);
	check_threads(&e->senders);
	check_threads(&e->receivers);
	if (e->cancel_next && !queue_has(&e->senders, e->cancel_next))
		broken(6, "a cancel goes on at a sender that is not there", e);
}

/* --- threads ------------------------------------------------------------- */

/* The endpoint whose queue a thread says it waits in; NULL: it is none. */
static const struct endpoint *endpoint_of(const struct thread *t)
{
	const struct endpoint *e;

	if (t->state == THREAD_RECEIVING)
		e = container_of(t->link.in, struct endpoint, receivers);
	else
		e = container_of(t->link.in, struct endpoint, senders);
	return marks_reach(e, sizeof(*e)) ? e : NULL;
}

static const struct notification *notification_of(const struct thread *t)
{
	const struct notification *n = container_of(t->link.in, struct notification, waiters);

	return marks_reach(n, sizeof(*n)) ? n : NULL;
}

static const struct queue *ready_queue_of(const struct thread *t)
{
	if (!t->context)
		return &this_cpu()->run.lost[t->lost_priority];
	return thread_borrows(t) ? &t->context->borrowing : &t->context->own;
}

static bool is_where_it_says(const struct thread *t)
{
	const struct cpu *cpu = this_cpu();

	switch (t->state) {
	case THREAD_READY:
		if (t->link.in)
			return t->link.in == ready_queue_of(t);
		return t == cpu->current || (!t->context && !(t->flags & FLAG_LOST));
	case THREAD_SENDING:
	case THREAD_CALLING:
	case THREAD_RECEIVING:
		return t->link.in && endpoint_of(t);
	case THREAD_WAITING:
		return t->link.in && notification_of(t);
	case THREAD_AWAITS_REPLY:
	case THREAD_STOPPED:
	case THREAD_FAULTED:
		return !t->link.in;
	default:
		return false;
	}
}

static void check_replies_of(const struct thread *t)
{
	if (!t->reply != (t->state != THREAD_AWAITS_REPLY))
		broken(8, "a thread awaits an answer from no Reply, or has one and does not", t);
	else if (t->reply && (!marks_reach(t->reply, sizeof(*t->reply)) || t->reply->caller != t))
		broken(8, "a thread awaits an answer from a Reply that knows nothing of it", t);
	if (t->receive &&
	    (!marks_reach(t->receive, sizeof(*t->receive)) || t->receive->server != t))
		broken(8, "a thread receives with a Reply that knows nothing of it", t);
	else if (t->receive && !t->receive->caller != (t->state == THREAD_RECEIVING))
		broken(8, "a thread's Reply waits for a message and it does not, or the other way",
		       t);
	check.called += t->reply != NULL;
}

static void check_fault(const struct thread *t)
{
	if (t->flags & FLAG_TOLD && t->state != THREAD_CALLING && t->state != THREAD_AWAITS_REPLY)
		broken(6, "a thread tells of a fault, and does not call", t);
}

static void check_guest(const struct thread *t)
{
	if ((void SHARED_CAST *)t->guest.state != t->guest_frame.object)
		broken(6, "a thread keeps its guest somewhere else than in its frame", t);
	if (t->flags & FLAG_INSIDE && !t->guest.state)
		broken(6, "a thread runs a guest without a frame", t);
}

static void check_bound(const struct thread *t)
{
	const struct notification *n = t->bound;

	if (n && (!marks_reach(n, sizeof(*n)) || n->bound != t))
		broken(8, "a thread is bound to a notification that knows nothing of it", t);
	check.bound_threads += n != NULL;
}

static void check_inside(const struct thread *t)
{
	bool runs = t->state != THREAD_STOPPED && t->state != THREAD_FAULTED;

	check_place(&t->cnode, HOLDER_THREAD_CNODE);
	check_place(&t->vspace, HOLDER_THREAD_VSPACE);
	check_place(&t->buffer, HOLDER_THREAD_BUFFER);
	check_place(&t->handler, HOLDER_THREAD_HANDLER);
	check_place(&t->guest_frame, HOLDER_THREAD_GUEST);
	check_place(&t->time, HOLDER_THREAD_TIME);
	check_place(&t->reserve_time, HOLDER_THREAD_RESERVE);
	if (t->cspace != (slot_empty(&t->cnode) ? &t->cnode : t->cnode.object) ||
	    t->space != t->vspace.object || (void SHARED_CAST *)t->ipc_buffer != t->buffer.object ||
	    t->cspace_slots != (slot_empty(&t->cnode) ? 0 : 1ull << t->cnode.size))
		broken(6, "a thread uses something else than its slots hold", t);
	if (runs && (!t->cspace_slots || !t->space))
		broken(6, "a thread without CNode or address space is not stopped", t);
}

static bool is_clear_or_in(const struct link *l)
{
	return l->in || (!l->next && !l->prev);
}

/* What a thread runs on follows from what it has. */
static void check_time(const struct thread *t)
{
	const struct sched_context *x = t->borrowed;

	if (t->own != t->time.object || t->reserve != t->reserve_time.object)
		broken(7, "a thread uses other time than its slots hold", t);
	if (t->flags & FLAG_RESERVE ? !t->reserve || t->context != t->reserve
				    : t->context != (x ? x : t->own))
		broken(7, "a thread runs on time that it does not have", t);
	if (x && (!marks_reach(x, sizeof(*x)) || t->loan.in != &x->loans))
		broken(7, "a thread borrows from a context that knows nothing of it", t);
	if (!is_clear_or_in(&t->link) || !is_clear_or_in(&t->loan))
		broken(6, "a link in no queue leads somewhere", t);
	check.borrowers += x != NULL;
}

/* The server of those that it has received, and of no others. */
static void check_owed(const struct thread *t)
{
	uint64_t count = check_queue(&t->owed, offsetof(struct reply, owed), sizeof(struct reply));

	if (count != t->owed_count)
		broken(8, "a thread does not know how many answers it owes", t);
	check.with_reply += count + (t->receive != NULL);
}

static void check_thread(const struct thread *t)
{
	if (!is_where_it_says(t))
		broken(6, "a thread's state and its queue disagree", t);
	check.queued += t->link.in != NULL;
	check.current |= t == this_cpu()->current;
	check.bases |= t == this_cpu()->bases;
	check_replies_of(t);
	check_owed(t);
	check_time(t);
	check_bound(t);
	check_fault(t);
	check_guest(t);
	check_inside(t);
}

static void check_reply(const struct reply *r)
{
	const struct thread *server = r->server;

	if (r->caller && (!marks_reach(r->caller, sizeof(*r->caller)) || r->caller->reply != r))
		broken(8, "a Reply owes an answer to a thread that does not await it", r);
	if (server && (!marks_reach(server, sizeof(*server)) ||
		       (server->receive != r && r->owed.in != &server->owed)))
		broken(8, "a Reply has a server that knows nothing of it", r);
	if (r->owed.in && !r->caller)
		broken(8, "a Reply was set aside that owes no answer", r);
	check.callers += r->caller != NULL;
	check.receivers += server != NULL;
}

static void check_notification(const struct notification *n)
{
	const struct thread *t = n->bound;

	if (n->waiters.head && n->pending)
		broken(8, "a signal is pending while a thread waits for it", n);
	if (t && (!marks_reach(t, sizeof(*t)) || t->bound != n))
		broken(8, "a notification is bound to a thread that knows nothing of it", n);
	if (t && n->waiters.head && (n->waiters.head != &t->link || n->waiters.tail != &t->link))
		broken(8, "a thread waits for a notification that is bound to another", n);
	check_place(&n->watch, HOLDER_WATCH);
	check_place(&n->time, HOLDER_NOTIFICATION_TIME);
	check.bound_notifications += t != NULL;
	check_threads(&n->waiters);
}

_Static_assert(offsetof(struct sched_context, moment) % sizeof(struct slot) == 0 &&
		       offsetof(struct timer, moment) % sizeof(struct slot) == 0,
	       "marks_reach() can tell of a moment");

/* --- timers --------------------------------------------------------------- */

static bool is_child(const struct moment *m, enum side side)
{
	const struct moment *child = m->below[side];

	if (!child)
		return true;
	check.on_timeline++;
	return marks_reach(child, sizeof(*child)) && child->above == m && child->time >= m->time;
}

/* Whoever hangs below another is counted there, and must be somebody's that is armed. */
static void check_moment(const struct moment *m)
{
	const struct timeline *line = &this_cpu()->timers;
	const struct moment *above = m->above;

	if (!is_child(m, LONG) || !is_child(m, SHORT))
		broken(13, "the timeline is broken below a timer", m);
	if (above ? !marks_reach(above, sizeof(*above)) ||
			    (above->below[LONG] != m && above->below[SHORT] != m)
		  : line->first != m)
		broken(13, "an armed timer is not on the timeline", m);
	if (line->first && marks_reach(line->first, sizeof(*m)) && m->time < line->first->time)
		broken(13, "a timer comes before the first one", m);
}

void check_timeline(void)
{
	const struct cpu *cpu = this_cpu();
	const struct moment *first = cpu->timers.first;

	check.on_timeline += first != NULL;
	if (first && !marks_reach(first, sizeof(*first)))
		broken(13, "the first moment is no timer's", first);
	else if (first && (cpu->alarm == CLOCK_NEVER || cpu->alarm > first->time))
		broken(13, "the alarm is not set to the first moment", first);
}

static void check_timer(const struct timer *t)
{
	check_place(&t->notification, HOLDER_TIMER_NOTIFICATION);
	if (!moment_is_set(&t->moment))
		return;
	if (slot_empty(&t->notification))
		broken(13, "a timer is armed that has nobody to signal", t);
	check_moment(&t->moment);
	check.armed++;
}

/* --- time ------------------------------------------------------------------ */

/* Does it stand where its threads are served? */
static bool is_queued_as_it_should(const struct sched_context *x)
{
	const struct cpu *cpu = this_cpu();
	bool runs = cpu->context == x;

	if (!x->run.in)
		return runs || !context_is_ready(x) || context_is_exhausted(x);
	return !runs && context_is_ready(x) &&
	       x->run.in == &cpu->run.ready[context_priority(
				    queue_thread(x->borrowing.head ? &x->borrowing : &x->own))];
}

static void check_context(const struct sched_context *x)
{
	check.in_loans +=
		check_queue(&x->loans, offsetof(struct thread, loan), sizeof(struct thread));
	check_threads(&x->borrowing);
	check_threads(&x->own);
	if (!is_queued_as_it_should(x))
		broken(6, "a context is ready and not queued, or in the wrong queue", x);
	if (x->is_limited && (x->left > (int64_t)x->budget || x->left < -(int64_t)x->budget))
		broken(7, "a context has more left than its budget, or owes more", x);
	if (!x->run.in && this_cpu()->context != x && x->own.head && x->period &&
	    !moment_is_set(&x->moment))
		broken(7, "a context waits for a refill that will not come", x);
	check.in_contexts += x->run.in != NULL;
	check.context |= this_cpu()->context == x;
	if (moment_is_set(&x->moment)) {
		check_moment(&x->moment);
		check.armed++;
	}
}

/* --- interrupts ----------------------------------------------------------- */

static void check_irq_handler(const struct irq_handler *h)
{
	check_place(&h->notification, HOLDER_IRQ_NOTIFICATION);
	if (h->kind == IRQ_NONE)
		return;
	if (h->vector >= IRQ_VECTORS || irq_handlers[h->vector] != h)
		broken(14, "an interrupt's vector does not lead to its handler", h);
	check.connected++;
}

void check_vectors(void)
{
	for (unsigned i = 0; i < IRQ_VECTORS; i++)
		check.vectors += irq_handlers[i] != NULL;
}

void check_object(const struct slot *s)
{
	if (s->flags & SLOT_TOMB) {
		check.tombs++;
		check.in_places++;
		if (s != &object_of(s)->tomb)
			broken(11, "a tomb is not that of its object", s);
	}
	switch (s->type) {
	case OBJECT_CNODE:
		check_cnode(s);
		break;
	case OBJECT_THREAD:
		check_thread(s->object);
		break;
	case OBJECT_ENDPOINT:
		check_endpoint(s->object);
		break;
	case OBJECT_NOTIFICATION:
		check_notification(s->object);
		break;
	case OBJECT_SCHED_CONTEXT:
		check_context(s->object);
		break;
	case OBJECT_TIMER:
		check_timer(s->object);
		break;
	case OBJECT_IRQ_HANDLER:
		check_irq_handler(s->object);
		break;
	case OBJECT_REPLY:
		check_reply(s->object);
		break;
	case OBJECT_PAGE_TABLE:
		check_table(s);
		break;
	case OBJECT_VSPACE:
		check_space(s);
		break;
	}
}
