/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve.h"

#include "kozo_stubs.h"
#include "panic.h"
#include "status.h"

static status_t answer_one(void (*answer)(struct message *m), struct message *m, status_t came)
{
	if (came == ERR_TRUNCATED)
		*m = (struct message){ .label = ERR_BAD_REQUEST };
	else
		answer(m);
	return kozo_reply_receive(SLOT_ENDPOINT, SLOT_REPLY, m);
}

static status_t take_signals(void (*signalled)(word_t bits), struct message *m)
{
	if (signalled)
		signalled(m->badge);
	return kozo_receive(SLOT_ENDPOINT, SLOT_REPLY, m);
}

void serve(void (*answer)(struct message *m), void (*signalled)(word_t bits))
{
	struct message m;

	if (signalled && kozo_thread_bind(SLOT_THREAD, SLOT_NOTIFICATION) != OK)
		panic("the notification cannot be bound");

	status_t status = kozo_receive(SLOT_ENDPOINT, SLOT_REPLY, &m);

	while (status == OK || status == ERR_TRUNCATED) {
		if (m.is_signal)
			status = take_signals(signalled, &m);
		else
			status = answer_one(answer, &m, status);
	}
	panic("the endpoint: %s", kozo_status_text(status));
}
