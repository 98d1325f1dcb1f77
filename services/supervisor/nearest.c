/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "nearest.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Row by row: changes[j] is from the first i characters of `a` to the first j of `b`. */
static size_t distance(const char *a, const char *b, size_t length)
{
	size_t rows[3][NEAREST_LENGTH_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t *unused = before;

		before = last;
		last = row;
		row = unused;
		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			row[j] = least(last[j], row[j - 1]) + 1;
			row[j] = least(row[j], last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return row[length];
}

struct nearest nearest_to(const char *typed)
{
	size_t third = strlen(typed) / 3;

	return (struct nearest){ .typed = typed, .changes = (third ? third : 1) + 1 };
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	size_t length = strlen(name);

	if (length > NEAREST_LENGTH_MAX || strlen(nearest->typed) > NEAREST_LENGTH_MAX)
		return;

	size_t changes = distance(nearest->typed, name, length);

	if (changes >= nearest->changes)
		return;
	nearest->found = name;
	nearest->changes = changes;
}
