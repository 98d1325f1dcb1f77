/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The cpio reader: the input is an archive. */
/* links: services/lib/kozo-sys/cpio.c */
#include "fuzz.h"

#include "cpio.h"

/* Where an entry's header has two of its numbers, as eight hex digits. */
enum { HEADER = 110, MODE_AT = 14, SIZE_AT = 54, DIGITS = 8 };

/* Of so many files, cpio_find() is asked for each. */
enum { FINDS_MAX = 16 };

static uint32_t number_at(const uint8_t *digits)
{
	char text[DIGITS + 1] = { 0 };

	memcpy(text, digits, DIGITS);
	return (uint32_t)strtoul(text, NULL, 16);
}

/* An entry lies in the archive between its header and the next, and says what its header says. */
static void check_entry(const struct cpio *archive, size_t header, const struct cpio_file *f)
{
	const uint8_t *base = archive->base;
	const uint8_t *name = (const uint8_t *)f->name, *data = f->data;

	must(archive->at <= archive->size);
	must(name >= base + header + HEADER);
	must(name + f->name_length < data);
	must(strlen(f->name) == f->name_length);
	must(f->name[0] != '/' && strcmp(f->name, ".") != 0 && strncmp(f->name, "./", 2) != 0);
	must(data <= base + archive->at);
	must(f->size <= (size_t)(base + archive->at - data));
	must((size_t)(data - base) % 4 == 0 || data == base + archive->size);
	must(f->mode == number_at(base + header + MODE_AT));
	must(f->size == number_at(base + header + SIZE_AT));
}

/* The first file of a name is found by it, and that may be an earlier one. */
static void check_find(const struct cpio *archive, const struct cpio_file *f)
{
	struct cpio_file found;

	if ((f->mode & CPIO_TYPE_MASK) != CPIO_TYPE_FILE)
		return;
	must(cpio_find(archive, f->name, &found) == CPIO_FILE);
	must(strcmp(found.name, f->name) == 0);
	must((found.mode & CPIO_TYPE_MASK) == CPIO_TYPE_FILE);
	must(found.name <= f->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpio archive;
	struct cpio_file file, last;
	enum cpio_result end;
	size_t entries = 0, at = 0;

	memset(&file, 0x5a, sizeof(file));
	last = file;
	cpio_open(&archive, data, size);
	while ((end = cpio_next(&archive, &file)) == CPIO_FILE) {
		check_entry(&archive, at, &file);
		if (entries++ < FINDS_MAX)
			check_find(&archive, &file);
		last = file;
		at = archive.at;
	}
	must(entries <= size / HEADER);

	/* An end is final and leaves everything alone. */
	must(cpio_next(&archive, &file) == end);
	must(archive.at == at);
	must(memcmp(&file, &last, sizeof(file)) == 0);
	must(cpio_find(&archive, "/no file has this name", &file) == end);
	return 0;
}
