/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "console.h"

#include "ask.h"
#include "boot.h"
#include "code.h"
#include "command.h"
#include "fsd.h"
#include "history.h"
#include "keyboard.h"
#include "kozo_stubs.h"
#include "life.h"
#include "line.h"
#include "local.h"
#include "manifest.h"
#include "message.h"
#include "panic.h"
#include "print.h"
#include "service.h"
#include "ticks.h"
#include "window.h"

enum { STACK_BYTES = 16 << 10 };
enum { PERIOD = 10000, REACTION = 1000000 }; /* microseconds: of its time, and until it reacts */

static char stack[STACK_BYTES] __attribute__((aligned(16)));
static struct kozo_local local;
static struct history *history;
static cptr_t thread;

_Static_assert((int)CONSOLE_PRIORITY > (int)MANIFEST_PRIORITY_MAX &&
		       (int)CONSOLE_PRIORITY < (int)SUPERVISOR_PRIORITY,
	       "no service keeps the console waiting, and it does not keep the supervisor");

/* The keyboard, and the serial port that the kernel reads for DebugConsole. */
enum { KEYBOARD_LINE = 1, SERIAL_LINE = 4, LINES = 2 };
static cptr_t handler[LINES], typed, woken;
static bool is_interrupted; /* when somebody types */

/* --- the thread --------------------------------------------------------------- */

/*
 * Each is let in again before it is looked whether there is something. The first thread is told,
 * which expects something of us now.
 */
static void wait_for_input(void)
{
	word_t bits;

	if (!is_interrupted) {
		kozo_yield();
		return;
	}
	need(kozo_wait(typed, &bits), "waiting for input");
	need(kozo_signal(woken), "telling the first thread");
	for (unsigned i = 0; i < LINES; i++)
		need(kozo_irq_handler_acknowledge(handler[i]), "an interrupt of the console");
}

/* From the serial port or the keyboard; -1: none. */
static int take_character(void)
{
	word_t character;
	status_t status = kozo_debug_console_read(SLOT_DEBUG_CONSOLE, &character);

	if (status == ERR_WOULD_BLOCK)
		return keyboard_get();
	need(status, "reading the serial port");
	return (int)character;
}

static char next_character(void)
{
	int character;

	while ((character = take_character()) < 0)
		wait_for_input();
	return (char)character;
}

static void echo(const char *text)
{
	kozo_printf("%s", text);
	kozo_flush();
}

static _Noreturn void serve(void)
{
	static struct line line;

	if (fsd_check())
		kozo_printf("IPC_OK: fsd\n");
	if (!given->instance)
		kozo_printf("boot: %lu TSC ticks from kernel entry to the prompt\n",
			    kozo_ticks() - boot->entry_tsc);
	for (;;) {
		line_begin(&line, "Init> ", history, echo);
		while (line_take(&line, next_character()) == LINE_MORE)
			;
		history_add(history, line.text);
		code_check();
		command_run(line.text);
	}
}

cptr_t console_thread(void)
{
	return thread;
}

/* --- watching it, for the first thread ------------------------------------------ */

/* Since when something is expected of it, and what it had and had said then. */
static struct {
	bool is_timed;
	uint64_t since;
	word_t signals, printed;
} watch;

static word_t signals_taken(void)
{
	word_t time, messages, signals, replies;

	need(kozo_thread_usage(thread, &time, &messages, &signals, &replies), "the console");
	return signals;
}

static void begin_watch(void)
{
	watch.is_timed = true;
	watch.since = kozo_ticks();
	watch.signals = signals_taken();
	watch.printed = local.printed;
}

void console_typed(void)
{
	if (!watch.is_timed)
		begin_watch();
}

uint64_t console_next(void)
{
	return watch.is_timed ? watch.since + clock_ticks(&life_clock, REACTION) : ~0ull;
}

/* Whom it calls has a deadline of his own. */
void console_time(void)
{
	word_t state, priority;

	if (kozo_ticks() < console_next())
		return;
	need(kozo_thread_info(thread, &state, &priority), "the console");
	if (state == THREAD_WAITING) {
		watch.is_timed = false;
	} else if (state == THREAD_AWAITS_REPLY || state == THREAD_CALLING ||
		   watch.signals != signals_taken() || watch.printed != local.printed) {
		begin_watch();
	} else {
		clock_learn(&life_clock);
		if (kozo_ticks() >= console_next())
			panic("the console does not react");
	}
	code_check();
}

/* --- making it ------------------------------------------------------------------ */

static cptr_t make(enum object_type type)
{
	cptr_t made;

	need(memory_make(&memory, type, 0, &made), "memory for the console");
	return made;
}

static cptr_t make_buffer(void)
{
	cptr_t frame;
	vaddr_t address;

	need(memory_make(&memory, OBJECT_FRAME, PAGE_BITS, &frame), "memory for the console");
	need(window_keep(frame, &address), "the console's buffer");
	local.ipc_buffer = (struct ipc_buffer *)address;
	return frame;
}

static status_t connect(unsigned line, cptr_t signal, cptr_t made)
{
	status_t status =
		kozo_irq_control_connect_line(SUPERVISOR_IRQ_CONTROL, made, line, IRQ_ISA);

	if (status == OK)
		status = kozo_irq_handler_bind(made, signal);
	return status == OK ? kozo_irq_handler_acknowledge(made) : status;
}

/* A machine need not have these lines, or any. */
static void listen(void)
{
	static const unsigned line[LINES] = { KEYBOARD_LINE, SERIAL_LINE };
	cptr_t signal = slots_take(&memory.slots, 1);

	typed = make(OBJECT_NOTIFICATION);
	woken = slots_take(&memory.slots, 1);
	need(kozo_cnode_mint(SLOT_CNODE, signal, SLOT_CNODE, typed, RIGHT_SEND, 1),
	     "the console's signal");
	need(kozo_cnode_mint(SLOT_CNODE, woken, SLOT_CNODE, SLOT_NOTIFICATION, RIGHT_SEND,
			     1ull << BIT_INPUT),
	     "the console's signal");
	is_interrupted = true;
	keyboard_start();
	for (unsigned i = 0; i < LINES; i++) {
		handler[i] = make(OBJECT_IRQ_HANDLER);
		is_interrupted &= connect(line[i], signal, handler[i]) == OK;
	}
}

/* A function finds its stack as if called: 8 off a multiple of 16. */
void console_begin(void *kept)
{
	cptr_t time = make(OBJECT_SCHED_CONTEXT), buffer = make_buffer();
	vaddr_t top = (vaddr_t)stack + sizeof(stack);
	uint64_t period = clock_ticks(&life_clock, PERIOD);
	uint64_t budget = life_has_timer ? period / 2 : period;

	thread = make(OBJECT_THREAD);
	history = kept;
	history_begin(history);
	local.stack = (vaddr_t)stack;
	local.stack_end = top;
	kozo_local_add(&local);
	need(ask_begin(), "the console's way to ask");
	listen();
	need(kozo_sched_control_configure(SLOT_SCHED_CONTROL, time, budget, period,
					  is_interrupted ? CONSOLE_PRIORITY
							 : CONSOLE_PRIORITY_POLLING),
	     "the console's time");
	need(kozo_thread_set_time(thread, time), "the console's time");
	need(kozo_thread_configure(thread, SLOT_CNODE, SLOT_VSPACE, buffer),
	     "the console's thread");
	need(kozo_thread_set_handler(thread, SLOT_FAULTS, 0), "the console's faults");
	need(kozo_thread_start(thread, (vaddr_t)serve, top - sizeof(word_t), 0),
	     "the console's thread");
}
