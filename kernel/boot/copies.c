/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arch/layout.h"
#include "boot.h"
#include "string.h"

void boot_add_memory(struct boot *b, paddr_t start, uint64_t bytes)
{
	paddr_t end = bytes <= UINT64_MAX - start ? start + bytes : UINT64_MAX;

	if (bytes && end > PHYS_MAX && end > b->more_memory)
		b->more_memory = end;
	memmap_add(&b->ram, start, bytes, PHYS_MAX);
}

void boot_set_rsdp(struct boot *b, const void *rsdp, size_t bytes)
{
	b->rsdp_bytes = bytes < RSDP_BYTES ? bytes : RSDP_BYTES;
	memcpy(b->rsdp, rsdp, b->rsdp_bytes);
}

void boot_set_command_line(struct boot *b, const char *text, size_t limit)
{
	size_t n = 0;

	while (n < limit && n < COMMAND_LINE_MAX - 1 && text[n]) {
		b->command_line[n] = text[n];
		n++;
	}
	b->command_line[n] = '\0';
	b->command_line_is_cut = n < limit && text[n];
}

const char *boot_option(const struct boot *b, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = b->command_line; *at; at++)
		if ((at == b->command_line || at[-1] == ' ') && !memcmp(at, name, length))
			return at + length;
	return NULL;
}

bool boot_option_is(const char *value, const char *word)
{
	size_t length = strlen(word);

	return value && !memcmp(value, word, length) && (!value[length] || value[length] == ' ');
}
