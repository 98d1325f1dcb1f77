/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <fnmatch.h>
#include <regex.h>

#include "test.h"

/* A pattern, a text, and where the whole and the first group match; -1: nowhere. */
static const struct {
	const char *pattern;
	int flags;
	const char *text;
	int from, to, group_from, group_to;
} matches[] = {
	{ "b", REG_EXTENDED, "abc", 1, 2, -1, -1 },
	{ "^b", REG_EXTENDED, "abc", -1, -1, -1, -1 },
	{ "c$", REG_EXTENDED, "abc", 2, 3, -1, -1 },
	{ "a|ab|abc", REG_EXTENDED, "xabcd", 1, 4, -1, -1 }, /* the longest */
	{ "(a+)b*", REG_EXTENDED, "xaabbb", 1, 6, 1, 3 },
	{ "(x)?y", REG_EXTENDED, "y", 0, 1, -1, -1 },
	{ "[[:digit:]]{2,3}", REG_EXTENDED, "a12345", 1, 4, -1, -1 },
	{ "[^a-c]+", REG_EXTENDED, "abcdefabc", 3, 6, -1, -1 },
	{ "([a-z]+)=", REG_EXTENDED, "set name=x", 4, 9, 4, 8 },
	{ "H[ae]llo", REG_EXTENDED | REG_ICASE, "say hELLO", 4, 9, -1, -1 },
	{ "^b", REG_EXTENDED | REG_NEWLINE, "a\nb", 2, 3, -1, -1 },
	{ "a.b", REG_EXTENDED | REG_NEWLINE, "a\nb", -1, -1, -1, -1 },
	{ "^.$", REG_EXTENDED, "\xe2\x82\xac", 0, 3, -1, -1 }, /* one character, three bytes */
	{ "[\xc3\xa0-\xc3\xbf]", REG_EXTENDED, "a\xc3\xa4", 1, 3, -1, -1 },
	{ "a\\{2\\}", 0, "aaa", 0, 2, -1, -1 },
	{ "\\(ab\\)\\1", 0, "xabab", 1, 5, 1, 3 },
	{ "a+", 0, "aa+", 1, 3, -1, -1 },
	{ "()", REG_EXTENDED, "", 0, 0, 0, 0 },
};

static void match(size_t i)
{
	const char *pattern = matches[i].pattern;
	regmatch_t at[2];
	regex_t regex;

	EXPECT_ROW(pattern, regcomp(&regex, pattern, matches[i].flags), 0);

	bool found = regexec(&regex, matches[i].text, ROWS(at), at, 0) == 0;

	regfree(&regex);
	EXPECT_ROW(pattern, found, matches[i].from >= 0);
	if (!found)
		return;
	EXPECT_ROW(pattern, at[0].rm_so, matches[i].from);
	EXPECT_ROW(pattern, at[0].rm_eo, matches[i].to);
	EXPECT_ROW(pattern, at[1].rm_so, matches[i].group_from);
	EXPECT_ROW(pattern, at[1].rm_eo, matches[i].group_to);
}

TEST(matches_regex, "a regular expression matches where it should, and frees what it took")
{
	size_t before = heap_in_use();

	for (size_t i = 0; i < ROWS(matches); i++)
		match(i);
	EXPECT(heap_in_use(), before);
}

static const struct {
	const char *pattern;
	int error;
	const char *sentence;
} mistakes[] = {
	{ "(a", REG_EPAREN, "Missing ')'" },
	{ "[a", REG_EBRACK, "Missing ']'" },
	{ "a{2,1}", REG_BADBR, "Invalid contents of {}" },
	{ "[b-a]", REG_ERANGE, "Invalid character range" },
	{ "[[:word:]]", REG_ECTYPE, "Unknown character class name" },
	{ "a\\", REG_EESCAPE, "Trailing backslash" },
	{ "*", REG_BADRPT, "Repetition not preceded by valid expression" },
};

TEST(refuses_regex, "a regular expression that is none is refused with a sentence")
{
	for (size_t i = 0; i < ROWS(mistakes); i++) {
		char text[64];
		regex_t regex;
		int error = regcomp(&regex, mistakes[i].pattern, REG_EXTENDED);

		EXPECT_ROW(mistakes[i].pattern, error, mistakes[i].error);
		regerror(error, &regex, text, sizeof(text));
		EXPECT_ROW_TEXT(mistakes[i].pattern, text, mistakes[i].sentence);
	}
}

static const struct {
	const char *pattern, *text;
	int flags;
	bool matches;
} names[] = {
	{ "*", "", 0, true },
	{ "*.c", "main.c", 0, true },
	{ "*.c", "main.h", 0, false },
	{ "ma?n", "main", 0, true },
	{ "?", "\xc3\xa4", 0, true }, /* one character */
	{ "[a-c]x", "bx", 0, true },
	{ "[!a-c]x", "bx", 0, false },
	{ "[[:upper:]]", "Q", 0, true },
	{ "*", "a/b", 0, true },
	{ "*", "a/b", FNM_PATHNAME, false },
	{ "a/*/c", "a/b/c", FNM_PATHNAME, true },
	{ "*", ".hidden", FNM_PERIOD, false },
	{ "\\*", "*", 0, true },
	{ "\\*", "\\x", FNM_NOESCAPE, true },
	{ "ABC", "abc", FNM_CASEFOLD, true },
	{ "a", "a/b", FNM_LEADING_DIR, true },
};

TEST(matches_names, "fnmatch matches names as a shell does")
{
	for (size_t i = 0; i < ROWS(names); i++)
		EXPECT_ROW(names[i].pattern,
			   fnmatch(names[i].pattern, names[i].text, names[i].flags) == 0,
			   names[i].matches);
}
