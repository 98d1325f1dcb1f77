/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What manifests may say, each by itself and together, and what is said about mistakes. */
/* links: services/lib/manifest/manifest.c services/lib/manifest/reader.c services/lib/manifest/check.c abi/lib/format.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "manifest.h"

/* --- manifests to begin with ------------------------------------------------ */

enum { TEXT_BYTES = 4096, KIB = 1 << 10, MIB = 1 << 20 };

/* What a manifest says where a test does not say it. %s is the service's name. */
static const char *const usual[] = {
	"service %s",
	"title \"Title of %s\"",
	"purpose \"is %s\"",
	"program %s",
	"rank 5",
	"memory private 64K",
	"slots 64",
	"time 1ms per 100ms",
	"priority 100",
	"deadline 50ms",
	"restart always",
	"backoff 10ms to 1s",
	"attempts 5 in 60s",
};

static size_t word_length(const char *line)
{
	size_t length = 0;

	while (line[length] && line[length] != ' ' && line[length] != '\n')
		length++;
	return length;
}

/* Whether a line of `own` is about what `line` is about, or takes it away by -KEY. */
static bool says(const char *own, const char *line)
{
	size_t length = word_length(line);

	while (*own) {
		const char *word = *own == '-' ? own + 1 : own;

		if (word_length(word) == length && memcmp(word, line, length) == 0)
			return true;
		while (*own && *own++ != '\n')
			;
	}
	return false;
}

static void append(char *text, const char *line, size_t length)
{
	size_t at = strlen(text);

	assert_true(at + length + 1 < TEXT_BYTES);
	memcpy(text + at, line, length);
	text[at + length] = '\n';
	text[at + length + 1] = '\0';
}

/* First the lines of its own, from line 1 on, then the usual ones about all else. */
static const char *text_of(const char *name, const char *own)
{
	static char text[TEXT_BYTES];
	char line[128];

	text[0] = '\0';
	for (const char *at = own; *at;) {
		const char *end = at;

		while (*end && *end != '\n')
			end++;
		if (*at != '-')
			append(text, at, (size_t)(end - at));
		at = *end ? end + 1 : end;
	}
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (says(own, usual[i]))
			continue;
		snprintf(line, sizeof(line), usual[i], name);
		append(text, line, strlen(line));
	}
	return text;
}

/* From a heap block of exactly its size, so that reading beyond it is seen. */
static bool parse(struct manifest *m, const char *text, struct manifest_error *error)
{
	size_t size = strlen(text);
	char *block = malloc(size + !size);

	assert_non_null(block);
	memcpy(block, text, size);

	bool good = manifest_parse(m, block, size, error);

	free(block);
	return good;
}

static struct manifest m;
static struct manifest_error error;

static void parse_good(const char *own)
{
	if (!parse(&m, text_of("a", own), &error))
		fail_msg("%u: %s", error.line, error.message);
}

/* --- one manifest ------------------------------------------------------------- */

static void knows_what_is_said(void **state)
{
	(void)state;
	parse_good("service az-19_0\nprogram other\nrank 255\nmemory private 1M kept 512K\nslots "
		   "4096\n"
		   "priority 252\ndeadline 1500us\nrestart on-failure\nbackoff 1us to 3600s\n"
		   "attempts 1000 in 1s\nescalate dependants");
	assert_string_equal(m.name, "az-19_0");
	assert_string_equal(m.title, "Title of a");
	assert_string_equal(m.purpose, "is a");
	assert_string_equal(m.program, "other");
	assert_int_equal(m.rank, 255);
	assert_int_equal(m.memory_private, MIB);
	assert_int_equal(m.memory_kept, 512 * KIB);
	assert_int_equal(m.slots, 4096);
	assert_int_equal(m.priority, 252);
	assert_int_equal(m.deadline, 1500);
	assert_int_equal(m.restart, MANIFEST_ON_FAILURE);
	assert_int_equal(m.backoff_first, 1);
	assert_int_equal(m.backoff_most, 3600000000);
	assert_int_equal(m.attempts, 1000);
	assert_int_equal(m.attempts_time, 1000000);
	assert_true(m.escalate);
	assert_int_equal(m.line[MANIFEST_RANK], 3);
	assert_int_equal(m.line[MANIFEST_USES], 0);
}

static void knows_the_least_of_everything(void **state)
{
	(void)state;
	parse_good("rank 0\nmemory private 4K\nslots 16\npriority 0\ndeadline 1us\n"
		   "backoff 1us to 1us\nattempts 1 in 1us\nescalate none");
	assert_int_equal(m.rank, 0);
	assert_int_equal(m.memory_private, 4 * KIB);
	assert_int_equal(m.memory_kept, 0);
	assert_int_equal(m.slots, 16);
	assert_int_equal(m.priority, 0);
	assert_int_equal(m.deadline, 1);
	assert_int_equal(m.backoff_most, 1);
	assert_int_equal(m.attempts, 1);
	assert_int_equal(m.attempts_time, 1);
	assert_false(m.escalate);
}

static void knows_three_kinds_of_time(void **state)
{
	(void)state;
	parse_good("time 100us per 100us");
	assert_int_equal(m.time, MANIFEST_TIME_OWN);
	assert_int_equal(m.time_budget, 100);
	assert_int_equal(m.time_period, 100);
	parse_good("time borrowed reserve 2ms per 1s");
	assert_int_equal(m.time, MANIFEST_TIME_BORROWED);
	assert_int_equal(m.time_budget, 2000);
	assert_int_equal(m.time_period, 1000000);
	parse_good("time unlimited");
	assert_int_equal(m.time, MANIFEST_TIME_UNLIMITED);
	assert_int_equal(m.time_budget, 0);
	assert_int_equal(m.time_period, 0);
}

static void knows_interfaces(void **state)
{
	(void)state;
	parse_good("provides fs grant send\nuses other.fs send\nuses third.fs send grant");
	assert_int_equal(m.provides_count, 1);
	assert_int_equal(m.provides[0].protocol, PROTO_FS);
	assert_int_equal(m.provides[0].rights, RIGHT_SEND | RIGHT_GRANT);
	assert_int_equal(m.provides[0].line, 1);
	assert_int_equal(m.uses_count, 2);
	assert_string_equal(m.uses[0].service, "other");
	assert_int_equal(m.uses[0].protocol, PROTO_FS);
	assert_int_equal(m.uses[0].rights, RIGHT_SEND);
	assert_string_equal(m.uses[1].service, "third");
	assert_int_equal(m.uses[1].rights, RIGHT_SEND | RIGHT_GRANT);
	assert_int_equal(m.uses[1].line, 3);
}

static void knows_devices(void **state)
{
	static const struct manifest_device want[] = {
		{ MANIFEST_PORTS, 0x3f8, 0x3ff, 0, 0, 1 },
		{ MANIFEST_PORTS, 0xa, 0xffff, 0, 0, 2 },
		{ MANIFEST_IRQ, 4, 4, 0, IRQ_ISA, 3 },
		{ MANIFEST_IRQ, 255, 255, 0, IRQ_LEVEL | IRQ_LOW, 4 },
		{ MANIFEST_DEVICE_MEMORY, 0xfe000000, 0xfe001fff, RIGHT_READ | RIGHT_WRITE, 0, 5 },
		{ MANIFEST_DEBUG_CONSOLE, 0, 0, RIGHT_SEND | RIGHT_INSPECT, 0, 6 },
		{ MANIFEST_INITRD, 0, 0, RIGHT_READ, 0, 7 },
	};

	(void)state;
	parse_good("device ports 0x3f8-0x3ff\ndevice ports 0xa-0xffff\ndevice irq 4 isa\n"
		   "device irq 255 level low\ndevice memory 0xfe000000-0xfe001fff read write\n"
		   "device debug-console send inspect\ndevice initrd");
	assert_int_equal(m.devices_count, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < m.devices_count; i++) {
		assert_int_equal(m.devices[i].kind, want[i].kind);
		assert_int_equal(m.devices[i].first, want[i].first);
		assert_int_equal(m.devices[i].last, want[i].last);
		assert_int_equal(m.devices[i].rights, want[i].rights);
		assert_int_equal(m.devices[i].mode, want[i].mode);
		assert_int_equal(m.devices[i].line, want[i].line);
	}
}

static void does_not_mind_space_comments_or_how_lines_end(void **state)
{
	(void)state;
	parse_good("-rank\n# a comment\n\n \t\n \trank\t7  # behind it\r\npurpose \"!a # in "
		   "a text~\"\r");
	assert_int_equal(m.rank, 7);
	assert_int_equal(m.line[MANIFEST_RANK], 4);
	assert_string_equal(m.purpose, "!a # in a text~");

	const char *text = text_of("a", "");
	char last[TEXT_BYTES];

	memcpy(last, text, strlen(text));
	last[strlen(text) - 1] = '\0';
	assert_true(parse(&m, last, &error));
	assert_int_equal(m.attempts, 5);
}

static void who_is_never_restarted_needs_no_backoff(void **state)
{
	(void)state;
	parse_good("restart never\n-backoff\n-attempts\n-deadline");
	assert_int_equal(m.restart, MANIFEST_NEVER);
	assert_int_equal(m.deadline, 0);
	assert_false(m.escalate);
}

/* --- mistakes in one ----------------------------------------------------------- */

#define TEN "0123456789"
#define A256 \
	"a" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN \
		TEN TEN TEN TEN "01234"

/* Lines of its own, and what is said about them. One row is one check. */
/* clang-format off */
static const struct mistake {
	const char *own;
	const char *message;
} mistakes[] = {
	/* lines and words */
	{ "frobnicate 1", "1: there is no key frobnicate" },
	{ "\n\nRank 5", "3: there is no key Rank" },
	{ "rank 5 6", "1: expected the end of the line, found 6" },
	{ "rank", "1: expected the rank, found the end of the line" },
	{ "rank # 5", "1: expected the rank, found the end of the line" },
	{ "rank 5 " TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
	  TEN TEN TEN TEN,
	  "1: expected the end of the line, found " TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
	  TEN TEN TEN TEN TEN TEN TEN TEN TEN "012345678" },
	{ "rank 5\nrank 5", "2: line 1 states rank already" },
	{ "title \"\x1b[2J\"", "1: there is a byte that is not printable ASCII" },
	{ "# caf\xc3\xa9", "1: there is a byte that is not printable ASCII" },
	{ "rank 5\rrank 6", "1: there is a byte that is not printable ASCII" },
	{ "\x7f", "1: there is a byte that is not printable ASCII" },
	{ A256, "1: the line has more than 255 bytes" },
	{ "a" TEN TEN TEN TEN TEN TEN "012", "1: a key has at most 63 characters" },

	/* keys that are missing, or mean nothing */
	{ "-service", "12: nothing above states service" },
	{ "-title", "12: nothing above states title" },
	{ "-purpose", "12: nothing above states purpose" },
	{ "-program", "12: nothing above states program" },
	{ "-rank", "12: nothing above states rank" },
	{ "-memory", "12: nothing above states memory" },
	{ "-slots", "12: nothing above states slots" },
	{ "-time", "12: nothing above states time" },
	{ "-priority", "12: nothing above states priority" },
	{ "-restart", "12: nothing above states restart" },
	{ "-backoff", "12: nothing above states backoff" },
	{ "-attempts", "12: nothing above states attempts" },
	{ "provides fs send\n-deadline", "13: nothing above states deadline" },
	{ "restart never\n-attempts",
	  "1: who is never restarted has no backoff, attempts or escalate" },
	{ "restart never\n-backoff",
	  "1: who is never restarted has no backoff, attempts or escalate" },
	{ "restart never\n-backoff\n-attempts\nescalate none",
	  "1: who is never restarted has no backoff, attempts or escalate" },

	{ "restart never\n-backoff\n-attempts\nescalate none\nrank x", "3: x is not a number" },

	/* names and texts */
	{ "service A", "1: A is not a name of small letters, digits, _ and -" },
	{ "service 1a", "1: 1a is not a name of small letters, digits, _ and -" },
	{ "service a.b", "1: a.b is not a name of small letters, digits, _ and -" },
	{ "program ../init", "1: ../init is not a name of small letters, digits, _ and -" },
	{ "service a" TEN TEN TEN "1", "1: a name has at most 31 characters" },
	{ "title Title", "1: expected the title in quotes, found Title" },
	{ "title", "1: expected the title in quotes, found the end of the line" },
	{ "title \"Title", "1: the title has no closing quote" },
	{ "title \"\"", "1: the title begins and ends with a visible character" },
	{ "title \" A\"", "1: the title begins and ends with a visible character" },
	{ "title \"A \"", "1: the title begins and ends with a visible character" },
	{ "title \"A\" B", "1: expected the end of the line, found B" },
	{ "title \"A\"\"B\"", "1: expected the end of the line, found \"B\"" },
	{ "title \"" TEN TEN TEN TEN "01234567\"", "1: the title has at most 47 characters" },
	{ "purpose \"" TEN TEN TEN TEN TEN TEN TEN TEN TEN "012345\"",
	  "1: the purpose has at most 95 characters" },

	/* numbers */
	{ "rank high", "1: high is not a number" },
	{ "rank 5a", "1: 5a is not a number" },
	{ "rank -1", "1: -1 is not a number" },
	{ "rank 05", "1: 05 is not a number" },
	{ "rank 256", "1: the rank is from 0 to 255" },
	{ "rank 18446744073709551616", "1: the rank is from 0 to 255" },
	{ "rank 184467440737095516165", "1: the rank is from 0 to 255" },
	{ "priority 253", "1: the priority is from 0 to 252" },
	{ "slots 8", "1: the number of slots is from 16 to 4096" },
	{ "slots 8192", "1: the number of slots is from 16 to 4096" },
	{ "slots 100", "1: the number of slots is a power of two" },

	/* memory */
	{ "memory 64K", "1: expected private, found 64K" },
	{ "memory private 65536", "1: 65536 is not a number with its unit, K, M or G" },
	{ "memory private K", "1: K is not a number with its unit, K, M or G" },
	{ "memory private 64k", "1: 64k is not a number with its unit, K, M or G" },
	{ "memory private 64KB", "1: 64KB is not a number with its unit, K, M or G" },
	{ "memory private 6K", "1: private memory is a multiple of 4K, and not 0" },
	{ "memory private 0K", "1: private memory is a multiple of 4K, and not 0" },
	{ "memory private 4K kept 1K", "1: kept memory is a multiple of 4K, and not 0" },
	{ "memory private 17179869184G", "1: 17179869184G is too large" },
	{ "memory private 99999999999999999999K", "1: 99999999999999999999K is too large" },
	{ "memory private 64K kept", "1: expected kept memory, found the end of the line" },
	{ "memory private 64K free 64K", "1: expected the end of the line, found free 64K" },

	/* time */
	{ "time 1ms", "1: expected per, found the end of the line" },
	{ "time 1ms in 10ms", "1: expected per, found in 10ms" },
	{ "time 1 per 10ms", "1: 1 is not a number with its unit, us, ms or s" },
	{ "time 1ms per 1m", "1: 1m is not a number with its unit, us, ms or s" },
	{ "time 11ms per 10ms", "1: the budget is longer than its period" },
	{ "time 99us per 10ms", "1: a budget is at least 100us" },
	{ "time 0s per 10ms", "1: a budget is from 1us to 3600s" },
	{ "time 1ms per 3601s", "1: a period is from 1us to 3600s" },
	{ "time 1ms per 99999999999999999999us", "1: a period is from 1us to 3600s" },
	{ "time borrowed", "1: expected reserve, found the end of the line" },
	{ "time borrowed 1ms per 10ms", "1: expected reserve, found 1ms per 10ms" },
	{ "time unlimited reserve 1ms per 10ms",
	  "1: expected the end of the line, found reserve 1ms per 10ms" },

	/* interfaces */
	{ "provides telepathy send", "1: there is no protocol telepathy" },
	{ "provides fs", "1: expected a right, found the end of the line" },
	{ "provides fs grant", "1: without the right send nothing can be asked of it" },
	{ "provides fs send fly", "1: there is no right fly" },
	{ "provides fs SEND", "1: there is no right SEND" },
	{ "provides fs sending", "1: there is no right sending" },
	{ "provides fs send send", "1: the right send is listed twice" },
	{ "provides fs send receive", "1: the right receive cannot be given here" },
	{ "provides fs send\nprovides fs send", "2: line 1 provides this, too" },
	{ "uses other send", "1: other is not of the form SERVICE.PROTOCOL" },
	{ "uses .fs send", "1: .fs is not of the form SERVICE.PROTOCOL" },
	{ "uses a" TEN TEN TEN "1.fs send",
	  "1: a" TEN TEN TEN "1.fs is not of the form SERVICE.PROTOCOL" },
	{ "uses other.telepathy send", "1: there is no protocol telepathy" },
	{ "uses other.fs", "1: expected a right, found the end of the line" },
	{ "uses other.fs manage", "1: the right manage cannot be given here" },
	{ "uses other.fs grant", "1: without the right send nothing can be asked of it" },
	{ "uses other.fs send\nuses other.fs send grant", "2: line 1 uses this, too" },
	{ "uses a.fs send\nuses b.fs send\nuses c.fs send\nuses d.fs send\nuses e.fs send\n"
	  "uses f.fs send\nuses g.fs send\nuses h.fs send\nuses i.fs send\nuses j.fs send\n"
	  "uses k.fs send\nuses l.fs send\nuses m.fs send\nuses n.fs send\nuses o.fs send\n"
	  "uses p.fs send\nuses q.fs send", "17: a service has at most 16 of these" },

	/* devices */
	{ "device telephone", "1: there is no device telephone" },
	{ "device initrd write", "1: expected the end of the line, found write" },
	{ "device debug-console", "1: expected a right, found the end of the line" },
	{ "device debug-console execute", "1: the right execute cannot be given here" },
	{ "device ports 3f8", "1: 3f8 is not a range of hex numbers like 0x60-0x6f" },
	{ "device ports 0x", "1: 0x is not a range of hex numbers like 0x60-0x6f" },
	{ "device ports 0x3F8", "1: 0x3F8 is not a range of hex numbers like 0x60-0x6f" },
	{ "device ports 0xZ", "1: 0xZ is not a range of hex numbers like 0x60-0x6f" },
	{ "device ports 0x3f8-", "1: 0x3f8- is not a range of hex numbers like 0x60-0x6f" },
	{ "device ports 0x3f8-1023", "1: 0x3f8-1023 is not a range of hex numbers like 0x60-0x6f" },
	{ "device ports 0x3f8-0x3ff-", "1: 0x3f8-0x3ff- is not a range of hex numbers like 0x60-0x6f" },
	{ "device ports 0x3ff-0x3f8", "1: the range 0x3ff-0x3f8 ends before it begins" },
	{ "device ports 0xfff0-0x10000", "1: ports are at most 0xffff" },
	{ "device ports 0x0-0x10000000000000000", "1: ports are at most 0xffff" },
	{ "device ports 0x0", "1: port 0 cannot be had alone" },
	{ "device ports 0x0-0x0", "1: port 0 cannot be had alone" },
	{ "device irq 256", "1: an interrupt line is from 0 to 255" },
	{ "device irq 4 loud", "1: there is no mode of an interrupt line loud" },
	{ "device memory 0xfe000000-0xfe000fff", "1: expected a right, found the end of the line" },
	{ "device memory 0xfe000800-0xfe000fff read",
	  "1: memory of a device is whole pages of 0x1000 bytes" },
	{ "device memory 0xfe000000-0xfe000800 read",
	  "1: memory of a device is whole pages of 0x1000 bytes" },
	{ "device memory 0xfe000000-0x10000000000fff read",
	  "1: addresses are at most 0xfffffffffffff" },
	{ "device memory 0xfe000000-0xfe000fff read write execute",
	  "1: the right execute cannot be given here" },
	{ "device memory 0xfe000000-0xfe000fff write",
	  "1: memory that can be written can be read, too" },
	{ "device initrd\ndevice initrd\ndevice initrd\ndevice initrd\ndevice initrd\n"
	  "device initrd\ndevice initrd\ndevice initrd\ndevice initrd",
	  "9: a service has at most 8 of these" },

	/* deadline and restart */
	{ "deadline 0ms", "1: the deadline is from 1us to 3600s" },
	{ "deadline never", "1: never is not a number with its unit, us, ms or s" },
	{ "restart sometimes", "1: there is no restart policy sometimes" },
	{ "backoff 10ms", "1: expected to, found the end of the line" },
	{ "backoff 10ms to 1ms", "1: the longest wait is shorter than the first" },
	{ "attempts 0 in 1s", "1: the number of attempts is from 1 to 1000" },
	{ "attempts 1001 in 1s", "1: the number of attempts is from 1 to 1000" },
	{ "attempts 5", "1: expected in, found the end of the line" },
	{ "attempts 5 in 0s", "1: the time for them is from 1us to 3600s" },
	{ "escalate everything", "1: there is no escalation everything" },
};
/* clang-format on */

static void says_what_is_wrong(void **state)
{
	char said[MANIFEST_MESSAGE_BYTES + 16];

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		if (parse(&m, text_of("a", mistakes[i].own), &error))
			fail_msg("not refused, but: %s", mistakes[i].message);
		snprintf(said, sizeof(said), "%u: %s", error.line, error.message);
		assert_string_equal(said, mistakes[i].message);
	}
}

static void refuses_nothing_and_zero_bytes(void **state)
{
	(void)state;
	assert_false(parse(&m, "", &error));
	assert_int_equal(error.line, 0);
	assert_string_equal(error.message, "nothing above states service");
	assert_false(manifest_parse(&m, "rank 5\n\0", 8, &error));
	assert_int_equal(error.line, 2);
	assert_string_equal(error.message, "there is a byte that is not printable ASCII");
}

/* What is refused at its first line has not been written over what lies behind it. */
static void what_is_too_long_is_not_copied(void **state)
{
	(void)state;
	assert_false(parse(&m, "service a" TEN TEN TEN TEN TEN TEN, &error));
	assert_string_equal(m.title, "");
	assert_false(parse(&m, "title \"" TEN TEN TEN TEN TEN TEN TEN "\"", &error));
	assert_string_equal(m.purpose, "");
	assert_false(
		parse(&m, "purpose \"" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "\"", &error));
	assert_string_equal(m.program, "");
	assert_false(parse(&m, "program a" TEN TEN TEN TEN TEN TEN, &error));
	assert_int_equal(m.rank, 0);
}

/* --- together -------------------------------------------------------------------- */

enum { TOGETHER = 4 };

static struct manifest_set set;

/* Services a, b, c and d, as far as there are lines of their own. */
static void gather(const char *const own[TOGETHER])
{
	char name[] = "a";

	set.count = 0;
	for (; set.count < TOGETHER && own[set.count]; name[0]++)
		if (parse(&set.service[set.count], text_of(name, own[set.count]), &error))
			set.count++;
		else
			fail_msg("%s:%u: %s", name, error.line, error.message);
}

static void check_good(const char *const own[TOGETHER])
{
	gather(own);
	if (!manifests_check(&set, 16 * MIB, &error))
		fail_msg("%u:%u: %s", error.index, error.line, error.message);
}

static void orders_services_by_what_they_need(void **state)
{
	static const char *const own[TOGETHER] = {
		"rank 30\nuses c.fs send\nuses d.fs send",
		"rank 10\nprovides fs send",
		"rank 20\nprovides fs send grant\nuses b.fs send",
		"rank 10\nprovides fs send",
	};
	static const unsigned order[TOGETHER] = { 1, 3, 2, 0 };
	static const uint32_t needs[TOGETHER] = { 0xe, 0, 2, 0 };
	static const uint32_t dependants[TOGETHER] = { 0, 5, 1, 1 };

	(void)state;
	check_good(own);
	for (unsigned i = 0; i < TOGETHER; i++) {
		assert_int_equal(set.order[i], order[i]);
		assert_int_equal(set.needs[i], needs[i]);
		assert_int_equal(manifests_dependants(&set, i), dependants[i]);
	}
	assert_int_equal(set.service[0].uses[0].provider, 2);
	assert_int_equal(set.service[0].uses[1].provider, 3);
	assert_int_equal(set.service[2].uses[0].provider, 1);
}

/* What is just right: all of the memory, all of the CPU, devices side by side. */
static void allows_what_just_fits(void **state)
{
	static const char *const own[TOGETHER] = {
		"memory private 8M\ntime 50ms per 100ms\ndevice ports 0x60-0x63\ndevice initrd\n"
		"device debug-console send",
		"memory private 4M kept 4M\ntime borrowed reserve 1ms per 2ms\n"
		"device ports 0x64\ndevice irq 100\ndevice initrd\n"
		"device debug-console receive send",
	};
	static const char *const with_unlimited[TOGETHER] = {
		"priority 100\ntime unlimited",
		"priority 101\ntime 100ms per 100ms",
		"priority 100\ntime unlimited",
	};

	(void)state;
	check_good(own);
	check_good(with_unlimited);
	set.count = 0;
	assert_true(manifests_check(&set, 0, &error));
}

/* Each needs the next, which makes as long a chain as there can be. */
static void holds_as_many_services_as_it_says(void **state)
{
	const unsigned last = MANIFESTS_MAX - 1;
	char own[64], name[8];

	(void)state;
	for (unsigned i = 0; i <= last; i++) {
		snprintf(own, sizeof(own), "rank %u\nprovides fs send%s%u.fs send\n", last - i,
			 i < last ? "\nuses s" : " #", i + 1);
		snprintf(name, sizeof(name), "s%u", i);
		assert_true(parse(&set.service[i], text_of(name, own), &error));
	}
	set.count = MANIFESTS_MAX;
	assert_true(manifests_check(&set, 16 * MIB, &error));
	for (unsigned i = 0; i <= last; i++) {
		assert_int_equal(set.order[i], last - i);
		assert_int_equal(set.needs[i], ~(uint32_t)0 << i << 1);
		assert_int_equal(manifests_dependants(&set, i), ((uint32_t)1 << i) - 1);
	}
}

/* As long as the ABI has only one protocol, no text says it. */
static void tells_protocols_apart(void **state)
{
	static const char *const own[TOGETHER] = { "provides fs send", "rank 6\nuses a.fs send" };

	(void)state;
	gather(own);
	set.service[0].provides[0].protocol++;
	assert_false(manifests_check(&set, 16 * MIB, &error));
	assert_string_equal(error.message, "a does not provide this protocol");
}

static void looks_at_no_more_than_is_counted(void **state)
{
	static const char *const own[TOGETHER] = {
		"device irq 1\ndevice irq 2\nprovides fs send",
		"device irq 2\ndevice irq 1",
		"rank 6\nuses a.fs send",
	};

	(void)state;
	gather(own);
	set.service[0].devices_count = 1;
	set.service[1].devices_count = 1;
	assert_true(manifests_check(&set, 16 * MIB, &error));
	set.service[0].provides_count = 0;
	assert_false(manifests_check(&set, 16 * MIB, &error));
	assert_string_equal(error.message, "a does not provide this protocol");
}

/* Lines of services a, b, c and d, and what is said about them. One row is one check. */
/* clang-format off */
static const struct clash {
	const char *own[TOGETHER];
	const char *message;
} clashes[] = {
	/* names */
	{ { "", "service a" }, "b:1: there are two services a" },
	{ { "", "title \"Title of a\"" }, "b:1: a has this title, too" },

	/* who uses whom */
	{ { "uses z.fs send" }, "a:1: there is no service z" },
	{ { "rank 6\nuses b.fs send", "" }, "a:2: b does not provide this protocol" },
	{ { "rank 6\nuses b.fs send grant", "provides fs send" },
	  "a:2: b does not offer this right" },
	{ { "provides fs send", "uses a.fs send" }, "b:1: a has rank 5, which is not below 5" },
	{ { "provides fs send\nrank 7", "uses a.fs send\nrank 6" },
	  "b:1: a has rank 7, which is not below 6" },
	{ { "provides fs send\nuses a.fs send" }, "a:2: a uses itself" },
	{ { "provides fs send\nuses b.fs send", "provides fs send\nuses a.fs send\nrank 6" },
	  "a:2: b needs a: that is a cycle" },
	{ { "", "provides fs send\nuses d.fs send\nrank 7",
	    "provides fs send\nuses b.fs send\nrank 8",
	    "provides fs send\nuses c.fs send\nrank 9" },
	  "b:2: d needs b: that is a cycle" },

	/* devices */
	{ { "device ports 0x60-0x6f", "device ports 0x64" }, "b:1: a has this device already" },
	{ { "device ports 0x64-0x6f", "device ports 0x60-0x64" },
	  "b:1: a has this device already" },
	{ { "device irq 4", "device irq 5\ndevice irq 4 isa" }, "b:2: a has this device already" },
	{ { "device memory 0xfe000000-0xfe001fff read",
	    "device memory 0xfe001000-0xfe002fff read" }, "b:1: a has this device already" },
	{ { "device irq 4\ndevice irq 4" }, "a:1: a has this device already" },
	{ { "device debug-console receive", "device debug-console send receive" },
	  "b:1: a has this device already" },
	{ { "device debug-console manage", "device debug-console manage" },
	  "b:1: a has this device already" },

	/* memory and time */
	{ { "memory private 16M", "memory private 4K" },
	  "b:1: with this, services are promised 16388 KiB, and the machine has 16384 KiB" },
	{ { "memory private 8M kept 8M", "memory private 4K" },
	  "b:1: with this, services are promised 16388 KiB, and the machine has 16384 KiB" },
	{ { "memory private 17179869183G kept 17179869183G" },
	  "a:1: with this, services are promised 18014398509481983 KiB, "
	  "and the machine has 16384 KiB" },
	{ { "time 50ms per 100ms", "time borrowed reserve 501us per 1ms" },
	  "b:1: with this, services are promised 100.1 % of the CPU" },
	{ { "time 10s per 10s", "time 100us per 3600s" },
	  "b:1: with this, services are promised 100.1 % of the CPU" },
	{ { "time unlimited\npriority 7", "priority 7" },
	  "a:2: with unlimited time it could keep b, at priority 7, from its own" },
	{ { "priority 7", "time unlimited\npriority 8" },
	  "b:2: with unlimited time it could keep a, at priority 7, from its own" },
};
/* clang-format on */

static void says_what_does_not_fit_together(void **state)
{
	char said[MANIFEST_MESSAGE_BYTES + 16];

	(void)state;
	for (size_t i = 0; i < sizeof(clashes) / sizeof(clashes[0]); i++) {
		gather(clashes[i].own);
		if (manifests_check(&set, 16 * MIB, &error))
			fail_msg("not refused, but: %s", clashes[i].message);
		snprintf(said, sizeof(said), "%c:%u: %s", 'a' + (char)error.index, error.line,
			 error.message);
		assert_string_equal(said, clashes[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_is_said),
		cmocka_unit_test(knows_the_least_of_everything),
		cmocka_unit_test(knows_three_kinds_of_time),
		cmocka_unit_test(knows_interfaces),
		cmocka_unit_test(knows_devices),
		cmocka_unit_test(does_not_mind_space_comments_or_how_lines_end),
		cmocka_unit_test(who_is_never_restarted_needs_no_backoff),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(refuses_nothing_and_zero_bytes),
		cmocka_unit_test(what_is_too_long_is_not_copied),
		cmocka_unit_test(orders_services_by_what_they_need),
		cmocka_unit_test(allows_what_just_fits),
		cmocka_unit_test(holds_as_many_services_as_it_says),
		cmocka_unit_test(tells_protocols_apart),
		cmocka_unit_test(looks_at_no_more_than_is_counted),
		cmocka_unit_test(says_what_does_not_fit_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
