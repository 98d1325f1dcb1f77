/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kozo_abi.h"

/*
 * elf: reading a static ELF64 program for x86_64.
 *
 * The file may be any bytes at all. elf_open() decides once whether it can be
 * loaded; what it leaves in struct elf is then true and needs no second check:
 *
 *  - every segment's bytes lie inside the file, and memory_size >= file_size;
 *  - address and offset are congruent modulo the page size;
 *  - segments ascend, and no two share a page;
 *  - all of them lie in [PROGRAM_LOWEST, USER_TOP) outside the personality region;
 *  - none is writable and executable, and all are readable;
 *  - together they take at most PROGRAM_BYTES_MAX of memory;
 *  - the entry point lies in an executable segment.
 *
 * The file must stay unchanged while a struct elf refers to it.
 */
enum { ELF_SEGMENTS_MAX = 16 };

struct elf_segment {
	vaddr_t address; /* of the first byte; not always the start of a page */
	size_t offset;	 /* where its bytes start in the file */
	size_t file_size;
	size_t memory_size; /* the bytes above file_size are zero; never 0 */
	rights_t rights;    /* RIGHT_READ, RIGHT_WRITE, RIGHT_EXECUTE */
};

struct elf {
	const uint8_t *base;
	size_t size;
	vaddr_t entry;
	size_t segment_count; /* at least 1 */
	struct elf_segment segment[ELF_SEGMENTS_MAX];
};

/*
 * Returns NULL, or why it cannot be loaded: a plain sentence without its full stop, such as
 * "it is not for x86_64". Then *elf is undefined.
 */
MUST_USE const char *elf_open(struct elf *elf, const void *base, size_t size);

/*
 * The ABI hash that the program was built for, from its note. False: it has no
 * such note, so it was not built for KOZO.
 */
MUST_USE bool elf_abi_hash(const struct elf *elf, uint64_t *hash);
