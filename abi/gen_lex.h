/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Tokens of the line being read, one ahead of the parser. A token that does not
 * fit ends the program with a message about `here`.
 */
#pragma once

#include "gen.h"

enum { LINE_BYTES = 512, NAME_BYTES = 32 };

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_NUMBER, TOKEN_TEXT, TOKEN_SIGN };

struct token {
	enum token_kind kind;
	char text[LINE_BYTES];
	unsigned long long number;
};

enum spelling { UPPER_SNAKE, LOWER_SNAKE, CAMEL_CASE };

extern struct place here;
extern struct token token;

/* Call lex_line() for each line of the file; false: that was all of them. */
void lex_open(const char *path);
bool lex_line(void);

bool accept(const char *word_or_sign);
void expect(const char *sign);
char *take_word(const char *what);
char *take_name(const char *what, enum spelling spelling);
char *take_text(void);
unsigned long long take_number(const char *what, unsigned long long least, unsigned long long most);
