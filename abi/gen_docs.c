/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * ABI.md: the reference page, for somebody who writes a program.
 */
#include "gen.h"

#include <string.h>

/* A text inside a table or a sentence: what Markdown would take as its own is escaped. */
static void put_prose(struct output *o, const char *text)
{
	for (; *text; text++)
		put(o, "%s%c", strchr("*|<`[", *text) ? "\\" : "", *text);
}

static void put_row(struct output *o, const char *first, const char *text)
{
	put(o, "| %s | ", first);
	put_prose(o, text);
	put(o, " |\n");
}

/* A table whose first column is NAME and whose second is the number. */
static void put_head(struct output *o, const char *title, const char *first, const char *second)
{
	put(o, "\n## %s\n\n| %s | %s | |\n|---|---|---|\n", title, first, second);
}

static void put_status(struct output *o, const struct fact *f)
{
	put(o, "- `%s%s`: ", error_prefix(f), f->name);
	put_prose(o, f->text);
	put(o, "\n");
}

static void put_fails(struct output *o, const struct fact *f)
{
	if (!f->has_fails)
		return;
	if (!f->fails) {
		put(o, "\nDoes not fail by itself.\n");
		return;
	}
	put(o, "\nFails with the first of these that applies:\n\n");
	for (const struct name *n = f->fails; n; n = n->next)
		put_status(o, n->fact);
}

/* How long the kernel is at it at most, with interrupts off. */
static void put_bound(struct output *o, const struct fact *f)
{
	if (!f->bound)
		return;
	put(o, "\nTakes at most %llu instructions%s.\n", f->bound,
	    f->in_steps ? " at a time: in between interrupts are taken, and it goes on" : "");
}

/* A paragraph about what can be called: its signature, its sentence, its errors. */
static void put_call(struct output *o, const struct fact *f)
{
	put(o, "\n#### `");
	put_signature(o, f);
	put(o, "`\n\nNumber %llu: ", f->number);
	put_prose(o, f->text);
	put(o, ".");
	if (f->rights) {
		put(o, " Needs `");
		put_rights(o, f->rights);
		put(o, "`.");
	}
	if (f->partial)
		put(o, " The results are valid even if the status is an error.");
	put(o, "\n");
	put_fails(o, f);
	put_bound(o, f);
}

static void put_syscalls(struct output *o)
{
	put(o, "\n## System calls\n");
	for (const struct fact *f = first_of(KIND_SYSCALL); f; f = next_like(f)) {
		put(o, "\n### `SYS_%s`\n\nNumber %llu%s: ", f->name, f->number,
		    f->reserved ? ", reserved" : "");
		put_prose(o, f->text);
		put(o, ".\n");
		put_fails(o, f);
		put_bound(o, f);
	}
}

static void put_objects(struct output *o)
{
	put(o, "\n## Objects\n\nA method is called by `SYS_INVOKE`, "
	       "whose own errors come before the method's.\n");
	for (const struct fact *f = first_of(KIND_OBJECT); f; f = next_like(f)) {
		put(o, "\n### %s\n\n`OBJECT_%s`, number %llu%s: ", f->name, f->upper, f->number,
		    f->reserved ? ", reserved" : "");
		put_prose(o, f->text);
		put(o, ".\n");
		for (const struct fact *m = first_child(f); m; m = next_like(m))
			put_call(o, m);
	}
}

static void put_protos(struct output *o)
{
	put(o, "\n## Protocols\n\nA malformed request is answered with `ERR_BAD_REQUEST`.\n");
	for (const struct fact *f = first_of(KIND_PROTO); f; f = next_like(f)) {
		put(o, "\n### %s\n\nNumber %llu: ", f->name, f->number);
		put_prose(o, f->text);
		put(o, ".\n");
		for (const struct fact *r = first_child(f); r; r = next_like(r))
			put_call(o, r);
	}
}

static void put_numbers(struct output *o)
{
	put_head(o, "Errors", "status", "number");
	for (const struct fact *f = first_of(KIND_ERROR); f; f = next_like(f))
		put_row(o, make_text("`%s%s` | %llu", error_prefix(f), f->name, f->number),
			f->text);
	put_head(o, "Rights", "right", "bit");
	for (const struct fact *f = first_of(KIND_RIGHT); f; f = next_like(f))
		put_row(o, make_text("`RIGHT_%s` | %llu", f->name, f->number), f->text);
	put_head(o, "Constants", "constant", "value");
	for (const struct fact *f = first_of(KIND_CONST); f; f = next_like(f))
		put_row(o, make_text(f->hex ? "`%s` | 0x%llx" : "`%s` | %llu", f->name, f->number),
			f->text);
}

static void put_struct(struct output *o, const struct fact *s)
{
	put_head(o, make_text("`struct %s`", s->name), "offset", "field");
	for (const struct fact *f = first_child(s); f; f = next_like(f)) {
		char *items = f->items ? make_text("[%llu]", f->items) : "";

		put_row(o, make_text("%llu | `%s %s%s`", f->offset, f->c_type, f->name, items),
			f->text);
	}
	put(o, "\n%llu bytes: ", s->number);
	put_prose(o, s->text);
	put(o, ".\n");
}

void gen_docs(void)
{
	struct output *o = output_open("ABI.md", "The reference of the KOZO ABI.");

	put(o, "# The KOZO ABI\n\nHash `0x%016llx`.\n", (unsigned long long)abi.hash);
	put_syscalls(o);
	put_objects(o);
	put_protos(o);
	put_numbers(o);
	for (const struct fact *f = first_of(KIND_STRUCT); f; f = next_like(f))
		put_struct(o, f);
}
