/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * init - the first program: the keeper of the supervisor
 *
 * The kernel hands the first program everything there is (struct boot_info,
 * abi/boot.abi). This one does little, so that little can go wrong: it keeps the
 * original capabilities (hold.c), gives the supervisor what derives from them, and
 * starts that again whenever it ends (ward.c). All that the supervisor builds lies in a
 * CNode that outlives it, so the services go on meanwhile, and its successor takes
 * them over. If even that fails too often, keeper takes back all there is and begins anew.
 *
 * Nobody is above keeper: a fault of its own, or what only a broken kernel could cause,
 * stops the machine with a crash report.
 */
#include "hold.h"
#include "print.h"
#include "start.h"
#include "ticks.h"
#include "ward.h"

static const struct ward_limits limits = {
	.deadline = 2000000,
	.start_deadline = 5000000,
	.ends_time = 60000000,
	.clean_starts_max = 4,
};

int main(const void *info)
{
	uint64_t ticks = kozo_ticks();

	hold_take(info);
	ticks -= boot->entry_tsc;
	kozo_printf("boot: %lu TSC ticks from kernel entry to init\n", ticks);
	ward_begin(ticks, &limits);
	ward_serve();
}
