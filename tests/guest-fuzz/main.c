/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The system-call fuzzer, in init's place
 *
 * Workers (worker.c) ask the kernel for random things: random.c for anything,
 * sequence.c for what makes sense. The watcher, this thread, runs in turn with
 * them. It starts again those that wait or were stopped, makes a new world when
 * the old one is beyond use, looks after its own memory and after a server that
 * the workers may call too, and in a debug kernel has the invariants checked.
 *
 * Whatever the workers do, kernel, watcher and server must go on. The kernel
 * command line says seed=S, count=N (calls), kind=random or sequences.
 */
#include "world.h"

#include <string.h>

#include "kozo_stubs.h"
#include "message.h"
#include "print.h"
#include "start.h"
#include "status.h"
#include "syscall.h"
#include "ticks.h"

enum {
	PATIENCE = 3,	     /* turns that a worker may wait */
	RANDOM_CALLS = 1500, /* about as many in one world: random calls soon use it up */
	SEQUENCE_CALLS = 5000,
	CHECK_TURNS = 8,
	REST_TURNS = 5,
	REST = 300000, /* ticks: longer than most periods */
	KEPT_WORDS = 512,
};

#define SERVER_KEY 0x4b6f7a6f53657276ull

static word_t seed = 1, count = 100000;
static bool sequences;
static cptr_t endpoint, reply, timer, woken;

/* --- what must survive --------------------------------------------------- */

static word_t kept[KEPT_WORDS];
static uint8_t server_stack[8192] __attribute__((aligned(16)));
static status_t server_status;
static word_t server_answers;

static word_t kept_word(unsigned i)
{
	return (seed + i) * 0x9e3779b97f4a7c15ull;
}

static word_t answer_to(const word_t word[IPC_REGISTERS])
{
	word_t sum = SERVER_KEY;

	for (unsigned i = 0; i < IPC_REGISTERS; i++)
		sum = (sum << 7 | sum >> 57) ^ word[i];
	return sum;
}

/* Answers whoever calls with something that follows from what they said. */
static void serve(word_t unused)
{
	struct message m;
	status_t status = kozo_receive(endpoint, reply, &m);

	(void)unused;
	for (;;) {
		if (status != OK && status != ERR_TRUNCATED)
			server_status = status;
		m.word[0] = answer_to(m.word);
		m.nwords = 1;
		server_answers++;
		status = kozo_reply_receive(endpoint, reply, &m);
	}
}

static void check_server(word_t turn)
{
	struct message m = { .label = 5, .nwords = 6, .word = { turn, seed, 3, 4, 5, 6 } };
	word_t want = answer_to(m.word);

	need(kozo_call(endpoint, &m), "call the server");
	if (m.word[0] != want || m.label != 5 || m.nwords != 1)
		fail("the server's answer is wrong", OK);
	need(server_status, "the server could not receive");
}

static void check_kept(void)
{
	for (unsigned i = 0; i < KEPT_WORDS; i++)
		if (kept[i] != kept_word(i))
			fail("the watcher's memory was changed", OK);
}

static void check_invariants(void)
{
	word_t violated = 0;
	status_t status = kozo_debug_console_check(SLOT_DEBUG_CONSOLE, &violated);

	if (status == OK && violated)
		fail("an invariant is violated", OK);
}

/* Nobody of the watcher's priority runs: less urgent threads do, and budgets are refilled. */
static void rest(void)
{
	struct kozo_registers r = { .target = woken };

	need(kozo_timer_arm(timer, kozo_ticks() + REST), "arm the timer");
	need(kozo_syscall(SYS_WAIT, &r), "wait for the timer");
}

/* --- the end -------------------------------------------------------------- */

static word_t total_calls(void)
{
	word_t total = 0;

	for (unsigned i = 0; i < WORKERS; i++)
		total += world_ledger(i)->calls;
	return total;
}

_Noreturn void fail(const char *what, status_t status)
{
	kozo_printf("fuzz: FAILED after %lu calls: %s%s%s\n", total_calls(), what,
		    status ? ": " : "", status ? kozo_status_text(status) : "");
	kozo_flush();
	__builtin_trap(); /* the crash report; the driver reads the ledgers from memory */
}

static void print_statuses(void)
{
	for (status_t s = 0; s < STATUSES; s++) {
		word_t n = 0;

		for (unsigned i = 0; i < WORKERS; i++)
			n += world_ledger(i)->statuses[s];
		if (n)
			kozo_printf("fuzz: %8lu  %s\n", n, kozo_status_text(s));
	}
}

/* --- watching ------------------------------------------------------------- */

static struct {
	word_t made, begun; /* worlds; calls when this one began */
	word_t idle[WORKERS], calls[WORKERS], starts[WORKERS];
} world;

static void new_world(void)
{
	/* Every third is one that the workers can end themselves. */
	world_make(endpoint, world.made++ % 3 == 2);
	world.begun = total_calls();
	memset(world.idle, 0, sizeof(world.idle));
	memset(world.starts, 0, sizeof(world.starts));
}

/* It may wait for ever, or be ready on time that does not come. */
static bool start_again(unsigned i)
{
	world.idle[i] = 0;
	return ++world.starts[i] < 4 && !kozo_thread_stop(world_thread(i)) && !world_start(i);
}

/* False: nothing more is to be had from this worker. */
static bool tend(unsigned i, bool others_run)
{
	struct ledger *l = world_ledger(i);
	word_t state, priority;
	bool runs = l->calls != world.calls[i];

	if (kozo_thread_info(world_thread(i), &state, &priority))
		return false;
	world.calls[i] = l->calls;
	if (runs)
		world.starts[i] = 0;
	if (runs && state == THREAD_READY) {
		world.idle[i] = 0;
		return true;
	}
	world.idle[i]++;
	if (state == THREAD_READY || state == THREAD_TIMELESS) {
		if (world.idle[i] == PATIENCE)
			return !world_give_time(i);
		return world.idle[i] < 2 * PATIENCE || start_again(i);
	}
	return (world.idle[i] < PATIENCE && others_run) || start_again(i);
}

static bool tend_all(void)
{
	unsigned alive = 0, running = 0;

	for (unsigned i = 0; i < WORKERS; i++) {
		word_t state, priority;

		if (!kozo_thread_info(world_thread(i), &state, &priority))
			running += state == THREAD_READY || state == THREAD_TIMELESS;
	}
	for (unsigned i = 0; i < WORKERS; i++)
		alive += tend(i, running);
	return alive > WORKERS / 2;
}

static void watch(void)
{
	word_t most = sequences ? SEQUENCE_CALLS : RANDOM_CALLS;
	word_t said = 0, last = 0, stuck = 0;

	new_world();
	for (word_t turn = 0; total_calls() < count; turn++) {
		word_t calls = total_calls();

		stuck = calls == last ? stuck + 1 : 0;
		last = calls;
		if (!tend_all() || stuck > 100 || calls - world.begun > most)
			new_world();
		if (turn % CHECK_TURNS == 0) {
			check_kept();
			check_server(turn);
			check_invariants();
		}
		if (calls / 100000 != said) {
			said = calls / 100000;
			kozo_printf("fuzz: %lu calls, %lu worlds\n", calls, world.made);
		}
		if (turn % REST_TURNS == 0)
			rest();
		else
			kozo_yield();
	}
}

/* --- the command line ----------------------------------------------------- */

static const char *option(const char *line, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = line; *at; at++)
		if ((at == line || at[-1] == ' ') && !strncmp(at, name, length))
			return at + length;
	return "";
}

static word_t number(const char *text, word_t otherwise)
{
	word_t n = 0;

	if (*text < '0' || *text > '9')
		return otherwise;
	for (; *text >= '0' && *text <= '9'; text++)
		n = n * 10 + (word_t)(*text - '0');
	return n;
}

int main(const void *argument)
{
	const struct boot_info *info = argument;
	const char *line = (const char *)info->command_line;

	kozo_begin("fuzz", info->ipc_buffer);
	seed = number(option(line, "seed="), seed);
	count = number(option(line, "count="), count);
	sequences = *option(line, "kind=") == 's';
	for (unsigned i = 0; i < KEPT_WORDS; i++)
		kept[i] = kept_word(i);

	world_begin(info, seed, sequences);
	kozo_printf("fuzz: %s, seed %lu, %lu calls\n", sequences ? "sequences" : "random", seed,
		    count);
	world_server(serve, server_stack + sizeof(server_stack), &endpoint, &reply);
	world_timer(&timer, &woken);
	watch();
	check_kept();
	check_server(0);
	check_invariants();
	print_statuses();
	kozo_printf("fuzz: passed: %lu calls in %lu worlds, %lu answers of the server\n",
		    total_calls(), world.made, server_answers);
	need(kozo_debug_console_power(SLOT_DEBUG_CONSOLE, POWER_OFF), "power off");
	fail("the machine is still on", OK);
}
