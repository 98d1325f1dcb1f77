/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "print.h"

#include <string.h>

#include "format.h"
#include "kozo_stubs.h"
#include "local.h"

enum { CONSOLE_BYTES = 2 * sizeof(word_t) }; /* what DebugConsole.write takes */

_Static_assert(LOCAL_LINE_BYTES % CONSOLE_BYTES == 0, "a full line takes whole calls");

/* `text` as one argument of the console; the first byte is the lowest. */
static word_t packed(const char *text, size_t length)
{
	word_t word = 0;

	memcpy(&word, text, length < sizeof(word) ? length : sizeof(word));
	return word;
}

static status_t write_some(const char *text, size_t length)
{
	word_t low = packed(text, length);
	word_t high = length > sizeof(low) ? packed(text + sizeof(low), length - sizeof(low)) : 0;

	return kozo_debug_console_write(SLOT_DEBUG_CONSOLE, length, low, high);
}

static void flush(struct kozo_local *local)
{
	size_t done = 0;

	while (done < local->line_length) {
		size_t left = local->line_length - done;
		size_t length = left < CONSOLE_BYTES ? left : CONSOLE_BYTES;

		if (write_some(local->line + done, length) != OK)
			break;
		done += length;
	}
	local->printed += done;
	local->line_length = 0;
}

void kozo_flush(void)
{
	flush(kozo_local());
}

static void put(void *arg, char c)
{
	struct kozo_local *local = arg;

	local->line[local->line_length++] = c;
	if (c == '\n' || local->line_length == sizeof(local->line))
		flush(local);
}

void kozo_vprintf(const char *fmt, va_list ap)
{
	format(put, kozo_local(), fmt, ap);
}

void kozo_printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kozo_vprintf(fmt, ap);
	va_end(ap);
}
