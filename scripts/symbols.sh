#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# symbols.sh KERNEL.elf > symbols.asm
#
# The kernel's function names as an assembler table, so that a crash report can
# name them. Without an argument the table is empty: the kernel is linked once
# with that, and again with the names found in the first result. The table lies
# behind everything it names, so the second link moves none of it.
set -eu

if [ $# -gt 0 ]; then
	nm "$1"
fi | LC_ALL=C sort | awk '
	$2 ~ /^[tT]$/ && $3 !~ /\./ && $1 != last {
		last = $1
		address[n] = substr($1, 9)
		name[n++] = $3
	}
	END {
		print "section .rodata.symbols"
		print "global symbol_table, symbol_count, symbol_names"
		print "align 4"
		printf "symbol_count: dd %d\nsymbol_table:\n", n
		for (i = 0; i < n; i++) {
			printf "dd 0x%s, %d\n", address[i], offset
			offset += length(name[i]) + 1
		}
		print "symbol_names:"
		for (i = 0; i < n; i++)
			printf "db \"%s\", 0\n", name[i]
		print "section .note.GNU-stack noalloc noexec nowrite progbits"
	}'
