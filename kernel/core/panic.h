/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

struct registers;

/*
 * The end: print one structured report and stop the machine. Only a bug in the
 * kernel, broken hardware or a fault of init leads here.
 */
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* panic() with the registers of what was running when it happened. */
_Noreturn void panic_at(const struct registers *regs, const char *program, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
