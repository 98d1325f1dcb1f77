/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * The kernel log: text for people and tests. It goes wherever the machine has
 * a place for it (arch/console.h) and is not kept. Usable from the first
 * instruction of C on.
 */
void log_char(char c);
void log_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
