/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "log.h"
#include "arch/console.h"
#include "format.h"

static void put(void *unused, char c)
{
	(void)unused;
	console_put(c);
}

void log_vprintf(const char *fmt, va_list ap)
{
	format(put, NULL, fmt, ap);
}

void log_printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vprintf(fmt, ap);
	va_end(ap);
}
