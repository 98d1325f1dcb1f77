/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * kozo_stubs.h: a typed function for each method, on top of kozo_invoke().
 */
#include "gen.h"

static void put_prototype(struct output *o, const struct fact *f)
{
	put(o, "static inline MUST_USE status_t kozo_%s_%s(", f->parent->lower, f->lower);

	unsigned indent = put_column(o);

	put_item(o, indent, "cptr_t self");
	for (const struct param *p = f->args; p; p = p->next)
		put_item(o, indent, "%s %s", p->type->c_name, p->name);
	for (const struct param *p = f->results; p; p = p->next)
		put_item(o, indent, "%s *%s", p->type->c_name, result_name(f, p));
	put(o, ")\n{\n");
}

static void put_words(struct output *o, const struct param *args)
{
	put(o, "\tword_t w[IPC_REGISTERS] = { %s", args ? "" : "0");
	for (const struct param *p = args; p; p = p->next)
		put_item(o, 16, "%s", p->name);
	put(o, " };\n");
}

static char *invoke(const struct fact *f)
{
	return make_text("kozo_ask(self, LABEL_%s_%s, %u, w)", f->parent->upper, f->upper,
			 words_of(f->args));
}

static void put_results(struct output *o, const struct fact *f)
{
	unsigned word = 0;

	put(o, "\tstatus_t status = %s;\n\n", invoke(f));
	if (!f->partial)
		put(o, "\tif (status != OK)\n\t\treturn status;\n");
	for (const struct param *p = f->results; p; p = p->next)
		put(o, "\t*%s = %sw[%u];\n", result_name(f, p), p->type->cast, word++);
	put(o, "\treturn %s;\n}\n", f->partial ? "status" : "OK");
}

static void put_stub(struct output *o, const struct fact *f)
{
	put(o, "\n");
	put_comment(o, "",
		    f->partial ? make_text("%s. An error, too, stores results.", f->text)
			       : f->text);
	put_prototype(o, f);
	put_words(o, f->args);
	if (f->results)
		put_results(o, f);
	else
		put(o, "\n\treturn %s;\n}\n", invoke(f));
}

void gen_stubs(void)
{
	struct output *o = output_open("kozo_stubs.h",
				       "The methods of kernel objects, as functions. An error "
				       "leaves results alone, unless the comment says otherwise.");

	put(o, "#pragma once\n\n#include \"kozo_abi.h\"\n#include \"syscall.h\"\n\n");
	put_comment(o, "",
		    "What each function below does. A test is told that it begins and what came "
		    "of it.");
	put(o, "#ifdef KOZO_OBSERVE\n"
	       "struct kozo_call {\n\tuint64_t number, time;\n};\n"
	       "struct kozo_call kozo_observe_begin(void);\n"
	       "status_t kozo_observe(struct kozo_call call, word_t operation, status_t status);\n"
	       "#define kozo_ask(self, label, nwords, word) \\\n"
	       "\t({ \\\n"
	       "\t\tstruct kozo_call begun = kozo_observe_begin(); \\\n"
	       "\t\tkozo_observe(begun, label, kozo_invoke(self, label, nwords, word)); \\\n"
	       "\t})\n"
	       "#else\n"
	       "#define kozo_ask kozo_invoke\n"
	       "#endif\n");
	for (const struct fact *object = first_of(KIND_OBJECT); object; object = next_like(object))
		for (const struct fact *f = first_child(object); f; f = next_like(f))
			if (!object->reserved)
				put_stub(o, f);
}
