/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpio.h"

#include <stdbool.h>
#include <string.h>

/*
 * An entry is a header of text, the name with its NUL, and the data. Name and
 * data are each padded so that what follows starts at a multiple of four. The
 * header is a magic of six characters, then numbers of eight hex digits.
 */
enum {
	MAGIC_LENGTH = 6,
	NUMBER_LENGTH = 8,
	HEADER_LENGTH = MAGIC_LENGTH + 13 * NUMBER_LENGTH,
	ALIGNMENT = 4,
};

/* Which of the thirteen numbers. */
enum number { NUMBER_MODE = 1, NUMBER_MTIME = 5, NUMBER_SIZE = 6, NUMBER_NAME_SIZE = 11 };

static const char magic_plain[] = "070701";
static const char magic_checksum[] = "070702";
static const char trailer[] = "TRAILER!!!";

void cpio_open(struct cpio *archive, const void *base, size_t size)
{
	archive->base = base;
	archive->size = size;
	archive->at = 0;
}

static bool digit_value(uint8_t c, uint32_t *value)
{
	if (c >= '0' && c <= '9')
		*value = c - '0';
	else if (c >= 'a' && c <= 'f')
		*value = c - 'a' + 10u;
	else if (c >= 'A' && c <= 'F')
		*value = c - 'A' + 10u;
	else
		return false;
	return true;
}

static bool read_number(const uint8_t *header, enum number which, uint32_t *number)
{
	const uint8_t *text = header + MAGIC_LENGTH + (size_t)which * NUMBER_LENGTH;
	uint32_t sum = 0;

	for (size_t i = 0; i < NUMBER_LENGTH; i++) {
		uint32_t digit;

		if (!digit_value(text[i], &digit))
			return false;
		sum = sum << 4 | digit;
	}
	*number = sum;
	return true;
}

/* What a header says, before any of it is believed. */
struct header {
	uint32_t mode;
	uint32_t mtime;
	uint32_t size;
	uint32_t name_size;
};

static bool read_header(const uint8_t *bytes, struct header *h)
{
	if (memcmp(bytes, magic_plain, MAGIC_LENGTH) != 0 &&
	    memcmp(bytes, magic_checksum, MAGIC_LENGTH) != 0)
		return false;

	return read_number(bytes, NUMBER_MODE, &h->mode) &&
	       read_number(bytes, NUMBER_MTIME, &h->mtime) &&
	       read_number(bytes, NUMBER_SIZE, &h->size) &&
	       read_number(bytes, NUMBER_NAME_SIZE, &h->name_size);
}

/* `offset` rounded up, but never beyond `size`: the last padding may be missing. */
static size_t padded(size_t offset, size_t size)
{
	size_t padding = (ALIGNMENT - offset % ALIGNMENT) % ALIGNMENT;

	return size - offset < padding ? size : offset + padding;
}

/* A name of `name_size` bytes is one string: its only NUL is its last byte. */
static bool name_is_whole(const char *name, size_t name_size)
{
	if (name_size == 0)
		return false;

	for (size_t i = 0; i < name_size - 1; i++) {
		if (name[i] == '\0')
			return false;
	}
	return name[name_size - 1] == '\0';
}

/* Take leading "/" and "./" away, and "." itself. */
static void name_trim(struct cpio_file *file)
{
	const char *name = file->name;

	while (name[0] == '/' || (name[0] == '.' && (name[1] == '/' || name[1] == '\0')))
		name++;
	file->name_length -= (size_t)(name - file->name);
	file->name = name;
}

/* The entry at `at`, as far as its name: false unless all of that is well-formed. */
static bool read_entry(const struct cpio *archive, struct header *h, const char **name)
{
	const uint8_t *bytes = archive->base + archive->at;
	size_t left = archive->size - archive->at;

	if (left < HEADER_LENGTH || !read_header(bytes, h))
		return false;
	if (h->name_size > left - HEADER_LENGTH)
		return false;
	*name = (const char *)bytes + HEADER_LENGTH;
	return name_is_whole(*name, h->name_size);
}

static bool is_trailer(const char *name, size_t name_size)
{
	return name_size == sizeof(trailer) && memcmp(name, trailer, sizeof(trailer)) == 0;
}

enum cpio_result cpio_next(struct cpio *archive, struct cpio_file *file)
{
	struct header h;
	const char *name;

	if (!read_entry(archive, &h, &name))
		return CPIO_DAMAGED;
	if (is_trailer(name, h.name_size))
		return CPIO_END;

	size_t data = padded(archive->at + HEADER_LENGTH + h.name_size, archive->size);

	if (h.size > archive->size - data)
		return CPIO_DAMAGED;

	*file = (struct cpio_file){
		.name = name,
		.name_length = h.name_size - 1,
		.data = archive->base + data,
		.size = h.size,
		.mode = h.mode,
		.mtime = h.mtime,
	};
	name_trim(file);
	archive->at = padded(data + h.size, archive->size);
	return CPIO_FILE;
}

enum cpio_result cpio_find(const struct cpio *archive, const char *name, struct cpio_file *file)
{
	struct cpio from_start = { archive->base, archive->size, 0 };
	struct cpio_file f;
	enum cpio_result result;
	size_t length = strlen(name);

	while ((result = cpio_next(&from_start, &f)) == CPIO_FILE) {
		if ((f.mode & CPIO_TYPE_MASK) != CPIO_TYPE_FILE || f.name_length != length ||
		    memcmp(f.name, name, length) != 0)
			continue;
		*file = f;
		return CPIO_FILE;
	}
	return result;
}
