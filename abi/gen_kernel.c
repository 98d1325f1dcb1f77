/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * kozo_handlers.h and kozo_dispatch.c: what the kernel must provide, and the
 * tables that lead there. A method without its handler does not link.
 */
#include "gen.h"

static bool has_handlers(const struct fact *object)
{
	return !object->reserved && first_child(object);
}

static void put_handler(struct output *o, const struct fact *method)
{
	struct output signature = { 0 };

	put_signature(&signature, method);
	put_comment(o, "", signature.text);
	put(o, "status_t %s_%s(struct invocation *inv);\n", method->parent->lower, method->lower);
}

static void gen_handlers(void)
{
	struct output *o = output_open(
		"kozo_handlers.h",
		"The kernel's part of the ABI: a handler for each method and system call. "
		"Rights and the number of arguments have been checked when a method's runs.");

	put(o, "#pragma once\n\n#include \"invoke.h\"\n#include \"kozo_abi.h\"\n\n");
	for (const struct fact *f = first_of(KIND_SYSCALL); f; f = next_like(f))
		if (!f->reserved)
			put(o, "void syscall_%s(struct thread *caller);\n", f->lower);
	for (const struct fact *object = first_of(KIND_OBJECT); object;
	     object = next_like(object)) {
		if (!has_handlers(object))
			continue;
		put(o, "\n");
		for (const struct fact *f = first_child(object); f; f = next_like(f))
			put_handler(o, f);
	}
}

static void put_method(struct output *o, const struct fact *method)
{
	const struct fact *object = method->parent;

	put(o, "\t[METHOD_%s_%s] = { %s_%s, ", object->upper, method->upper, object->lower,
	    method->lower);
	put_rights(o, method->rights);
	put(o, ", %u, %u },\n", words_of(method->args), words_of(method->results));
}

static const struct fact *find_method(const struct fact *object, unsigned long long number)
{
	for (const struct fact *f = first_child(object); f; f = next_like(f))
		if (f->number == number)
			return f;
	return NULL;
}

/* In the order of their numbers, and what is said of a number that no method has. */
static void put_methods(struct output *o, const struct fact *object)
{
	unsigned long long last = 0;

	for (const struct fact *f = first_child(object); f; f = next_like(f))
		last = f->number > last ? f->number : last;
	put(o, "static const struct method %s_methods[] = {\n", object->lower);
	for (unsigned long long number = 0; number <= last; number++) {
		const struct fact *method = find_method(object, number);

		if (method)
			put_method(o, method);
		else
			put(o, "\t[%llu] = METHOD_NONE,\n", number);
	}
	put(o, "};\n\n");
}

static void gen_dispatch(void)
{
	struct output *o = output_open(
		"kozo_dispatch.c",
		"From an object's type and a method's number to its handler, the rights it "
		"needs, and how many words go in and come out; from a system call's number "
		"to its handler.");

	put(o, "#include \"kozo_handlers.h\"\n\n");
	for (const struct fact *f = first_of(KIND_OBJECT); f; f = next_like(f))
		if (has_handlers(f))
			put_methods(o, f);
	put(o, "#define TABLE(methods) { methods, sizeof(methods) / sizeof((methods)[0]) }\n\n");
	put(o, "const struct object_methods object_methods[OBJECT_TYPES] = {\n"
	       "\t[OBJECT_NULL] = { NULL, 0 },\n");
	for (const struct fact *f = first_of(KIND_OBJECT); f; f = next_like(f))
		if (has_handlers(f))
			put(o, "\t[OBJECT_%s] = TABLE(%s_methods),\n", f->upper, f->lower);
	put(o, "};\n\nsyscall_t *const syscall_table[SYSCALLS] = {\n");
	for (const struct fact *f = first_of(KIND_SYSCALL); f; f = next_like(f)) {
		if (f->reserved)
			put(o, "\t[SYS_%s] = NULL,\n", f->name);
		else
			put(o, "\t[SYS_%s] = syscall_%s,\n", f->name, f->lower);
	}
	put(o, "};\n");
}

void gen_kernel(void)
{
	gen_handlers();
	gen_dispatch();
}
