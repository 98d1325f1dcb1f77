/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "volume.h"

/*
 * session: what one client may reach, and what it has open.
 *
 * A client is known by the badge on the capability it calls with, which was
 * chosen by whoever minted it and which the client cannot change. Its session is
 * a directory, its root; the number of an open file means something within the
 * session only.
 */
enum { SESSIONS_MAX = 16, SESSION_FILES_MAX = 16 };

struct session {
	word_t badge; /* 0: this place is free */
	const struct node *root;
	const struct node *file[SESSION_FILES_MAX]; /* NULL: not open */
};

struct sessions {
	struct session session[SESSIONS_MAX];
};

/*
 * Begin to serve the client with this badge, not 0 and not served yet.
 * ERR_TOO_MANY: all places are taken.
 */
MUST_USE status_t session_begin(struct sessions *sessions, word_t badge, const struct node *root);

/* The session of whoever has this badge. NULL: there is none. */
struct session *session_of(struct sessions *sessions, word_t badge);

/* Note a file as open and number it. ERR_TOO_MANY: too many are. */
MUST_USE status_t session_open(struct session *session, const struct node *node, word_t *file);

/* The open file of that number, which may be any. ERR_BAD_FILE: it is not open. */
MUST_USE status_t session_file(const struct session *session, word_t file,
			       const struct node **node);

MUST_USE status_t session_close(struct session *session, word_t file);

/* None of its files is open any more. */
void session_close_all(struct session *session);
