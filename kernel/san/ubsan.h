/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * The undefined-behaviour sanitizer: where the C standard leaves open what
 * happens, gcc puts a test in front, and calls ubsan.c if it fails.
 */

/* A crash report is being written: say nothing more. */
void ubsan_stop(void);
