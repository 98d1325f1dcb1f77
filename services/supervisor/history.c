/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "history.h"

#include <stdbool.h>
#include <string.h>

static bool is_text(const char *line)
{
	for (size_t i = 0; i <= LINE_LENGTH_MAX; i++) {
		if (line[i] == '\0')
			return true;
		if (line[i] < ' ' || line[i] > '~')
			return false;
	}
	return false;
}

void history_begin(struct history *history)
{
	bool is_whole = true;

	for (size_t i = 0; is_whole && i < HISTORY_LINES; i++)
		is_whole = is_text(history->line[i]);
	if (!is_whole)
		memset(history, 0, sizeof(*history));
}

/* Where the same line is, or else the one that is forgotten for a new one. */
static size_t place_for(const struct history *history, const char *text)
{
	size_t i = 0;

	while (i < HISTORY_LINES - 1 && strcmp(history->line[i], text) != 0)
		i++;
	return i;
}

void history_add(struct history *history, const char *text)
{
	if (*text == '\0')
		return;

	size_t place = place_for(history, text);

	memmove(history->line[1], history->line[0], place * sizeof(history->line[0]));
	memcpy(history->line[0], text, strlen(text) + 1);
}

const char *history_find(const struct history *history, size_t back)
{
	if (!back || back > HISTORY_LINES || history->line[back - 1][0] == '\0')
		return NULL;
	return history->line[back - 1];
}
