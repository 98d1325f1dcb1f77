/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "life.h"

#include <string.h>

#include "device.h"
#include "kozo_stubs.h"
#include "message.h"
#include "panic.h"
#include "place.h"
#include "plan.h"
#include "proto_fs.h"
#include "service.h"
#include "ticks.h"
#include "window.h"

enum { KEPT_OBJECTS = 4096 }; /* bytes: its endpoint and its notification */

struct clock life_clock;
bool life_has_timer;

/* So many deadlines pass at most while it does something else than to take a message. */
enum { PATIENCE = 8 };

/* Of those that have work: since when, and what they had taken then. */
static struct {
	bool is_timed;
	unsigned passed; /* deadlines */
	uint64_t since;
	word_t messages, signals;
} work[MANIFESTS_MAX];

static const struct manifest *manifest_of(unsigned service)
{
	return &plan.service[service];
}

static cptr_t process_of(unsigned service, enum process_slot slot)
{
	return place_of(service, PLACE_PROCESS) + slot;
}

/* --- the supervisor's own ------------------------------------------------------- */

static status_t mint(cptr_t to, cptr_t from, rights_t rights, word_t badge)
{
	if (place_look(to) != OBJECT_NULL)
		return OK;
	return kozo_cnode_mint(SLOT_CNODE, to, SLOT_CNODE, from, rights, badge);
}

/* The notification outlives the instance, for the services' watches hold it. */
void life_begin(void)
{
	cptr_t signal = slots_take(&memory.slots, 1);

	if (place_look(SLOT_NOTIFICATION) == OBJECT_NULL)
		need(memory_make_at(&memory, SLOT_NOTIFICATION, OBJECT_NOTIFICATION, 0),
		     "the supervisor's notification");
	need(memory_make(&memory, OBJECT_TIMER, 0, &life_clock.timer), "the timer");
	need(mint(signal, SLOT_NOTIFICATION, RIGHT_SEND, 1ull << BIT_TIMER), "the timer's signal");
	need(kozo_timer_bind(life_clock.timer, signal), "the timer's signal");
	life_has_timer = kozo_timer_arm(life_clock.timer, ~0ull) == OK;
	need(kozo_thread_bind(SLOT_THREAD, SLOT_NOTIFICATION), "the supervisor's notification");
}

/* --- what outlives a service ------------------------------------------------------ */

static status_t make_from_kept(unsigned service, unsigned place, enum object_type type, word_t size)
{
	word_t done;

	if (place_look(place_of(service, place)) != OBJECT_NULL)
		return OK;
	return kozo_untyped_retype(place_of(service, PLACE_KEPT_ARENA), type, size, SLOT_CNODE,
				   place_of(service, place), 1, &done);
}

static status_t make_arena(cptr_t slot, unsigned bits)
{
	if (place_look(slot) != OBJECT_NULL)
		return OK;
	return memory_make_at(&memory, slot, OBJECT_UNTYPED, bits);
}

/* One frame for each bit of its size, the largest first. */
struct process_frames life_kept(unsigned service)
{
	struct process_frames frames = { .first = place_of(service, PLACE_FRAMES) };

	for (uint64_t left = manifest_of(service)->memory_kept; left; left &= left - 1)
		frames.count++;
	return frames;
}

static status_t make_kept_memory(unsigned service)
{
	uint64_t left = manifest_of(service)->memory_kept;
	unsigned place = PLACE_FRAMES;
	status_t status = OK;

	while (status == OK && left) {
		unsigned bits = 63 - (unsigned)__builtin_clzll(left);

		if (place == PLACE_DEVICES || bits > FRAME_BITS_MAX)
			return ERR_NO_MEMORY;
		status = make_from_kept(service, place++, OBJECT_FRAME, bits);
		left -= 1ull << bits;
	}
	return status;
}

static status_t mint_signals(unsigned service)
{
	cptr_t notification = place_of(service, PLACE_NOTIFICATION);
	status_t status = mint(place_of(service, PLACE_WATCH), SLOT_NOTIFICATION, RIGHT_SEND,
			       1ull << service);

	for (unsigned i = 0; status == OK && i < manifest_of(service)->uses_count; i++)
		status = mint(place_of(service, PLACE_TOLD + i), notification, RIGHT_SEND,
			      1ull << i);
	return status;
}

status_t life_prepare(unsigned service)
{
	const struct manifest *m = manifest_of(service);
	status_t status =
		make_arena(process_of(service, PROCESS_ARENA), log2_up(m->memory_private));

	if (status == OK)
		status = make_arena(place_of(service, PLACE_KEPT_ARENA),
				    log2_up(m->memory_kept + KEPT_OBJECTS));
	if (status == OK)
		status = make_kept_memory(service);
	if (status == OK)
		status = make_from_kept(service, PLACE_ENDPOINT, OBJECT_ENDPOINT, 0);
	if (status == OK)
		status = make_from_kept(service, PLACE_NOTIFICATION, OBJECT_NOTIFICATION, 0);
	if (status == OK)
		status = mint(place_of(service, PLACE_FAULTS), SLOT_ENDPOINT, RIGHT_SEND,
			      BADGE_FAULT + service);
	if (status == OK)
		status = mint(place_of(service, PLACE_SESSION), place_of(service, PLACE_ENDPOINT),
			      RIGHT_SEND, FS_SESSION_STARTER);
	return status == OK ? mint_signals(service) : status;
}

/* --- what it may do ------------------------------------------------------------------ */

static status_t grant(unsigned service, word_t index, cptr_t source, rights_t rights, word_t badge)
{
	return process_grant(place_of(service, PLACE_PROCESS), index, source, rights, badge);
}

static status_t grant_itself(unsigned service)
{
	status_t status = grant(service, SLOT_CNODE, process_of(service, PROCESS_CNODE),
				RIGHT_MANAGE | RIGHT_INSPECT, 0);

	if (status == OK)
		status = grant(service, SLOT_VSPACE, process_of(service, PROCESS_VSPACE),
			       RIGHT_MANAGE, 0);
	if (status == OK)
		status = grant(service, SLOT_THREAD, process_of(service, PROCESS_THREAD),
			       RIGHT_MANAGE | RIGHT_INSPECT, 0);
	if (status == OK)
		status = grant(service, SLOT_SCHED_CONTEXT, process_of(service, PROCESS_TIME),
			       RIGHT_MANAGE | RIGHT_INSPECT, 0);
	if (status == OK)
		status = grant(service, SLOT_FAULTS, SLOT_ENDPOINT, RIGHT_SEND,
			       BADGE_FAULT + service);
	return status;
}

static status_t grant_device(unsigned service, const struct manifest_device *d)
{
	switch (d->kind) {
	case MANIFEST_DEBUG_CONSOLE:
		return grant(service, SLOT_DEBUG_CONSOLE, SLOT_DEBUG_CONSOLE, d->rights, 0);
	default:
		return OK; /* it is mapped, or devices_grant() does it */
	}
}

/* Which client a server talks to is told by the badge; the console is the first. */
static word_t badge_of(unsigned client)
{
	return FS_SESSION_STARTER + 1 + client;
}

static status_t grant_uses(unsigned service)
{
	const struct manifest *m = manifest_of(service);
	status_t status = OK;

	for (unsigned i = 0; status == OK && i < m->uses_count; i++) {
		const struct manifest_use *use = &m->uses[i];

		status = grant(service, SLOT_USES + i, place_of(use->provider, PLACE_ENDPOINT),
			       use->rights, badge_of(service));
	}
	return status;
}

/* Whose clients may send capabilities may answer with some. */
static rights_t answers_with(const struct manifest *m)
{
	for (unsigned i = 0; i < m->provides_count; i++)
		if (m->provides[i].rights & RIGHT_GRANT)
			return RIGHT_GRANT;
	return 0;
}

status_t life_equip(unsigned service)
{
	const struct manifest *m = manifest_of(service);
	unsigned arena = log2_up(m->memory_private);
	status_t status = grant_itself(service);

	if (status == OK)
		status = grant(service, SLOT_ENDPOINT, place_of(service, PLACE_ENDPOINT),
			       RIGHT_RECEIVE | answers_with(m), 0);
	if (status == OK)
		status = grant(service, SLOT_NOTIFICATION, place_of(service, PLACE_NOTIFICATION),
			       RIGHT_RECEIVE | RIGHT_SEND, 0);
	if (status == OK)
		status =
			process_make(place_of(service, PLACE_PROCESS), SLOT_REPLY, OBJECT_REPLY, 0);
	for (unsigned i = 0; status == OK && i < m->devices_count; i++)
		status = grant_device(service, &m->devices[i]);
	if (status == OK)
		status = grant_uses(service);
	if (status == OK)
		status = devices_grant(service);
	if (status == OK) /* the last, which may leave nothing behind it */
		status = process_make(place_of(service, PLACE_PROCESS), SLOT_ARENA, OBJECT_UNTYPED,
				      arena - 2);
	return status;
}

/* --- its time ------------------------------------------------------------------------- */

static uint64_t ticks_at_least(uint64_t microseconds)
{
	uint64_t ticks = clock_ticks(&life_clock, microseconds);

	return ticks > BUDGET_MIN ? ticks : BUDGET_MIN;
}

static status_t configure_time(unsigned service)
{
	const struct manifest *m = manifest_of(service);
	uint64_t budget = ticks_at_least(m->time_budget), period = ticks_at_least(m->time_period);

	/* Without a timer nobody can be stopped when a budget is used up. */
	if (!life_has_timer)
		budget = period;
	return kozo_sched_control_configure(SLOT_SCHED_CONTROL, process_of(service, PROCESS_TIME),
					    budget, period, m->priority);
}

status_t life_give_time(unsigned service)
{
	cptr_t thread = process_of(service, PROCESS_THREAD);
	cptr_t time = process_of(service, PROCESS_TIME);
	const struct manifest *m = manifest_of(service);
	status_t status = configure_time(service);

	if (status == OK && m->time == MANIFEST_TIME_BORROWED)
		status = kozo_sched_control_set_ceiling(SLOT_SCHED_CONTROL, thread, m->priority);
	if (status == OK)
		status = m->time == MANIFEST_TIME_BORROWED ? kozo_thread_set_reserve(thread, time)
							   : kozo_thread_set_time(thread, time);
	if (status == OK)
		status = kozo_thread_set_handler(thread, place_of(service, PLACE_FAULTS), 0);
	return status;
}

/* --- is it alive? ---------------------------------------------------------------------- */

static word_t state_of(unsigned service)
{
	word_t state, priority;

	if (kozo_thread_info(process_of(service, PROCESS_THREAD), &state, &priority) != OK)
		return THREAD_STOPPED;
	return state;
}

/* What it has taken of what it was sent. */
static void look_at(unsigned service, word_t *messages, word_t *signals)
{
	word_t time, replies;

	*messages = *signals = 0;
	if (kozo_thread_usage(process_of(service, PROCESS_THREAD), &time, messages, signals,
			      &replies) != OK)
		return; /* it is no more */
}

bool life_is_there(unsigned service)
{
	word_t state = state_of(service);

	return state != THREAD_STOPPED && state != THREAD_FAULTED;
}

void life_stop(unsigned service)
{
	need(kozo_thread_stop(process_of(service, PROCESS_THREAD)), "stopping a service");
}

void life_watch(unsigned service)
{
	work[service].is_timed = false;
	if (manifest_of(service)->deadline)
		need(kozo_endpoint_watch(place_of(service, PLACE_ENDPOINT),
					 place_of(service, PLACE_WATCH)),
		     "watching a service");
}

void life_unwatch(unsigned service)
{
	work[service].is_timed = false;
}

static void begin_deadline(unsigned service)
{
	work[service].is_timed = true;
	work[service].since = kozo_ticks();
	look_at(service, &work[service].messages, &work[service].signals);
}

void life_time(unsigned service)
{
	if (work[service].is_timed)
		return;
	work[service].passed = 0;
	begin_deadline(service);
}

static uint64_t deadline_of(unsigned service)
{
	return work[service].since + clock_ticks(&life_clock, manifest_of(service)->deadline);
}

/*
 * It has taken a message. Or it has taken a signal, or waits for somebody else, who has a
 * deadline of his own; but one that does only that may have gone mad.
 */
static bool goes_on(unsigned service)
{
	word_t state = state_of(service), messages, signals;

	look_at(service, &messages, &signals);
	if (messages != work[service].messages) {
		work[service].passed = 0;
		return true;
	}
	return ++work[service].passed < PATIENCE &&
	       (state == THREAD_AWAITS_REPLY || state == THREAD_CALLING ||
		signals != work[service].signals);
}

bool life_is_over(unsigned service)
{
	if (!work[service].is_timed || kozo_ticks() < deadline_of(service))
		return false;
	if (state_of(service) == THREAD_RECEIVING) {
		life_watch(service);
		return false;
	}
	if (goes_on(service)) {
		begin_deadline(service);
		return false;
	}
	clock_learn(&life_clock);
	return kozo_ticks() >= deadline_of(service);
}

uint64_t life_next(void)
{
	uint64_t next = ~0ull;

	for (unsigned i = 0; i < plan.count; i++)
		if (work[i].is_timed && deadline_of(i) < next)
			next = deadline_of(i);
	return next;
}

void life_set_alarm(uint64_t time)
{
	if (time == ~0ull)
		need(kozo_timer_disarm(life_clock.timer), "the timer");
	else if (life_has_timer)
		need(kozo_timer_arm(life_clock.timer, time), "the timer");
}

/* --- telling ---------------------------------------------------------------------------- */

void life_tell_clients(unsigned service)
{
	for (unsigned i = 0; i < plan.count; i++) {
		const struct manifest *m = manifest_of(i);

		for (unsigned u = 0; u < m->uses_count; u++)
			if (m->uses[u].provider == service &&
			    place_look(place_of(i, PLACE_TOLD + u)) != OBJECT_NULL)
				need(kozo_signal(place_of(i, PLACE_TOLD + u)), "telling a client");
	}
}

static void refuse(unsigned service, word_t badge)
{
	word_t done;

	need(kozo_endpoint_cancel(place_of(service, PLACE_ENDPOINT), badge, &done),
	     "refusing a client");
}

void life_refuse(unsigned service)
{
	if (place_look(place_of(service, PLACE_ENDPOINT)) == OBJECT_NULL)
		return;
	refuse(service, FS_SESSION_STARTER);
	for (unsigned i = 0; i < plan.count; i++)
		refuse(service, badge_of(i));
	need(kozo_endpoint_watch(place_of(service, PLACE_ENDPOINT), place_of(service, PLACE_WATCH)),
	     "watching for clients");
}

void life_take_evidence(unsigned service, struct evidence *e)
{
	const struct process p = {
		.slots = place_of(service, PLACE_PROCESS),
		.stack = record->service[service].stack,
		.stack_top = record->service[service].stack_top,
	};

	evidence_take(e, &memory, &p);
}
