/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * proto_NAME.h, proto_NAME_client.h and proto_NAME_server.h: for each request a
 * function that asks and a function that answers, on top of message.h and
 * wire.h of services/lib/kozo-sys.
 *
 * Neither side trusts the other. Every length and word count is checked before
 * anything that it describes is looked at.
 */
#include "gen.h"

static char *file_name(const struct fact *proto, const char *suffix)
{
	return make_text("proto_%s%s.h", proto->name, suffix);
}

/* Where in the message a parameter's word is. */
static unsigned word_of(const struct param *list, const struct param *which)
{
	unsigned word = 0;

	for (; list != which; list = list->next)
		word++;
	return word;
}

/* The length of the bytes in a message, as an expression: m->word[0] */
static char *length_in(const char *message, const struct param *list)
{
	return make_text("%sword[%u]", message, word_of(list, bytes_of(list)));
}

/* What a parameter's word holds is called after it; for bytes, that is their length. */
static const char *word_suffix(const struct param *p)
{
	return is_bytes(p) ? "_length" : "";
}

/* Refuse a message that does not carry exactly these parameters. */
static void put_refusal(struct output *o, const char *message, const struct fact *f,
			const struct param *list)
{
	const struct param *bytes = bytes_of(list);

	if (bytes)
		put(o, "\tif (!wire_carries(%snwords, %s, %s))\n", message,
		    length_in(message, list), bytes_max_name(f, bytes));
	else
		put(o, "\tif (%snwords != %u)\n", message, words_of(list));
	put(o, "\t\treturn ERR_BAD_REQUEST;\n");
}

/* --- parameters of functions --- */

enum side { CLIENT, SERVER };

static const char *const bytes_are[] = { [CLIENT] = "void", [SERVER] = "char" };

static void put_arg(struct output *o, unsigned indent, enum side side, const struct param *p)
{
	if (!is_bytes(p)) {
		put_item(o, indent, "%s %s", p->type->c_name, p->name);
		return;
	}
	put_item(o, indent, "const %s *%s", bytes_are[side], p->name);
	put_item(o, indent, "size_t %s_length", p->name);
}

static void put_result(struct output *o, unsigned indent, enum side side, const struct param *p,
		       const char *name)
{
	if (!is_bytes(p)) {
		put_item(o, indent, "%s *%s", p->type->c_name, name);
		return;
	}
	put_item(o, indent, "%s *%s", bytes_are[side], name);
	if (side == CLIENT)
		put_item(o, indent, "size_t %s_capacity", name);
	put_item(o, indent, "size_t *%s_length", name);
}

/* All of them, behind `first` and up to the closing bracket. */
static void put_function_params(struct output *o, const struct fact *f, enum side side,
				const char *first)
{
	unsigned indent = put_column(o);

	put_item(o, indent, "%s", first);
	for (const struct param *p = f->args; p; p = p->next)
		put_arg(o, indent, side, p);
	for (const struct param *p = f->results; p; p = p->next)
		put_result(o, indent, side, p, result_name(f, p));
	put(o, ")");
}

/* --- shared --- */

static void put_max(struct output *o, const struct fact *f, const struct param *list)
{
	const struct param *bytes = bytes_of(list);

	if (bytes)
		put(o, "\t%s = %llu,\n", bytes_max_name(f, bytes), bytes->max);
}

static bool has_bytes(const struct fact *proto)
{
	for (const struct fact *f = first_child(proto); f; f = next_like(f))
		if (bytes_of(f->args) || bytes_of(f->results))
			return true;
	return false;
}

static void gen_shared(const struct fact *proto)
{
	struct output *o = output_open(file_name(proto, ""),
				       make_text("What both sides of the %s protocol know: %s.",
						 proto->name, proto->text));

	put(o, "#pragma once\n");
	if (!has_bytes(proto))
		return;
	put(o, "\n/* How many bytes a parameter has at most. */\nenum {\n");
	for (const struct fact *f = first_child(proto); f; f = next_like(f)) {
		put_max(o, f, f->args);
		put_max(o, f, f->results);
	}
	put(o, "};\n");
}

/* --- client --- */

/* A parameter's name in C, given whether it is in the list of arguments or of results. */
static const char *c_name(const struct fact *f, const struct param *list, const struct param *p)
{
	return list == f->results ? result_name(f, p) : p->name;
}

/* The words of a message, and how many: what it does not use is zero. */
static void put_words(struct output *o, const struct fact *f, const struct param *list)
{
	const struct param *bytes = bytes_of(list);

	if (bytes)
		put(o, "\t\t.nwords = wire_words(%s_length),\n", c_name(f, list, bytes));
	else
		put(o, "\t\t.nwords = %u,\n", words_of(list));
	put(o, "\t\t.word = { ");
	for (const struct param *p = list; p; p = p->next)
		put_item(o, 24, "%s%s", c_name(f, list, p), word_suffix(p));
	put(o, " },\n");
}

static void put_request(struct output *o, const struct fact *f)
{
	const struct param *bytes = bytes_of(f->args);

	if (!f->args) {
		put(o, "\tstruct message m = { .label = %s_%s };\n", f->parent->upper, f->upper);
		return;
	}
	put(o, "\tstruct message m = {\n\t\t.label = %s_%s,\n", f->parent->upper, f->upper);
	put_words(o, f, f->args);
	put(o, "\t};\n");
	if (bytes)
		put(o, "\n\twire_put(kozo_ipc_buffer(), %s, %s_length, %s);\n", bytes->name,
		    bytes->name, bytes_max_name(f, bytes));
}

static void put_client_results(struct output *o, const struct fact *f)
{
	const struct param *bytes = bytes_of(f->results);

	put_refusal(o, "m.", f, f->results);
	if (bytes) {
		char *length = length_in("m.", f->results);
		char *name = result_name(f, bytes);

		put(o, "\tif (%s > %s_capacity)\n\t\treturn ERR_TRUNCATED;\n", length, name);
		put(o, "\twire_get(kozo_ipc_buffer(), %s, %s);\n", name, length);
	}
	for (const struct param *p = f->results; p; p = p->next)
		put(o, "\t*%s%s = %sm.word[%u];\n", result_name(f, p), word_suffix(p),
		    p->type->cast, word_of(f->results, p));
}

static void put_client_stub(struct output *o, const struct fact *f)
{
	const struct param *bytes = bytes_of(f->args);

	put(o, "\n");
	put_comment(o, "", f->text);
	put(o, "static inline MUST_USE status_t %s_%s(", f->parent->lower, f->lower);
	put_function_params(o, f, CLIENT, "cptr_t session");
	put(o, "\n{\n");
	if (bytes)
		put(o, "\tif (%s_length > %s)\n\t\treturn ERR_BAD_ARG;\n\n", bytes->name,
		    bytes_max_name(f, bytes));
	put_request(o, f);
	put(o, "\n\tstatus_t status = kozo_call(session, &m);\n\n"
	       "\tif (status == OK)\n\t\tstatus = wire_status(m.label);\n"
	       "\tif (status != OK)\n\t\treturn status;\n");
	put_client_results(o, f);
	put(o, "\treturn OK;\n}\n");
}

static void put_includes(struct output *o, const struct fact *proto)
{
	put(o,
	    "#pragma once\n\n#include \"kozo_abi.h\"\n#include \"message.h\"\n"
	    "#include \"%s\"\n#include \"wire.h\"\n",
	    file_name(proto, ""));
}

static void gen_client(const struct fact *proto)
{
	struct output *o = output_open(
		file_name(proto, "_client"),
		make_text("The %s protocol, as its client sees it. The status is the service's, "
			  "or that of the call itself. A reply that breaks the protocol is "
			  "ERR_BAD_REQUEST, bytes longer than the caller's capacity are "
			  "ERR_TRUNCATED, longer than the protocol allows to send ERR_BAD_ARG. "
			  "Results are stored if all is well, and else left alone.",
			  proto->name));

	put_includes(o, proto);
	for (const struct fact *f = first_child(proto); f; f = next_like(f))
		put_client_stub(o, f);
}

/* --- server --- */

static char *context_of(const struct fact *f)
{
	return make_text("struct %s_context *context", f->parent->lower);
}

static void put_handler(struct output *o, const struct fact *f)
{
	put_comment(o, "", f->text);
	put(o, "status_t %s_on_%s(", f->parent->lower, f->lower);
	put_function_params(o, f, SERVER, context_of(f));
	put(o, ";\n");
}

/* Room for the bytes that came, and for everything that goes back. */
static bool put_variables(struct output *o, const struct fact *f)
{
	const struct param *bytes = bytes_of(f->args);

	if (bytes)
		put(o, "\tchar %s[%s];\n", bytes->name, bytes_max_name(f, bytes));
	for (const struct param *p = f->results; p; p = p->next) {
		const char *name = result_name(f, p);

		if (is_bytes(p))
			put(o, "\tchar %s[%s];\n\tsize_t %s_length = 0;\n", name,
			    bytes_max_name(f, p), name);
		else
			put(o, "\t%s %s = 0;\n", p->type->c_name, name);
	}
	return bytes || f->results;
}

static void put_handler_call(struct output *o, const struct fact *f)
{
	put(o, "%s_on_%s(", f->parent->lower, f->lower);

	unsigned indent = put_column(o);

	put_item(o, indent, "context");
	for (const struct param *p = f->args; p; p = p->next) {
		if (is_bytes(p))
			put_item(o, indent, "%s", p->name);
		put_item(o, indent, "%sm->word[%u]", p->type->cast, word_of(f->args, p));
	}
	for (const struct param *p = f->results; p; p = p->next) {
		if (is_bytes(p))
			put_item(o, indent, "%s", result_name(f, p));
		put_item(o, indent, "&%s%s", result_name(f, p), word_suffix(p));
	}
	put(o, ");\n");
}

static void put_reply(struct output *o, const struct fact *f)
{
	const struct param *bytes = bytes_of(f->results);

	if (!f->results) {
		put(o, "\t*m = (struct message){ .label = OK };\n");
		return;
	}
	put(o, "\t*m = (struct message){\n\t\t.label = OK,\n");
	put_words(o, f, f->results);
	put(o, "\t};\n");
	if (bytes) {
		char *name = result_name(f, bytes);

		put(o, "\twire_put(kozo_ipc_buffer(), %s, %s_length, sizeof(%s));\n", name, name,
		    name);
	}
}

static void put_serve(struct output *o, const struct fact *f)
{
	const struct param *bytes = bytes_of(f->args);

	put(o, "\nstatic inline MUST_USE status_t %s_serve_%s(", f->parent->lower, f->lower);

	unsigned indent = put_column(o);

	put_item(o, indent, "%s", context_of(f));
	put_item(o, indent, "struct message *m");
	put(o, ")\n{\n");
	if (put_variables(o, f))
		put(o, "\n");
	put_refusal(o, "m->", f, f->args);
	if (bytes)
		put(o, "\twire_get(kozo_ipc_buffer(), %s, %s);\n", bytes->name,
		    length_in("m->", f->args));
	put(o, "\n\tstatus_t status = ");
	put_handler_call(o, f);
	put(o, "\n\tif (status != OK)\n\t\treturn status;\n");
	put_reply(o, f);
	put(o, "\treturn OK;\n}\n");
}

static void put_dispatch(struct output *o, const struct fact *proto)
{
	put(o,
	    "\n/* Serve the request in *m, which becomes the reply. */\n"
	    "static inline void %s_dispatch(struct %s_context *context, struct message *m)\n"
	    "{\n\tstatus_t status = ERR_BAD_REQUEST;\n\n\tswitch (m->label) {\n",
	    proto->lower, proto->lower);
	for (const struct fact *f = first_child(proto); f; f = next_like(f))
		put(o, "\tcase %s_%s:\n\t\tstatus = %s_serve_%s(context, m);\n\t\tbreak;\n",
		    proto->upper, f->upper, proto->lower, f->lower);
	put(o, "\t}\n\tif (status != OK)\n"
	       "\t\t*m = (struct message){ .label = (word_t)status };\n}\n");
}

static void gen_server(const struct fact *proto)
{
	struct output *o = output_open(
		file_name(proto, "_server"),
		make_text("The %s protocol, as its server sees it. %s_dispatch() refuses a "
			  "malformed request with ERR_BAD_REQUEST and gives any other to its "
			  "handler, which the server defines. Bytes that come in are a copy and "
			  "have no zero at the end. Bytes that go out have room for *_MAX; their "
			  "length is 0 until the handler sets it. Results of a handler that "
			  "fails are not sent.",
			  proto->name, proto->lower));

	put_includes(o, proto);
	put(o,
	    "\n/* What the server knows about the client; its own definition. */\n"
	    "struct %s_context;\n\n",
	    proto->lower);
	for (const struct fact *f = first_child(proto); f; f = next_like(f))
		put_handler(o, f);
	for (const struct fact *f = first_child(proto); f; f = next_like(f))
		put_serve(o, f);
	put_dispatch(o, proto);
}

void gen_protos(void)
{
	for (const struct fact *f = first_of(KIND_PROTO); f; f = next_like(f)) {
		gen_shared(f);
		gen_client(f);
		gen_server(f);
	}
}
