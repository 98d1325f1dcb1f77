/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "console.h"

#include "ask.h"
#include "boot.h"
#include "command.h"
#include "fsd.h"
#include "history.h"
#include "kozo_stubs.h"
#include "line.h"
#include "local.h"
#include "message.h"
#include "panic.h"
#include "print.h"
#include "status.h"
#include "window.h"

enum { STACK_BYTES = 16 << 10 };

static char stack[STACK_BYTES] __attribute__((aligned(16)));
static struct kozo_local local;
static struct history *history;
static cptr_t thread;

static void need(status_t status, const char *what)
{
	if (status != OK)
		panic("%s: %s", what, kozo_status_text(status));
}

/* --- the thread --------------------------------------------------------------- */

static char next_character(void)
{
	word_t character;
	status_t status;

	while ((status = kozo_debug_console_read(SLOT_DEBUG_CONSOLE, &character)) != OK) {
		if (status != ERR_WOULD_BLOCK)
			panic("the console cannot be read: %s", kozo_status_text(status));
		kozo_yield();
	}
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
	for (;;) {
		line_begin(&line, "Init> ", history, echo);
		while (line_take(&line, next_character()) == LINE_MORE)
			;
		history_add(history, line.text);
		command_run(line.text);
	}
}

cptr_t console_thread(void)
{
	return thread;
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

/* A function finds its stack as if called: 8 off a multiple of 16. */
void console_begin(void *kept)
{
	cptr_t time = make(OBJECT_SCHED_CONTEXT), buffer = make_buffer();
	vaddr_t top = (vaddr_t)stack + sizeof(stack);

	thread = make(OBJECT_THREAD);
	history = kept;
	history_begin(history);
	local.stack = (vaddr_t)stack;
	local.stack_end = top;
	kozo_local_add(&local);
	need(ask_begin(), "the console's way to ask");
	need(kozo_sched_control_configure(SLOT_SCHED_CONTROL, time, BUDGET_MIN, BUDGET_MIN,
					  CONSOLE_PRIORITY),
	     "the console's time");
	need(kozo_thread_set_time(thread, time), "the console's time");
	need(kozo_thread_configure(thread, SLOT_CNODE, SLOT_VSPACE, buffer),
	     "the console's thread");
	need(kozo_thread_start(thread, (vaddr_t)serve, top - sizeof(word_t), 0),
	     "the console's thread");
}
