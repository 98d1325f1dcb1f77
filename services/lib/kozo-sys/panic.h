/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "status.h"

/*
 * The end of a program whose own state is broken. Prints
 * "NAME: panic: MESSAGE at FILE:LINE", tells the same to who watches over a service
 * (FAULT_PANIC), and faults, so that whoever supervises this program takes over.
 * A client's mistake is an ERR_*, never a panic.
 */
#define panic(...) kozo_panic(__FILE__, __LINE__, __VA_ARGS__)

_Noreturn void kozo_panic(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The same for a program that knows its code to be damaged: it formats and prints nothing.
 * What it tells is `text`.
 */
_Noreturn void kozo_panic_silently(const char *text);

/* What a program cannot go on without: if it failed, the panic is "WHAT: WHY". */
#define need(status, what) kozo_need(__FILE__, __LINE__, status, what)

static inline void kozo_need(const char *file, int line, status_t status, const char *what)
{
	if (status != OK)
		kozo_panic(file, line, "%s: %s", what, kozo_status_text(status));
}
