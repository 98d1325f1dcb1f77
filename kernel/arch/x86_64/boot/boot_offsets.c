/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Facts about the address space for start.asm; see ../offsets.c. */
#include "arch/layout.h"

#define VALUE(name, value) __asm__(".ascii \"@@" #name " %c0\"" : : "i"(value))
#define INDEX(address, level) ((address) >> (PAGE_BITS + 9 * ((level)-1)) & 511)

void offsets(void);
void offsets(void)
{
	VALUE(KERNEL_BASE, KERNEL_BASE);
	VALUE(DIRECT_INDEX, INDEX(DIRECT_BASE, 4));
	VALUE(KERNEL_INDEX, INDEX(KERNEL_BASE, 4));
	VALUE(HIGH_INDEX, INDEX(KERNEL_BASE, 3));
}
