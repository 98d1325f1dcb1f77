/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "kozo_abi.h"

/*
 * kept: a state that the next instance finds as it was at the last commit, wherever this one dies.
 *
 * Kept memory has two copies, each with a number and a checksum. A commit writes the older one, so
 * the other is whole all the time. The state itself is ordinary memory of the service.
 */
struct kept_copy {
	uint64_t number; /* of the commit; 0: there was none */
	uint64_t sum;
	uint64_t state[];
};

struct kept {
	void *state;
	size_t bytes;
	struct kept_copy *copy[2];
	uint64_t number;
};

/*
 * Let *state be kept: `bytes`, a multiple of 8. True: it is as last committed. False: nothing was,
 * or all that was is damaged, and it is left alone. Too little kept memory is a panic.
 */
MUST_USE bool kept_begin(struct kept *k, const struct start_info *start, void *state, size_t bytes);

/* All changes since the last commit count, or, if we die before this returns, maybe none. */
void kept_commit(struct kept *k);
