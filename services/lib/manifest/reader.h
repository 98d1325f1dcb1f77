/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdarg.h>

#include "manifest.h"

enum { WORD_BYTES = 64 };

/*
 * reader: from the bytes of a manifest to lines, words and values.
 *
 * The first mistake is kept in *error, and from then on there are no more lines
 * and no more words: every take_ function returns 0, so that nobody needs to ask
 * after each whether it went well. What was taken counts only if nothing failed.
 */
struct reader {
	const char *at; /* the next line */
	size_t left;
	char line[MANIFEST_LINE_BYTES];
	const char *rest; /* of the line: what has not been taken, without space in front */
	char word[WORD_BYTES];
	struct manifest_error *error; /* its line is the one being read */
	bool failed;
};

void reader_begin(struct reader *r, const char *text, size_t size, struct manifest_error *error);

/* Go to the next line that says something; false: there is none, or a mistake. */
bool reader_line(struct reader *r);

/* Note a mistake in the line, unless there has been one already. */
void reader_refuse(struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Write a sentence; what does not fit is left out. */
void message_write(struct manifest_error *error, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Refuse what is left of the line. */
void take_end(struct reader *r);

/* Take the next word if it is this one. */
bool take_if(struct reader *r, const char *word);

/* The next word, whatever it is, until another is taken; "" at the end of the line. */
const char *take_word(struct reader *r, const char *what);

/* Its index in a list that ends with NULL. */
unsigned take_one_of(struct reader *r, const char *what, const char *const list[]);

/* A name, a text in quotes: into a place of so many bytes. */
void take_name(struct reader *r, const char *what, char *name, size_t bytes);
void take_text(struct reader *r, const char *what, char *text, size_t bytes);

/* Numbers that lie in a range. */
uint64_t take_number(struct reader *r, const char *what, uint64_t least, uint64_t most);
uint64_t take_pages(struct reader *r, const char *what);    /* 64K: bytes in whole pages */
uint64_t take_duration(struct reader *r, const char *what); /* 10ms: microseconds, not 0 */
void take_hex_range(struct reader *r, const char *what, uint64_t most, uint64_t *first,
		    uint64_t *last); /* 0x3f8-0x3ff, or one number */

/* The rest of the line, at least one of the rights allowed. */
rights_t take_rights(struct reader *r, rights_t allowed);
