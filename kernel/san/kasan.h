/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "shadow.h"

/*
 * The address sanitizer: gcc puts a call in front of every read and write of
 * the kernel's C code, except of what only boots, and this looks in the shadow.
 * No check before kasan_start(), and none after kasan_stop().
 */
void kasan_start(void);
void kasan_stop(void);

/* The kernel did `what` with `bytes` bytes from `start`, and must not touch `bad`. */
_Noreturn void kasan_report(const char *what, uint64_t bytes, vaddr_t start, vaddr_t bad);
