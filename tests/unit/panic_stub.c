/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "panic_stub.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <panic.h> /* of the services; in quotes it would be the kernel's */

jmp_buf panic_expected;
bool panic_is_expected;

void kozo_panic(const char *file, int line, const char *fmt, ...)
{
	char message[256];
	va_list ap;

	if (panic_is_expected)
		longjmp(panic_expected, 1);

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	print_error("panic: %s\n", message);
	_fail(file, line);
	__builtin_unreachable();
}

void panic_was_missed(const char *file, int line)
{
	print_error("this should have been a panic\n");
	_fail(file, line);
}
