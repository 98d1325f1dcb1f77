/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "log.h"
#include "arch/console.h"
#include "format.h"

static void put(void *unused, char c)
{
	(void)unused;
	console_put(c);
}

void log_char(char c)
{
	console_put(c);
}

void log_printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(put, NULL, fmt, ap);
	va_end(ap);
}
