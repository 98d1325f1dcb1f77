/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The ABI generator as its user meets it: files in, files or one message out.
 *
 *	KOZO_GEN	the generator; build/host/gen if not set
 *	KOZO_SOURCE	the source tree; . if not set
 *
 * When an output changes on purpose, look at what changed and refresh golden/:
 *
 *	build/host/gen tests/abi/golden tests/abi/sample.abi
 */
#define _XOPEN_SOURCE 700

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

enum { TEXT_BYTES = 1 << 16, ARGS_MAX = 8 };

static char generator[PATH_MAX];
static char source[PATH_MAX];
static char scratch[] = "/tmp/gen_test.XXXXXX"; /* every test runs in an empty one */

/* --- files --- */

/* The whole file, in one of two buffers that take turns; NULL: it cannot be read. */
static const char *text_of(const char *path)
{
	static char buffers[2][TEXT_BYTES];
	static unsigned turn;
	char *buffer = buffers[turn++ % 2];
	FILE *f = fopen(path, "rb");

	if (!f)
		return NULL;

	size_t length = fread(buffer, 1, TEXT_BYTES - 1, f);

	fclose(f);
	buffer[length] = '\0';
	return buffer;
}

static void write_bytes(const char *path, const char *bytes, size_t length)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, length, f), length);
	assert_int_equal(fclose(f), 0);
}

static void write_text(const char *path, const char *text)
{
	write_bytes(path, text, strlen(text));
}

/* Calls visit for what is in a folder, unless its name begins with a dot. */
static unsigned visit_files(const char *folder, void (*visit)(const char *folder, const char *name))
{
	unsigned count = 0;
	DIR *d = opendir(folder);

	assert_non_null(d);
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		if (e->d_name[0] == '.')
			continue;
		count++;
		if (visit)
			visit(folder, e->d_name);
	}
	closedir(d);
	return count;
}

static void remove_file(const char *folder, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(remove(path), 0);
}

/* --- the generator --- */

struct run {
	int status;	     /* its exit status; -1: it died of a signal */
	const char *message; /* what it said on stderr */
};

static void child(char *const argv[])
{
	int to = open("stderr", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	dup2(to, STDERR_FILENO);
	execv(generator, argv);
	_exit(127);
}

/* Run it in the scratch folder, so that messages name files without a folder. */
static struct run run(const char *first, ...)
{
	char *argv[ARGS_MAX] = { generator };
	va_list args;
	int argc = 1;
	int status;

	va_start(args, first);
	for (const char *arg = first; arg; arg = va_arg(args, const char *))
		argv[argc++] = (char *)(uintptr_t)arg;
	va_end(args);

	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		child(argv);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return (struct run){ WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of("stderr") };
}

static void expect_success(struct run r)
{
	assert_string_equal(r.message, "");
	assert_int_equal(r.status, 0);
}

static void expect_refusal(struct run r, const char *message)
{
	char line[512];

	snprintf(line, sizeof(line), "%s\n", message);
	assert_string_equal(r.message, line);
	assert_int_equal(r.status, 1);
	assert_int_equal(visit_files("out", NULL), 0);
}

static const char *prelude(void)
{
	static char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/tests/abi/prelude.abi", source);
	return path;
}

static const char *sample(void)
{
	static char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/tests/abi/sample.abi", source);
	return path;
}

/* --- outputs --- */

static void expect_golden(const char *folder, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);

	const char *want = text_of(path);

	snprintf(path, sizeof(path), "out/%s", name);

	const char *got = text_of(path);

	if (!want || !got || strcmp(want, got) != 0)
		fail_msg("%s differs from tests/abi/golden", name);
}

static void writes_what_is_in_golden(void **state)
{
	(void)state;
	char golden[PATH_MAX + 32];

	snprintf(golden, sizeof(golden), "%s/tests/abi/golden", source);
	expect_success(run("out", sample(), NULL));
	assert_int_equal(visit_files(golden, expect_golden), visit_files("out", NULL));
}

static void does_not_mind_cr_lf_or_a_missing_last_newline(void **state)
{
	(void)state;
	write_text("a.abi", "const A 1 \"text\"\r\n\r\nconst B 2 \"text\"");
	expect_success(run("out", prelude(), "a.abi", NULL));
	assert_non_null(strstr(text_of("out/kozo_abi.h"), "\n#define A 1\t\t\t\t/* text */\n"));
	assert_non_null(strstr(text_of("out/kozo_abi.h"), "\n#define B 2\t\t\t\t/* text */\n"));
}

static void says_how_it_is_used(void **state)
{
	(void)state;
	expect_refusal(run("out", NULL), "usage: gen OUTDIR FILE.abi...");
}

static void refuses_a_file_that_is_not_there(void **state)
{
	(void)state;
	expect_refusal(run("out", "none.abi", NULL), "none.abi: cannot be opened");
}

static void refuses_a_folder_in_place_of_a_file(void **state)
{
	(void)state;
	expect_refusal(run("out", "out", NULL), "out: cannot be read");
}

static void refuses_a_folder_that_it_cannot_write_to(void **state)
{
	(void)state;
	struct run r = run("none", prelude(), NULL);

	assert_int_equal(r.status, 1);
	assert_non_null(strstr(r.message, "none/"));
	assert_non_null(strstr(r.message, ": cannot be written\n"));
}

/* One of the temporary files cannot be made: none of the others may stay. */
static void leaves_nothing_behind_when_writing_fails(void **state)
{
	(void)state;
	assert_int_equal(mkdir("out/kozo_abi.h.tmp", 0700), 0);
	write_text("out/kozo_abi.h.tmp/file", "");

	struct run r = run("out", prelude(), NULL);

	assert_int_equal(r.status, 1);
	assert_string_equal(r.message, "out/kozo_abi.h: cannot be written\n");
	assert_int_equal(visit_files("out", NULL), 1);
	remove_file("out/kozo_abi.h.tmp", "file");
}

/* --- mistakes --- */

/* A file that follows the prelude, and what is said about it. One row is one check. */
static const struct mistake {
	const char *text;
	const char *message;
} mistakes[] = {
	/* statements */
	{ "\n\n  thing A 1 \"t\"", "bad.abi:3: there is no statement thing" },
	{ "Const A 1 \"t\"", "bad.abi:1: there is no statement Const" },
	{ "\"t\" const", "bad.abi:1: expected a statement, found t" },
	{ "const", "bad.abi:1: expected a name, found the end of the line" },
	{ "const 1 A \"t\"", "bad.abi:1: expected a name, found 1" },
	{ "const A \"t\"", "bad.abi:1: expected a value, found t" },
	{ "error A \"t\"", "bad.abi:1: expected a number, found t" },
	{ "right A \"t\"", "bad.abi:1: expected a bit, found t" },
	{ "struct a \"t\"", "bad.abi:1: expected a size, found t" },
	{ "const A 1", "bad.abi:1: expected a text in quotes, found the end of the line" },
	{ "const A 1 text", "bad.abi:1: expected a text in quotes, found text" },
	{ "const A 1 reserved \"t\"", "bad.abi:1: expected a text in quotes, found reserved" },
	{ "const A 1 \"t\" \"u\"", "bad.abi:1: expected the end of the line, found u" },
	{ "const A 1 \"t\" ->", "bad.abi:1: expected the end of the line, found ->" },
	{ "method a 0 READ () \"t\"",
	  "bad.abi:1: a method needs its object above it in this file" },
	{ "request a 0 () \"t\"", "bad.abi:1: a request needs its proto above it in this file" },
	{ "field a u8 \"t\"", "bad.abi:1: a field needs its struct above it in this file" },

	/* names */
	{ "const a 1 \"t\"", "bad.abi:1: a is not spelled in UPPER_SNAKE" },
	{ "const Ab 1 \"t\"", "bad.abi:1: Ab is not spelled in UPPER_SNAKE" },
	{ "const _A 1 \"t\"", "bad.abi:1: _A is not spelled in UPPER_SNAKE" },
	{ "error a 9 \"t\"", "bad.abi:1: a is not spelled in UPPER_SNAKE" },
	{ "right a 9 \"t\"", "bad.abi:1: a is not spelled in UPPER_SNAKE" },
	{ "syscall a 9 \"t\"", "bad.abi:1: a is not spelled in UPPER_SNAKE" },
	{ "object a 1 \"t\"", "bad.abi:1: a is not spelled in CamelCase" },
	{ "object A_b 1 \"t\"", "bad.abi:1: A_b is not spelled in CamelCase" },
	{ "object A 1 \"t\"\nmethod B 0 READ () \"t\"",
	  "bad.abi:2: B is not spelled in lower_snake" },
	{ "proto A 1 \"t\"", "bad.abi:1: A is not spelled in lower_snake" },
	{ "proto a 1 \"t\"\nrequest bC 0 () \"t\"", "bad.abi:2: bC is not spelled in lower_snake" },
	{ "struct A 8 \"t\"", "bad.abi:1: A is not spelled in lower_snake" },
	{ "struct a 8 \"t\"\nfield A u8 \"t\"", "bad.abi:2: A is not spelled in lower_snake" },
	{ "const A23456789012345678901234567890123 1 \"t\"",
	  "bad.abi:1: a name has at most 32 characters" },
	{ "const A 1 \"t\"\nconst A 2 \"t\"", "bad.abi:2: the name A is taken by bad.abi:1" },
	{ "error A 9 \"t\"\nerror A 10 \"t\"", "bad.abi:2: the name ERR_A is taken by bad.abi:1" },
	{ "right A 1 \"t\"\nright A 2 \"t\"", "bad.abi:2: the name RIGHT_A is taken by bad.abi:1" },
	{ "syscall A 1 \"t\"\nsyscall A 2 \"t\"",
	  "bad.abi:2: the name SYS_A is taken by bad.abi:1" },
	{ "object A 1 \"t\"\nobject A 2 \"t\"",
	  "bad.abi:2: the name OBJECT_A is taken by bad.abi:1" },
	{ "object IoPort 1 \"t\"\nobject IOPort 2 \"t\"\nobject IoPOrt 3 \"t\"",
	  "bad.abi:3: the name OBJECT_IO_PORT is taken by bad.abi:1" },
	{ "object A 1 \"t\"\nmethod a 0 READ () \"t\"\nfails\nmethod a 1 READ () \"t\"\nfails",
	  "bad.abi:4: the name METHOD_A_A is taken by bad.abi:2" },
	{ "proto a 1 \"t\"\nrequest a 0 () \"t\"\nfails\nproto a 2 \"t\"",
	  "bad.abi:4: the name PROTO_A is taken by bad.abi:1" },
	{ "proto a 1 \"t\"\nrequest a 0 () \"t\"\nfails\nrequest a 1 () \"t\"\nfails",
	  "bad.abi:4: the name A_A is taken by bad.abi:2" },
	{ "proto a 1 \"t\"\nrequest dispatch 0 () \"t\"\nfails",
	  "bad.abi:2: the name a_dispatch is taken by bad.abi:1" },
	{ "proto a 1 \"t\"\nrequest b 0 (c:bytes 8) \"t\"\nfails\nconst A_B_C_MAX 1 \"t\"",
	  "bad.abi:4: the name A_B_C_MAX is taken by bad.abi:2" },
	{ "struct a 1 \"t\"\nfield b u8 \"t\"\nstruct a 1 \"t\"",
	  "bad.abi:3: the name SIZEOF_A is taken by bad.abi:1" },
	{ "struct a 2 \"t\"\nfield b u8 \"t\"\nfield b u8 \"t\"",
	  "bad.abi:3: the name A_B is taken by bad.abi:2" },
	{ "const SYSCALLS 1 \"t\"", "bad.abi:1: the name SYSCALLS belongs to the generator" },
	{ "proto name 1 \"t\"\nrequest a 0 () \"t\"\nfails",
	  "bad.abi:1: the name PROTO_NAME belongs to the generator" },
	{ "struct status 1 \"t\"", "bad.abi:1: the name struct status belongs to the generator" },
	{ "struct int 1 \"t\"\nfield a u8 \"t\"", "bad.abi:1: int is a keyword of C" },
	{ "struct a 1 \"t\"\nfield int u8 \"t\"", "bad.abi:2: int is a keyword of C" },
	{ "object A 1 \"t\"\nmethod b 0 READ (int:word) \"t\"\nfails",
	  "bad.abi:2: int is a keyword of C" },
	{ "object A 1 \"t\"\nmethod b 0 READ () -> (self:word) \"t\"\nfails",
	  "bad.abi:2: the name self belongs to the generated stub" },
	{ "object A 1 \"t\"\nmethod b 0 READ (a_out:word) \"t\"\nfails",
	  "bad.abi:2: names that end in _out belong to the generated stub" },

	/* numbers */
	{ "const A 18446744073709551616 \"t\"",
	  "bad.abi:1: 18446744073709551616 does not fit 64 bits" },
	{ "const A 1a \"t\"", "bad.abi:1: 1a is neither a decimal number nor 0x and hex digits" },
	{ "const A 0x \"t\"", "bad.abi:1: 0x is neither a decimal number nor 0x and hex digits" },
	{ "const A 0x1g \"t\"",
	  "bad.abi:1: 0x1g is neither a decimal number nor 0x and hex digits" },
	{ "const A 012 \"t\"", "bad.abi:1: 012 is neither a decimal number nor 0x and hex digits" },
	{ "const A -1 \"t\"", "bad.abi:1: there is a stray character" },
	{ "error A 256 \"t\"", "bad.abi:1: a number is from 0 to 255" },
	{ "right A 16 \"t\"", "bad.abi:1: a bit is from 0 to 15" },
	{ "syscall A 256 \"t\"", "bad.abi:1: a number is from 0 to 255" },
	{ "object A 0 \"t\"", "bad.abi:1: a number is from 1 to 255" },
	{ "object A 8 \"t\"", "bad.abi:1: the object's number is not below OBJECT_TYPES" },
	{ "object A 1 \"t\"\nmethod a 4 READ () \"t\"\nfails",
	  "bad.abi:2: the method's number has more than METHOD_TYPE_SHIFT bits" },
	{ "proto a 0 \"t\"", "bad.abi:1: a number is from 1 to 255" },
	{ "struct a 0 \"t\"", "bad.abi:1: a size is from 1 to 65535" },
	{ "error A 9 \"t\"\nerror B 9 \"t\"", "bad.abi:2: number 9 is taken by A (bad.abi:1)" },
	{ "right A 9 \"t\"\nright B 9 \"t\"", "bad.abi:2: number 9 is taken by A (bad.abi:1)" },
	{ "syscall A 9 \"t\"\nsyscall B 9 \"t\"", "bad.abi:2: number 9 is taken by A (bad.abi:1)" },
	{ "object A 1 \"t\"\nobject B 1 \"t\"", "bad.abi:2: number 1 is taken by A (bad.abi:1)" },
	{ "object A 1 \"t\"\nmethod a 0 READ () \"t\"\nfails\nmethod b 0 READ () \"t\"\nfails",
	  "bad.abi:4: number 0 is taken by a (bad.abi:2)" },
	{ "proto a 1 \"t\"\nrequest a 0 () \"t\"\nfails\nproto b 1 \"t\"",
	  "bad.abi:4: number 1 is taken by a (bad.abi:1)" },
	{ "proto a 1 \"t\"\nrequest b 0 () \"t\"\nfails\nrequest c 0 () \"t\"\nfails",
	  "bad.abi:4: number 0 is taken by b (bad.abi:2)" },

	/* texts */
	{ "const A 1 \"t", "bad.abi:1: the text has no closing quote" },
	{ "const A 1 \"\"", "bad.abi:1: the text is empty" },
	{ "const A 1 \"\t\"", "bad.abi:1: a text has printable ASCII only" },
	{ "const A 1 \"\xc3\xa9\"", "bad.abi:1: a text has printable ASCII only" },
	{ "const A 1 \"a\\n\"", "bad.abi:1: a text must not contain \\" },
	{ "const A 1 \"a*/\"", "bad.abi:1: a text must not contain */" },
	{ "const A 1 \"/*a\"", "bad.abi:1: a text must not contain /*" },
	{ "const A 1 \"a?\?=\"", "bad.abi:1: a text must not contain ?\?" },

	/* methods and requests */
	{ "object A 1 \"t\"\nmethod a 0 () \"t\"", "bad.abi:2: expected a right, found (" },
	{ "object A 1 \"t\"\nmethod a 0 READ| () \"t\"", "bad.abi:2: expected a right, found (" },
	{ "object A 1 \"t\"\nmethod a 0 FLY () \"t\"\nfails", "bad.abi:2: there is no right FLY" },
	{ "object A 1 \"t\"\nmethod a 0 READ|READ () \"t\"\nfails",
	  "bad.abi:2: READ is listed twice" },
	{ "object A 1 \"t\"\nmethod a 0 READ \"t\"", "bad.abi:2: expected (, found t" },
	{ "object A 1 \"t\"\nmethod a 0 READ (b) \"t\"", "bad.abi:2: expected :, found )" },
	{ "object A 1 \"t\"\nmethod a 0 READ (b:word \"t\"", "bad.abi:2: expected ), found t" },
	{ "object A 1 \"t\"\nmethod a 0 READ (b:word,) \"t\"",
	  "bad.abi:2: expected the name of an argument, found )" },
	{ "object A 1 \"t\"\nmethod a 0 READ (b:long) \"t\"",
	  "bad.abi:2: there is no argument type long" },
	{ "object A 1 \"t\"\nmethod a 0 READ (b:bytes 8) \"t\"",
	  "bad.abi:2: there is no argument type bytes outside a request" },
	{ "object A 1 \"t\"\nmethod a 0 READ (B:word) \"t\"",
	  "bad.abi:2: B is not spelled in lower_snake" },
	{ "object A 1 \"t\"\nmethod a 0 READ () -> \"t\"", "bad.abi:2: expected (, found t" },
	{ "object A 1 \"t\"\nmethod a 0 READ (b:word, b:word) \"t\"\nfails",
	  "bad.abi:2: two of the arguments are called b" },
	{ "object A 1 \"t\"\nmethod a 0 READ () -> (b:word, b:word) \"t\"\nfails",
	  "bad.abi:2: two of the results are called b" },
	{ "object A 1 \"t\"\nmethod a 0 READ "
	  "(b:word, c:word, d:word, e:word, f:word, g:word, h:word) \"t\"\nfails",
	  "bad.abi:2: 7 words of arguments are more than IPC_REGISTERS" },
	{ "proto a 1 \"t\"\nrequest a 0 () -> "
	  "(b:word, c:word, d:word, e:word, f:word, g:word, h:bytes 1) \"t\"\nfails",
	  "bad.abi:2: 7 words of results are more than IPC_REGISTERS" },
	{ "proto a 1 \"t\"\nrequest a 0 (b:bytes) \"t\"",
	  "bad.abi:2: expected the number of bytes, found )" },
	{ "proto a 1 \"t\"\nrequest a 0 (b:bytes 0) \"t\"",
	  "bad.abi:2: the number of bytes is from 1 to 65535" },
	{ "proto a 1 \"t\"\nrequest a 0 (b:bytes 465) \"t\"\nfails",
	  "bad.abi:2: a message has room for 464 bytes" },
	{ "proto a 1 \"t\"\nrequest a 0 (b:bytes 8, c:bytes 8) \"t\"\nfails",
	  "bad.abi:2: only one of the arguments can be bytes" },
	{ "proto a 1 \"t\"", "bad.abi:1: a is empty" },

	/* fails */
	{ "fails", "bad.abi:1: fails belongs right below a method, syscall or request" },
	{ "const A 1 \"t\"\nfails",
	  "bad.abi:2: fails belongs right below a method, syscall or request" },
	{ "syscall A 1 \"t\"\nfails\nfails",
	  "bad.abi:3: fails belongs right below a method, syscall or request" },
	{ "syscall A 1 \"t\"\nfails LUCK", "bad.abi:2: there is no error LUCK" },
	{ "syscall A 1 \"t\"\nfails luck", "bad.abi:2: luck is not spelled in UPPER_SNAKE" },
	{ "syscall A 1 \"t\"\nfails BAD_ARG BAD_ARG", "bad.abi:2: BAD_ARG is listed twice" },
	{ "syscall A 1 \"t\"\nfails OK", "bad.abi:2: OK is not a failure" },
	{ "syscall A 1 \"t\"\nfails BAD_ARG, TRUNCATED",
	  "bad.abi:2: expected the end of the line, found ," },
	{ "object A 1 \"t\"\nmethod a 0 READ () \"t\"", "bad.abi:2: a has no fails line below it" },
	{ "proto a 1 \"t\"\nrequest a 0 () \"t\"", "bad.abi:2: a has no fails line below it" },

	/* bound */
	{ "bound 5", "bad.abi:1: bound belongs below a method or syscall, or the errors of one" },
	{ "syscall A 1 \"t\"\nbound 5\nbound 5",
	  "bad.abi:3: bound belongs below a method or syscall, or the errors of one" },
	{ "proto a 1 \"t\"\nrequest a 0 () \"t\"\nfails\nbound 5",
	  "bad.abi:4: bound belongs below a method or syscall, or the errors of one" },
	{ "syscall A 1 \"t\"\nbound 0",
	  "bad.abi:2: a number of instructions is from 1 to 4294967295" },
	{ "syscall A 1 \"t\"\nbound 5 leaps",
	  "bad.abi:2: expected the end of the line, found leaps" },

	/* structures */
	{ "struct a 8 \"t\"", "bad.abi:1: a is empty" },
	{ "struct a 8 \"t\"\nfield b u9 \"t\"", "bad.abi:2: there is no field type u9" },
	{ "struct a 8 \"t\"\nfield b \"t\"", "bad.abi:2: expected a type, found t" },
	{ "struct a 8 \"t\"\nfield b struct c \"t\"", "bad.abi:2: there is no struct c above" },
	{ "struct a 8 \"t\"\nfield b struct a \"t\"", "bad.abi:2: struct a cannot contain itself" },
	{ "struct a 8 \"t\"\nfield b u8[0] \"t\"",
	  "bad.abi:2: the number of items is from 1 to 65535" },
	{ "struct a 8 \"t\"\nfield b u8[] \"t\"",
	  "bad.abi:2: expected the number of items, found ]" },
	{ "struct a 8 \"t\"\nfield b u8[8 \"t\"", "bad.abi:2: expected ], found t" },
	{ "struct a 9 \"t\"\nfield b u64 \"t\"", "bad.abi:1: the fields of a have 8 bytes, not 9" },
	{ "struct a 8 \"t\"\nfield b u32[3] \"t\"",
	  "bad.abi:1: the fields of a have 12 bytes, not 8" },
	{ "struct a 8 \"t\"\nfield b u8 \"t\"\nfield c u32 \"t\"",
	  "bad.abi:3: c is at offset 1, which is not a multiple of 4" },
	{ "struct a 4 \"t\"\nfield b u32 \"t\"\nstruct c 6 \"t\"\nfield d u16 \"t\"\n"
	  "field e struct a \"t\"",
	  "bad.abi:5: e is at offset 2, which is not a multiple of 4" },
	{ "struct a 6 \"t\"\nfield b u32 \"t\"\nfield c u16 \"t\"",
	  "bad.abi:1: the size of a is not a multiple of 4, its alignment" },
};

static void names_the_line_of_every_mistake(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		write_text("bad.abi", mistakes[i].text);
		expect_refusal(run("out", prelude(), "bad.abi", NULL), mistakes[i].message);
	}
}

static void refuses_a_child_whose_parent_is_in_another_file(void **state)
{
	(void)state;
	write_text("a.abi", "object A 1 \"t\"\n");
	write_text("b.abi", "method a 0 READ () \"t\"\nfails\n");
	expect_refusal(run("out", prelude(), "a.abi", "b.abi", NULL),
		       "b.abi:1: a method needs its object above it in this file");
}

static void refuses_a_zero_byte(void **state)
{
	(void)state;
	static const char bytes[] = "# fine\n#\0\n";

	write_bytes("bad.abi", bytes, sizeof(bytes) - 1);
	expect_refusal(run("out", prelude(), "bad.abi", NULL), "bad.abi:2: there is a zero byte");
}

static void refuses_a_line_of_512_bytes_but_not_511(void **state)
{
	(void)state;
	char line[513];

	memset(line, '#', sizeof(line));
	write_bytes("a.abi", line, 511);
	expect_success(run("out", prelude(), "a.abi", NULL));
	visit_files("out", remove_file);
	write_bytes("a.abi", line, 512);
	expect_refusal(run("out", prelude(), "a.abi", NULL),
		       "a.abi:1: the line has more than 511 bytes");
}

/* --- edits --- */

/* A copy of a file in which the first `from` has become `to`. */
static void write_edited(const char *to_path, const char *from_path, const char *from,
			 const char *to)
{
	char edited[TEXT_BYTES];
	const char *text = text_of(from_path);

	assert_non_null(text);

	const char *at = strstr(text, from);

	assert_non_null(at);
	snprintf(edited, sizeof(edited), "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	write_text(to_path, edited);
}

/* What the generator builds on must be there, and make sense. */
static const struct {
	const char *from;
	const char *to;
	const char *message;
} broken_preludes[] = {
	{ "const IPC_REGISTERS     6", "const A 6",
	  "a.abi:15: nothing above states const IPC_REGISTERS, which the generator builds on" },
	{ "const IPC_WORDS ", "const A ",
	  "a.abi:15: nothing above states const IPC_WORDS, which the generator builds on" },
	{ "const METHOD_TYPE_SHIFT", "const A",
	  "a.abi:15: nothing above states const METHOD_TYPE_SHIFT, which the generator builds on" },
	{ "const OBJECT_TYPES", "const A",
	  "a.abi:15: nothing above states const OBJECT_TYPES, which the generator builds on" },
	{ "error OK          0", "error A 5",
	  "a.abi:15: nothing above states error OK, which the generator builds on" },
	{ "error BAD_ARG", "error A",
	  "a.abi:15: nothing above states error BAD_ARG, which the generator builds on" },
	{ "error BAD_REQUEST", "error A",
	  "a.abi:15: nothing above states error BAD_REQUEST, which the generator builds on" },
	{ "error TRUNCATED", "error A",
	  "a.abi:15: nothing above states error TRUNCATED, which the generator builds on" },
	{ "syscall INVOKE", "syscall A",
	  "a.abi:15: nothing above states syscall INVOKE, which the generator builds on" },
	{ "const IPC_REGISTERS     6", "const IPC_REGISTERS 0",
	  "a.abi:6: IPC_REGISTERS is from 1 to IPC_WORDS" },
	{ "const IPC_REGISTERS     6", "const IPC_REGISTERS 65",
	  "a.abi:6: IPC_REGISTERS is from 1 to IPC_WORDS" },
	{ "const METHOD_TYPE_SHIFT 2", "const METHOD_TYPE_SHIFT 17",
	  "a.abi:8: METHOD_TYPE_SHIFT is from 0 to 16" },
	{ "error OK          0", "error OK 9", "a.abi:10: OK is error 0, and nothing else is" },
	{ "error OK          0 \"success\"", "error A 0 \"t\"\nerror OK 9 \"success\"",
	  "a.abi:10: OK is error 0, and nothing else is" },
};

static void needs_what_it_builds_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(broken_preludes) / sizeof(broken_preludes[0]); i++) {
		write_edited("a.abi", prelude(), broken_preludes[i].from, broken_preludes[i].to);
		expect_refusal(run("out", "a.abi", NULL), broken_preludes[i].message);
	}
}

/* Edits of the sample, and whether two programs that differ in them may still meet. */
static const struct {
	const char *from;
	const char *to;
	bool changes_hash;
} edits[] = {
	{ "\"success\"", "\"it went well\"", false },
	{ "# and this is one", "", false },
	{ "error OK           0", "\n\nerror\tOK 0\t\t", false },
	{ "LARGEST_INT 2147483647", "LARGEST_INT 0x7fffffff", false },
	{ "index:word, source", "index : word,source", false },
	{ "LARGEST_INT 2147483647", "LARGEST_INT 2147483646", true },
	{ "const LARGEST_INT", "const LARGEST", true },
	{ "error BAD_CAP      1", "error BAD_CAP 2", true },
	{ "right MANAGE 15", "right MANAGE 14", true },
	{ "fails BAD_CAP BAD_ARG", "fails BAD_ARG BAD_CAP", true },
	{ "fails BAD_CAP BAD_ARG", "fails BAD_CAP", true },
	{ "READ|WRITE", "READ", true },
	{ "READ|WRITE", "WRITE|READ", true },
	{ "1 reserved \"not yet\"", "1 \"not yet\"", true },
	{ "source:cptr", "source:word", true },
	{ "source:cptr", "other:cptr", true },
	{ "index:word, source:cptr", "source:cptr, index:word", true },
	{ "-> partial (", "-> (", true },
	{ "text:bytes 20, after", "text:bytes 21, after", true },
	{ "field x u16 \"to the right\"\nfield y", "field y u16 \"down\"\nfield x", true },
	{ "field x u16", "field x u8[2]", true },
};

static uint64_t hash_of(const char *path)
{
	static const char before[] = "#define KOZO_ABI_HASH ";

	expect_success(run("out", path, NULL));

	const char *at = strstr(text_of("out/kozo_abi.h"), before);

	assert_non_null(at);
	return strtoull(at + strlen(before), NULL, 16);
}

static void hashes_facts_but_not_texts(void **state)
{
	(void)state;
	uint64_t original = hash_of(sample());

	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		write_edited("a.abi", sample(), edits[i].from, edits[i].to);
		if ((hash_of("a.abi") != original) != edits[i].changes_hash)
			fail_msg("the hash is wrong about '%s' to '%s'", edits[i].from,
				 edits[i].to);
	}
}

static void reads_several_files_as_one(void **state)
{
	(void)state;
	uint64_t whole = hash_of(sample());
	char first[TEXT_BYTES];
	const char *text = text_of(sample());
	const char *second = strstr(text, "object CNode");

	assert_non_null(second);
	snprintf(first, sizeof(first), "%.*s", (int)(second - text), text);
	write_text("a.abi", first);
	write_text("b.abi", second);
	expect_success(run("out", "a.abi", "b.abi", NULL));

	char hash[32];

	snprintf(hash, sizeof(hash), " 0x%016llxull", (unsigned long long)whole);
	assert_non_null(strstr(text_of("out/kozo_abi.h"), hash));
}

/* --- running --- */

static int enter_scratch(void **state)
{
	(void)state;
	return mkdir("out", 0700);
}

static int leave_scratch(void **state)
{
	(void)state;
	rmdir("out/kozo_abi.h.tmp");
	visit_files("out", remove_file);
	rmdir("out");
	visit_files(".", remove_file);
	return 0;
}

static void find(const char *variable, const char *otherwise, char path[PATH_MAX])
{
	const char *value = getenv(variable);

	if (!realpath(value ? value : otherwise, path)) {
		perror(variable);
		exit(EXIT_FAILURE);
	}
}

#define GEN_TEST(name) cmocka_unit_test_setup_teardown(name, enter_scratch, leave_scratch)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		GEN_TEST(writes_what_is_in_golden),
		GEN_TEST(does_not_mind_cr_lf_or_a_missing_last_newline),
		GEN_TEST(reads_several_files_as_one),
		GEN_TEST(hashes_facts_but_not_texts),
		GEN_TEST(says_how_it_is_used),
		GEN_TEST(refuses_a_file_that_is_not_there),
		GEN_TEST(refuses_a_folder_in_place_of_a_file),
		GEN_TEST(refuses_a_folder_that_it_cannot_write_to),
		GEN_TEST(leaves_nothing_behind_when_writing_fails),
		GEN_TEST(names_the_line_of_every_mistake),
		GEN_TEST(refuses_a_child_whose_parent_is_in_another_file),
		GEN_TEST(refuses_a_zero_byte),
		GEN_TEST(refuses_a_line_of_512_bytes_but_not_511),
		GEN_TEST(needs_what_it_builds_on),
	};

	find("KOZO_GEN", "build/host/gen", generator);
	find("KOZO_SOURCE", ".", source);
	if (!mkdtemp(scratch) || chdir(scratch) != 0) {
		perror(scratch);
		return EXIT_FAILURE;
	}

	int failures = cmocka_run_group_tests_name("gen", tests, NULL, NULL);

	rmdir(scratch);
	return failures;
}
