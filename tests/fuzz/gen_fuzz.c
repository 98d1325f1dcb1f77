/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The ABI generator: the input is an .abi file. It is either refused, in one
 * line that says where, or becomes all the outputs.
 *
 * The generator is one run of a program, and here it runs again and again: what
 * it keeps in static variables is put back, which for three files takes including
 * them, and its memory is freed.
 */
/* links: abi/gen_c.c abi/gen_docs.c abi/gen_fact.c abi/gen_kernel.c abi/gen_parse.c abi/gen_proto.c abi/gen_stubs.c */
#define _GNU_SOURCE

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#include "../../abi/gen_out.c"
#include "../../abi/gen_check.c"
#include "../../abi/gen_lex.c"

struct abi abi;

/* --- in place of gen.c --------------------------------------------------------- */

static jmp_buf refused;
static struct place refused_at;
static char message[2 * LINE_BYTES];

void die(struct place place, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	refused_at = place;
	longjmp(refused, 1);
}

static struct block {
	struct block *next;
	max_align_t data[];
} * blocks;

void *make(size_t bytes)
{
	struct block *b = calloc(1, sizeof(*b) + bytes);

	must(b);
	b->next = blocks;
	blocks = b;
	return b->data;
}

UNWATCHED static void free_all(void)
{
	while (blocks) {
		struct block *next = blocks->next;

		free(blocks);
		blocks = next;
	}
}

const char *base_name(const char *path)
{
	return path;
}

const char *sources(void)
{
	return "fuzz.abi";
}

/* --- the target ----------------------------------------------------------------- */

/* A file without a place in the file system, with these bytes. */
static const char *file_with(const uint8_t *data, size_t size)
{
	static char path[32];
	static int memory = -1;

	if (memory < 0)
		memory = memfd_create("fuzz.abi", 0);
	must(memory >= 0 && ftruncate(memory, 0) == 0);
	must(pwrite(memory, data, size, 0) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	return path;
}

static void begin(void)
{
	abi = (struct abi){ .end = &abi.facts };
	claims = NULL;
	outputs = NULL;
	file = NULL;
}

static void generate(const char *path)
{
	parse_file(path);
	file = NULL; /* it has been closed */
	check_all();
	gen_header();
	gen_nasm();
	gen_kernel();
	gen_stubs();
	gen_protos();
	gen_docs();
}

/* One line of plain characters, about a line that there is. */
static void check_refusal(const uint8_t *data, size_t size)
{
	unsigned lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	must(refused_at.line <= lines);
	must(message[0] && strlen(message) < sizeof(message) - 1);
	for (const char *c = message; *c; c++)
		must(isprint((unsigned char)*c));
}

UNWATCHED static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (text = strstr(text, what); text; text = strstr(text + 2, what))
		n++;
	return n;
}

static void check_names(void)
{
	for (const struct fact *f = abi.facts; f; f = f->next)
		must(f->name[0] && strlen(f->name) <= NAME_BYTES);
}

/* Nothing that was stated gets out of the comment that it stands in. */
static void check_output(const struct output *o)
{
	must(o->length > 0 && strlen(o->text) == o->length);
	must(o->text[o->length - 1] == '\n');
	must(!strchr(o->file, '/'));
	must(count(o->text, "/*") == count(o->text, "*/"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	begin();
	if (setjmp(refused)) {
		if (file)
			fclose(file);
		check_refusal(data, size);
	} else {
		generate(file_with(data, size));
		check_names();
		for (const struct output *o = outputs; o; o = o->next)
			check_output(o);
	}
	free_all();
	return 0;
}
