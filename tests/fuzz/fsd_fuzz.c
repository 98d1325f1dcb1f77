/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * fsd's requests: the input is a list of them, from three clients with a root of
 * their own each, as messages that may say anything. One client never gets to see
 * what lies outside its root, nor what another has open.
 */
/* links: services/fsd/request.c services/fsd/session.c services/fsd/volume.c services/lib/kozo-sys/cpio.c */
#include "fuzz.h"

#include "proto_fs_server.h"
#include "request.h"

#define assert_true(fact) must(fact)
#define assert_non_null(pointer) must(pointer)
#include "newc.h"

enum { CLIENTS = 3, BODY_WORDS = IPC_WORDS - IPC_REGISTERS };

static const char *const root_of[CLIENTS] = { "", "etc", "usr/share" };

static struct volume volume;
static struct sessions sessions;
static struct ipc_buffer buffer;

struct ipc_buffer *kozo_ipc_buffer(void)
{
	return &buffer;
}

/* --- what there is ------------------------------------------------------------ */

static void mount(void)
{
	newc_begin();
	newc_file("init", "init");
	newc_file("etc/motd", "hello");
	newc_file("etc/deep/er/file", "");
	newc_entry("usr/share", NEWC_DIRECTORY, NULL, 0);
	newc_file("usr/share/long", (char[1000]){ [0 ... 998] = 'x' });
	newc_file("usr/other", "other");
	newc_entry("empty", NEWC_DIRECTORY, NULL, 0);
	newc_end();
	must(volume_mount(&volume, newc.bytes, newc.size) == VOLUME_OK);
}

static const struct node *find(const char *path)
{
	const struct node *node = NULL;

	must(volume_resolve(&volume, volume.node, path, strlen(path), &node) == OK);
	return node;
}

static void begin(void)
{
	if (!volume.count)
		mount();
	memset(&sessions, 0, sizeof(sessions));
	for (word_t i = 0; i < CLIENTS; i++)
		must(session_begin(&sessions, i + 1, find(root_of[i])) == OK);
}

UNWATCHED static bool is_below(const struct node *node, const struct node *root)
{
	while (node != root && node != volume.node)
		node = &volume.node[node->parent];
	return node == root;
}

/* --- requests ----------------------------------------------------------------- */

/* Small numbers, and some that are not. */
static word_t take_word(struct input *input)
{
	static const word_t odd[] = { FS_READ_MAX, FS_READ_MAX + 1, FS_PATH_MAX + 1, 998,
				      UINT32_MAX,  1ull << 32,	    INT64_MAX,	     UINT64_MAX };
	enum { ODD = sizeof(odd) / sizeof(odd[0]) };
	uint8_t byte = input_byte(input);

	return byte < 256 - ODD ? byte : odd[byte - (256 - ODD)];
}

static size_t take_text(struct input *input)
{
	size_t length = input_byte(input), i;
	uint8_t *body = (uint8_t *)(buffer.word + IPC_REGISTERS);

	memset(&buffer, 0x5a, sizeof(buffer));
	for (i = 0; i < length && input->left; i++)
		body[i] = input_byte(input);
	return i;
}

/* A request as a client's stub makes it, unless `lie` says what its number of words is to be. */
static struct message take_request(struct input *input)
{
	struct message m = { .badge = 1 + input_byte(input) % CLIENTS };
	uint8_t lie;

	m.label = take_word(input);
	lie = input_byte(input);
	for (size_t i = 0; i < 3; i++)
		m.word[i] = take_word(input);

	switch (m.label) {
	case FS_OPEN:
	case FS_STAT:
		m.word[0] = take_text(input);
		m.nwords = wire_words(m.word[0]);
		break;
	case FS_LIST:
		m.word[1] = take_text(input);
		m.nwords = wire_words(m.word[1]);
		break;
	case FS_READ:
		m.nwords = 3;
		break;
	case FS_BEGIN:
		m.nwords = 0;
		break;
	default:
		m.nwords = 1;
	}
	if (lie) {
		m.nwords = lie % (IPC_WORDS + 1);
		m.word[1] = take_word(input);
		m.word[0] = take_word(input);
	}
	return m;
}

static bool is_well_formed(const struct message *m)
{
	switch (m->label) {
	case FS_BEGIN:
		return m->nwords == 0;
	case FS_PING:
	case FS_CLOSE:
		return m->nwords == 1;
	case FS_READ:
		return m->nwords == 3;
	case FS_OPEN:
	case FS_STAT:
		return m->word[0] <= FS_PATH_MAX && m->nwords == wire_words(m->word[0]);
	case FS_LIST:
		return m->word[1] <= FS_PATH_MAX && m->nwords == wire_words(m->word[1]);
	default:
		return false;
	}
}

/* --- answers ------------------------------------------------------------------ */

/* A failure says nothing but which it is. */
static void check_failure(const struct message *m)
{
	for (size_t i = 0; i < IPC_REGISTERS; i++)
		must(m->word[i] == 0);
	must(m->nwords == 0);
}

/* What came in the buffer is `length` bytes of this, and zeros up to a whole word. */
static void check_body(const struct message *m, const void *bytes, word_t length)
{
	const uint8_t *body = (const uint8_t *)(buffer.word + IPC_REGISTERS);

	must(m->nwords == wire_words(length) && m->nwords <= IPC_WORDS);
	must(memcmp(body, bytes, length) == 0);
	for (; length % sizeof(word_t); length++)
		must(body[length] == 0);
}

static void check_read(const struct message *request, const struct message *m,
		       const struct node *file)
{
	word_t offset = request->word[1], length = request->word[2];

	must(file && length <= FS_READ_MAX);

	word_t left = offset < file->size ? file->size - offset : 0;

	must(m->word[0] == (length < left ? length : left));
	check_body(m, (const char *)file->data + (left ? offset : 0), m->word[0]);
}

static void check_open(const struct session *session, const struct message *m)
{
	must(m->word[0] < SESSION_FILES_MAX && session->file[m->word[0]]);
	must(m->word[1] == session->file[m->word[0]]->size);
}

static void check_list(const struct session *session, const struct message *m)
{
	must(m->word[0] > 0 && m->word[0] < volume.count);

	const struct node *entry = &volume.node[m->word[0]];

	must(entry != session->root && is_below(entry, session->root));
	must(m->word[1] == (entry->directory ? FS_TYPE_DIR : FS_TYPE_FILE));
	must(m->word[2] == entry->size && m->word[3] == entry->name_length);
	check_body(m, entry->name, entry->name_length);
}

/* Sizes of files tell them apart: one from outside would be noticed. */
UNWATCHED static void check_stat(const struct session *session, const struct message *m)
{
	bool is_there = false;

	for (size_t i = 0; i < volume.count; i++) {
		const struct node *n = &volume.node[i];

		is_there |= is_below(n, session->root) && n->size == m->word[1] &&
			    n->directory == (m->word[0] == FS_TYPE_DIR) && n->mode == m->word[2] &&
			    n->mtime == m->word[3];
	}
	must(is_there);
}

static void check_answer(const struct session *before, const struct message *request,
			 const struct message *m)
{
	const struct session *session = session_of(&sessions, request->badge);
	word_t file = request->word[0];

	switch (request->label) {
	case FS_PING:
		must(m->word[0] == ~request->word[0]);
		break;
	case FS_OPEN:
		check_open(session, m);
		break;
	case FS_CLOSE:
		must(file < SESSION_FILES_MAX && before->file[file] && !session->file[file]);
		break;
	case FS_READ:
		check_read(request, m, file < SESSION_FILES_MAX ? before->file[file] : NULL);
		break;
	case FS_STAT:
		check_stat(session, m);
		break;
	case FS_LIST:
		check_list(session, m);
		break;
	case FS_BEGIN:
		for (size_t i = 0; i < SESSION_FILES_MAX; i++)
			must(!session->file[i]);
		break;
	}
}

/* Nobody but who asked has changed, and nobody has open what is not theirs. */
UNWATCHED static void check_sessions(const struct sessions *before, word_t badge)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		const struct session *s = &sessions.session[i];

		if (s->badge != badge)
			must(memcmp(s, &before->session[i], sizeof(*s)) == 0);
		must(s->badge == before->session[i].badge && s->root == before->session[i].root);
		for (size_t j = 0; j < SESSION_FILES_MAX; j++)
			must(!s->file[j] ||
			     (!s->file[j]->directory && is_below(s->file[j], s->root)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };

	begin();
	while (input.left) {
		struct message request = take_request(&input), m = request;
		struct sessions before = sessions;
		struct session *session = session_of(&sessions, m.badge);
		struct fs_context context = { &volume, session };

		fs_dispatch(&context, &m);
		must((m.label == ERR_BAD_REQUEST) == !is_well_formed(&request));
		if (m.label != OK)
			check_failure(&m);
		else
			check_answer(&before.session[session - sessions.session], &request, &m);
		check_sessions(&before, request.badge);
	}
	return 0;
}
