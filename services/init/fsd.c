/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "fsd.h"

#include <assert.h>
#include <string.h>

#include "boot.h"
#include "guard.h"
#include "kozo_stubs.h"
#include "print.h"
#include "process.h"
#include "program.h"
#include "proto_fs_client.h"
#include "status.h"

/* A file of the initrd that takes several reads. */
static const char sample[] = "etc/motd";

static struct process process;
static cptr_t endpoint; /* init's own, with every right */
static cptr_t session;	/* may only send, with our badge */

static bool refuse(const char *what, status_t status)
{
	kozo_printf("init: fsd: %s: %s\n", what, kozo_status_text(status));
	return false;
}

/* --- starting it ---------------------------------------------------------- */

static status_t make_session(void)
{
	cptr_t slot = slots_take(&memory.slots, 1);

	if (!slot)
		return ERR_NO_MEMORY;

	status_t status = kozo_cnode_mint(SLOT_CNODE, slot, SLOT_CNODE, endpoint, RIGHT_SEND,
					  FS_SESSION_STARTER);

	if (status == OK)
		session = slot;
	else
		slots_give(&memory.slots, slot, 1);
	return status;
}

static status_t make_endpoint(void)
{
	status_t status = memory_make(&memory, OBJECT_ENDPOINT, 0, &endpoint);

	return status == OK ? make_session() : status;
}

static status_t equip(void)
{
	status_t status = process_grant(&process, SLOT_ENDPOINT, endpoint, RIGHT_RECEIVE);

	if (status == OK)
		status = process_make(&process, SLOT_REPLY, OBJECT_REPLY);
	if (status == OK)
		status =
			process_grant(&process, SLOT_DEBUG_CONSOLE, SLOT_DEBUG_CONSOLE, RIGHT_SEND);
	return status;
}

static void drop(cptr_t *cptr)
{
	if (!*cptr)
		return;

	status_t status = memory_drop(&memory, *cptr);

	assert(status == OK);
	*cptr = 0;
}

/* Undo as much of fsd_start() as has been done. */
static void stop(void)
{
	if (process.cnode)
		process_destroy(&process);
	drop(&session);
	drop(&endpoint);
}

/* One that has died is taken apart by whoever asks for it next. */
cptr_t fsd_session(void)
{
	if (process.died)
		stop();
	return session;
}

static status_t start(const struct elf *elf)
{
	const struct process_plan plan = { .name = "fsd", .elf = elf, .initrd = true };
	status_t status = make_endpoint();

	if (status == OK)
		status = process_create(&process, &plan);
	if (status == OK)
		status = equip();
	if (status == OK)
		status = guard_watch(&process);
	if (status == OK)
		status = process_start(&process);
	return status;
}

bool fsd_start(void)
{
	struct elf elf;

	if (!boot_initrd_is_whole()) {
		kozo_printf("init: the initrd is damaged, so fsd is not started\n");
		return false;
	}
	if (!program_open("fsd", &elf))
		return false;

	status_t status = start(&elf);

	if (status == OK)
		return true;
	stop();
	return refuse("it could not be started", status);
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
		kozo_printf("init: fsd: ping: %016lx is the wrong answer\n", answer);
		return false;
	}
	return true;
}

static bool differs(size_t offset)
{
	kozo_printf("init: fsd: %s differs from the initrd at byte %zu\n", sample, offset);
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
	if (cpio_find(&initrd, sample, &expected) != CPIO_FILE)
		return refuse(sample, ERR_NOT_FOUND);
	return check_file(&expected);
}

bool fsd_check(void)
{
	bool good = check();

	if (!good)
		stop();
	return good;
}
