/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "console.h"

#include "command.h"
#include "kozo_stubs.h"
#include "line.h"
#include "message.h"
#include "panic.h"
#include "print.h"
#include "status.h"

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

void console_serve(void)
{
	struct line line;

	for (;;) {
		line_begin(&line, echo);
		echo("Init> ");
		while (line_take(&line, next_character()) == LINE_MORE)
			;
		command_run(line.text);
	}
}
