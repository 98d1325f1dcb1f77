/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "session.h"

#include <assert.h>
#include <string.h>

static struct session *find(struct sessions *sessions, word_t badge)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		if (sessions->session[i].badge == badge)
			return &sessions->session[i];
	}
	return NULL;
}

struct session *session_of(struct sessions *sessions, word_t badge)
{
	return badge ? find(sessions, badge) : NULL;
}

status_t session_begin(struct sessions *sessions, word_t badge, const struct node *root)
{
	assert(badge && !find(sessions, badge));

	struct session *free = find(sessions, 0);

	if (!free)
		return ERR_TOO_MANY;
	*free = (struct session){ .badge = badge, .root = root };
	return OK;
}

status_t session_open(struct session *session, const struct node *node, word_t *file)
{
	for (word_t i = 0; i < SESSION_FILES_MAX; i++) {
		if (session->file[i])
			continue;
		session->file[i] = node;
		*file = i;
		return OK;
	}
	return ERR_TOO_MANY;
}

status_t session_file(const struct session *session, word_t file, const struct node **node)
{
	if (file >= SESSION_FILES_MAX || !session->file[file])
		return ERR_BAD_FILE;
	*node = session->file[file];
	return OK;
}

status_t session_close(struct session *session, word_t file)
{
	const struct node *node;
	status_t status = session_file(session, file, &node);

	if (status == OK)
		session->file[file] = NULL;
	return status;
}

void session_close_all(struct session *session)
{
	memset(session->file, 0, sizeof(session->file));
}
