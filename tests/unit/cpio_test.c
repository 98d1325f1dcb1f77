/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The cpio reader, on archives good and bad. Every archive lies in a heap block
 * of exactly its size, so that the address sanitizer sees any read beyond it.
 */
/* links: services/lib/kozo-sys/cpio.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cpio.h"
#include "newc.h"

enum { SECOND = 116 }; /* where the second entry of the sample starts */

static uint8_t *block; /* the archive under test */

static struct cpio open_block(size_t size)
{
	struct cpio archive;

	free(block);
	block = newc_copy(size);
	cpio_open(&archive, block, size);
	return archive;
}

static int teardown(void **state)
{
	(void)state;
	free(block);
	block = NULL;
	return 0;
}

static void make_sample(void)
{
	newc_begin();
	newc_entry("bin", NEWC_DIRECTORY, NULL, 0);
	newc_file("bin/tool", "#!/bin/tool");
	newc_file("etc/motd", "hello, world\n");
	newc_file("empty", "");
	newc_end();
}

/* Walk to the end; every byte that is handed out is read. */
static enum cpio_result walk(struct cpio *archive, unsigned *files)
{
	struct cpio_file f;
	enum cpio_result result;
	volatile uint8_t sum = 0;

	*files = 0;
	while ((result = cpio_next(archive, &f)) == CPIO_FILE) {
		const uint8_t *data = f.data;

		assert_int_equal(strlen(f.name), f.name_length);
		for (size_t i = 0; i < f.size; i++)
			sum += data[i];
		++*files;
	}
	assert_int_equal(cpio_next(archive, &f), result);
	return result;
}

static void gives_every_entry_in_order(void **state)
{
	struct cpio archive;
	struct cpio_file f;

	(void)state;
	make_sample();
	archive = open_block(newc.size);
	assert_int_equal(cpio_next(&archive, &f), CPIO_FILE);
	assert_string_equal(f.name, "bin");
	assert_int_equal(f.mode, NEWC_DIRECTORY);
	assert_int_equal(f.size, 0);
	assert_int_equal(cpio_next(&archive, &f), CPIO_FILE);
	assert_string_equal(f.name, "bin/tool");
	assert_int_equal(f.mode, NEWC_FILE);
	assert_int_equal(f.mtime, NEWC_MTIME);
	assert_int_equal(f.size, 11);
	assert_memory_equal(f.data, "#!/bin/tool", 11);
	assert_int_equal(cpio_next(&archive, &f), CPIO_FILE);
	assert_string_equal(f.name, "etc/motd");
	assert_int_equal(cpio_next(&archive, &f), CPIO_FILE);
	assert_string_equal(f.name, "empty");
	assert_int_equal(f.size, 0);
	assert_int_equal(cpio_next(&archive, &f), CPIO_END);
	assert_int_equal(cpio_next(&archive, &f), CPIO_END);
}

static void takes_the_leading_slash_or_dot_away(void **state)
{
	static const struct {
		const char *stored, *want;
	} names[] = {
		{ "init", "init" },   { "/init", "init" },
		{ "./init", "init" }, { "././/init", "init" },
		{ ".", "" },	      { "./", "" },
		{ "/", "" },	      { ".hidden", ".hidden" },
		{ "..", ".." },	      { "../up", "../up" },
		{ "./.x", ".x" },     { "a/./b", "a/./b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct cpio archive;
		struct cpio_file f;

		newc_begin();
		newc_file(names[i].stored, "");
		newc_end();
		archive = open_block(newc.size);
		assert_int_equal(cpio_next(&archive, &f), CPIO_FILE);
		assert_string_equal(f.name, names[i].want);
		assert_int_equal(f.name_length, strlen(names[i].want));
	}
}

static void takes_either_magic_and_digits_of_either_case(void **state)
{
	unsigned files;
	struct cpio archive;

	(void)state;
	make_sample();
	memcpy(newc.bytes, "070702", 6);
	for (size_t i = 6; i < NEWC_HEADER; i++)
		newc.bytes[i] = newc.bytes[i] == 'D' ? 'd' : newc.bytes[i];
	archive = open_block(newc.size);
	assert_int_equal(walk(&archive, &files), CPIO_END);
	assert_int_equal(files, 4);
}

/* Each row spoils the header of the second entry, at an offset, in one way. */
static void refuses_a_bad_header(void **state)
{
	/* clang-format off */
	static const struct {
		size_t at, length;
		const char *with;
	} spoils[] = {
		{  0, 6, "070707" },	/* another format */
		{  0, 4, "\0\0\0" },	/* none */
		{ 14, 8, "0000g000" },	/* mode is no number */
		{ 46, 8, "0000000 " },	/* mtime is none */
		{ 54, 8, "-0000001" },	/* size is none */
		{ 54, 8, "ffffffff" },	/* size is larger than the archive */
		{ 54, 8, "000fffff" },
		{ 94, 8, "00000000" },	/* a name needs its NUL at least */
		{ 94, 8, "ffffffff" },	/* the name is longer than the archive */
		{ 94, 8, "00000008" },	/* the name has no end */
		{ 94, 8, "0000000a" },	/* the name ends before its end */
		{ 94, 8, "xxxxxxxx" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		struct cpio archive;
		unsigned files;

		make_sample();
		memcpy(newc.bytes + SECOND + spoils[i].at, spoils[i].with, spoils[i].length);
		archive = open_block(newc.size);
		assert_int_equal(walk(&archive, &files), CPIO_DAMAGED);
		assert_int_equal(files, 1);
	}
}

static void refuses_a_name_without_bytes_at_the_end_of_the_archive(void **state)
{
	struct cpio archive;
	unsigned files;

	(void)state;
	make_sample();
	memcpy(newc.bytes + 94, "00000000", 8);
	archive = open_block(NEWC_HEADER);
	assert_int_equal(walk(&archive, &files), CPIO_DAMAGED);
}

static void refuses_an_archive_that_merely_stops(void **state)
{
	(void)state;
	make_sample();
	for (size_t size = 0; size < newc.size; size++) {
		struct cpio archive = open_block(size);
		unsigned files;
		/* The trailer counts once its name is there; its padding is not needed. */
		bool whole = size >= newc.size - 124 + NEWC_HEADER + sizeof("TRAILER!!!");

		assert_int_equal(walk(&archive, &files), whole ? CPIO_END : CPIO_DAMAGED);
	}
}

static void never_reads_outside_an_archive_with_a_flipped_bit(void **state)
{
	(void)state;
	make_sample();
	for (size_t bit = 0; bit < newc.size * 8; bit++) {
		char flip = (char)(1 << bit % 8);
		struct cpio archive;
		unsigned files;

		newc.bytes[bit / 8] ^= flip;
		archive = open_block(newc.size);
		walk(&archive, &files);
		newc.bytes[bit / 8] ^= flip;
	}
}

static void finds_a_regular_file_by_name(void **state)
{
	struct cpio archive;
	struct cpio_file f;
	unsigned files;

	(void)state;
	make_sample();
	archive = open_block(newc.size);
	assert_int_equal(walk(&archive, &files), CPIO_END);
	assert_int_equal(cpio_find(&archive, "etc/motd", &f), CPIO_FILE);
	assert_int_equal(f.size, 13);
	assert_int_equal(cpio_find(&archive, "bin", &f), CPIO_END);
	assert_int_equal(cpio_find(&archive, "etc/mot", &f), CPIO_END);
	assert_int_equal(cpio_find(&archive, "etc/motd2", &f), CPIO_END);
	assert_int_equal(cpio_find(&archive, "", &f), CPIO_END);
	assert_int_equal(f.size, 13);
}

static void finds_nothing_behind_damage(void **state)
{
	struct cpio archive;
	struct cpio_file f;

	(void)state;
	make_sample();
	newc.bytes[SECOND] = 'x';
	archive = open_block(newc.size);
	assert_int_equal(cpio_find(&archive, "etc/motd", &f), CPIO_DAMAGED);
}

static void refuses_nothing_at_all(void **state)
{
	struct cpio archive = open_block(0);
	struct cpio_file f;

	(void)state;
	assert_int_equal(cpio_next(&archive, &f), CPIO_DAMAGED);
	assert_int_equal(cpio_find(&archive, "init", &f), CPIO_DAMAGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_every_entry_in_order),
		cmocka_unit_test(takes_the_leading_slash_or_dot_away),
		cmocka_unit_test(takes_either_magic_and_digits_of_either_case),
		cmocka_unit_test(refuses_a_bad_header),
		cmocka_unit_test(refuses_a_name_without_bytes_at_the_end_of_the_archive),
		cmocka_unit_test(refuses_an_archive_that_merely_stops),
		cmocka_unit_test(never_reads_outside_an_archive_with_a_flipped_bit),
		cmocka_unit_test(finds_a_regular_file_by_name),
		cmocka_unit_test(finds_nothing_behind_damage),
		cmocka_unit_test(refuses_nothing_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
