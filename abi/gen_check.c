/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What must be true of all facts together: names mean something, no number or
 * generated name is used twice, messages fit, and structures have no holes.
 */
#include "gen.h"

#include <string.h>

/* --- what the generator itself builds on --- */

/* clang-format off */
static const struct need {
	enum kind kind;
	const char *name;
	const char *statement;
} needed[] = {
	{ KIND_CONST,   "IPC_REGISTERS",     "const IPC_REGISTERS" },
	{ KIND_CONST,   "IPC_WORDS",         "const IPC_WORDS" },
	{ KIND_CONST,   "METHOD_TYPE_SHIFT", "const METHOD_TYPE_SHIFT" },
	{ KIND_CONST,   "OBJECT_TYPES",      "const OBJECT_TYPES" },
	{ KIND_ERROR,   "OK",                "error OK" },
	{ KIND_ERROR,   "BAD_ARG",           "error BAD_ARG" },
	{ KIND_ERROR,   "BAD_REQUEST",       "error BAD_REQUEST" },
	{ KIND_ERROR,   "TRUNCATED",         "error TRUNCATED" },
	{ KIND_SYSCALL, "INVOKE",            "syscall INVOKE" },
};
/* clang-format on */

static void check_needed(void)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!fact_find(needed[i].kind, needed[i].name))
			die(abi.last, "nothing above states %s, which the generator builds on",
			    needed[i].statement);
}

static unsigned long long constant(const char *name)
{
	return fact_find(KIND_CONST, name)->number;
}

/* --- names --- */

/* Every global name that some output defines, so that none is defined twice. */
struct claim {
	struct claim *next;
	struct place place;
	char *name;
};

static struct claim *claims;

static void claim(struct place place, char *name)
{
	for (const struct claim *c = claims; c; c = c->next) {
		if (strcmp(c->name, name) != 0)
			continue;
		if (!c->place.line)
			die(place, "the name %s belongs to the generator", name);
		die(place, "the name %s is taken by %s:%u", name, c->place.file, c->place.line);
	}

	struct claim *c = make(sizeof(*c));

	*c = (struct claim){ claims, place, name };
	claims = c;
}

static void claim_own_names(void)
{
	/* clang-format off */
	static const char *const own[] = {
		"OK", "KOZO_ABI_HASH", "MUST_USE", "OBJECT_NULL", "SYSCALLS",
		"OBJECT_NAME", "PROTO_NAME", "RIGHT_NAME", "STATUS_NAME", "STATUS_TEXT",
		"struct object_type", "struct status", "struct syscall_number",
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		claim((struct place){ "gen", 0 }, make_text("%s", own[i]));
}

/* What each kind makes. %U and %l are its name in both cases; %P and %p its parent's. */
/* clang-format off */
static const struct made {
	enum kind kind;
	const char *form;
} made[] = {
	{ KIND_CONST,   "%U" },
	{ KIND_ERROR,   "ERR_%U" },
	{ KIND_RIGHT,   "RIGHT_%U" },
	{ KIND_SYSCALL, "SYS_%U" },
	{ KIND_SYSCALL, "syscall_%l" },
	{ KIND_OBJECT,  "OBJECT_%U" },
	{ KIND_METHOD,  "METHOD_%P_%U" },
	{ KIND_METHOD,  "LABEL_%P_%U" },
	{ KIND_METHOD,  "%p_%l" },
	{ KIND_PROTO,   "PROTO_%U" },
	{ KIND_PROTO,   "%U_REQUESTS" },
	{ KIND_PROTO,   "%l_dispatch" },
	{ KIND_PROTO,   "struct %l_context" },
	{ KIND_REQUEST, "%P_%U" },
	{ KIND_REQUEST, "%p_%l" },
	{ KIND_REQUEST, "%p_on_%l" },
	{ KIND_REQUEST, "%p_serve_%l" },
	{ KIND_STRUCT,  "SIZEOF_%U" },
	{ KIND_STRUCT,  "struct %l" },
	{ KIND_FIELD,   "%P_%U" },
};
/* clang-format on */

static const char *part_of_name(char letter, const struct fact *f)
{
	switch (letter) {
	case 'U':
		return f->upper;
	case 'l':
		return f->lower;
	case 'P':
		return f->parent->upper;
	default:
		return f->parent->lower;
	}
}

static char *made_name(const char *form, const struct fact *f)
{
	struct output name = { 0 };

	for (; *form; form++)
		if (*form == '%')
			put(&name, "%s", part_of_name(*++form, f));
		else
			put(&name, "%c", *form);
	return name.text;
}

static void claim_bytes(const struct fact *f, const struct param *list)
{
	const struct param *bytes = bytes_of(list);

	if (bytes && f->kind == KIND_REQUEST)
		claim(f->place, bytes_max_name(f, bytes));
}

static void claim_names(const struct fact *f)
{
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (made[i].kind == f->kind)
			claim(f->place, made_name(made[i].form, f));
	claim_bytes(f, f->args);
	claim_bytes(f, f->results);
}

/* Names that become a variable of the generated C, or a part of one. */
/* clang-format off */
static const char *const c_words[] = {
	"auto", "break", "case", "char", "const", "continue", "default", "do", "double",
	"else", "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long",
	"register", "restrict", "return", "short", "signed", "sizeof", "static", "struct",
	"switch", "typedef", "union", "unsigned", "void", "volatile", "while",
};
/* clang-format on */
static const char *const stub_words[] = { "context", "m", "self", "session", "status", "w" };
static const char *const stub_suffixes[] = { "_capacity", "_length", "_out" };

static void check_c_name(const struct fact *f, const char *name)
{
	for (size_t i = 0; i < sizeof(c_words) / sizeof(c_words[0]); i++)
		if (strcmp(name, c_words[i]) == 0)
			die(f->place, "%s is a keyword of C", name);
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t length = strlen(name);
	size_t tail = strlen(suffix);

	return length >= tail && strcmp(name + length - tail, suffix) == 0;
}

static void check_param_name(const struct fact *f, const char *name)
{
	check_c_name(f, name);
	for (size_t i = 0; i < sizeof(stub_words) / sizeof(stub_words[0]); i++)
		if (strcmp(name, stub_words[i]) == 0)
			die(f->place, "the name %s belongs to the generated stub", name);
	for (size_t i = 0; i < sizeof(stub_suffixes) / sizeof(stub_suffixes[0]); i++)
		if (ends_in(name, stub_suffixes[i]))
			die(f->place, "names that end in %s belong to the generated stub",
			    stub_suffixes[i]);
}

/* --- numbers --- */

static bool is_numbered(enum kind kind)
{
	return kind != KIND_CONST && kind != KIND_STRUCT && kind != KIND_FIELD;
}

static void check_number(const struct fact *f)
{
	if (!is_numbered(f->kind))
		return;
	for (const struct fact *g = abi.facts; g != f; g = g->next)
		if (g->kind == f->kind && g->parent == f->parent && g->number == f->number)
			die(f->place, "number %llu is taken by %s (%s:%u)", f->number, g->name,
			    g->place.file, g->place.line);
	if (f->kind == KIND_ERROR && (f->number == 0) != (strcmp(f->name, "OK") == 0))
		die(f->place, "OK is error 0, and nothing else is");
	if (f->kind == KIND_OBJECT && f->number >= constant("OBJECT_TYPES"))
		die(f->place, "the object's number is not below OBJECT_TYPES");
	if (f->kind == KIND_METHOD && f->number >> constant("METHOD_TYPE_SHIFT"))
		die(f->place, "the method's number has more than METHOD_TYPE_SHIFT bits");
}

static void check_limits(void)
{
	const struct fact *registers = fact_find(KIND_CONST, "IPC_REGISTERS");
	const struct fact *shift = fact_find(KIND_CONST, "METHOD_TYPE_SHIFT");

	if (registers->number == 0 || registers->number > constant("IPC_WORDS"))
		die(registers->place, "IPC_REGISTERS is from 1 to IPC_WORDS");
	if (shift->number > 16)
		die(shift->place, "METHOD_TYPE_SHIFT is from 0 to 16");
}

/* --- methods and requests --- */

static void check_params(const struct fact *f, const struct param *list, const char *what)
{
	unsigned long long words_max = constant("IPC_REGISTERS");
	unsigned long long bytes_max = 8 * (constant("IPC_WORDS") - words_max);
	const struct param *bytes = bytes_of(list);

	if (words_of(list) > words_max)
		die(f->place, "%u words of %s are more than IPC_REGISTERS", words_of(list), what);
	if (bytes && bytes_of(bytes->next))
		die(f->place, "only one of the %s can be bytes", what);
	if (bytes && bytes->max > bytes_max)
		die(f->place, "a message has room for %llu bytes", bytes_max);
	for (const struct param *p = list; p; p = p->next) {
		check_param_name(f, p->name);
		if (has_param(p->next, p->name))
			die(f->place, "two of the %s are called %s", what, p->name);
	}
}

static void resolve(struct place place, struct name *list, enum kind kind, const char *what)
{
	for (struct name *n = list; n; n = n->next) {
		n->fact = fact_find(kind, n->text);
		if (!n->fact)
			die(place, "there is no %s %s", what, n->text);
		for (const struct name *other = list; other != n; other = other->next)
			if (other->fact == n->fact)
				die(place, "%s is listed twice", n->text);
	}
}

static void check_fails(const struct fact *f)
{
	bool required = f->kind == KIND_REQUEST || (f->kind == KIND_METHOD && !f->parent->reserved);

	if (required && !f->has_fails)
		die(f->place, "%s has no fails line below it", f->name);
	for (const struct name *n = f->fails; n; n = n->next)
		if (n->fact->number == 0)
			die(f->fails_place, "OK is not a failure");
}

static void check_children(const struct fact *f)
{
	bool needs_children = f->kind == KIND_PROTO || f->kind == KIND_STRUCT;

	if (needs_children && !first_child(f))
		die(f->place, "%s is empty", f->name);
}

/* --- structures --- */

/* NOLINTNEXTLINE(misc-no-recursion): a structure can only be of those before it */
static unsigned long long alignment_of(const struct fact *field)
{
	unsigned long long most = 1;

	if (!field->type)
		return field->item_bytes;
	for (const struct fact *f = first_child(field->type); f; f = next_like(f))
		if (alignment_of(f) > most)
			most = alignment_of(f);
	return most;
}

/* C would pad a field that is not aligned, and the end; both must be stated. */
static void check_layout(const struct fact *s)
{
	unsigned long long alignment = 1;

	for (const struct fact *f = first_child(s); f; f = next_like(f)) {
		unsigned long long own = alignment_of(f);

		check_c_name(f, f->name);
		if (f->offset % own)
			die(f->place, "%s is at offset %llu, which is not a multiple of %llu",
			    f->name, f->offset, own);
		alignment = own > alignment ? own : alignment;
	}
	if (s->filled != s->number)
		die(s->place, "the fields of %s have %llu bytes, not %llu", s->name, s->filled,
		    s->number);
	if (s->number % alignment)
		die(s->place, "the size of %s is not a multiple of %llu, its alignment", s->name,
		    alignment);
}

/* --- everything --- */

static void check_fact(struct fact *f)
{
	claim_names(f);
	check_number(f);
	check_params(f, f->args, "arguments");
	check_params(f, f->results, "results");
	resolve(f->place, f->rights, KIND_RIGHT, "right");
	resolve(f->fails_place, f->fails, KIND_ERROR, "error");
	check_fails(f);
	check_children(f);
	if (f->kind == KIND_STRUCT) {
		check_c_name(f, f->name);
		check_layout(f);
	}
}

void check_all(void)
{
	check_needed();
	check_limits();
	claim_own_names();
	for (struct fact *f = abi.facts; f; f = f->next)
		check_fact(f);
}
