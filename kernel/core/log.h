/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdarg.h>

/*
 * The kernel log: text for people and tests. It goes wherever the machine has
 * a place for it (arch/console.h) and is not kept. Usable from the first
 * instruction of C on.
 */
void log_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_vprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
