/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * kozo_abi.h for C and kozo_abi.inc for NASM: names, numbers and layouts.
 */
#include "gen.h"

#include <limits.h>

/* The text of a fact, with its most surprising property first. */
static char *text_of(const struct fact *f)
{
	return make_text("%s%s", f->reserved ? "reserved: " : "", f->text);
}

/* --- C: numbers --- */

static void put_const(struct output *o, const struct fact *f)
{
	const char *suffix = f->number > INT_MAX ? "ull" : "";

	if (f->hex)
		put_line(o, f->text, "#define %s 0x%llx%s", f->name, f->number, suffix);
	else
		put_line(o, f->text, "#define %s %llu%s", f->name, f->number, suffix);
}

static void put_consts(struct output *o)
{
	const char *file = NULL;

	for (const struct fact *f = first_of(KIND_CONST); f; f = next_like(f)) {
		if (f->place.file != file)
			put(o, "\n/* %s */\n", base_name(f->place.file));
		file = f->place.file;
		put_const(o, f);
	}
}

static void put_errors(struct output *o)
{
	put(o, "\n/* What a call came to. */\nenum status {\n");
	for (const struct fact *f = first_of(KIND_ERROR); f; f = next_like(f))
		put_line(o, f->text, "\t%s%s = %llu,", error_prefix(f), f->name, f->number);
	put(o, "};\n");
}

static void put_right_bits(struct output *o)
{
	put(o, "\n/* What a capability lets its holder do. */\nenum {\n");
	for (const struct fact *f = first_of(KIND_RIGHT); f; f = next_like(f))
		put_line(o, f->text, "\tRIGHT_%s = 1 << %llu,", f->name, f->number);
	put(o, "};\n");
}

static void put_objects(struct output *o)
{
	put(o, "\nenum object_type {\n");
	put_line(o, "an empty slot", "\tOBJECT_NULL = 0,");
	for (const struct fact *f = first_of(KIND_OBJECT); f; f = next_like(f))
		put_line(o, text_of(f), "\tOBJECT_%s = %llu,", f->upper, f->number);
	put(o, "};\n");
}

/* One more than the highest number of a fact and those like it behind it. */
static unsigned long long end_of(const struct fact *f)
{
	unsigned long long end = 0;

	for (; f; f = next_like(f))
		if (f->number >= end)
			end = f->number + 1;
	return end;
}

static void put_syscalls(struct output *o)
{
	put(o, "\nenum syscall_number {\n");
	for (const struct fact *f = first_of(KIND_SYSCALL); f; f = next_like(f))
		put_line(o, text_of(f), "\tSYS_%s = %llu,", f->name, f->number);
	put_line(o, "system calls have smaller numbers than this", "\tSYSCALLS = %llu,",
		 end_of(first_of(KIND_SYSCALL)));
	put(o, "};\n");
}

static void put_methods(struct output *o, const struct fact *object)
{
	put(o, "\n/* %s: methods, and the labels that invoke them */\nenum {\n", object->name);
	for (const struct fact *f = first_child(object); f; f = next_like(f))
		put(o, "\tMETHOD_%s_%s = %llu,\n", object->upper, f->upper, f->number);
	for (const struct fact *f = first_child(object); f; f = next_like(f))
		put(o, "\tLABEL_%s_%s = OBJECT_%s << METHOD_TYPE_SHIFT | %llu,\n", object->upper,
		    f->upper, object->upper, f->number);
	put(o, "};\n");
}

static void put_requests(struct output *o)
{
	put(o, "\n/* Protocols, and the requests of each */\nenum {\n");
	for (const struct fact *f = first_of(KIND_PROTO); f; f = next_like(f))
		put_line(o, f->text, "\tPROTO_%s = %llu,", f->upper, f->number);
	put(o, "};\n");
	for (const struct fact *proto = first_of(KIND_PROTO); proto; proto = next_like(proto)) {
		put(o, "enum {\n");
		for (const struct fact *f = first_child(proto); f; f = next_like(f))
			put_line(o, f->text, "\t%s_%s = %llu,", proto->upper, f->upper, f->number);
		put_line(o, "requests have smaller numbers than this", "\t%s_REQUESTS = %llu,",
			 proto->upper, end_of(first_child(proto)));
		put(o, "};\n");
	}
}

/* --- C: texts --- */

static void put_texts(struct output *o)
{
	put(o, "\n/* Initialisers of arrays: text by status, object type, bit of a right, or "
	       "protocol. */\n"
	       "#define STATUS_TEXT { \\\n");
	for (const struct fact *f = first_of(KIND_ERROR); f; f = next_like(f))
		put(o, "\t[%s%s] = \"%s\", \\\n", error_prefix(f), f->name, f->text);
	put(o, "}\n\n#define STATUS_NAME { \\\n");
	for (const struct fact *f = first_of(KIND_ERROR); f; f = next_like(f))
		put(o, "\t[%s%s] = \"%s%s\", \\\n", error_prefix(f), f->name, error_prefix(f),
		    f->name);
	put(o, "}\n\n#define OBJECT_NAME { \\\n\t[OBJECT_NULL] = \"null\", \\\n");
	for (const struct fact *f = first_of(KIND_OBJECT); f; f = next_like(f))
		put(o, "\t[OBJECT_%s] = \"%s\", \\\n", f->upper, f->name);
	put(o, "}\n\n#define RIGHT_NAME { \\\n");
	for (const struct fact *f = first_of(KIND_RIGHT); f; f = next_like(f))
		put(o, "\t[%llu] = \"%s\", \\\n", f->number, f->name);
	put(o, "}\n\n#define PROTO_NAME { \\\n");
	for (const struct fact *f = first_of(KIND_PROTO); f; f = next_like(f))
		put(o, "\t[PROTO_%s] = \"%s\", \\\n", f->upper, f->name);
	put(o, "}\n");
}

/* --- C: structures --- */

static void put_field(struct output *o, const struct fact *f)
{
	if (f->items)
		put_line(o, f->text, "\t%s %s[%llu];", f->c_type, f->name, f->items);
	else
		put_line(o, f->text, "\t%s %s;", f->c_type, f->name);
}

static void put_struct(struct output *o, const struct fact *s)
{
	put(o, "\n");
	put_comment(o, "", s->text);
	put(o, "struct %s {\n", s->name);
	for (const struct fact *f = first_child(s); f; f = next_like(f))
		put_field(o, f);
	put(o, "};\n\n_Static_assert(sizeof(struct %s) == %llu, \"%s\");\n", s->name, s->number,
	    s->name);
	for (const struct fact *f = first_child(s); f; f = next_like(f)) {
		put(o, "_Static_assert(offsetof(struct %s, %s) == %llu", s->name, f->name,
		    f->offset);
		put_item(o, 15, "\"%s.%s\"", s->name, f->name);
		put(o, ");\n");
	}
}

void gen_header(void)
{
	struct output *o = output_open(
		"kozo_abi.h",
		"The KOZO ABI: what the kernel, its services and their clients agree on.");

	put(o, "#pragma once\n\n#include <stddef.h>\n#include <stdint.h>\n\n");
	put(o, "#define MUST_USE __attribute__((warn_unused_result))\n\n");
	put(o, "/* For sparse: mixing two of these is a mistake, though C allows it. */\n");
	put(o, "#ifdef __CHECKER__\n#define DISTINCT __attribute__((bitwise))\n");
	put(o, "#else\n#define DISTINCT\n#endif\n\n");
	put_line(o, "what one register or message word holds", "typedef uint64_t word_t;");
	put_line(o, "index of a capability slot", "typedef uint64_t DISTINCT cptr_t;");
	put_line(o, "address in a VSpace", "typedef uint64_t DISTINCT vaddr_t;");
	put_line(o, "address in physical memory", "typedef uint64_t DISTINCT paddr_t;");
	put_line(o, "RIGHT_* bits", "typedef uint32_t DISTINCT rights_t;");
	put_line(o, "OK or one ERR_*", "typedef int DISTINCT status_t;");
	put(o,
	    "\n/* Over every name, number and type in order, but no text: FNV-1a, 64 bits. */\n");
	put(o, "#define KOZO_ABI_HASH 0x%016llxull\n", (unsigned long long)abi.hash);
	put_consts(o);
	put_errors(o);
	if (first_of(KIND_RIGHT))
		put_right_bits(o);
	put_objects(o);
	put_syscalls(o);
	for (const struct fact *f = first_of(KIND_OBJECT); f; f = next_like(f))
		if (first_child(f))
			put_methods(o, f);
	if (first_of(KIND_PROTO))
		put_requests(o);
	put_texts(o);
	for (const struct fact *f = first_of(KIND_STRUCT); f; f = next_like(f))
		put_struct(o, f);
}

/* --- NASM --- */

static void define(struct output *o, const char *prefix, const char *name, unsigned long long value)
{
	put(o, "%%define %s%s %llu\n", prefix, name, value);
}

static void define_label(struct output *o, const struct fact *f)
{
	unsigned long long shift = fact_find(KIND_CONST, "METHOD_TYPE_SHIFT")->number;

	put(o, "%%define LABEL_%s_%s %llu\n", f->parent->upper, f->upper,
	    (f->parent->number << shift | f->number));
}

static void define_fields(struct output *o, const struct fact *s)
{
	put(o, "\n");
	define(o, "SIZEOF_", s->upper, s->number);
	for (const struct fact *f = first_child(s); f; f = next_like(f))
		put(o, "%%define %s_%s %llu\n", s->upper, f->upper, f->offset);
}

void gen_nasm(void)
{
	struct output *o = output_open(
		"kozo_abi.inc",
		"The KOZO ABI for NASM. A structure's fields are offsets from its start.");

	put(o, "\n%%define KOZO_ABI_HASH 0x%016llx\n\n", (unsigned long long)abi.hash);
	for (const struct fact *f = first_of(KIND_CONST); f; f = next_like(f))
		put(o, f->hex ? "%%define %s 0x%llx\n" : "%%define %s %llu\n", f->name, f->number);
	put(o, "\n");
	for (const struct fact *f = first_of(KIND_ERROR); f; f = next_like(f))
		define(o, error_prefix(f), f->name, f->number);
	put(o, "\n");
	for (const struct fact *f = first_of(KIND_RIGHT); f; f = next_like(f))
		define(o, "RIGHT_", f->name, 1ull << f->number);
	put(o, "\n");
	define(o, "OBJECT_", "NULL", 0);
	for (const struct fact *f = first_of(KIND_OBJECT); f; f = next_like(f))
		define(o, "OBJECT_", f->upper, f->number);
	put(o, "\n");
	for (const struct fact *f = first_of(KIND_SYSCALL); f; f = next_like(f))
		define(o, "SYS_", f->name, f->number);
	define(o, "SYSCALLS", "", end_of(first_of(KIND_SYSCALL)));
	put(o, "\n");
	for (const struct fact *object = first_of(KIND_OBJECT); object; object = next_like(object))
		for (const struct fact *f = first_child(object); f; f = next_like(f))
			define_label(o, f);
	for (const struct fact *f = first_of(KIND_STRUCT); f; f = next_like(f))
		define_fields(o, f);
}
