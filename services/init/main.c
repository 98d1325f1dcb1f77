/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * init - the first program, and the supervisor of all others
 *
 * The kernel hands init everything there is: all free memory as untyped, the
 * initrd, the console, and its own capability space full of what it is made of
 * (struct boot_info, abi/boot.abi). From that init makes processes and gives
 * each exactly the capabilities that it is meant to have.
 *
 *	boot.c		what the kernel gave, and the account of memory
 *	window.c	the page through which init fills the frames of others
 *	program.c	an ELF file in the initrd, checked
 *	space.c		an address space, from low to high
 *	process.c	a process, built whole or not at all
 *	fsd.c		the file server: what it may do, and whether it tells the truth
 *	console.c	Init>, and in command.c what can be asked there
 *	caps.c, hw.c	what init holds, and what machine this is, in words
 *
 * A service that cannot be started costs its users that service, and a line on
 * the console says so. What only a broken init or kernel could cause is a panic.
 */
#include "boot.h"
#include "console.h"
#include "fsd.h"
#include "guard.h"
#include "panic.h"
#include "print.h"
#include "start.h"
#include "status.h"
#include "ticks.h"
#include "window.h"

int main(const void *info)
{
	uint64_t started = kozo_ticks();

	boot_take(info, started);
	kozo_printf("boot: %lu TSC ticks from kernel entry to init\n", boot_ticks);

	status_t status = window_begin();

	if (status != OK)
		panic("no window on other spaces: %s", kozo_status_text(status));

	status = guard_begin();
	if (status != OK)
		panic("no guard: %s", kozo_status_text(status));

	if (fsd_start() && fsd_check())
		kozo_printf("IPC_OK: fsd\n");
	console_serve();
}
