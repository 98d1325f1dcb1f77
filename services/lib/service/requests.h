/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "message.h"

/*
 * requests: so that a request is done once, though its server dies and is asked again.
 *
 * A request that changes something carries a number. The client keeps it and asks again
 * under the same number as long as there is no answer; the server remembers, in kept memory and
 * together with what it changed (kept.h), what it answered each client last. Numbers of one
 * client ascend, also over its own death, because they are ticks.
 */

/* --- a client that waits for each answer -------------------------------------------- */

enum { REQUEST_ATTEMPTS = 8 };

struct request {
	word_t number;
	unsigned attempts;
};

/* `now` is kozo_ticks(); `last` the number of this client's last request, or 0. */
struct request request_new(word_t now, word_t last);

/*
 * Is it to be asked again? The server has died without an answer, and its endpoint waits for
 * the next instance. Not more than REQUEST_ATTEMPTS times: it may have been given up.
 *
 *	do
 *		status = notes_add(session, r.number, text, length, &count);
 *	while (request_again(&r, status));
 */
bool request_again(struct request *r, status_t status);

/* --- a client that has several on their way ------------------------------------------- */

enum { REQUESTS_MAX = 32, REQUEST_BYTES = 64 };

struct requests {
	word_t last;
	struct {
		word_t number; /* 0: this place is free */
		uint8_t bytes[REQUEST_BYTES];
	} pending[REQUESTS_MAX];
};

/* Keep it until it is answered; its number. 0: so many are on their way. Size: REQUEST_BYTES. */
word_t requests_add(struct requests *r, word_t now, const void *bytes);

/* It was answered. False: it had been, or was never asked: then the answer means nothing. */
bool requests_answered(struct requests *r, word_t number);

/*
 * Which to submit again when the server's bit of SLOT_NOTIFICATION says that it was restarted: the
 * next above `number`, from 0 on, with its bytes. 0: there is none.
 */
word_t requests_next(const struct requests *r, word_t number, void *bytes);

/* --- the server -------------------------------------------------------------------------- */

enum { ANSWERS_MAX = 16 };

/* In kept memory; all zero at first. */
struct answers {
	struct {
		word_t client; /* a badge; 0: this place is free */
		word_t number, label, nwords, word[IPC_REGISTERS];
	} last[ANSWERS_MAX];
};

/*
 * What a client asks under a number. ERR_WOULD_BLOCK: it is new: do it, and remember the answer.
 * OK: it was done, and *m is its answer. ERR_BAD_REQUEST: it is older than one that was answered.
 * ERR_FULL: there are ANSWERS_MAX other clients.
 */
MUST_USE status_t answers_find(struct answers *a, word_t client, word_t number, struct message *m);

/* An answer without bytes to what answers_find() has just called new. */
void answers_keep(struct answers *a, word_t client, word_t number, const struct message *m);
