/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "test.h"

/* Each kind as a text of all its ASCII characters that can be printed, and how many others. */
static const struct {
	const char *name;
	int (*is)(int c);
	const char *printed;
	long others;
} kinds[] = {
	{ "digit", isdigit, "0123456789", 0 },
	{ "xdigit", isxdigit, "0123456789ABCDEFabcdef", 0 },
	{ "upper", isupper, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 0 },
	{ "lower", islower, "abcdefghijklmnopqrstuvwxyz", 0 },
	{ "alpha", isalpha, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 0 },
	{ "alnum", isalnum, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 0 },
	{ "punct", ispunct, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", 0 },
	{ "blank", isblank, " ", 1 },
	{ "space", isspace, " ", 5 },
	{ "cntrl", iscntrl, "", 33 },
	{ "graph", isgraph,
	  "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
	  "abcdefghijklmnopqrstuvwxyz{|}~",
	  0 },
	{ "print", isprint,
	  " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
	  "abcdefghijklmnopqrstuvwxyz{|}~",
	  0 },
};

TEST(bytes_have_kinds, "a byte is of the kinds that ASCII gives it, and none of the others is")
{
	for (size_t i = 0; i < ROWS(kinds); i++) {
		char printed[128];
		size_t count = 0;
		long others = 0;

		for (int c = -1; c < 256; c++) { /* EOF, too */
			if (kinds[i].is(c) && c >= ' ' && c <= '~')
				printed[count++] = (char)c;
			else if (kinds[i].is(c))
				others++;
		}
		printed[count] = '\0';
		EXPECT_ROW_TEXT(kinds[i].name, printed, kinds[i].printed);
		EXPECT_ROW(kinds[i].name, others, kinds[i].others);
	}
	EXPECT(toupper('z'), 'Z');
	EXPECT(tolower('Z'), 'z');
	EXPECT(toupper('['), '[');
	EXPECT(tolower(0xc4), 0xc4);
}

static const struct {
	const char *name;
	wchar_t character;
	bool alpha, upper, space, punct;
	int width;
} characters[] = {
	{ "a", L'a', true, false, false, false, 1 },
	{ "umlaut", L'\u00c4', true, true, false, false, 1 },
	{ "cyrillic", L'\u0436', true, false, false, false, 1 },
	{ "cjk", L'\u4e2d', true, false, false, false, 2 },
	{ "accent", L'\u0301', false, false, false, true, 0 },
	{ "em space", L'\u2003', false, false, true, false, 1 },
	{ "euro", L'\u20ac', false, false, false, true, 1 },
	{ "escape", L'\x1b', false, false, false, false, -1 },
};

TEST(characters_have_kinds, "a character of Unicode is of its kinds, and has a width")
{
	for (size_t i = 0; i < ROWS(characters); i++) {
		const char *name = characters[i].name;
		wint_t c = (wint_t)characters[i].character;

		EXPECT_ROW(name, iswalpha(c) != 0, characters[i].alpha);
		EXPECT_ROW(name, iswupper(c) != 0, characters[i].upper);
		EXPECT_ROW(name, iswspace(c) != 0, characters[i].space);
		EXPECT_ROW(name, iswctype(c, wctype("punct")) != 0, characters[i].punct);
		EXPECT_ROW(name, wcwidth(characters[i].character), characters[i].width);
	}
	EXPECT(towupper(L'\u0436'), L'\u0416');
	EXPECT(towctrans(L'\u00c4', wctrans("tolower")), L'\u00e4');
}

/* --- UTF-8 -------------------------------------------------------------------------- */

static const struct {
	const char *text;
	int length; /* -1: it is not UTF-8 */
	wchar_t character;
} encodings[] = {
	{ "", 0, 0 },
	{ "A", 1, L'A' },
	{ "\xc3\x84", 2, L'\u00c4' },
	{ "\xe2\x82\xac", 3, L'\u20ac' },
	{ "\xf0\x9f\x98\x80", 4, L'\U0001f600' },
	{ "\x80", -1, 0 },
	{ "\xc0\x80", -1, 0 },	       /* longer than need be */
	{ "\xed\xa0\x80", -1, 0 },     /* half of a pair */
	{ "\xf4\x90\x80\x80", -1, 0 }, /* beyond the last */
	{ "\xe2\x82", -1, 0 },	       /* cut */
	{ "\xff", -1, 0 },
};

TEST(text_is_utf8, "text is UTF-8, and what is not is refused")
{
	for (size_t i = 0; i < ROWS(encodings); i++) {
		const char *text = encodings[i].text;
		char back[MB_LEN_MAX + 1] = "";
		wchar_t c = 0;

		EXPECT_ROW(text, mbtowc(&c, text, strlen(text) + 1), encodings[i].length);
		EXPECT_ROW(text, c, encodings[i].character);
		if (encodings[i].length <= 0)
			continue;
		EXPECT_ROW(text, wctomb(back, c), encodings[i].length);
		EXPECT_ROW_TEXT(text, back, text);
	}
	EXPECT(MB_CUR_MAX, 4);
	EXPECT(btowc('a'), L'a');
	EXPECT(wctob(L'\u00c4'), -1);
	EXPECT_TEXT(nl_langinfo(CODESET), "UTF-8");
}

TEST(converts_strings, "strings become wide strings and come back")
{
	const char *text = "\xc3\x84 1 \xe2\x82\xac";
	wchar_t wide[8];
	char back[16];

	EXPECT(mbstowcs(wide, text, ROWS(wide)), 5);
	EXPECT(wide[4], L'\u20ac');
	EXPECT(wcslen(wide), 5);
	EXPECT(wcstombs(back, wide, sizeof(back)), 8);
	EXPECT_TEXT(back, text);
	errno = 0;
	EXPECT(mbstowcs(wide, "a\xff", ROWS(wide)), -1);
	EXPECT(errno, EILSEQ);
}
