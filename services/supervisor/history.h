/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>

/*
 * history: the lines that were typed last, the latest first and each once.
 *
 * It lies in kept memory, where an instance that died may have left anything.
 */
enum { LINE_LENGTH_MAX = 255, HISTORY_LINES = 16 };

struct history {
	char line[HISTORY_LINES][LINE_LENGTH_MAX + 1]; /* those not used are empty */
};

/* Before it is used: unless all of it is text, it is emptied. */
void history_begin(struct history *history);

/* A line that was ended, at most LINE_LENGTH_MAX long; an empty one is not kept. */
void history_add(struct history *history, const char *text);

/* The one so many back, from 1; NULL: there are not so many. */
const char *history_find(const struct history *history, size_t back);
