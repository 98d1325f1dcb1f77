/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "boot.h"

void boot_set_command_line(struct boot *b, const char *text, size_t limit)
{
	size_t n = 0;

	while (n < limit && n < COMMAND_LINE_MAX - 1 && text[n]) {
		b->command_line[n] = text[n];
		n++;
	}
	b->command_line[n] = '\0';
}
