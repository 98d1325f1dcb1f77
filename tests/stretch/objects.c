/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Many threads, many objects, lists, and what is written to the console. */
#include "attack.h"
#include "message.h"
#include "steps.h"
#include "syscall.h"

enum { THREADS = 10000, CNODE_BITS = 14 };

/* --- threads in a queue --------------------------------------------------------- */

static cptr_t nobody; /* signals this notification */

/* Its one wait; when that has ended it waits for nobody. */
static void waits(word_t endpoint, word_t call)
{
	struct kozo_registers r = { .target = endpoint }, end = { .target = nobody };

	kozo_syscall(call, &r);
	kozo_syscall(SYS_WAIT, &end);
}

static void sends(word_t endpoint)
{
	waits(endpoint, SYS_SEND);
}

static void receives(word_t endpoint)
{
	waits(endpoint, SYS_RECV);
}

static void calls(word_t endpoint)
{
	waits(endpoint, SYS_CALL);
}

/* Every other one comes by `second`. */
static cptr_t make_queue(void (*entry)(word_t), cptr_t first, cptr_t second)
{
	cptr_t threads = make(OBJECT_CNODE, CNODE_BITS);

	nobody = make(OBJECT_NOTIFICATION, 0);
	make_at(threads, 1, OBJECT_THREAD, 0, THREADS);
	for (word_t i = 1; i <= THREADS; i++) {
		start(take(threads, i), SLOT_CNODE, SLOT_SCHED_CONTEXT, entry,
		      i % 2 ? first : second);
		put_back(threads, i);
		kozo_yield();
	}
	return threads;
}

static void end_queue(void (*entry)(word_t))
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
	cptr_t threads = make_queue(entry, endpoint, endpoint);
	word_t done;

	NEED(kozo_cnode_delete(SLOT_CNODE, endpoint)); /* all are ready now, and as good as we */
	NEED(kozo_cnode_delete_range(threads, 1, THREADS, &done));
}

void attack_senders(void)
{
	end_queue(sends);
}

void attack_receivers(void)
{
	end_queue(receives);
}

void attack_callers(void)
{
	end_queue(calls);
}

/* First a badge that nobody has, then that of every other one. */
void attack_cancel(void)
{
	enum { BADGE = 7 };
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), badged = slots(1);
	word_t done;

	NEED(kozo_cnode_mint(SLOT_CNODE, badged, SLOT_CNODE, endpoint, RIGHT_SEND, BADGE));
	make_queue(sends, endpoint, badged);
	NEED(kozo_endpoint_cancel(endpoint, BADGE + 1, &done));
	NEED(kozo_endpoint_cancel(endpoint, BADGE, &done));
	if (done != THREADS / 2)
		panic("%lu senders were cancelled", done);
}

/* A thread without time receives on what it has been lent, but only calls. */
void attack_refusals(void)
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
	cptr_t lends = make(OBJECT_NOTIFICATION, 0), thread = make(OBJECT_THREAD, 0);
	struct step step[] = { { SYS_WAIT, lends },
			       { SYS_RECV | reply << SYSCALL_REPLY_SHIFT, endpoint },
			       STEPS_END };
	struct kozo_registers r = { .target = endpoint };

	start_passive(thread, SLOT_CNODE, step);
	NEED(kozo_notification_set_time(lends, SLOT_SCHED_CONTEXT));
	make_queue(sends, endpoint, endpoint);
	signal(lends);
	kozo_yield();
	if (kozo_syscall(SYS_NB_RECV, &r) != ERR_WOULD_BLOCK)
		panic("not all were refused");
}

/* --- many objects --------------------------------------------------------------- */

/* Objects of a kind, as many as there are slots; the memory is zero before. */
static void make_and_end(enum object_type type, word_t size, word_t count)
{
	cptr_t cnode = make(OBJECT_CNODE, 17), untyped = make(OBJECT_UNTYPED, 26);
	word_t done;

	for (unsigned i = 0; i < 2; i++) {
		NEED(kozo_untyped_retype(untyped, type, size, cnode, 1, count, &done));
		NEED(kozo_cnode_revoke(SLOT_CNODE, untyped));
	}
	NEED(kozo_cnode_revoke(SLOT_CNODE, memory(0)));
}

void attack_retype(void)
{
	make_and_end(OBJECT_UNTYPED, UNTYPED_BITS_MIN, 100000);
	make_and_end(OBJECT_ENDPOINT, 0, 20000);
	make_and_end(OBJECT_REPLY, 0, 20000);
	make_and_end(OBJECT_THREAD, 0, 10000);
	make_and_end(OBJECT_CNODE, CNODE_BITS_MIN, 20000);
	make_and_end(OBJECT_PAGE_TABLE, 1, 500);
	make_and_end(OBJECT_VSPACE, 0, 200);
	make_and_end(OBJECT_FRAME, PAGE_BITS, 10000);
}

/* A frame of 1 GiB, of memory that nobody has used. */
void attack_zero(void)
{
	word_t done;

	NEED(kozo_untyped_retype(memory(0), OBJECT_FRAME, 30, SLOT_CNODE, slots(1), 1, &done));
}

/* --- lists ------------------------------------------------------------------------ */

static void list(word_t first)
{
	struct ipc_buffer *buffer = (struct ipc_buffer *)boot->ipc_buffer;

	for (word_t i = 0; i < LIST_MAX; i++)
		buffer->word[IPC_REGISTERS + i] = first + i;
}

void attack_lists(void)
{
	cptr_t from = make(OBJECT_CNODE, CNODE_BITS), to = make(OBJECT_CNODE, CNODE_BITS);
	word_t done;

	fill(from, make(OBJECT_ENDPOINT, 0), (1 << CNODE_BITS) - 1);
	for (unsigned i = 0; i < 20; i++) {
		list(1);
		NEED(kozo_cnode_copy_list(to, 1, from, LIST_MAX, &done));
		NEED(kozo_cnode_mint_list(to, 1 + LIST_MAX, from, LIST_MAX, RIGHT_SEND, 0, &done));
		NEED(kozo_cnode_move_list(to, 1 + 2 * LIST_MAX, from, LIST_MAX, &done));
		NEED(kozo_cnode_move_range(from, 1, to, 1 + 2 * LIST_MAX, LIST_MAX, &done));
		NEED(kozo_cnode_delete_list(to, LIST_MAX, &done));
		list(1 + LIST_MAX);
		NEED(kozo_cnode_revoke_list(to, LIST_MAX, &done));
		NEED(kozo_cnode_delete_list(to, LIST_MAX, &done));
	}
	list(1);
	NEED(kozo_cnode_revoke_list(from, LIST_MAX, &done)); /* nearly all derive from slot 1 */
}

/* --- the console ------------------------------------------------------------------ */

/* Sixteen lines a call, on a screen that is full. */
void attack_console(void)
{
	for (unsigned i = 0; i < 64; i++)
		NEED(kozo_debug_console_write(SLOT_DEBUG_CONSOLE, 16, 0x0a410a410a410a41,
					      0x0a420a420a420a42));
}

static void faults(word_t unused)
{
	(void)unused;
	*(volatile word_t *)0x7ffffffff008 = 0; /* an address of many digits: a long line */
}

/* The kernel writes a line for each thread that is stopped by a fault. */
void attack_faults(void)
{
	for (unsigned i = 0; i < 64; i++) {
		start(make(OBJECT_THREAD, 0), SLOT_CNODE, SLOT_SCHED_CONTEXT, faults, 0);
		kozo_yield();
	}
}
