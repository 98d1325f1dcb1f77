/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "requests.h"

#include <string.h>

#include <assert.h>

/* --- a client ------------------------------------------------------------------------ */

struct request request_new(word_t now, word_t last)
{
	return (struct request){ .number = now > last ? now : last + 1 };
}

bool request_again(struct request *r, status_t status)
{
	return status == ERR_PEER_DIED && ++r->attempts < REQUEST_ATTEMPTS;
}

word_t requests_add(struct requests *r, word_t now, const void *bytes)
{
	for (unsigned i = 0; i < REQUESTS_MAX; i++) {
		if (r->pending[i].number)
			continue;
		r->last = request_new(now, r->last).number;
		r->pending[i].number = r->last;
		memcpy(r->pending[i].bytes, bytes, REQUEST_BYTES);
		return r->last;
	}
	return 0;
}

bool requests_answered(struct requests *r, word_t number)
{
	for (unsigned i = 0; number && i < REQUESTS_MAX; i++) {
		if (r->pending[i].number != number)
			continue;
		r->pending[i].number = 0;
		return true;
	}
	return false;
}

word_t requests_next(const struct requests *r, word_t number, void *bytes)
{
	word_t next = 0;

	for (unsigned i = 0; i < REQUESTS_MAX; i++) {
		word_t n = r->pending[i].number;

		if (n <= number || (next && n > next))
			continue;
		next = n;
		memcpy(bytes, r->pending[i].bytes, REQUEST_BYTES);
	}
	return next;
}

/* --- a server -------------------------------------------------------------------------- */

/* The client's place, or a free one; ANSWERS_MAX: there is neither. */
static unsigned place_of(const struct answers *a, word_t client)
{
	unsigned place = ANSWERS_MAX;

	for (unsigned i = 0; i < ANSWERS_MAX; i++) {
		if (a->last[i].client == client)
			return i;
		if (!a->last[i].client && place == ANSWERS_MAX)
			place = i;
	}
	return place;
}

status_t answers_find(struct answers *a, word_t client, word_t number, struct message *m)
{
	unsigned i = place_of(a, client);

	if (i == ANSWERS_MAX)
		return ERR_FULL;
	if (!a->last[i].client || number > a->last[i].number)
		return ERR_WOULD_BLOCK;
	if (number < a->last[i].number)
		return ERR_BAD_REQUEST;
	*m = (struct message){ .label = a->last[i].label, .nwords = a->last[i].nwords };
	memcpy(m->word, a->last[i].word, sizeof(m->word));
	return OK;
}

void answers_keep(struct answers *a, word_t client, word_t number, const struct message *m)
{
	unsigned i = place_of(a, client);

	assert(i < ANSWERS_MAX && client && m->nwords <= IPC_REGISTERS);
	a->last[i].client = client;
	a->last[i].number = number;
	a->last[i].label = m->label;
	a->last[i].nwords = m->nwords;
	memcpy(a->last[i].word, m->word, sizeof(m->word));
}
