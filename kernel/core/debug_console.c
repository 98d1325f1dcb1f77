/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * DebugConsole: the kernel log and the machine's emergency console. It has no
 * memory of its own; the kernel gives init the one capability at boot.
 */
#include "arch/console.h"
#include "arch/power.h"
#include "invariants.h"
#include "kozo_handlers.h"
#include "preempt.h"
#include "screen.h"
#include "string.h"

enum { WRITE_MAX = 16 };

/* Whoever writes pays for the drawing, in steps. */
static status_t draw(void)
{
	unsigned cost;

	while ((cost = screen_step())) {
		work(cost);
		if (preempt_due())
			return RESTART;
	}
	return OK;
}

status_t debug_console_write(struct invocation *inv)
{
	word_t length = inv->arg[0];
	char text[WRITE_MAX];

	if (length > WRITE_MAX)
		return ERR_BAD_ARG;
	memcpy(text, &inv->arg[1], sizeof(text));
	for (word_t i = 0; i < length && !inv->resumed; i++)
		console_put(text[i]);
	return draw();
}

status_t debug_console_read(struct invocation *inv)
{
	int c = console_get();

	if (c < 0)
		return ERR_WOULD_BLOCK;
	inv->result[0] = (word_t)c;
	return OK;
}

status_t debug_console_power(struct invocation *inv)
{
	switch (inv->arg[0]) {
	case POWER_OFF:
		power_off();
		return ERR_STATE;
	case POWER_REBOOT:
		power_reboot();
	default:
		return ERR_BAD_ARG;
	}
}

status_t debug_console_check(struct invocation *inv)
{
	return invariants_check(&inv->result[0]);
}
