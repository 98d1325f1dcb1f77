/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/* Unmap the boot code, which has become untyped memory, and run the first thread. */
_Noreturn void first_run(void);
