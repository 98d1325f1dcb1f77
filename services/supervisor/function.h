/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "elf.h"

/*
 * function: which function of a program an address lies in, by the symbol table in its
 * file.
 *
 * The table may be any bytes at all: it can name a wrong function, and that is all. What it
 * is about is executable, and what it tells lies in the file.
 */
enum { FUNCTION_NAME_MAX = 64 };

struct function {
	const char *name; /* in the file: `length` printable characters, at least one */
	size_t length;	  /* at most FUNCTION_NAME_MAX */
	vaddr_t start;	  /* not above the address */
};

/* False: the table has no function there, or there is no table. */
MUST_USE bool function_find(const struct elf *elf, vaddr_t address, struct function *function);
