/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Tests of what services are written with, by a service: started by the supervisor, with a peer
 * that does as it is told. Says in TAP what came of each case, and turns the machine off.
 */
#include <string.h>

#include "kozo_stubs.h"
#include "lock.h"
#include "log.h"
#include "malloc.h"
#include "message.h"
#include "panic.h"
#include "peer.h"
#include "print.h"
#include "requests.h"
#include "service.h"
#include "share.h"
#include "status.h"
#include "thread.h"
#include "ticks.h"
#include "timer.h"

enum { PEER = SLOT_USES, DRIVER };

static const char *failed; /* the first expectation that the case missed */

#define EXPECT(fact) expect(fact, __LINE__, #fact)
#define NEED(call) EXPECT((call) == OK)

static bool expect(bool fact, int line, const char *text)
{
	if (!fact && !failed) {
		failed = text;
		kozo_printf("# line %d: not so: %s\n", line, text);
	}
	return fact;
}

static status_t ask_with(struct message *m)
{
	status_t status = kozo_call(PEER, m);

	return status == OK ? (status_t)m->label : status;
}

static status_t ask(enum peer_request what, word_t first, word_t second)
{
	struct message m = { .label = what, .nwords = 2, .word = { first, second } };

	return ask_with(&m);
}

/* --- threads and locks ------------------------------------------------------------------ */

enum { WORKERS = 4, TURNS = 500 };

static struct mutex mutex;
static struct semaphore semaphore;
static struct once once;
static volatile word_t sum, done_once;

static void add_slowly(void *argument)
{
	for (word_t i = 0; i < TURNS; i++) {
		mutex_lock(&mutex);

		word_t before = sum;

		if (i % 8 == 0)
			kozo_yield();
		sum = before + (word_t)argument;
		mutex_unlock(&mutex);
	}
}

static void test_mutex(void)
{
	struct thread *t[WORKERS];

	NEED(mutex_begin(&mutex));
	for (word_t i = 0; i < WORKERS; i++)
		NEED(thread_create(add_slowly, (void *)(i + 1), &t[i]));
	for (word_t i = 0; i < WORKERS; i++)
		thread_join(t[i]);
	EXPECT(sum == TURNS * (1 + 2 + 3 + 4));
}

static void do_nothing(void *argument)
{
	(void)argument;
}

static void test_threads_end(void)
{
	struct thread *t[THREADS_MAX], *more;
	uint64_t left;

	for (unsigned i = 0; i < THREADS_MAX; i++)
		NEED(thread_create(do_nothing, NULL, &t[i]));
	EXPECT(thread_create(do_nothing, NULL, &more) == ERR_FULL);
	for (unsigned i = 0; i < THREADS_MAX; i++)
		thread_join(t[i]);
	left = service_left();
	for (unsigned i = 0; i < 4 * THREADS_MAX; i++) {
		NEED(thread_create(do_nothing, NULL, &more));
		thread_join(more);
	}
	EXPECT(service_left() == left);
}

static void take_turns(void *argument)
{
	(void)argument;
	for (word_t i = 0; i < TURNS; i++) {
		semaphore_take(&semaphore);
		__atomic_add_fetch(&sum, 1, __ATOMIC_RELAXED);
	}
}

static void test_semaphore(void)
{
	struct thread *t[WORKERS];

	sum = 0;
	NEED(semaphore_begin(&semaphore, 7));
	for (unsigned i = 0; i < WORKERS; i++)
		NEED(thread_create(take_turns, NULL, &t[i]));
	while (sum < 7)
		kozo_yield();
	for (unsigned i = 0; i < 100; i++)
		kozo_yield();
	EXPECT(sum == 7);
	for (unsigned i = 7; i < WORKERS * TURNS; i++)
		semaphore_give(&semaphore);
	for (unsigned i = 0; i < WORKERS; i++)
		thread_join(t[i]);
	EXPECT(sum == WORKERS * TURNS && semaphore.count == 0);
}

static void take_one(void *argument)
{
	(void)argument;
	semaphore_take(&semaphore);
}

/* Given twice while two were about to wait: a notification counts that as one signal. */
static void test_two_signals_in_one(void)
{
	struct thread *t[2];

	NEED(semaphore_begin(&semaphore, 0));
	for (unsigned i = 0; i < 2; i++)
		NEED(thread_create(take_one, NULL, &t[i]));
	for (unsigned i = 0; i < 100; i++)
		kozo_yield();
	__atomic_add_fetch(&semaphore.count, 2, __ATOMIC_RELEASE);
	NEED(kozo_signal(semaphore.wake));
	for (unsigned i = 0; i < 2; i++)
		thread_join(t[i]);
}

static void do_once(void)
{
	for (unsigned i = 0; i < 10; i++)
		kozo_yield();
	done_once++;
}

static void run_once(void *argument)
{
	once_run(&once, do_once);
	if (done_once == 1)
		__atomic_add_fetch((word_t *)argument, 1, __ATOMIC_RELAXED);
}

static void test_once(void)
{
	struct thread *t[WORKERS];
	word_t saw_it_done = 0;

	NEED(once_begin(&once));
	for (unsigned i = 0; i < WORKERS; i++)
		NEED(thread_create(run_once, &saw_it_done, &t[i]));
	for (unsigned i = 0; i < WORKERS; i++)
		thread_join(t[i]);
	EXPECT(saw_it_done == WORKERS);
}

/* --- time ------------------------------------------------------------------------------- */

static void test_sleep(void)
{
	struct timer timer;
	uint64_t from, until;

	NEED(timer_begin(&timer, 0));
	until = timer_after(&timer, 20000);
	from = kozo_ticks();
	NEED(timer_sleep(&timer, 20000));
	EXPECT(kozo_ticks() >= until);
	EXPECT(clock_microseconds(&timer.clock, kozo_ticks() - from) < 2000000);
}

/* Of an alarm that came while nobody waited any more. */
static void test_old_alarm(void)
{
	struct timer timer;
	uint64_t until;
	cptr_t old;
	word_t bits;

	NEED(timer_begin(&timer, SLOT_NOTIFICATION));
	NEED(service_signal(SLOT_NOTIFICATION, TIMER_BIT, &old));
	NEED(kozo_signal(old));
	until = timer_after(&timer, 5000);
	NEED(timer_wait(&timer, until, &bits));
	EXPECT(bits == 0 && kozo_ticks() >= until);
}

static void test_deadline(void)
{
	struct timer timer;
	cptr_t signal;
	word_t bits = 1;

	NEED(timer_begin(&timer, SLOT_NOTIFICATION));
	NEED(service_signal(SLOT_NOTIFICATION, 1 << 20, &signal));
	NEED(timer_wait(&timer, timer_after(&timer, 5000), &bits));
	EXPECT(bits == 0);
	NEED(kozo_signal(signal));
	NEED(timer_wait(&timer, timer_after(&timer, 60000000), &bits));
	EXPECT(bits == 1 << 20);
	NEED(kozo_signal(signal));
	NEED(timer_wait(&timer, 0, &bits));
	EXPECT(bits == 1 << 20);
}

/* --- memory ------------------------------------------------------------------------------ */

enum { PIECE = 1000, PIECES = 4096 };

static uint8_t *piece[PIECES];

static void test_rooms(void)
{
	const vaddr_t page = 1 << PAGE_BITS;
	vaddr_t room = service_room(1, PAGE_BITS);

	EXPECT(service_room(3 * page, PAGE_BITS) == room + 2 * page);
	EXPECT(service_room(1, PAGE_BITS) == room + 6 * page);
	EXPECT(service_room(1, 20) % (1 << 20) == 0);
}

/* All that can be had; how many pieces. */
static unsigned use_up_memory(void)
{
	unsigned count = 0;

	while (count < PIECES && (piece[count] = malloc(PIECE))) {
		memset(piece[count], (int)count, PIECE);
		count++;
	}
	return count;
}

static void give_memory_back(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		EXPECT(piece[i][0] == (uint8_t)i && piece[i][PIECE - 1] == (uint8_t)i);
		free(piece[i]);
	}
}

static bool is_nothing(const void *memory)
{
	return !memory;
}

static void test_malloc(void)
{
	uint8_t *a = calloc(3, 5), *b = realloc(NULL, 0);

	EXPECT(a && b && a != b && !a[0] && !a[14]);
	a[14] = 7;

	uint8_t *larger = realloc(a, 20000);

	EXPECT(larger && larger[14] == 7 && !larger[0]);
	EXPECT(is_nothing(calloc(1ul << 33, 1ul << 33)) && is_nothing(malloc(~0ul)));
	EXPECT(is_nothing(realloc(larger, ~0ul >> 1)));
	free(larger);
	free(b);
	free(NULL);
}

static void test_exhaustion(void)
{
	unsigned count = use_up_memory();

	EXPECT(count > 100 && count < PIECES);
	give_memory_back(count);
	EXPECT(use_up_memory() == count);
	EXPECT(is_nothing(malloc(PIECE)));
	give_memory_back(count);
}

static void test_double_free(void)
{
	EXPECT(ask(PEER_FREE, 0, 0) == ERR_PEER_DIED);
	NEED(ask(PEER_PING, 0, 0));
}

/* --- rings -------------------------------------------------------------------------------- */

static struct ring out, in;
static cptr_t frame, wait, signal, peer_signal;

/* One frame of ours with a ring for each direction, and a notification for each side. */
static void share(void)
{
	struct message m = { .label = PEER_SHARE, .ncaps = 2 };
	struct ipc_buffer *buffer = kozo_ipc_buffer();
	vaddr_t room = service_room(1 << FRAME_BITS, FRAME_BITS);

	NEED(service_add(FRAME_BITS, room, &frame));
	NEED(service_make(OBJECT_NOTIFICATION, 0, &wait));
	NEED(service_signal(wait, 1, &signal));
	NEED(service_slot(&peer_signal));
	buffer->receive_first = peer_signal;
	buffer->receive_count = 1;
	buffer->cap[0] = frame;
	buffer->cap[1] = signal;
	NEED(ask_with(&m));
	EXPECT(m.came == 1);
	ring_begin(&out, RING_PRODUCER, (void *)room, RING_ENTRY, RING_COUNT, peer_signal);
	ring_begin(&in, RING_CONSUMER, (void *)(room + SECOND_RING), RING_ENTRY, RING_COUNT,
		   peer_signal);
}

/* Both of our rings signal the same notification. */
static void sleep_for(struct ring *r)
{
	word_t bits;

	if (ring_ask(r) == ERR_WOULD_BLOCK)
		NEED(kozo_wait(wait, &bits));
}

static void produce(void *count)
{
	for (word_t i = 0; i < (word_t)count; i++) {
		const uint64_t entry[2] = { i, i * i };
		status_t status;

		while ((status = ring_put(&out, entry)) == ERR_WOULD_BLOCK)
			kozo_yield();
		NEED(status);
	}
}

static void test_rings(void)
{
	enum { ENTRIES = 1000 };
	uint64_t entry[2];
	struct thread *t;

	share();
	NEED(ask(PEER_ECHO, ENTRIES, 0));
	NEED(thread_create(produce, (void *)ENTRIES, &t));
	for (word_t i = 0; i < ENTRIES; i++) {
		status_t status;

		while ((status = ring_take(&in, entry)) == ERR_WOULD_BLOCK)
			sleep_for(&in);
		NEED(status);
		EXPECT(entry[0] == ~i && entry[1] == ~(i * i));
	}
	thread_join(t);
	EXPECT(ring_take(&in, entry) == ERR_WOULD_BLOCK);
}

static void test_lies(void)
{
	static const uint32_t lies[] = { 0x80000000, 1001, 5000, 900, ~0u };
	uint64_t entry[2] = { 0 };

	for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		NEED(ask(PEER_LIE, lies[i], 0));
		EXPECT(ring_put(&out, entry) == ERR_BAD_REQUEST);
		EXPECT(ring_ask(&out) == ERR_BAD_REQUEST);
		EXPECT(ring_take(&in, entry) == (lies[i] == 1001 ? OK : ERR_BAD_REQUEST));
	}
}

static void touch(void *room)
{
	uint32_t word;

	EXPECT(share_load(&word, room) == ERR_PEER_DIED);
}

static void test_memory_goes(void)
{
	struct thread *t;
	struct message m = { .label = PEER_OFFER };
	vaddr_t room = service_room(1 << FRAME_BITS, FRAME_BITS);
	uint64_t entry[2] = { 1, 2 };
	cptr_t theirs;
	uint32_t word;

	NEED(service_slot(&theirs));
	kozo_ipc_buffer()->receive_first = theirs;
	NEED(ask_with(&m));
	NEED(service_map(theirs, room, RIGHT_READ | RIGHT_WRITE));
	ring_begin(&out, RING_PRODUCER, (void *)room, RING_ENTRY, RING_COUNT, peer_signal);
	NEED(ring_put(&out, entry));
	NEED(ask(PEER_REVOKE, 0, 0));
	EXPECT(ring_put(&out, entry) == ERR_PEER_DIED);
	EXPECT(ring_ask(&out) == ERR_PEER_DIED);
	EXPECT(share_copy(entry, (void *)room, sizeof(entry)) == ERR_PEER_DIED);
	EXPECT(share_load(&word, (void *)room) == ERR_PEER_DIED);
	EXPECT(share_store((void *)room, 1) == ERR_PEER_DIED);
	NEED(thread_create(touch, (void *)room, &t));
	thread_join(t);
	service_drop(theirs);
}

/* --- peers that die ------------------------------------------------------------------------- */

/* Its instances say so, and we can wait for that. */
static void test_restarted(void)
{
	struct timer timer;
	status_t asked;
	word_t bits;

	NEED(timer_begin(&timer, SLOT_NOTIFICATION));
	NEED(timer_wait(&timer, 0, &bits));
	asked = ask(PEER_DEEP, 0, 0);
	EXPECT(asked == OK || asked == ERR_PEER_DIED); /* whichever of its threads came first */
	NEED(timer_wait(&timer, timer_after(&timer, 10000000), &bits));
	EXPECT(bits == 1);
	NEED(ask(PEER_PING, 0, 0));
}

/* After a number of deadlines, not after the first. */
static void test_dawdling(void)
{
	uint64_t begin = kozo_ticks();
	struct timer timer;

	EXPECT(ask(PEER_DAWDLE, 0, 0) == ERR_PEER_DIED);
	NEED(timer_begin(&timer, 0));
	clock_learn(&timer.clock);
	EXPECT(kozo_ticks() - begin > clock_ticks(&timer.clock, 10000000));
	NEED(ask(PEER_PING, 0, 0));
}

static word_t add(bool and_die)
{
	static struct request r;
	struct message m;
	status_t status;

	r = request_new(kozo_ticks(), r.number);
	do {
		m = (struct message){ .label = PEER_ADD,
				      .nwords = 2,
				      .word = { r.number, and_die } };
		status = ask_with(&m);
	} while (request_again(&r, status));
	NEED(status);
	EXPECT(r.attempts == (and_die ? 1 : 0));
	return m.word[0];
}

static void test_requests(void)
{
	EXPECT(add(false) == 1);
	EXPECT(add(true) == 2);
	EXPECT(add(true) == 3);
	EXPECT(add(false) == 4);
	EXPECT(ask(PEER_ADD, 1, 0) == ERR_BAD_REQUEST);
}

static void test_log(void)
{
	log_info("one line\nand %s", "no \033[31mother");
	log_debug("this is left out");
}

/* Whom it has lent its ports to has them no longer than the driver itself. */
static void test_driver_ends(void)
{
	const word_t scratch = 0x2ff; /* a register that keeps what is written to it */
	struct message m = { .label = DRIVER_LEND }, die = { .label = DRIVER_DIE };
	word_t value = 0;
	cptr_t ports;

	NEED(service_slot(&ports));
	kozo_ipc_buffer()->receive_first = ports;
	NEED(kozo_call(DRIVER, &m));
	NEED(kozo_io_ports_out8(ports, scratch, 0x5a));
	NEED(kozo_io_ports_in8(ports, scratch, &value));
	EXPECT(value == 0x5a);
	EXPECT(kozo_io_ports_in8(ports, scratch + 1, &value) == ERR_RANGE);
	EXPECT(kozo_call(DRIVER, &die) == ERR_PEER_DIED);
	EXPECT(kozo_io_ports_in8(ports, scratch, &value) == ERR_BAD_CAP);
	m = (struct message){ .label = DRIVER_LEND };
	NEED(kozo_call(DRIVER, &m));
	NEED(kozo_io_ports_in8(ports, scratch, &value));
}

/* It says something when it starts, which must not come in the middle of a line of ours. */
static void wait_for_driver(void)
{
	struct message m = { .label = PEER_PING, .nwords = 1 };

	NEED(kozo_call(DRIVER, &m));
}

/* --- all of them ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "threads that add under a mutex lose nothing", test_mutex },
	{ "threads end, are joined, and leave nothing behind", test_threads_end },
	{ "a semaphore lets as many through as were given", test_semaphore },
	{ "who waits at a semaphore is not forgotten", test_two_signals_in_one },
	{ "what is done once is done once, and before anybody goes on", test_once },
	{ "a sleeper sleeps as long as it said", test_sleep },
	{ "who waits with a deadline wakes by it, or by a signal", test_deadline },
	{ "an alarm of before wakes nobody", test_old_alarm },
	{ "a room begins behind a page that stays free", test_rooms },
	{ "malloc, calloc, realloc and free", test_malloc },
	{ "who frees twice panics, and is started again", test_double_free },
	{ "a thousand entries go through two rings, and are whole", test_rings },
	{ "a peer that lies about its index is found out", test_lies },
	{ "a peer that takes memory away harms itself", test_memory_goes },
	{ "a thread that uses up its stack ends its service, and clients are told",
	  test_restarted },
	{ "who only takes signals is given time, but not for ever", test_dawdling },
	{ "what a server did before it died is not done again", test_requests },
	{ "memory that is used up can be given back, all of it", test_exhaustion },
	{ "a line of the log is one line", test_log },
	{ "what a driver has lent of its ports is gone when it ends", test_driver_ends },
};

int main(const void *info)
{
	const unsigned count = sizeof(tests) / sizeof(tests[0]);

	service_begin(info);
	malloc_begin();
	wait_for_driver();
	kozo_printf("1..%u\n", count);
	for (unsigned i = 0; i < count; i++) {
		failed = NULL;
		tests[i].run();
		kozo_printf("%sok %u - %s\n", failed ? "not " : "", i + 1, tests[i].name);
	}
	NEED(kozo_debug_console_power(SLOT_DEBUG_CONSOLE, POWER_OFF));
	panic("the machine is still on");
}
