/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "print.h"

#include <string.h>

#include "format.h"
#include "kozo_stubs.h"

enum { CONSOLE_BYTES = 2 * sizeof(word_t) }; /* what DebugConsole.write takes */

static struct {
	char text[8 * CONSOLE_BYTES];
	size_t length;
} line;

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

void kozo_flush(void)
{
	size_t done = 0;

	while (done < line.length) {
		size_t left = line.length - done;
		size_t length = left < CONSOLE_BYTES ? left : CONSOLE_BYTES;

		if (write_some(line.text + done, length) != OK)
			break;
		done += length;
	}
	line.length = 0;
}

static void put(void *arg, char c)
{
	(void)arg;
	line.text[line.length++] = c;
	if (c == '\n' || line.length == sizeof(line.text))
		kozo_flush();
}

void kozo_vprintf(const char *fmt, va_list ap)
{
	format(put, NULL, fmt, ap);
}

void kozo_printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kozo_vprintf(fmt, ap);
	va_end(ap);
}
