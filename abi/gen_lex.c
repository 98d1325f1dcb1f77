/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * From bytes to lines to tokens.
 *
 * The ABI hash is taken here, over the tokens as they are read: FNV-1a with 64
 * bits, numbers as decimals, texts left out. So rewording a sentence does not
 * change the hash, and any change of a number, name, type or order does.
 */
#include "gen_lex.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct place here;
struct token token;

static FILE *file;
static char line[LINE_BYTES];
static const char *rest; /* of the line, behind the token */

/* --- tokens --- */

static void hash_bytes(const char *text)
{
	static const uint64_t fnv_prime = 0x100000001b3;

	for (; *text; text++)
		abi.hash = (abi.hash ^ (unsigned char)*text) * fnv_prime;
}

static void hash_token(void)
{
	char number[24];

	if (token.kind == TOKEN_TEXT || token.kind == TOKEN_END)
		return;
	snprintf(number, sizeof(number), "%llu", token.number);
	hash_bytes(token.kind == TOKEN_NUMBER ? number : token.text);
	hash_bytes(" ");
}

static void token_set(enum token_kind kind, size_t length)
{
	token.kind = kind;
	memcpy(token.text, rest, length);
	token.text[length] = '\0';
	rest += length;
}

static void lex_number(void)
{
	size_t length = 0;

	while (isalnum((unsigned char)rest[length]) || rest[length] == '_')
		length++;
	token_set(TOKEN_NUMBER, length);

	bool hex = strncmp(token.text, "0x", 2) == 0;
	bool octal = !hex && token.text[0] == '0' && length > 1;
	char *end;

	errno = 0;
	token.number = strtoull(token.text, &end, hex ? 16 : 10);
	if (errno == ERANGE)
		die(here, "%s does not fit 64 bits", token.text);
	if (*end || octal || (hex && length == 2))
		die(here, "%s is neither a decimal number nor 0x and hex digits", token.text);
}

/* What a text must not contain: it is quoted in C strings and comments. */
static void check_text(void)
{
	static const char *const refused[] = { "\\", "/*", "*/", "??" };

	for (const char *c = token.text; *c; c++)
		if (*c < ' ' || *c > '~')
			die(here, "a text has printable ASCII only");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strstr(token.text, refused[i]))
			die(here, "a text must not contain %s", refused[i]);
}

static void lex_text(void)
{
	rest++;

	size_t length = strcspn(rest, "\"");

	if (!rest[length])
		die(here, "the text has no closing quote");
	token_set(TOKEN_TEXT, length);
	rest++;
	if (length == 0)
		die(here, "the text is empty");
	check_text();
}

static void lex_word(void)
{
	size_t length = 0;

	while (isalnum((unsigned char)rest[length]) || rest[length] == '_')
		length++;
	if (length > NAME_BYTES)
		die(here, "a name has at most %d characters", NAME_BYTES);
	token_set(TOKEN_WORD, length);
}

static void next_token(void)
{
	rest += strspn(rest, " \t");
	token.number = 0;
	if (!*rest || *rest == '#')
		token_set(TOKEN_END, 0);
	else if (*rest == '"')
		lex_text();
	else if (isdigit((unsigned char)*rest))
		lex_number();
	else if (isalpha((unsigned char)*rest) || *rest == '_')
		lex_word();
	else if (strncmp(rest, "->", 2) == 0)
		token_set(TOKEN_SIGN, 2);
	else if (strchr("(),:|[]", *rest))
		token_set(TOKEN_SIGN, 1);
	else
		die(here, "there is a stray character");
	hash_token();
}

/* --- what the parser takes --- */

/* What stands at this point, for a message. */
static const char *found(void)
{
	return token.kind == TOKEN_END ? "the end of the line" : token.text;
}

bool accept(const char *word)
{
	if ((token.kind != TOKEN_WORD && token.kind != TOKEN_SIGN) || strcmp(token.text, word) != 0)
		return false;
	next_token();
	return true;
}

void expect(const char *sign)
{
	if (!accept(sign))
		die(here, "expected %s, found %s", sign, found());
}

char *take_word(const char *what)
{
	if (token.kind != TOKEN_WORD)
		die(here, "expected %s, found %s", what, found());

	char *word = make_text("%s", token.text);

	next_token();
	return word;
}

unsigned long long take_number(const char *what, unsigned long long least, unsigned long long most)
{
	if (token.kind != TOKEN_NUMBER)
		die(here, "expected %s, found %s", what, found());

	unsigned long long number = token.number;

	if (number < least || number > most)
		die(here, "%s is from %llu to %llu", what, least, most);
	next_token();
	return number;
}

static const char *const spelling_name[] = {
	[UPPER_SNAKE] = "UPPER_SNAKE",
	[LOWER_SNAKE] = "lower_snake",
	[CAMEL_CASE] = "CamelCase",
};

static bool is_spelled(const char *name, enum spelling spelling)
{
	if (spelling == LOWER_SNAKE ? !islower((unsigned char)*name)
				    : !isupper((unsigned char)*name))
		return false;
	for (; *name; name++) {
		if (spelling != CAMEL_CASE && *name == '_')
			continue;
		if (*name == '_' || (spelling == LOWER_SNAKE && isupper((unsigned char)*name)) ||
		    (spelling == UPPER_SNAKE && islower((unsigned char)*name)))
			return false;
	}
	return true;
}

char *take_name(const char *what, enum spelling spelling)
{
	char *name = take_word(what);

	if (!is_spelled(name, spelling))
		die(here, "%s is not spelled in %s", name, spelling_name[spelling]);
	return name;
}

char *take_text(void)
{
	if (token.kind != TOKEN_TEXT)
		die(here, "expected a text in quotes, found %s", found());

	char *text = make_text("%s", token.text);

	next_token();
	return text;
}

/* --- lines --- */

/* False at the end of the file. The end of the line, LF or CR LF, is dropped. */
static bool read_line(void)
{
	size_t length = 0;
	int c = getc(file);

	if (c == EOF)
		return false;
	here.line++;
	for (; c != EOF && c != '\n'; c = getc(file)) {
		if (c == '\0')
			die(here, "there is a zero byte");
		if (length == LINE_BYTES - 1)
			die(here, "the line has more than %d bytes", LINE_BYTES - 1);
		line[length++] = (char)c;
	}
	if (length > 0 && line[length - 1] == '\r')
		length--;
	line[length] = '\0';
	return true;
}

void lex_open(const char *path)
{
	here = (struct place){ path, 0 };
	file = fopen(path, "rb");
	if (!file)
		die(here, "cannot be opened");
}

bool lex_line(void)
{
	if (read_line()) {
		rest = line;
		next_token();
		return true;
	}
	if (ferror(file))
		die((struct place){ here.file, 0 }, "cannot be read");
	fclose(file);
	return false;
}
