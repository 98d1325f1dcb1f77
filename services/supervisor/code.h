/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * code: is the supervisor's own program still what was started? That is all of it which
 * nothing writes to, byte by byte as in the initrd. Damaged code answers wrongly without
 * anybody's notice; so the console asks this before it does what somebody has typed, and the
 * first thread asks it while the console is at work.
 */

/* Once, before anything can have been damaged. */
void code_begin(void);

/* Panics if it is not, and prints nothing: that may be what is damaged. */
void code_check(void);
