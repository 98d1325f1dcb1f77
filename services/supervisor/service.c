/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service.h"

#include <string.h>

#include "clock.h"
#include "console.h"
#include "device.h"
#include "kozo_stubs.h"
#include "life.h"
#include "panic.h"
#include "place.h"
#include "plan.h"
#include "print.h"
#include "program.h"
#include "status.h"
#include "ticks.h"

static const char *name_of(unsigned service)
{
	return plan.service[service].name;
}

static struct service_record *record_of(unsigned service)
{
	return &record->service[service];
}

/* --- starting ------------------------------------------------------------------ */

static status_t build(unsigned service, struct process *p)
{
	const struct manifest *m = &plan.service[service];
	struct process_plan what = {
		.name = m->name,
		.slots = place_of(service, PLACE_PROCESS),
		.cnode_bits = (unsigned)__builtin_ctz(m->slots),
		.instance = record_of(service)->starts,
		.object_bits = boot->object_bits,
		.kept = life_kept(service),
	};
	struct process_device devices[MANIFEST_DEVICES_MAX];
	struct elf elf;
	status_t status = devices_plan(service, devices);

	if (status != OK)
		return status;
	what.devices = devices;
	what.device_count = m->devices_count;
	for (unsigned i = 0; i < m->devices_count; i++) {
		if (m->devices[i].kind != MANIFEST_INITRD)
			continue;
		what.initrd = (struct process_frames){ boot->initrd_first, boot->initrd_count };
		what.initrd_address = boot->initrd;
		what.initrd_bytes = boot->initrd_bytes;
	}
	if (!program_open(boot_initrd(), m->program, &elf))
		return ERR_NOT_FOUND;
	what.elf = &elf;
	return process_create(p, &what);
}

static status_t make(unsigned service)
{
	struct process p;
	status_t status = life_prepare(service);

	if (status == OK)
		status = build(service, &p);
	if (status == OK)
		status = life_equip(service);
	if (status == OK)
		status = life_give_time(service);
	if (status == OK)
		status = process_start(&p);
	if (status != OK)
		return status;
	record_of(service)->stack = p.stack;
	record_of(service)->stack_top = p.stack_top;
	return OK;
}

static void give_up(unsigned service, enum event_kind kind, status_t status, const char *why)
{
	record_of(service)->state = SERVICE_GIVEN_UP;
	record_event(service, kind, (uint64_t)status);
	life_refuse(service);
	kozo_printf("supervisor: %s: %s\n", name_of(service), why);
}

static void note_start(unsigned service)
{
	struct service_record *r = record_of(service);

	r->recent[r->starts % RECORD_STARTS] = kozo_ticks();
	r->starts++;
	r->state = SERVICE_RUNS;
	record_event(service, EVENT_STARTED, r->starts);
	for (uint64_t n = record->crashes; record_find(record, n); n--) {
		struct crash *c = &record->crash[(n - 1) % RECORD_CRASHES];

		if (c->service == service && !c->recovered)
			c->recovered = kozo_ticks();
	}
}

static void end(unsigned service)
{
	status_t status = OK;

	if (place_look(place_of(service, PLACE_PROCESS)) != OBJECT_NULL)
		status = process_destroy(place_of(service, PLACE_PROCESS));
	if (status != OK)
		panic("%s cannot be ended: %s", name_of(service), kozo_status_text(status));
	devices_take_back(service);
	life_unwatch(service);
	record_of(service)->state = SERVICE_DOWN;
}

static status_t start(unsigned service)
{
	status_t status = make(service);

	if (status != OK) {
		end(service);
		give_up(service, EVENT_REFUSED, status,
			status == ERR_NOT_FOUND ? "it has no program that can be started"
						: "it could not be started");
		kozo_printf("supervisor: %s: %s\n", name_of(service), kozo_status_text(status));
		return status;
	}
	note_start(service);
	life_watch(service);
	if (record_of(service)->starts > 1)
		life_tell_clients(service);
	return OK;
}

/* --- ending --------------------------------------------------------------------- */

/* How many of its starts were lately. */
static unsigned starts_since(const struct service_record *r, uint64_t time)
{
	unsigned count = 0;

	for (unsigned i = 0; i < RECORD_STARTS && i < r->starts; i++)
		count += r->recent[i] >= time;
	return count;
}

static bool tried_too_often(unsigned service)
{
	const struct manifest *m = &plan.service[service];
	uint64_t lately = clock_ticks(&life_clock, m->attempts_time), now = kozo_ticks();

	return starts_since(record_of(service), now > lately ? now - lately : 0) > m->attempts;
}

static void plan_restart(unsigned service)
{
	const struct manifest *m = &plan.service[service];
	struct service_record *r = record_of(service);
	uint64_t calm = clock_ticks(&life_clock, m->attempts_time), now = kozo_ticks();

	if (!r->backoff || now - r->recent[(r->starts - 1) % RECORD_STARTS] > calm) {
		r->backoff = m->backoff_first;
		r->escalated = false;
	}
	r->due = life_has_timer ? now + clock_ticks(&life_clock, r->backoff) : now;
	r->backoff = r->backoff * 2 < m->backoff_most ? r->backoff * 2 : m->backoff_most;
	r->state = SERVICE_WAITS;
}

/* Those who use it begin anew, too; maybe what they ask of it is what ends it. */
static void escalate(unsigned service)
{
	uint32_t dependants = manifests_dependants(&plan, service);
	struct service_record *r = record_of(service);

	kozo_printf("supervisor: %s ends too often: those who use it are started again, too\n",
		    name_of(service));
	r->escalated = true;
	record_event(service, EVENT_ESCALATED, 0);
	memset(r->recent, 0, sizeof(r->recent));
	plan_restart(service);
	for (unsigned i = 0; i < plan.count; i++) {
		if (!(dependants >> i & 1) || record_of(i)->state != SERVICE_RUNS)
			continue;
		end(i);
		record_event(i, EVENT_ENDED, 0);
		plan_restart(i);
	}
}

/* That somebody kills it is no failure of its own. */
static bool is_restarted(const struct manifest *m, enum crash_cause cause)
{
	return m->restart == MANIFEST_ALWAYS ||
	       (m->restart == MANIFEST_ON_FAILURE && cause != CRASH_KILLED);
}

/* What comes after its end. */
static void decide(unsigned service, enum crash_cause cause)
{
	const struct manifest *m = &plan.service[service];

	if (!is_restarted(m, cause))
		life_refuse(service);
	else if (!tried_too_often(service))
		plan_restart(service);
	else if (m->escalate && !record_of(service)->escalated)
		escalate(service);
	else
		give_up(service, EVENT_GIVEN_UP, OK, "it ends too often, and is given up");
}

static void end_and_decide(unsigned service, enum crash_cause cause)
{
	end(service);
	decide(service, cause);
	record_seal();
}

static void tell(const struct crash *c, const char *name)
{
	const struct evidence *e = &c->evidence;

	if (c->cause == CRASH_HUNG)
		kozo_printf("supervisor: %s does not answer, and is ended\n", name);
	else if (e->label == FAULT_PANIC)
		kozo_printf("supervisor: %s has panicked: %s\n", name, e->text);
	else if (e->label == FAULT_PAGE)
		kozo_printf("supervisor: %s was stopped by a page fault at 0x%lx, address 0x%lx\n",
			    name, e->word[0], e->word[2]);
	else if (e->label == FAULT_EXCEPTION)
		kozo_printf("supervisor: %s was stopped by exception %lu at 0x%lx\n", name,
			    e->word[2], e->word[0]);
	else
		kozo_printf("supervisor: %s was stopped by fault %lu at 0x%lx\n", name, e->label,
			    e->word[0]);
}

/* It may have given its capability for this to somebody who outlives it. */
void service_faulted(unsigned service, const struct message *m)
{
	if (record_of(service)->state != SERVICE_RUNS)
		return;

	struct crash *c = record_crash(service, CRASH_FAULT);

	evidence_note(&c->evidence, m);
	life_take_evidence(service, &c->evidence);
	tell(c, name_of(service));
	end_and_decide(service, CRASH_FAULT);
	services_time();
}

static void hangs(unsigned service)
{
	struct crash *c = record_crash(service, CRASH_HUNG);

	life_stop(service);
	life_take_evidence(service, &c->evidence);
	tell(c, name_of(service));
	end_and_decide(service, CRASH_HUNG);
}

/* --- as time goes on -------------------------------------------------------------- */

void services_have_work(uint64_t services)
{
	for (unsigned i = 0; i < plan.count; i++) {
		if (!(services >> i & 1))
			continue;
		if (record_of(i)->state == SERVICE_RUNS)
			life_time(i);
		else if (record_of(i)->state != SERVICE_WAITS)
			life_refuse(i);
	}
	services_time();
}

static bool is_due(unsigned service)
{
	const struct service_record *r = record_of(service);

	return r->state == SERVICE_WAITS && kozo_ticks() >= r->due;
}

/* What is due may take a while, in which something else becomes due. */
static bool step(void)
{
	for (unsigned n = 0; n < plan.count; n++) {
		unsigned i = plan.order[n];

		if (is_due(i)) {
			(void)start(i); /* else it was given up, and somebody told */
			record_seal();
			return true;
		}
		if (record_of(i)->state == SERVICE_RUNS && life_is_over(i)) {
			hangs(i);
			return true;
		}
	}
	return false;
}

void services_time(void)
{
	uint64_t next;

	while (step())
		;
	next = life_next() < console_next() ? life_next() : console_next();
	for (unsigned i = 0; i < plan.count; i++)
		if (record_of(i)->state == SERVICE_WAITS && record_of(i)->due < next)
			next = record_of(i)->due;
	life_set_alarm(next);
}

/* --- what a person may ask ---------------------------------------------------------- */

status_t service_run(unsigned service)
{
	struct service_record *r = record_of(service);

	if (r->state == SERVICE_RUNS)
		return ERR_STATE;
	r->backoff = 0;
	r->escalated = false;

	status_t status = start(service);

	record_seal();
	return status;
}

status_t service_kill(unsigned service, enum crash_cause cause)
{
	if (record_of(service)->state != SERVICE_RUNS)
		return ERR_STATE;
	record_crash(service, cause);
	end_and_decide(service, cause);
	services_time();
	return OK;
}

status_t service_restart(unsigned service)
{
	if (record_of(service)->state == SERVICE_RUNS) {
		end(service);
		record_event(service, EVENT_ENDED, 0);
	}
	return service_run(service);
}

/* --- the beginning -------------------------------------------------------------------- */

/* Is it there as the record tells, and able to run? */
static bool lives(unsigned service)
{
	return record_of(service)->state == SERVICE_RUNS && life_is_there(service);
}

/* Nothing is known of it but what its capabilities tell. */
static void guess(unsigned service)
{
	struct service_record *r = record_of(service);

	if (!life_is_there(service))
		return;
	r->state = SERVICE_RUNS;
	r->starts = 1;
}

void services_begin(bool record_is_good)
{
	life_begin();
	devices_begin();
	for (unsigned n = 0; n < plan.count; n++) {
		unsigned i = plan.order[n];

		if (!record_is_good)
			guess(i);
		if (lives(i)) {
			life_watch(i);
		} else if (record_of(i)->state <= SERVICE_RUNS) {
			end(i);
			(void)start(i); /* else it was given up, and somebody told */
		}
	}
	record_seal();
	services_time();
}
