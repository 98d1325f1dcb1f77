/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "log.h"

#include <stdarg.h>
#include <stddef.h>

#include "format.h"
#include "print.h"
#include "service.h"
#include "start.h"

enum log_level log_most = LOG_INFO;

struct text {
	char text[LOG_TEXT + 1];
	size_t length;
};

static void put(void *arg, char c)
{
	struct text *t = arg;

	if (t->length < LOG_TEXT)
		t->text[t->length++] = c >= ' ' && c <= '~' ? c : '.';
}

void log_line(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	struct text t = { .length = 0 };
	va_list ap;

	if (level > log_most)
		return;
	va_start(ap, fmt);
	format(put, &t, fmt, ap);
	va_end(ap);
	service_lock();
	kozo_printf("%s: %s: %s\n", kozo_name(), names[level], t.text);
	service_unlock();
}
