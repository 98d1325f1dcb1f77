/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * In init's place: runs every case, says in TAP what came of it, and turns the machine
 * off. tests/driver/libc.py reads the log.
 */
#include <string.h>

#include "kozo_abi.h"
#include "kozo_stubs.h"
#include "panic.h"
#include "print.h"
#include "start.h"
#include "test.h"

static bool failed;

void expect_number(const char *place, const char *what, long got, long want)
{
	if (got == want)
		return;
	failed = true;
	kozo_printf("# %s: %s is %ld, not %ld\n", place, what, got, want);
}

void expect_text(const char *place, const char *what, const char *got, const char *want)
{
	if (got && want ? !strcmp(got, want) : got == want)
		return;
	failed = true;
	kozo_printf("# %s: %s is \"%s\", not \"%s\"\n", place, what, got, want);
}

int main(const void *info)
{
	const struct boot_info *boot = info;
	unsigned number = 0;

	kozo_begin("libc", boot->ipc_buffer);
	kozo_printf("1..%lu\n", __stop_tests - __start_tests);
	for (const struct test *test = __start_tests; test < __stop_tests; test++) {
		failed = false;
		test->run();
		kozo_printf("%sok %u - %s\n", failed ? "not " : "", ++number, test->name);
	}
	if (kozo_debug_console_power(SLOT_DEBUG_CONSOLE, POWER_OFF) != OK)
		panic("the machine cannot be turned off");
	panic("the machine is still on");
}
