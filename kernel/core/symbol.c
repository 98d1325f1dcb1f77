/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "symbol.h"

/* The table that scripts/symbols.sh makes from the linked kernel, by address. */
struct symbol {
	uint32_t address; /* the low half; the upper one is that of the kernel image */
	uint32_t name;	  /* offset in symbol_names */
};

extern const struct symbol symbol_table[];
extern const uint32_t symbol_count;
extern const char symbol_names[];
extern const char kernel_boot_start[], kernel_text_end[];

const char *symbol_find(uint64_t address, uint64_t *offset)
{
	uint32_t low = 0, high = symbol_count;

	if (address < (uint64_t)kernel_boot_start || address >= (uint64_t)kernel_text_end)
		return NULL;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (symbol_table[middle].address <= (uint32_t)address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	*offset = (uint32_t)address - symbol_table[low - 1].address;
	return &symbol_names[symbol_table[low - 1].name];
}
