/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/* Stop this CPU for good. */
static inline _Noreturn void halt_forever(void)
{
	for (;;)
		__asm__ volatile("cli\n\thlt");
}
