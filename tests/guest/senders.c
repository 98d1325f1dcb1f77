/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "senders.h"

extern const char sender_main[]; /* guests.asm */

void sender_make(struct sender *s, word_t number, cptr_t to)
{
	s->number = number;
	s->to = to;
	s->nobody = make(OBJECT_ENDPOINT, 0);
	s->thread = make(OBJECT_THREAD, 0);
	NEED(kozo_thread_configure(s->thread, SLOT_CNODE, SLOT_VSPACE, 0));
	NEED(kozo_thread_set_time(s->thread, helpers_time));
}

status_t sender_start(struct sender *s)
{
	return kozo_thread_start(s->thread, (vaddr_t)sender_main, 0, (word_t)s);
}

void sender_begin(struct sender *s, word_t number, cptr_t to)
{
	sender_make(s, number, to);
	NEED(sender_start(s));
	helpers_run();
}

bool sender_has_ended(const struct sender *s, status_t *status)
{
	word_t result = registers_of(s->thread).r14;

	if (result)
		*status = (status_t)(result - 1);
	return result;
}

void expect_ended(const char *place, const struct sender *s, status_t want)
{
	status_t status = OK;

	if (!sender_has_ended(s, &status))
		fail("%s: it waits still", place);
	else
		expect_status(place, "what it ended with", status, want);
}
