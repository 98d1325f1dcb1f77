/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * fsd - the file server
 *
 * One thread serves one endpoint, one request at a time, so nothing in fsd is
 * locked. A client is known only by the badge on its capability. Its request is
 * defined in abi/fs.abi and answered in request.c, from its session (session.c)
 * and the tree of files (volume.c).
 *
 * fsd holds four things: the endpoint, a Reply, the right to print, and the
 * initrd, read-only. A bad request is the client's mistake and earns an ERR_*. A
 * volume that cannot be served is whoever's who made it: we say so, and serve
 * nobody.
 */
#include "panic.h"
#include "print.h"
#include "proto_fs_server.h"
#include "request.h"
#include "start.h"
#include "status.h"

static struct volume volume;
static struct sessions sessions;

/* Without a volume there is no session, and whoever asks is told so. */
static void begin(const struct start_info *start)
{
	enum volume_result mounted =
		volume_mount(&volume, (const void *)start->initrd, start->initrd_bytes);

	if (mounted != VOLUME_OK) {
		kozo_printf("fsd: the initrd cannot be served: %s\n", volume_text(mounted));
		return;
	}

	status_t status = session_begin(&sessions, FS_SESSION_STARTER, &volume.node[0]);

	if (status != OK)
		panic("the first session: %s", kozo_status_text(status));
}

/* Turn the request that came in *m, and how it came, into its answer. */
static void serve(struct message *m, status_t came)
{
	struct fs_context context = { &volume, session_of(&sessions, m->badge) };

	if (!context.session)
		*m = (struct message){ .label = ERR_NO_SESSION };
	else if (came == ERR_TRUNCATED)
		*m = (struct message){ .label = ERR_BAD_REQUEST };
	else
		fs_dispatch(&context, m);
}

int main(const void *info)
{
	const struct start_info *start = info;
	struct message m;

	kozo_begin((const char *)start->name, start->ipc_buffer);
	begin(start);

	status_t status = kozo_receive(SLOT_ENDPOINT, SLOT_REPLY, &m);

	while (status == OK || status == ERR_TRUNCATED) {
		serve(&m, status);
		status = kozo_reply_receive(SLOT_ENDPOINT, SLOT_REPLY, &m);
	}
	panic("the endpoint: %s", kozo_status_text(status));
}
