/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Making cpio archives for tests, well-formed unless asked otherwise. Include it
 * after cmocka.h.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NEWC_HEADER = 110,
	NEWC_MAX = 1 << 20,
	NEWC_FILE = 0100644,
	NEWC_DIRECTORY = 0040755,
	NEWC_LINK = 0120777,
	NEWC_MTIME = 1234567,
};

/* The archive that is being made. */
static struct {
	char bytes[NEWC_MAX];
	size_t size;
} newc;

static inline void newc_begin(void)
{
	newc.size = 0;
}

static inline void newc_bytes(const void *bytes, size_t size)
{
	assert_true(newc.size + size + 4 <= NEWC_MAX);
	memcpy(newc.bytes + newc.size, bytes, size);
	newc.size += size;
	while (newc.size % 4)
		newc.bytes[newc.size++] = 0;
}

/* One entry, with whatever its header is to say of name and content. */
static inline void newc_entry(const char *name, uint32_t mode, const void *data, size_t size)
{
	char header[NEWC_HEADER + 256];
	int length =
		snprintf(header, sizeof(header),
			 "070701%08X%08X%08X%08X%08X%08X%08zX%08X"
			 "%08X%08X%08X%08zX%08X%s",
			 7, mode, 0, 0, 1, NEWC_MTIME, size, 0, 0, 0, 0, strlen(name) + 1, 0, name);

	newc_bytes(header, (size_t)length + 1);
	if (size > 0)
		newc_bytes(data, size);
}

static inline void newc_file(const char *name, const char *text)
{
	newc_entry(name, NEWC_FILE, text, strlen(text));
}

static inline void newc_end(void)
{
	newc_entry("TRAILER!!!", 0, NULL, 0);
}

/*
 * The first `size` bytes of the archive on the heap, with nothing behind them
 * that may be read. The caller frees it.
 */
static inline uint8_t *newc_copy(size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	memcpy(copy, newc.bytes, size);
	return copy;
}
