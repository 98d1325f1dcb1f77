/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "fsd.h"

#include <string.h>

#include "ask.h"
#include "boot.h"
#include "print.h"
#include "proto_fs_client.h"
#include "status.h"

/* A file of the initrd that takes several reads. */
static const char sample[] = "etc/motd";

static cptr_t session; /* may only send, with our badge */

static bool refuse(const char *what, status_t status)
{
	kozo_printf("supervisor: fsd: %s: %s\n", what, kozo_status_text(status));
	return false;
}

cptr_t fsd_session(void)
{
	return ask_session("fsd");
}

/* --- checking it ---------------------------------------------------------- */

static bool check_alive(void)
{
	const word_t question = 0x0123456789abcdef;
	word_t answer = 0;
	status_t status = fs_ping(session, question, &answer);

	if (status != OK)
		return refuse("ping", status);
	if (answer != ~question) {
		kozo_printf("supervisor: fsd: ping: %016lx is the wrong answer\n", answer);
		return false;
	}
	return true;
}

static bool differs(size_t offset)
{
	kozo_printf("supervisor: fsd: %s differs from the initrd at byte %zu\n", sample, offset);
	return false;
}

/* Read an open file to its end, in reads as long as they can be. */
static bool check_content(word_t file, const struct cpio_file *expected)
{
	const char *content = expected->data;
	char data[FS_READ_MAX];
	size_t at = 0, length;

	do {
		status_t status =
			fs_read(session, file, at, sizeof(data), data, sizeof(data), &length);

		if (status != OK)
			return refuse("read", status);
		if (length > expected->size - at || memcmp(data, content + at, length) != 0)
			return differs(at);
		at += length;
	} while (length > 0);
	return at == expected->size || differs(at);
}

static bool check_file(const struct cpio_file *expected)
{
	word_t file, size;
	status_t status = fs_open(session, sample, strlen(sample), &file, &size);

	if (status != OK)
		return refuse(sample, status);
	if (size != expected->size)
		return differs(size < expected->size ? size : expected->size);
	if (!check_content(file, expected))
		return false;
	status = fs_close(session, file);
	return status == OK || refuse("close", status);
}

static bool check(void)
{
	struct cpio initrd = boot_initrd();
	struct cpio_file expected;

	if (!check_alive())
		return false;

	status_t status = fs_begin(session);

	if (status != OK)
		return refuse("begin", status);
	if (cpio_find(&initrd, sample, &expected) != CPIO_FILE)
		return refuse(sample, ERR_NOT_FOUND);
	return check_file(&expected);
}

bool fsd_check(void)
{
	session = fsd_session();
	return session && check();
}
