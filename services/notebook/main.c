/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * notebook - keeps short notes: the example of a service (docs/services.md)
 *
 * One thread answers one request at a time. The notes, and what each client was last answered,
 * are one state in kept memory. It is committed before an answer goes out, so if notebook dies the
 * client asks again, and what was done is not done twice. A state that cannot be is not gone on
 * with: who comes upon it dies of it, and the next instance begins anew.
 *
 * The first instance takes its first notes from a file, through fsd, or has none.
 */
#include <string.h>

#include "assert.h"
#include "kept.h"
#include "log.h"
#include "proto_fs_client.h"
#include "proto_notes_server.h"
#include "requests.h"
#include "serve.h"
#include "service.h"
#include "status.h"

enum { FSD = SLOT_USES }; /* the first, and only, line `uses` of the manifest */

static const char first_notes[] = "etc/notes";

struct note {
	word_t length;
	char text[NOTE_BYTES];
};

static struct {
	word_t count;
	struct note note[NOTES_MAX];
	struct answers answers;
} state;

static struct kept kept;

/* --- what clients ask --------------------------------------------------------------- */

struct notes_context {
	word_t client;
};

static status_t put(const char *text, size_t length)
{
	if (length == 0)
		return ERR_BAD_ARG;
	if (state.count == NOTES_MAX)
		return ERR_FULL;

	struct note *n = &state.note[state.count++];

	n->length = length;
	memcpy(n->text, text, length);
	return OK;
}

status_t notes_on_ping(struct notes_context *context, word_t value, word_t *value_out)
{
	(void)context;
	*value_out = ~value;
	return OK;
}

status_t notes_on_add(struct notes_context *context, word_t number, const char *text,
		      size_t text_length, word_t *count)
{
	struct message answer = { .nwords = 1 };
	status_t status = answers_find(&state.answers, context->client, number, &answer);

	if (status == OK)
		*count = answer.word[0];
	if (status != ERR_WOULD_BLOCK)
		return status;

	status = put(text, text_length);
	if (status != OK)
		return status;
	*count = answer.word[0] = state.count;
	answers_keep(&state.answers, context->client, number, &answer);
	kept_commit(&kept);
	return OK;
}

status_t notes_on_read(struct notes_context *context, word_t index, char *text, size_t *text_length)
{
	(void)context;
	if (index >= state.count)
		return ERR_END;
	assert(state.note[index].length <= NOTE_BYTES);
	*text_length = state.note[index].length;
	memcpy(text, state.note[index].text, *text_length);
	return OK;
}

/* --- the beginning ------------------------------------------------------------------- */

/* One note for each line; what is too long for one is more. */
static void put_lines(const char *text, size_t length)
{
	size_t start = 0;

	for (size_t i = 0; i <= length; i++) {
		if (i < length && text[i] != '\n' && i - start < NOTE_BYTES)
			continue;
		if (i > start && put(text + start, i - start) != OK)
			return;
		start = i < length && text[i] == '\n' ? i + 1 : i;
	}
}

static status_t read_first_notes(void)
{
	char text[FS_READ_MAX];
	size_t length;
	word_t file, size;
	status_t status = fs_begin(FSD);

	if (status == OK)
		status = fs_open(FSD, first_notes, strlen(first_notes), &file, &size);
	if (status == OK)
		status = fs_read(FSD, file, 0, sizeof(text), text, sizeof(text), &length);
	if (status == OK)
		status = fs_close(FSD, file);
	if (status == OK)
		put_lines(text, length);
	return status;
}

/* What the last instance committed may have been damaged before that. */
static bool is_sound(void)
{
	if (state.count > NOTES_MAX)
		return false;
	for (word_t i = 0; i < state.count; i++)
		if (state.note[i].length > NOTE_BYTES)
			return false;
	return true;
}

static void begin(void)
{
	struct request reading = { .attempts = 0 };
	status_t status;

	if (kept_begin(&kept, service_start, &state, sizeof(state)) && is_sound())
		return;
	memset(&state, 0, sizeof(state));
	do
		status = read_first_notes();
	while (request_again(&reading, status));
	if (status != OK)
		log_debug("%s: %s", first_notes, kozo_status_text(status));
	kept_commit(&kept);
}

static void answer(struct message *m)
{
	struct notes_context context = { .client = m->badge };

	notes_dispatch(&context, m);
}

int main(const void *info)
{
	service_begin(info);
	begin();
	serve(answer, NULL);
}
