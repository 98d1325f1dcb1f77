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
#include "print.h"
#include "proto_fs_server.h"
#include "request.h"
#include "serve.h"
#include "start.h"

static struct volume volume;
static struct sessions sessions;
static const struct node *root; /* NULL: there is no volume, and whoever asks is told so */

static void begin(const struct start_info *start)
{
	enum volume_result mounted =
		volume_mount(&volume, (const void *)start->initrd, start->initrd_bytes);

	if (mounted == VOLUME_OK)
		root = &volume.node[0];
	else
		kozo_printf("fsd: the initrd cannot be served: %s\n", volume_text(mounted));
}

/* Whom the supervisor lets ask us may read everything, and has a session once it asks. */
static struct session *session_for(word_t badge)
{
	struct session *session = session_of(&sessions, badge);

	if (session || !root || !badge || session_begin(&sessions, badge, root) != OK)
		return session;
	return session_of(&sessions, badge);
}

static void answer(struct message *m)
{
	struct fs_context context = { &volume, session_for(m->badge) };

	if (context.session)
		fs_dispatch(&context, m);
	else
		*m = (struct message){ .label = ERR_NO_SESSION };
}

int main(const void *info)
{
	const struct start_info *start = info;

	kozo_begin((const char *)start->name, start->ipc_buffer);
	begin(start);
	serve(answer, NULL);
}
