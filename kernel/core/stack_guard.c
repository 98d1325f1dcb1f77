/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What gcc's -fstack-protector wants from us, under the names that it wants. */
#include "panic.h"
#include "types.h"

extern uint64_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

/* Set once, before the first line of C. */
uint64_t __stack_chk_guard;

_Noreturn void __stack_chk_fail(void)
{
	panic("a function wrote past its part of the kernel stack");
}
