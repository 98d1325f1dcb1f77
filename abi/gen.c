/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * gen OUTDIR FILE.abi... - all forms of the ABI from its description
 *
 * The files are read as one. OUTDIR must exist.
 */
#include "gen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a begins with this number. */
struct abi abi = { .end = &abi.facts, .hash = 0xcbf29ce484222325 };

static char *source_list;

void die(struct place place, const char *format, ...)
{
	va_list args;

	fprintf(stderr, place.line ? "%s:%u: " : "%s: ", place.file, place.line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

/* All memory is kept until the end, in a chain, so that no one frees any. */
struct block {
	struct block *next;
	max_align_t data[];
};

void *make(size_t bytes)
{
	static struct block *blocks;
	struct block *b = calloc(1, sizeof(*b) + bytes);

	if (!b)
		die((struct place){ "gen", 0 }, "out of memory");
	b->next = blocks;
	blocks = b;
	return b->data;
}

const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *sources(void)
{
	return source_list;
}

/* Without folders, so that the output does not depend on where we are run. */
static void add_source(const char *path)
{
	source_list = source_list ? make_text("%s, %s", source_list, base_name(path))
				  : make_text("%s", base_name(path));
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: gen OUTDIR FILE.abi...\n");
		return EXIT_FAILURE;
	}
	for (int i = 2; i < argc; i++) {
		add_source(argv[i]);
		parse_file(argv[i]);
	}
	check_all();

	gen_header();
	gen_nasm();
	gen_kernel();
	gen_stubs();
	gen_pairs();
	gen_protos();
	gen_docs();
	outputs_write(argv[1]);
	return EXIT_SUCCESS;
}
