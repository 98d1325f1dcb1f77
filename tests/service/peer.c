/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The other side of what tester.c tests: a service like any other, that does harm on request.
 */
#include "peer.h"

#include <string.h>

#include "kept.h"
#include "kozo_stubs.h"
#include "malloc.h"
#include "panic.h"
#include "requests.h"
#include "serve.h"
#include "service.h"
#include "thread.h"
#include "timer.h"

static struct {
	word_t count;
	struct answers answers;
} state;

static struct kept kept;
static struct ring in, out;
static cptr_t slots[2];	    /* where capabilities arrive */
static cptr_t wait, signal; /* ours, and for them */
static cptr_t offered;

/* --- rings ------------------------------------------------------------------------- */

/* In consecutive slots, as they arrive. */
static status_t share(const struct message *m)
{
	vaddr_t room = service_room(1 << FRAME_BITS, FRAME_BITS);

	if (m->came != 2)
		return ERR_BAD_REQUEST;
	need(service_map(slots[0], room, RIGHT_READ | RIGHT_WRITE), "the shared frame");
	ring_begin(&in, RING_CONSUMER, (void *)room, RING_ENTRY, RING_COUNT, slots[1]);
	ring_begin(&out, RING_PRODUCER, (void *)(room + SECOND_RING), RING_ENTRY, RING_COUNT,
		   slots[1]);
	return OK;
}

static void take(uint64_t entry[2])
{
	status_t status;
	word_t bits;

	while ((status = ring_take(&in, entry)) == ERR_WOULD_BLOCK)
		if (ring_ask(&in) == ERR_WOULD_BLOCK)
			need(kozo_wait(wait, &bits), "waiting for an entry");
	need(status, "taking an entry");
}

static void put(const uint64_t entry[2])
{
	status_t status;
	word_t bits;

	while ((status = ring_put(&out, entry)) == ERR_WOULD_BLOCK)
		if (ring_ask(&out) == ERR_WOULD_BLOCK)
			need(kozo_wait(wait, &bits), "waiting for room");
	need(status, "putting an entry");
}

static void echo(void *count)
{
	uint64_t entry[2];

	for (word_t i = 0; i < (word_t)count; i++) {
		take(entry);
		entry[0] = ~entry[0];
		entry[1] = ~entry[1];
		put(entry);
	}
}

static status_t offer(struct message *m)
{
	status_t status = OK;

	if (!offered)
		status = service_make(OBJECT_FRAME, FRAME_BITS, &offered);
	if (status != OK)
		return status;
	kozo_ipc_buffer()->cap[0] = offered;
	m->ncaps = 1;
	return OK;
}

/* --- once, whatever happens ---------------------------------------------------------- */

static status_t add(const struct message *m, struct message *answer)
{
	status_t status = answers_find(&state.answers, m->badge, m->word[0], answer);

	if (status != ERR_WOULD_BLOCK)
		return status;
	*answer = (struct message){ .nwords = 1, .word = { ++state.count } };
	answers_keep(&state.answers, m->badge, m->word[0], answer);
	kept_commit(&kept);
	if (m->word[1])
		panic("dies between doing and answering,\nas it was asked");
	return OK;
}

/* --- harm ------------------------------------------------------------------------------ */

static word_t deeper(word_t depth)
{
	volatile word_t space[64];

	space[depth % 64] = depth;
	return depth ? deeper(depth - 1) + space[depth % 64] : 0;
}

static void use_up_stack(void *argument)
{
	(void)argument;
	if (deeper(1000) == 1)
		panic("that is not the sum");
}

static void free_twice(void)
{
	void *const piece[] = { malloc(1), malloc(1) };

	for (unsigned i = 0; i < 3; i++)
		free(piece[i % 2]);
}

static void dawdle(void)
{
	struct timer timer;

	need(timer_begin(&timer, 0), "a timer");
	for (;;)
		need(timer_sleep(&timer, 100000), "sleeping");
}

static status_t in_a_thread(void (*run)(void *argument), word_t argument)
{
	struct thread *t;

	return thread_create(run, (void *)argument, &t);
}

static status_t react(const struct message *m, struct message *answer)
{
	switch (m->label) {
	case PEER_PING:
		*answer = (struct message){ .nwords = 1, .word = { ~m->word[0] } };
		return OK;
	case PEER_SHARE:
		kozo_ipc_buffer()->cap[0] = signal;
		answer->ncaps = 1;
		return share(m);
	case PEER_ECHO:
		return in_a_thread(echo, m->word[0]);
	case PEER_LIE:
		*in.own = *out.own = (uint32_t)m->word[0];
		return OK;
	case PEER_OFFER:
		return offer(answer);
	case PEER_REVOKE:
		return kozo_cnode_revoke(SLOT_CNODE, offered);
	case PEER_ADD:
		return add(m, answer);
	case PEER_DEEP:
		return in_a_thread(use_up_stack, 0);
	case PEER_FREE:
		free_twice();
		return OK;
	case PEER_DAWDLE:
		dawdle();
		return OK;
	default:
		return ERR_BAD_REQUEST;
	}
}

static void answer_one(struct message *m)
{
	struct message answer = { 0 };
	status_t status = react(m, &answer);

	answer.label = (word_t)status;
	*m = answer;
}

static void begin(void)
{
	struct ipc_buffer *buffer = kozo_ipc_buffer();

	for (unsigned i = 0; i < 2; i++)
		need(service_slot(&slots[i]), "a slot");
	buffer->receive_first = slots[0];
	buffer->receive_count = 2;
	need(service_make(OBJECT_NOTIFICATION, 0, &wait), "a notification");
	need(service_signal(wait, 1, &signal), "a signal");
	if (!kept_begin(&kept, service_start, &state, sizeof(state)))
		kept_commit(&kept);
}

int main(const void *info)
{
	service_begin(info);
	malloc_begin();
	begin();
	serve(answer_one, NULL);
}
