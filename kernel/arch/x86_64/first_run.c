/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "first_run.h"
#include "arch/paging.h"
#include "kernel_tables.h"
#include "san.h"
#include "screen.h"
#include "stacks.h"

extern const char kernel_boot_start[], kernel_boot_end[];

/* Never returns; expects an empty kernel stack, so it is jumped to. */
extern const char user_return[];

static void unmap_boot(void)
{
	for (const char *page = kernel_boot_start; page < kernel_boot_end; page += PAGE)
		kernel_tables.image_pages[image_to_phys(page) / PAGE] = 0;
	paging_flush_kernel();
}

_Noreturn void first_run(void)
{
	unmap_boot();
	san_check();
	screen_draw_later();
	__asm__ volatile("mov %0, %%rsp\n\txor %%ebp, %%ebp\n\tjmp *%1"
			 :
			 : "r"(&stacks.main + 1), "r"(user_return));
	__builtin_unreachable();
}
