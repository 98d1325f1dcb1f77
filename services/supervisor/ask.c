/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "ask.h"

#include "boot.h"
#include "kozo_stubs.h"
#include "message.h"
#include "panic.h"
#include "place.h"
#include "plan.h"
#include "service.h"

static cptr_t first_thread;
static struct record copy;

status_t ask_begin(void)
{
	first_thread = slots_take(&memory.slots, 1);
	if (!first_thread)
		return ERR_NO_MEMORY;
	return kozo_cnode_mint(SLOT_CNODE, first_thread, SLOT_CNODE, SLOT_ENDPOINT, RIGHT_SEND,
			       BADGE_CONSOLE);
}

status_t ask(enum ask_what what, unsigned service)
{
	struct message m = { .label = what, .nwords = 1, .word = { service } };
	status_t status = kozo_call(first_thread, &m);

	return status == OK ? (status_t)m.label : status;
}

const struct record *ask_record(void)
{
	need(ask(ASK_RECORD, 0), "the supervisor's first thread");
	return &copy;
}

cptr_t ask_session(const char *name)
{
	const struct record *now = ask_record();
	unsigned service;

	if (!plan_find(name, &service))
		return 0;
	if (now->service[service].state != SERVICE_RUNS &&
	    now->service[service].state != SERVICE_WAITS)
		return 0;
	return place_of(service, PLACE_SESSION);
}

static status_t about(enum ask_what what, unsigned service)
{
	if (service >= plan.count)
		return ERR_NOT_FOUND;
	switch (what) {
	case ASK_RUN:
		return service_run(service);
	case ASK_KILL:
		return service_kill(service, CRASH_KILLED);
	case ASK_KILL_WRONG:
		return service_kill(service, CRASH_WRONG);
	default:
		return service_restart(service);
	}
}

void ask_answer(struct message *m)
{
	word_t what = m->label, service = m->word[0];

	*m = (struct message){ .label = ERR_BAD_REQUEST };
	switch (what) {
	case ASK_RECORD:
		copy = *record;
		m->label = OK;
		break;
	case ASK_CRASH:
		panic("killed at the console");
	case ASK_RUN:
	case ASK_KILL:
	case ASK_KILL_WRONG:
	case ASK_RESTART:
		m->label = (word_t)about((enum ask_what)what, (unsigned)service);
	}
}
