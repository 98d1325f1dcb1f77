/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/*
 * Printing to the kernel log through SLOT_DEBUG_CONSOLE. Text is gathered until
 * a line ends or the gathering place is full, because the console takes only
 * sixteen bytes a call. A program without that capability prints into the void.
 *
 * For the conversions see format.h.
 */
void kozo_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void kozo_vprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

/* Put out what has been gathered: for a prompt, which ends no line. */
void kozo_flush(void);
