/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * From tokens to facts. A statement is one line,
 *
 *	keyword name [number] [what its kind needs] "text"
 *
 * and becomes one struct fact. Only `fails` and `bound` differ: they complete the
 * fact just above. Errors and rights are looked up later, by gen_check.c, so they
 * may be stated in any order.
 */
#include "gen_lex.h"

#include <ctype.h>
#include <string.h>

/* clang-format off */
static const struct param_type param_types[] = {
	{ "word",   "word_t",   "" },
	{ "cptr",   "cptr_t",   "" },
	{ "vaddr",  "vaddr_t",  "" },
	{ "paddr",  "paddr_t",  "" },
	{ "rights", "rights_t", "(rights_t)" },
};
/* clang-format on */
static const struct param_type bytes_type = { "bytes", "char", "" };

bool is_bytes(const struct param *p)
{
	return p->type == &bytes_type;
}

/*
 * PageTable to page_table: an underscore goes before an upper-case letter that
 * follows a lower-case one, so CNode is cnode.
 */
static char *to_case(const char *name, int (*convert)(int))
{
	char *result = make(2 * strlen(name) + 1);
	char *to = result;

	for (const char *c = name; *c; c++) {
		if (c > name && isupper((unsigned char)c[0]) && islower((unsigned char)c[-1]))
			*to++ = '_';
		*to++ = (char)convert((unsigned char)*c);
	}
	return result;
}

/* --- statements --- */

static struct fact *last[KINDS]; /* in this file; parents of what follows */
static struct fact *previous;	 /* the fact just above, for `fails` and `bound` */

static void parse_const(struct fact *f)
{
	f->hex = strncmp(token.text, "0x", 2) == 0;
	f->number = take_number("a value", 0, UINT64_MAX);
}

static void parse_reserved(struct fact *f)
{
	f->reserved = accept("reserved");
}

/* One more name at the end of a list; the list's new end is returned. */
static struct name **add_name(struct name **end, const char *what)
{
	*end = make(sizeof(**end));
	(*end)->text = take_name(what, UPPER_SNAKE);
	return &(*end)->next;
}

static const struct param_type *take_param_type(bool may_be_bytes)
{
	char *name = take_word("a type");
	const struct param_type *type = NULL;

	for (size_t i = 0; i < sizeof(param_types) / sizeof(param_types[0]); i++)
		if (strcmp(name, param_types[i].name) == 0)
			type = &param_types[i];
	if (may_be_bytes && strcmp(name, bytes_type.name) == 0)
		type = &bytes_type;
	if (!type)
		die(here, "there is no argument type %s%s", name,
		    strcmp(name, bytes_type.name) == 0 ? " outside a request" : "");
	return type;
}

static struct param *take_params(bool may_have_bytes)
{
	struct param *first = NULL;
	struct param **end = &first;

	expect("(");
	if (accept(")"))
		return NULL;
	do {
		struct param *p = make(sizeof(*p));

		*end = p;
		end = &p->next;
		p->name = take_name("the name of an argument", LOWER_SNAKE);
		expect(":");
		p->type = take_param_type(may_have_bytes);
		if (is_bytes(p))
			p->max = take_number("the number of bytes", 1, UINT16_MAX);
	} while (accept(","));
	expect(")");
	return first;
}

static void parse_method(struct fact *f)
{
	struct name **end = &f->rights;

	do
		end = add_name(end, "a right");
	while (accept("|"));
	f->args = take_params(false);
	if (accept("->")) {
		f->partial = accept("partial");
		f->results = take_params(false);
	}
}

static void parse_request(struct fact *f)
{
	f->args = take_params(true);
	if (accept("->"))
		f->results = take_params(true);
}

static const struct fact *take_struct_name(void)
{
	char *name = take_name("the name of a struct", LOWER_SNAKE);
	const struct fact *type = fact_find(KIND_STRUCT, name);

	if (!type)
		die(here, "there is no struct %s above", name);
	if (type == last[KIND_STRUCT])
		die(here, "struct %s cannot contain itself", name);
	return type;
}

static void parse_field(struct fact *f)
{
	static const struct {
		const char *name;
		const char *c_name;
		unsigned bytes;
	} types[] = {
		{ "u8", "uint8_t", 1 },
		{ "u16", "uint16_t", 2 },
		{ "u32", "uint32_t", 4 },
		{ "u64", "uint64_t", 8 },
	};
	char *type = take_word("a type");

	if (strcmp(type, "struct") == 0) {
		f->type = take_struct_name();
		f->c_type = make_text("struct %s", f->type->name);
		f->item_bytes = f->type->number;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(type, types[i].name) != 0)
			continue;
		f->c_type = types[i].c_name;
		f->item_bytes = types[i].bytes;
	}
	if (!f->c_type)
		die(here, "there is no field type %s", type);
	if (accept("[")) {
		f->items = take_number("the number of items", 1, UINT16_MAX);
		expect("]");
	}
	f->number = f->item_bytes * (f->items ? f->items : 1);
	f->offset = f->parent->filled;
	f->parent->filled += f->number;
}

/* clang-format off */
/* Each kind of statement: keyword NAME [number] [the rest] "text". */
static const struct grammar {
	const char *keyword;
	enum spelling spelling;
	enum kind parent;	/* KINDS: none */
	const char *number;	/* what its number is called; NULL: it has none */
	unsigned least, most;
	void (*parse_rest)(struct fact *f);
} grammars[KINDS] = {
	[KIND_CONST]   = { "const",   UPPER_SNAKE, KINDS, NULL, 0, 0, parse_const },
	[KIND_ERROR]   = { "error",   UPPER_SNAKE, KINDS, "a number", 0, 255, NULL },
	[KIND_RIGHT]   = { "right",   UPPER_SNAKE, KINDS, "a bit", 0, 15, NULL },
	[KIND_SYSCALL] = { "syscall", UPPER_SNAKE, KINDS, "a number", 0, 255, parse_reserved },
	[KIND_OBJECT]  = { "object",  CAMEL_CASE,  KINDS, "a number", 1, 255, parse_reserved },
	[KIND_METHOD]  = { "method",  LOWER_SNAKE, KIND_OBJECT, "a number", 0, 255, parse_method },
	[KIND_PROTO]   = { "proto",   LOWER_SNAKE, KINDS, "a number", 1, 255, NULL },
	[KIND_REQUEST] = { "request", LOWER_SNAKE, KIND_PROTO, "a number", 0, 255, parse_request },
	[KIND_STRUCT]  = { "struct",  LOWER_SNAKE, KINDS, "a size", 1, 65535, NULL },
	[KIND_FIELD]   = { "field",   LOWER_SNAKE, KIND_STRUCT, NULL, 0, 0, parse_field },
};
/* clang-format on */

static void parse_fact(enum kind kind)
{
	const struct grammar *g = &grammars[kind];
	struct fact *f = make(sizeof(*f));

	f->kind = kind;
	f->place = here;
	if (g->parent != KINDS) {
		f->parent = last[g->parent];
		if (!f->parent)
			die(here, "a %s needs its %s above it in this file", g->keyword,
			    grammars[g->parent].keyword);
	}
	f->name = take_name("a name", g->spelling);
	f->upper = to_case(f->name, toupper);
	f->lower = to_case(f->name, tolower);
	if (g->number)
		f->number = take_number(g->number, g->least, g->most);
	if (g->parse_rest)
		g->parse_rest(f);
	f->text = take_text();

	*abi.end = f;
	abi.end = &f->next;
	last[kind] = f;
	previous = f;
}

static void parse_fails(void)
{
	bool may_fail =
		previous && (previous->kind == KIND_METHOD || previous->kind == KIND_SYSCALL ||
			     previous->kind == KIND_REQUEST);

	if (!may_fail || previous->has_fails)
		die(here, "fails belongs right below a method, syscall or request");

	struct name **end = &previous->fails;

	while (token.kind == TOKEN_WORD)
		end = add_name(end, "an error");
	previous->has_fails = true;
	previous->fails_place = here;
}

/* Requests have none: a service's time is not the kernel's to promise. */
static void parse_bound(void)
{
	if (!previous || previous->bound ||
	    (previous->kind != KIND_METHOD && previous->kind != KIND_SYSCALL))
		die(here, "bound belongs below a method or syscall, or the errors of one");
	previous->bound = take_number("a number of instructions", 1, UINT32_MAX);
	previous->in_steps = accept("steps");
}

static void parse_statement(void)
{
	char *keyword = take_word("a statement");
	enum kind kind = 0;

	while (kind < KINDS && strcmp(grammars[kind].keyword, keyword) != 0)
		kind++;
	if (strcmp(keyword, "fails") == 0)
		parse_fails();
	else if (strcmp(keyword, "bound") == 0)
		parse_bound();
	else if (kind < KINDS)
		parse_fact(kind);
	else
		die(here, "there is no statement %s", keyword);
	if (token.kind != TOKEN_END)
		die(here, "expected the end of the line, found %s", token.text);
}

void parse_file(const char *path)
{
	memset(last, 0, sizeof(last));
	previous = NULL;
	lex_open(path);
	while (lex_line())
		if (token.kind != TOKEN_END)
			parse_statement();
	abi.last = here;
}
