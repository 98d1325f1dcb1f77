/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "test.h"

/* Seconds since 1970, and the date as strftime's "%F %T %a %j". */
static const struct {
	time_t seconds;
	const char *date;
} dates[] = {
	{ 0, "1970-01-01 00:00:00 Thu 001" },
	{ -1, "1969-12-31 23:59:59 Wed 365" },
	{ 951782400, "2000-02-29 00:00:00 Tue 060" },
	{ 951868800, "2000-03-01 00:00:00 Wed 061" },
	{ 978307199, "2000-12-31 23:59:59 Sun 366" },
	{ 1709210096, "2024-02-29 12:34:56 Thu 060" },
	{ 2147483648, "2038-01-19 03:14:08 Tue 019" },
	{ 4107542400, "2100-03-01 00:00:00 Mon 060" },
	{ -2208988800, "1900-01-01 00:00:00 Mon 001" },
	{ -12219292800, "1582-10-15 00:00:00 Fri 288" },
	{ 253402300799, "9999-12-31 23:59:59 Fri 365" },
};

TEST(dates_and_seconds, "seconds become dates, and dates the same seconds again")
{
	for (size_t i = 0; i < ROWS(dates); i++) {
		const char *date = dates[i].date;
		struct tm utc, local, read = { 0 };
		char text[40];

		gmtime_r(&dates[i].seconds, &utc);
		EXPECT_ROW(date, strftime(text, sizeof(text), "%F %T %a %j", &utc), strlen(date));
		EXPECT_ROW_TEXT(date, text, date);
		EXPECT_ROW(date, timegm(&utc), dates[i].seconds);

		localtime_r(&dates[i].seconds, &local);
		EXPECT_ROW(date, local.tm_hour, utc.tm_hour);
		EXPECT_ROW(date, mktime(&local), dates[i].seconds);

		EXPECT_ROW(date, strptime(date, "%Y-%m-%d %T", &read) - date, 19);
		EXPECT_ROW(date, mktime(&read), dates[i].seconds);
	}
}

TEST(normalises, "a date that is none is told as the one it means")
{
	struct tm tm = {
		.tm_year = 123, .tm_mon = 13, .tm_mday = 30, .tm_hour = 25, .tm_isdst = -1
	};

	EXPECT(mktime(&tm), 1709341200); /* 2024-02-30, and an hour more than a day */
	EXPECT(tm.tm_year, 124);
	EXPECT(tm.tm_mon, 2);
	EXPECT(tm.tm_mday, 2);
	EXPECT(tm.tm_hour, 1);
	EXPECT(tm.tm_wday, 6);
	EXPECT(tm.tm_yday, 61);
	EXPECT(tm.tm_isdst, 0);
}

TEST(local_is_utc, "local time is UTC, and says so")
{
	time_t seconds = 1709210096;
	struct tm nobody = { 0 };
	char text[16];

	EXPECT(localtime(&seconds)->tm_gmtoff, 0);
	EXPECT(localtime(&seconds)->tm_isdst, 0);
	strftime(text, sizeof(text), "%Z %z", localtime(&seconds));
	EXPECT_TEXT(text, "UTC +0000");
	strftime(text, sizeof(text), "%Z", gmtime(&seconds));
	EXPECT_TEXT(text, "UTC");
	EXPECT(strftime(text, sizeof(text), "[%Z]", &nobody), 2);
	EXPECT_TEXT(text, "[]");
}

static const struct {
	const char *format, *text;
} formats[] = {
	{ "%A, %d %B %Y", "Thursday, 29 February 2024" },
	{ "%a %b %e", "Thu Feb 29" },
	{ "%I:%M:%S %p", "12:34:56 PM" },
	{ "%D %R", "02/29/24 12:34" },
	{ "%G-W%V-%u", "2024-W09-4" },
	{ "%U %W %w %C %y", "08 09 4 20 24" },
	{ "%s", "1709210096" },
	{ "%c", "Thu Feb 29 12:34:56 2024" },
	{ "%h%n%t%%", "Feb\n\t%" },
	{ "%10Y|%+4Y", "0000002024|2024" },
};

TEST(formats_dates, "strftime knows names, weeks and widths")
{
	time_t seconds = 1709210096;
	const struct tm *tm = gmtime(&seconds);
	char text[40];

	for (size_t i = 0; i < ROWS(formats); i++) {
		strftime(text, sizeof(text), formats[i].format, tm);
		EXPECT_ROW_TEXT(formats[i].format, text, formats[i].text);
	}
	EXPECT(strftime(text, 10, "%F", tm), 0);
	EXPECT(strftime(text, 11, "%F", tm), 10);
}

TEST(times_have_limits, "a time whose year is too large is refused")
{
	time_t last = 67768036191676799, after = last + 1;
	struct tm tm;

	EXPECT(gmtime_r(&last, &tm) == &tm, 1);
	EXPECT(tm.tm_year, INT_MAX);
	errno = 0;
	EXPECT(gmtime_r(&after, &tm) == NULL, 1);
	EXPECT(errno, EOVERFLOW);
}
