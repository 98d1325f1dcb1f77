/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Looking facts up, and how they are written.
 */
#include "gen.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

const struct fact *fact_find(enum kind kind, const char *name)
{
	for (const struct fact *f = first_of(kind); f; f = next_like(f))
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static const struct fact *find_from(const struct fact *f, enum kind kind, const struct fact *parent)
{
	while (f && (f->kind != kind || f->parent != parent))
		f = f->next;
	return f;
}

const struct fact *first_of(enum kind kind)
{
	return find_from(abi.facts, kind, NULL);
}

const struct fact *first_child(const struct fact *parent)
{
	const struct fact *f = parent->next;

	while (f && f->parent != parent)
		f = f->next;
	return f;
}

const struct fact *next_like(const struct fact *f)
{
	return find_from(f->next, f->kind, f->parent);
}

const struct param *bytes_of(const struct param *list)
{
	while (list && !is_bytes(list))
		list = list->next;
	return list;
}

bool has_param(const struct param *list, const char *name)
{
	while (list && strcmp(list->name, name) != 0)
		list = list->next;
	return list != NULL;
}

unsigned words_of(const struct param *list)
{
	unsigned words = 0;

	for (; list; list = list->next)
		words++;
	return words;
}

const char *error_prefix(const struct fact *error)
{
	return error->number == 0 ? "" : "ERR_";
}

char *result_name(const struct fact *f, const struct param *result)
{
	return make_text("%s%s", result->name, has_param(f->args, result->name) ? "_out" : "");
}

char *bytes_max_name(const struct fact *request, const struct param *bytes)
{
	assert(bytes);

	bool is_result = bytes == bytes_of(request->results);
	char *name = make_text("%s_%s_%s_MAX", request->parent->upper, request->upper,
			       is_result ? result_name(request, bytes) : bytes->name);

	for (char *c = name; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return name;
}

void put_rights(struct output *o, const struct name *rights)
{
	for (const struct name *n = rights; n; n = n->next)
		put(o, "%sRIGHT_%s", n == rights ? "" : " | ", n->text);
}

static void put_params(struct output *o, const struct param *list)
{
	put(o, "(");
	for (const struct param *p = list; p; p = p->next) {
		put(o, "%s%s:%s", p == list ? "" : ", ", p->name, p->type->name);
		if (is_bytes(p))
			put(o, " %llu", p->max);
	}
	put(o, ")");
}

void put_signature(struct output *o, const struct fact *f)
{
	put(o, "%s", f->name);
	put_params(o, f->args);
	if (!f->results)
		return;
	put(o, " -> %s", f->partial ? "partial " : "");
	put_params(o, f->results);
}
