/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The guest suite: init's place, every case in turn, then the machine is turned
 * off. TAP on the kernel log; tests/driver/guest.py reads it.
 *
 * The first thread supervises on the lowest priority, so it goes on when a case
 * has finished, faulted, or waits for something that does not come. The case
 * itself runs in another thread on the highest, and may start more.
 */
#include <stdarg.h>
#include <string.h>

#include "format.h"
#include "panic.h"
#include "print.h"
#include "start.h"
#include "world.h"

enum { RUNNER_STACK_BYTES = 64 << 10 };

static char stack[RUNNER_STACK_BYTES] __attribute__((aligned(16)));
static cptr_t runner;
static const struct test *volatile current;
static volatile bool failed, cleaning, finished;

/* --- expectations ----------------------------------------------------------- */

void fail(const char *fmt, ...)
{
	va_list ap;

	failed = true;
	kozo_printf("# ");
	va_start(ap, fmt);
	kozo_vprintf(fmt, ap);
	va_end(ap);
	kozo_printf("\n");
}

static const char *status_text(status_t status)
{
	static const char *const name[] = STATUS_NAME;
	unsigned count = sizeof(name) / sizeof(name[0]);

	return (unsigned)status < count && name[status] ? name[status] : "no status";
}

void expect_number(const char *place, const char *what, word_t got, word_t want)
{
	if (got != want)
		fail("%s: %s is 0x%lx, want 0x%lx", place, what, got, want);
}

void expect_status(const char *place, const char *what, status_t got, status_t want)
{
	if (got != want)
		fail("%s: %s is %s, want %s", place, what, status_text(got), status_text(want));
}

/* Whatever is left of the case ends with its world, so nothing runs after it. */
static _Noreturn void runner_end(void)
{
	word_t w[IPC_REGISTERS] = { 0 };

	observe_stage(NOTHING);
	if (!cleaning) {
		cleaning = true;
		world_end();
	}
	finished = true;
	kozo_invoke(runner, LABEL_THREAD_STOP, 0, w);
	__builtin_trap();
}

void need_at(const char *place, const char *what, status_t got)
{
	if (got == OK)
		return;
	fail("%s: %s is %s; the case ends here", place, what, status_text(got));
	runner_end();
}

/* --- running cases ------------------------------------------------------------ */

static void run_current(void)
{
	observe_stage(OWN);
	current->run();
	runner_end();
}

static void check(status_t status, const char *what)
{
	if (status != OK)
		panic("%s: %s", what, status_text(status));
}

/* Run a function in the runner; when this returns, nobody else can run. */
static void run(void (*function)(void), const char *what)
{
	word_t state, priority;

	finished = false;
	observe_stage(NOTHING);
	runner_runs_at(RUNNER_PRIORITY);
	check(kozo_thread_start(runner, (vaddr_t)function,
				(vaddr_t)stack + sizeof(stack) - sizeof(word_t), 0),
	      "the runner cannot start");
	observe_stage(NOTHING);
	if (finished)
		return;
	check(kozo_thread_info(runner, &state, &priority), "the runner cannot be seen");
	fail("%s did not end: its thread is in state %lu", what, state);
	check(kozo_thread_stop(runner), "the runner cannot be stopped");
}

static void run_case(const struct test *test, unsigned number)
{
	current = test;
	failed = false;
	cleaning = false;
	run(run_current, "the case");
	if (!finished)
		run(runner_end, "its cleaning up");
	kozo_printf("%sok %u - %s\n", failed ? "not " : "", number, test->name);
}

static void make_runner(cptr_t untyped)
{
	word_t done;

	runner = boot->slot_first_free;
	check(kozo_untyped_retype(untyped, OBJECT_THREAD, 0, SLOT_CNODE, runner, 1, &done),
	      "no runner");
	check(kozo_thread_configure(runner, SLOT_CNODE, SLOT_VSPACE, SLOT_IPC_BUFFER),
	      "the runner cannot be configured");
	time_begin(untyped, runner + 1);
	check(kozo_thread_set_time(runner, runner_time), "no time for the runner");
}

/* Turn the machine off. One that cannot be says so, and is started again. */
static _Noreturn void end(void)
{
	observe_stage(OWN);
	pairs_print();

	status_t off = kozo_debug_console_power(SLOT_DEBUG_CONSOLE, POWER_OFF);

	pairs_print();

	status_t reboot = kozo_debug_console_power(SLOT_DEBUG_CONSOLE, POWER_REBOOT);

	panic("the machine stays on: %s, %s", status_text(off), status_text(reboot));
}

/* `from=N` on the command line: those from the Nth on come first. */
static unsigned first_number(const char *command_line)
{
	static const char option[] = "from=";
	unsigned n = 0;

	if (strncmp(command_line, option, sizeof(option) - 1) != 0)
		return 1;
	for (const char *c = command_line + sizeof(option) - 1; *c >= '0' && *c <= '9'; c++)
		n = n * 10 + (unsigned)(*c - '0');
	return n;
}

int main(const void *info)
{
	const struct boot_info *given = info;
	unsigned count = (unsigned)(__stop_tests - __start_tests);

	kozo_begin("guest", given->ipc_buffer);
	make_runner(world_begin(given));
	if (!strcmp((const char *)given->command_line, "crash=device"))
		device_crash();
	if (!strcmp((const char *)given->command_line, "crash=serial"))
		serial_crash();
	kozo_printf("# world: an untyped of 2^%u bytes\n1..%u\n", world_bits, count);
	for (unsigned i = 0, at = first_number((const char *)given->command_line); i < count;
	     i++, at++)
		run_case(&__start_tests[(at - 1) % count], i + 1);
	end();
}
