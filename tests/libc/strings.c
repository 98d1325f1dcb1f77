/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "test.h"

/* Where `found` lies in `text`; -1: nowhere. */
static long offset_in(const void *text, const void *found)
{
	return found ? (const char *)found - (const char *)text : -1;
}

TEST(finds_characters, "characters are found from either end of a string")
{
	const char *text = "a path/to/a file";

	EXPECT(offset_in(text, strchr(text, '/')), 6);
	EXPECT(offset_in(text, strrchr(text, '/')), 9);
	EXPECT(offset_in(text, strchr(text, 'z')), -1);
	EXPECT(offset_in(text, strchr(text, '\0')), 16);
	EXPECT(offset_in(text, strchrnul(text, 'z')), 16);
	EXPECT(offset_in(text, memchr(text, 'f', 16)), 12);
	EXPECT(offset_in(text, memchr(text, 'f', 12)), -1);
	EXPECT(offset_in(text, memrchr(text, 'a', 16)), 10);
	EXPECT(offset_in(text, strpbrk(text, "xyz o")), 1);
	EXPECT(strspn(text, " apth"), 6);
	EXPECT(strcspn(text, "/"), 6);
	EXPECT(strcspn(text, ""), 16);
	EXPECT(strnlen(text, 5), 5);
	EXPECT(strnlen(text, 50), 16);
}

/* The search is another one for needles of 1, 2, 3, 4 and more characters. */
static const struct {
	const char *text, *needle;
	long at;
} searches[] = {
	{ "haystack", "", 0 },
	{ "haystack", "y", 2 },
	{ "haystack", "st", 3 },
	{ "haystack", "sta", 3 },
	{ "haystack", "tack", 4 },
	{ "haystack", "stack", 3 },
	{ "haystack", "stacks", -1 },
	{ "haystack", "haystacks", -1 },
	{ "abababababac", "ababac", 6 },
	{ "aaaaaaaaaaaaaaaaab", "aaaaab", 12 },
	{ "", "x", -1 },
};

TEST(finds_strings, "a string is found in another one")
{
	for (size_t i = 0; i < ROWS(searches); i++) {
		const char *text = searches[i].text, *needle = searches[i].needle;

		EXPECT_ROW(needle, offset_in(text, strstr(text, needle)), searches[i].at);
		EXPECT_ROW(needle,
			   offset_in(text, memmem(text, strlen(text), needle, strlen(needle))),
			   searches[i].at);
	}
	EXPECT(offset_in("HayStack", strcasestr("HayStack", "stACK")) >= 0, 1);
}

static const struct {
	const char *a, *b;
	int order, order_in_any_case, order_of_versions;
} comparisons[] = {
	{ "", "", 0, 0, 0 },
	{ "a", "b", -1, -1, -1 },
	{ "b", "a", 1, 1, 1 },
	{ "a", "aa", -1, -1, -1 },
	{ "Abc", "aBC", -1, 0, -1 },
	{ "\x7f", "\x80", -1, -1, -1 },
	{ "file9", "file10", 1, 1, -1 },
	{ "1.2.3-1", "1.2.10-1", 1, 1, -1 },
};

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

TEST(compares, "strings compare by bytes, in any case, or as versions do")
{
	const char *text = "ABCd";

	for (size_t i = 0; i < ROWS(comparisons); i++) {
		const char *a = comparisons[i].a, *b = comparisons[i].b;

		EXPECT_ROW(a, sign(strcmp(a, b)), comparisons[i].order);
		EXPECT_ROW(a, sign(strcoll(a, b)), comparisons[i].order);
		EXPECT_ROW(a, sign(strcasecmp(a, b)), comparisons[i].order_in_any_case);
		EXPECT_ROW(a, sign(strverscmp(a, b)), comparisons[i].order_of_versions);
	}

	EXPECT(strncasecmp(text, "abcE", 3), 0);
	EXPECT(sign(strncasecmp(text, "abcE", 4)), -1);
}

TEST(copies, "copies end where they should, and so does what is added")
{
	char to[8];

	memset(to, '?', sizeof(to));
	EXPECT(offset_in(to, stpcpy(to, "ab")), 2);
	EXPECT_TEXT(to, "ab");
	EXPECT(to[3], '?');
	EXPECT_TEXT(strcat(to, "cd"), "abcd");
	EXPECT_TEXT(strncat(to, "efgh", 2), "abcdef");
	EXPECT(strlcat(to, "gh", sizeof(to)), 8);
	EXPECT_TEXT(to, "abcdefg");
	EXPECT(strlcpy(to, "0123456789", 4), 10);
	EXPECT_TEXT(to, "012");
	EXPECT_TEXT(strncpy(to, "xy", sizeof(to)), "xy");
	EXPECT(to[7], '\0');
	EXPECT(offset_in(to, mempcpy(to, "1234", 4)), 4);
	EXPECT(offset_in(to, memccpy(to, "a:b", ':', 3)), 2);
	explicit_bzero(to, sizeof(to));
	EXPECT(offset_in(to, memrchr(to, ':', sizeof(to))), -1);
	EXPECT(strxfrm(to, "abc", sizeof(to)), 3);
	EXPECT_TEXT(to, "abc");
}

TEST(splits, "strings are split into words")
{
	char text[] = "  one two  three ";
	char fields[] = "a::b";
	char *next = NULL, *rest = fields;

	EXPECT_TEXT(strtok_r(text, " ", &next), "one");
	EXPECT_TEXT(strtok_r(NULL, " ", &next), "two");
	EXPECT_TEXT(strtok_r(NULL, " ", &next), "three");
	EXPECT_TEXT(strtok_r(NULL, " ", &next), NULL);
	EXPECT_TEXT(strsep(&rest, ":"), "a");
	EXPECT_TEXT(strsep(&rest, ":"), "");
	EXPECT_TEXT(strsep(&rest, ":"), "b");
	EXPECT_TEXT(strsep(&rest, ":"), NULL);
}

static const struct {
	const char *path, *directory, *name;
} paths[] = {
	{ "/usr/lib", "/usr", "lib" }, { "/usr/", "/", "usr" },
	{ "usr", ".", "usr" },	       { "/", "/", "/" },
	{ "..", ".", ".." },	       { "", ".", "." },
};

TEST(splits_paths, "a path has a directory and a name")
{
	for (size_t i = 0; i < ROWS(paths); i++) {
		char copy[16];

		EXPECT_ROW_TEXT(paths[i].path, dirname(strcpy(copy, paths[i].path)),
				paths[i].directory);
		EXPECT_ROW_TEXT(paths[i].path, basename(strcpy(copy, paths[i].path)),
				paths[i].name);
	}
}

TEST(duplicates, "strdup and strndup allocate by the program's malloc")
{
	size_t before = heap_in_use();
	char *whole = strdup("whole"), *part = strndup("partial", 4);

	EXPECT_TEXT(whole, "whole");
	EXPECT_TEXT(part, "part");
	EXPECT(heap_in_use() - before, sizeof("whole") + sizeof("part"));
	free(whole);
	free(part);
	EXPECT(heap_in_use(), before);
}

TEST(says_errors, "strerror has a sentence for a number, and for one that is none")
{
	char text[8];

	EXPECT_TEXT(strerror(ERANGE), "Result not representable");
	EXPECT_TEXT(strerror(0), "No error information");
	EXPECT_TEXT(strerror(9999), "No error information");
	EXPECT(strerror_r(ERANGE, text, sizeof(text)), ERANGE);
	EXPECT_TEXT(text, "Result ");
}
