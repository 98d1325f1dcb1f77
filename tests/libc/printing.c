/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The printf family in KOZO. That each conversion does as another library's is
 * tests/unit/vsnprintf_test.c's to show.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

TEST(prints, "snprintf prints numbers, characters and strings")
{
	char text[80];

	EXPECT(snprintf(text, sizeof(text), "%d %5u|%-5x|%05ld %c %.2s%%", -1, 2u, 0xabu, 7L, 'c',
			"text"),
	       26);
	EXPECT_TEXT(text, "-1     2|ab   |00007 c te%");
	snprintf(text, sizeof(text), "%hhd %hu %lld %zu %" PRId64, -1, 65535, LLONG_MIN, SIZE_MAX,
		 INT64_C(-2));
	EXPECT_TEXT(text, "-1 65535 -9223372036854775808 18446744073709551615 -2");
	snprintf(text, sizeof(text), "%p", (void *)0x1234);
	EXPECT_TEXT(text, "0x0000000000001234");
}

TEST(is_cut, "snprintf stores no more than there is room for, and tells what it would have stored")
{
	char text[8] = "???????";

	EXPECT(snprintf(text, 4, "%d", 123456), 6);
	EXPECT_TEXT(text, "123");
	EXPECT(text[4], '?');
	EXPECT(snprintf(NULL, 0, "%s", "four"), 4);
	EXPECT(snprintf(text, sizeof(text), "%2147483647d%d", 1, 2), -1);
	EXPECT(errno, EOVERFLOW);
}

TEST(family, "sprintf and asprintf print the same")
{
	char text[16], *made = NULL;
	size_t before = heap_in_use();

	EXPECT(sprintf(text, "%s-%d", "a", 1), 3);
	EXPECT_TEXT(text, "a-1");
	EXPECT(asprintf(&made, "%s+%d", "b", 22), 4);
	EXPECT_TEXT(made, "b+22");
	free(made);
	EXPECT(heap_in_use(), before);
}
