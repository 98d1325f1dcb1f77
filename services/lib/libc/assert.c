/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "panic.h"

_Noreturn void __assert_fail(const char *fact, const char *file, int line, const char *function);

/* The assert() of what is compiled of musl. */
_Noreturn void __assert_fail(const char *fact, const char *file, int line, const char *function)
{
	kozo_panic(file, line, "in %s: assertion failed: %s", function, fact);
}
