/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "thread.h"

#include "kozo_stubs.h"
#include "local.h"
#include "lock.h"
#include "message.h"
#include "panic.h"
#include "print.h"
#include "service.h"
#include "share.h"

struct thread {
	struct kozo_local local; /* first: kozo_local() is how a thread finds itself */
	bool used;
	bool ready; /* all of what follows is there, and stays */
	cptr_t thread, stack, buffer, ended, end;
	vaddr_t stack_room, buffer_room;
	void (*run)(void *argument);
	void *argument;
};

static struct thread threads[THREADS_MAX];

/* --- what it takes: each step once, so that what failed can be tried again ------------ */

static status_t make(cptr_t *made, enum object_type type)
{
	return *made ? OK : service_make(type, 0, made);
}

static status_t add(cptr_t *frame, unsigned bits, vaddr_t *room)
{
	if (!*room)
		*room = service_room(1ull << bits, bits);
	return *frame ? OK : service_add(bits, *room, frame);
}

static status_t make_all(struct thread *t)
{
	status_t status = make(&t->thread, OBJECT_THREAD);

	if (status == OK)
		status = make(&t->ended, OBJECT_NOTIFICATION);
	if (status == OK && !t->end)
		status = service_signal(t->ended, 1, &t->end);
	if (status == OK)
		status = add(&t->stack, THREAD_STACK_BITS, &t->stack_room);
	if (status == OK)
		status = add(&t->buffer, PAGE_BITS, &t->buffer_room);
	return status;
}

static status_t equip(struct thread *t)
{
	status_t status = kozo_thread_configure(t->thread, SLOT_CNODE, SLOT_VSPACE, t->buffer);

	if (status == OK)
		status = kozo_thread_set_time(t->thread, SLOT_SCHED_CONTEXT);
	if (status == OK)
		status = kozo_thread_set_handler(t->thread, SLOT_FAULTS, 0);
	return status == OK ? share_begin(t->thread) : status;
}

static status_t prepare(struct thread *t)
{
	if (t->ready)
		return OK;

	status_t status = make_all(t);

	if (status == OK)
		status = equip(t);
	if (status != OK)
		return status;
	t->local.stack = t->stack_room;
	t->local.stack_end = t->stack_room + (1ull << THREAD_STACK_BITS);
	t->local.ipc_buffer = (struct ipc_buffer *)t->buffer_room;
	kozo_local_add(&t->local);
	t->ready = true;
	return OK;
}

/* --- its life ---------------------------------------------------------------------------- */

static struct thread *take(void)
{
	for (unsigned i = 0; i < THREADS_MAX; i++)
		if (!__atomic_exchange_n(&threads[i].used, true, __ATOMIC_ACQUIRE))
			return &threads[i];
	return NULL;
}

static void give(struct thread *t)
{
	__atomic_store_n(&t->used, false, __ATOMIC_RELEASE);
}

static _Noreturn void begin(struct thread *t)
{
	t->run(t->argument);
	thread_exit();
}

/* A function finds its stack as if called: 8 off a multiple of 16. */
static status_t start(struct thread *t)
{
	return kozo_thread_start(t->thread, (vaddr_t)begin, t->local.stack_end - sizeof(word_t),
				 (word_t)t);
}

status_t thread_create(void (*run)(void *argument), void *argument, struct thread **made)
{
	struct thread *t = take();

	if (!t)
		return ERR_FULL;
	t->run = run;
	t->argument = argument;

	status_t status = prepare(t);

	if (status == OK)
		status = start(t);
	if (status == OK)
		*made = t;
	else
		give(t);
	return status;
}

void thread_exit(void)
{
	struct thread *t = (struct thread *)kozo_local();

	if (t < threads || t >= threads + THREADS_MAX)
		panic("the first thread of a service cannot exit");
	kozo_flush();
	need(kozo_signal(t->end), "the end of a thread");
	need(kozo_thread_stop(t->thread), "the end of a thread");
	panic("a thread runs on after its end");
}

/* It may have told of its end and not have come to it; it has no more to do. */
void thread_join(struct thread *t)
{
	word_t bits;

	need(kozo_wait(t->ended, &bits), "joining a thread");
	need(kozo_thread_stop(t->thread), "joining a thread");
	give(t);
}
