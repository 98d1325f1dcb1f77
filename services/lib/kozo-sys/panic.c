/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "panic.h"

#include <stdarg.h>

#include "print.h"
#include "start.h"

void kozo_panic(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	kozo_printf("\n%s: panic: ", kozo_name());
	va_start(ap, fmt);
	kozo_vprintf(fmt, ap);
	va_end(ap);
	kozo_printf(" at %s:%d\n", file, line);
	__builtin_trap(); /* an undefined instruction: the supervisor sees the fault */
}
