/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * manifest [--memory KIB] [--graph] NAME.manifest... - check all manifests together
 *
 * Says what is wrong in each file, or how the files do not fit together, and then
 * ends with status 1. --graph prints who uses whom, in the order of starting.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"

/* The least machine that the services of the initrd are meant for. */
enum { MEMORY_KIB = 16 << 10, FILE_BYTES = 1 << 16 };

static struct manifest_set set;
static const char *path_of[MANIFESTS_MAX];

static void complain(const char *path, const struct manifest_error *e)
{
	fprintf(stderr, e->line ? "%s:%u: " : "%s: ", path, e->line);
	fprintf(stderr, "%s\n", e->message);
}

static _Noreturn void die(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	exit(EXIT_FAILURE);
}

/* --- reading -------------------------------------------------------------- */

static size_t read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		die(path, "cannot be opened");

	size_t length = fread(text, 1, size, file);

	if (ferror(file))
		die(path, "cannot be read");
	if (length == size)
		die(path, "is too long");
	fclose(file);
	return length;
}

/* Whoever looks for a service by its name finds its file. */
static bool is_called(const char *path, const char *name)
{
	const char *file = path;
	size_t length = strlen(name);

	for (const char *c = path; *c; c++)
		if (*c == '/')
			file = c + 1;
	return strncmp(file, name, length) == 0 && strcmp(file + length, ".manifest") == 0;
}

static bool add(const char *path)
{
	static char text[FILE_BYTES];
	struct manifest_error error;

	if (set.count == MANIFESTS_MAX)
		die(path, "there are too many manifests");

	struct manifest *m = &set.service[set.count];

	if (!manifest_parse(m, text, read_file(path, text, sizeof(text)), &error)) {
		complain(path, &error);
		return false;
	}
	if (!is_called(path, m->name)) {
		fprintf(stderr, "%s:%u: the manifest of %s is called %s.manifest\n", path,
			m->line[MANIFEST_SERVICE], m->name, m->name);
		return false;
	}
	path_of[set.count++] = path;
	return true;
}

/* --- the graph ------------------------------------------------------------ */

static void print_service(const struct manifest *m)
{
	static const char *const protocol[] = PROTO_NAME;

	printf("%4u  %-16s  %s\n", m->rank, m->name, m->title);
	for (unsigned u = 0; u < m->uses_count; u++)
		printf("%6s  uses %s.%s\n", "", m->uses[u].service, protocol[m->uses[u].protocol]);
}

static void print_dependants(unsigned index)
{
	uint32_t dependants = manifests_dependants(&set, index);
	const char *before = "needed by ";

	if (!dependants)
		return;
	printf("%6s  ", "");
	for (unsigned i = 0; i < set.count; i++)
		if (dependants >> set.order[i] & 1) {
			printf("%s%s", before, set.service[set.order[i]].name);
			before = ", ";
		}
	printf("\n");
}

static void print_graph(void)
{
	for (unsigned i = 0; i < set.count; i++) {
		print_service(&set.service[set.order[i]]);
		print_dependants(set.order[i]);
	}
}

/* -------------------------------------------------------------------------- */

static _Noreturn void usage(void)
{
	fprintf(stderr, "usage: manifest [--memory KIB] [--graph] NAME.manifest...\n");
	exit(EXIT_FAILURE);
}

static uint64_t number_of(const char *text)
{
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	if (!*text || *end)
		usage();
	return number;
}

int main(int argc, char **argv)
{
	struct manifest_error error;
	uint64_t kib = MEMORY_KIB;
	bool graph = false, good = true;
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++)
		if (strcmp(argv[i], "--graph") == 0)
			graph = true;
		else if (strcmp(argv[i], "--memory") == 0 && i + 1 < argc)
			kib = number_of(argv[++i]);
		else
			usage();
	if (i == argc)
		usage();
	for (; i < argc; i++)
		good = add(argv[i]) && good;
	if (good && !manifests_check(&set, kib << 10, &error)) {
		complain(path_of[error.index], &error);
		good = false;
	}
	if (good && graph)
		print_graph();
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
