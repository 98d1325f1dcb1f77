/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The ABI generator: *.abi in, headers, tables, stubs and a reference page out.
 *
 *	gen_lex.c	bytes to tokens, and the ABI hash
 *	gen_parse.c	tokens to facts, one fact a statement; docs/abi-language.md
 *	gen_fact.c	looking facts up, and how they are written
 *	gen_check.c	refuses facts that contradict one another
 *	gen_out.c	text that is being written: columns, wrapping, comments
 *	gen_c.c		kozo_abi.h and kozo_abi.inc
 *	gen_kernel.c	kozo_handlers.h and kozo_dispatch.c
 *	gen_stubs.c	kozo_stubs.h
 *	gen_pairs.c	kozo_pairs.h
 *	gen_proto.c	proto_*.h
 *	gen_docs.c	ABI.md
 *	gen.c		the order of all this, and the files
 *
 * It is one run of a short program: the first mistake ends it through die(),
 * before anything is written, and memory is returned by exiting.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind {
	KIND_CONST,
	KIND_ERROR,
	KIND_RIGHT,
	KIND_SYSCALL,
	KIND_OBJECT,
	KIND_METHOD, /* child of an object */
	KIND_PROTO,
	KIND_REQUEST, /* child of a proto */
	KIND_STRUCT,
	KIND_FIELD, /* child of a struct */
	KINDS
};

/* Where a statement stands. */
struct place {
	const char *file;
	unsigned line;
};

/* What travels in one word of a message, and `bytes`, which follow the words. */
struct param_type {
	const char *name;
	const char *c_name;
	const char *cast; /* from a word; "" if that is no narrower */
};

struct param {
	struct param *next;
	char *name;
	const struct param_type *type;
	unsigned long long max; /* bytes: how many at most; else 0 */
};

/* A right or an error, by name; what it names is looked up by gen_check.c. */
struct name {
	struct name *next;
	char *text;
	const struct fact *fact;
};

/* One statement. What a kind has no use for is zero. */
struct fact {
	struct fact *next; /* in the order they were stated */
	enum kind kind;
	struct place place;
	struct fact *parent; /* of a method, request or field */
	char *name;	     /* as it was stated */
	char *upper;	     /* PAGE_TABLE for PageTable */
	char *lower;	     /* page_table */
	char *text;
	unsigned long long number; /* value, number, bit, or bytes of a struct or field */
	bool hex;		   /* const: it was stated as 0x... */
	bool reserved;
	bool partial; /* results are valid even if the status is an error */

	/* method, syscall, request */
	struct param *args;
	struct param *results;
	struct name *rights;
	struct name *fails;
	bool has_fails; /* an empty list was stated on purpose */
	struct place fails_place;
	unsigned long long bound; /* method, syscall: instructions at most, 0: not stated */
	bool in_steps;		  /* so many, and more in steps of the kernel's choice */

	unsigned long long filled; /* struct: bytes of its fields so far */

	/* field */
	const char *c_type;	 /* uint32_t, struct framebuffer */
	const struct fact *type; /* the struct that it is made of, or NULL */
	unsigned long long item_bytes;
	unsigned long long items; /* 0: not an array */
	unsigned long long offset;
};

struct abi {
	struct fact *facts;
	struct fact **end;
	struct place last; /* of the last line read */
	uint64_t hash;	   /* of everything but texts, comments and spaces */
};

extern struct abi abi;

#define PRINTF(at, from) __attribute__((format(printf, at, from)))

/* gen.c */
_Noreturn void die(struct place place, const char *format, ...) PRINTF(2, 3);
void *make(size_t bytes); /* zeroed; never NULL */
const char *base_name(const char *path);
const char *sources(void); /* the input files, separated by commas */

void parse_file(const char *path); /* gen_parse.c */
void check_all(void);		   /* gen_check.c */

/* gen_fact.c: looking facts up. Each returns NULL if there is no such thing. */
const struct fact *fact_find(enum kind kind, const char *name);
const struct fact *first_of(enum kind kind);
const struct fact *first_child(const struct fact *parent);
const struct fact *next_like(const struct fact *f); /* of its kind and its parent */
const struct param *bytes_of(const struct param *list);

bool is_bytes(const struct param *p);
bool has_param(const struct param *list, const char *name);
unsigned words_of(const struct param *list); /* a bytes parameter's word is its length */

/* gen_fact.c: how facts are written. */
const char *error_prefix(const struct fact *error); /* "ERR_", but "" for OK */
/* A result's name: it may not be that of an argument, too. */
char *result_name(const struct fact *f, const struct param *result);
/* FS_READ_DATA_MAX: most bytes in that parameter. */
char *bytes_max_name(const struct fact *request, const struct param *bytes);
struct output;
/* rights as an expression: RIGHT_READ | RIGHT_WRITE */
void put_rights(struct output *o, const struct name *rights);
/* name(a:word, b:cptr) -> (c:word), as it was stated */
void put_signature(struct output *o, const struct fact *f);

/*
 * gen_out.c: a file that is being written. It exists in memory only, until
 * outputs_write() gives all of them to the file system.
 */
enum { COLUMNS = 80, COLUMNS_MAX = 100 }; /* where prose and code are broken */

struct output {
	struct output *next;
	char *file;
	char *text;
	size_t length;
	size_t room;
};

/* A new file, begun with its licence, what it is, and where it came from. */
struct output *output_open(const char *file, const char *what);
void outputs_write(const char *folder);

char *make_text(const char *format, ...) PRINTF(1, 2);
void put(struct output *o, const char *format, ...) PRINTF(2, 3);
unsigned put_column(const struct output *o);
/* One more item of a list, at `indent` columns of the next line if this one is full. */
void put_item(struct output *o, unsigned indent, const char *format, ...) PRINTF(3, 4);
/* Words of a long text, each line of which starts with `prefix`. */
void put_wrapped(struct output *o, const char *prefix, const char *text);
void put_comment(struct output *o, const char *indent, const char *text);
/* A line of code and what it means: behind it, or above if that is too long. */
void put_line(struct output *o, const char *text, const char *format, ...) PRINTF(3, 4);

/* One function for each output, or family of outputs. */
void gen_header(void);
void gen_nasm(void);
void gen_kernel(void);
void gen_stubs(void);
void gen_pairs(void);
void gen_protos(void);
void gen_docs(void);
