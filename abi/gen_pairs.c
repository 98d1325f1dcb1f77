/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * kozo_pairs.h: every operation of the kernel with every status it may return,
 * for tests that must see each of them.
 */
#include "gen.h"

#include <string.h>

static void put_pair(struct output *o, const struct fact *f, const char *stage, const char *status)
{
	if (f->parent)
		put(o, "\tPAIR(LABEL_%s_%s, \"%s.%s\", %s, %s) \\\n", f->parent->upper, f->upper,
		    f->parent->name, f->name, stage, status);
	else
		put(o, "\tPAIR(SYS_%s, \"%s\", %s, %s) \\\n", f->name, f->name, stage, status);
}

/* What the kernel answers before it knows the method, or where it needs no right. */
static bool concerns(const struct fact *method, const struct name *error)
{
	if (strcmp(error->text, "BAD_METHOD") == 0)
		return false;
	return method->rights || strcmp(error->text, "NO_RIGHT") != 0;
}

static void put_invocation(struct output *o, const struct fact *method)
{
	for (const struct name *n = fact_find(KIND_SYSCALL, "INVOKE")->fails; n; n = n->next)
		if (concerns(method, n))
			put_pair(o, method, "COMMON", make_text("ERR_%s", n->text));
}

static void put_own(struct output *o, const struct fact *f)
{
	put_pair(o, f, "OWN", "OK");
	for (const struct name *n = f->fails; n; n = n->next)
		put_pair(o, f, "OWN", make_text("ERR_%s", n->text));
}

static void put_methods(struct output *o, const struct fact *object)
{
	for (const struct fact *f = first_child(object); f; f = next_like(f)) {
		put(o, "\tMETHOD(LABEL_%s_%s, \"%s.%s\", ", object->upper, f->upper, object->name,
		    f->name);
		if (f->rights)
			put_rights(o, f->rights);
		else
			put(o, "0");
		put(o, ", %u) \\\n", words_of(f->args));
	}
}

static void put_bound(struct output *o, const struct fact *f)
{
	if (f->parent)
		put(o, "\tBOUND(LABEL_%s_%s, \"%s.%s\", ", f->parent->upper, f->upper,
		    f->parent->name, f->name);
	else
		put(o, "\tBOUND(SYS_%s, \"%s\", ", f->name, f->name);
	put(o, "%llu, %d) \\\n", f->bound, f->in_steps);
}

static void put_bounds(struct output *o)
{
	for (const struct fact *f = first_of(KIND_SYSCALL); f; f = next_like(f))
		if (!f->reserved)
			put_bound(o, f);
	for (const struct fact *f = first_of(KIND_OBJECT); f; f = next_like(f))
		for (const struct fact *m = first_child(f); m && !f->reserved; m = next_like(m))
			put_bound(o, m);
}

static void put_object_pairs(struct output *o, const struct fact *object)
{
	for (const struct fact *f = first_child(object); f; f = next_like(f)) {
		put_invocation(o, f);
		put_own(o, f);
	}
}

void gen_pairs(void)
{
	struct output *o = output_open(
		"kozo_pairs.h",
		"Every operation of the kernel with every status it may return. COMMON is what "
		"INVOKE checks before it runs a method, OWN what the method or system call "
		"itself says. A system call is known by its number, a method by its label.");

	put(o, "#pragma once\n\n#include \"kozo_abi.h\"\n\n"
	       "/* METHOD(label, name, rights, words) */\n#define KOZO_METHODS(METHOD) \\\n");
	for (const struct fact *f = first_of(KIND_OBJECT); f; f = next_like(f))
		if (!f->reserved)
			put_methods(o, f);
	put(o, "\n/* PAIR(operation, name, stage, status) */\n#define KOZO_PAIRS(PAIR) \\\n");
	for (const struct fact *f = first_of(KIND_SYSCALL); f; f = next_like(f))
		if (!f->reserved)
			put_own(o, f);
	for (const struct fact *f = first_of(KIND_OBJECT); f; f = next_like(f))
		if (!f->reserved)
			put_object_pairs(o, f);
	put(o, "\n/* BOUND(operation, name, instructions or 0, more in steps) */\n"
	       "#define KOZO_BOUNDS(BOUND) \\\n");
	put_bounds(o);
	put(o, "\n");
}
