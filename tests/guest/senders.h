/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "helper.h"

/*
 * sender: a thread that sends or calls once. It needs no stack, so there may be many.
 */
struct sender {
	word_t number; /* of the system call */
	cptr_t to, nobody;
	cptr_t thread;
};

/* One that will begin when it is let. */
void sender_make(struct sender *s, word_t number, cptr_t to);
status_t sender_start(struct sender *s);

/* One more in the queue at `to`, or already served. */
void sender_begin(struct sender *s, word_t number, cptr_t to);

/* Its call has ended. Then *status is what it answered. */
bool sender_has_ended(const struct sender *s, status_t *status);

/* Expect that it has, with this status. */
void expect_ended(const char *place, const struct sender *s, status_t want);

#define EXPECT_ENDED(s, want) expect_ended(PLACE, s, want)
#define EXPECT_WAITS(s) EXPECT(sender_has_ended(s, &(status_t){ 0 }), false)
