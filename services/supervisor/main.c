/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * supervisor - starts the services, watches over them, and starts them again
 *
 * Keeper (services/init) gives it all memory, the initrd and the console, in a capability
 * space that outlives it. Manifests in the initrd say which services there are. Each gets
 * exactly what its manifest names.
 *
 *	boot.c		what keeper gave, and the account of memory
 *	plan.c		the manifests
 *	place.h		which slot is what
 *	record.c	what is known beyond that, in kept memory
 *	life.c		what a service has, and whether it is alive
 *	device.c	devices that a service has
 *	service.c	starting, ending, and what comes next
 *	code.c		whether this program is still what was started
 *	console.c	Init>, and in command.c what can be asked there; line.c and history.c for typing
 *	tell.c		what there is, in words; as are log.c and caps.c
 *	ask.c		what that asks of the rest
 *
 * Its first thread serves one endpoint: faults of services come there, signals that tell
 * of work and of time, and what the console asks. It never calls a service, so none can
 * keep it from working. The console is another thread, which may wait for a service.
 *
 * A broken state of its own is a panic: keeper starts it again, and it finds all
 * services where they are.
 */
#include "ask.h"
#include "boot.h"
#include "code.h"
#include "console.h"
#include "kozo_stubs.h"
#include "panic.h"
#include "plan.h"
#include "print.h"
#include "service.h"
#include "status.h"
#include "ticks.h"
#include "window.h"

/* How the instance before this one ended, as keeper says. */
static void take_end(const struct supervisor_report *report)
{
	struct crash *c = record_crash(MANIFESTS_MAX,
				       report->end == SUPERVISOR_HUNG ? CRASH_HUNG : CRASH_FAULT);
	c->evidence = report->evidence;
	c->noticed = report->noticed;
	c->recovered = kozo_ticks();
}

static void take_report(bool record_is_good)
{
	const struct supervisor_report *report = boot_report();

	if (given->instance)
		take_end(report);
	if (report->clean)
		record_event(MANIFESTS_MAX, EVENT_ANEW, 0);
	else if (given->instance && !record_is_good)
		record_event(MANIFESTS_MAX, EVENT_FORGOTTEN, 0);
	record_event(MANIFESTS_MAX, EVENT_STARTED, given->instance + 1);
}

static void take_signals(word_t bits)
{
	services_have_work(bits & ((1ull << MANIFESTS_MAX) - 1));
	if (bits >> BIT_INPUT & 1)
		console_typed();
	if (bits >> BIT_TIMER & 1)
		console_time();
	if (bits >> BIT_TIMER)
		services_time();
}

/* False: nobody waits for an answer. */
static bool take(struct message *m)
{
	if (m->is_signal) {
		take_signals(m->badge);
		return false;
	}
	if (m->badge == BADGE_CONSOLE) {
		ask_answer(m);
		return true;
	}
	if (m->badge - BADGE_FAULT < plan.count)
		service_faulted((unsigned)(m->badge - BADGE_FAULT), m);
	*m = (struct message){ .label = 1 }; /* if that thread is still there, it stays stopped */
	return true;
}

static _Noreturn void serve(void)
{
	struct message m;
	status_t status = kozo_receive(SLOT_ENDPOINT, SLOT_REPLY, &m);

	while (status == OK)
		status = take(&m) ? kozo_reply_receive(SLOT_ENDPOINT, SLOT_REPLY, &m)
				  : kozo_receive(SLOT_ENDPOINT, SLOT_REPLY, &m);
	panic("the endpoint: %s", kozo_status_text(status));
}

int main(const void *info)
{
	boot_take(info);
	need(window_begin(&memory, (vaddr_t)info + sizeof(struct start_info)),
	     "no window on other spaces");
	code_begin();
	plan_read();

	bool is_good = record_begin((void *)given->kept, boot_kept_bytes() - CONSOLE_KEPT_BYTES);

	take_report(is_good);
	services_begin(is_good);
	console_begin((void *)(given->kept + boot_kept_bytes() - CONSOLE_KEPT_BYTES));
	serve();
}
