/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * cpio: reading an archive in the "newc" form, which is the form of the initrd.
 *
 * The archive may be any bytes at all. Nothing outside [base, base + size) is
 * ever read, and what is handed out lies inside it. An archive ends with the
 * entry "TRAILER!!!"; one that merely stops is damaged. What follows the
 * trailer is not looked at.
 */
struct cpio {
	const uint8_t *base;
	size_t size;
	size_t at; /* offset of the next entry; at <= size */
};

/* The file type within a mode, and the two types that KOZO knows. */
#define CPIO_TYPE_MASK 0170000u
#define CPIO_TYPE_FILE 0100000u
#define CPIO_TYPE_DIRECTORY 0040000u

struct cpio_file {
	const char *name;   /* ends with NUL; without leading "/" or "./" */
	size_t name_length; /* 0: the top directory itself */
	const void *data;
	size_t size;
	uint32_t mode;	/* type and permission bits */
	uint32_t mtime; /* seconds since 1970 */
};

enum cpio_result { CPIO_FILE, CPIO_END, CPIO_DAMAGED };

void cpio_open(struct cpio *archive, const void *base, size_t size);

/*
 * The next entry, whatever its type. CPIO_END and CPIO_DAMAGED leave *file
 * alone and are final: asking again gives the same answer.
 */
enum cpio_result cpio_next(struct cpio *archive, struct cpio_file *file);

/*
 * The first regular file with this name, wherever the archive stands.
 * CPIO_END: there is none.
 */
enum cpio_result cpio_find(const struct cpio *archive, const char *name, struct cpio_file *file);
