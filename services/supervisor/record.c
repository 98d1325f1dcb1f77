/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "record.h"

#include <assert.h>
#include <string.h>

#include "plan.h"
#include "sum.h"
#include "ticks.h"

struct record *record;
static uint64_t *seal; /* behind the record */

static uint64_t sum_of_names(void)
{
	uint64_t sum = SUM_BEGIN;

	for (unsigned i = 0; i < plan.count; i++)
		for (const char *c = plan.service[i].name;; c++) {
			sum = sum_add(sum, (uint8_t)*c);
			if (!*c)
				break;
		}
	return sum;
}

static uint64_t sum_now(void)
{
	return sum_add_all(SUM_BEGIN, (const uint64_t *)record, sizeof(*record) / sizeof(uint64_t));
}

/* An instance that went mad may have sealed what it wrote: every index must be one. */
static bool is_plausible(void)
{
	for (unsigned i = 0; i < MANIFESTS_MAX; i++)
		if (record->service[i].state > SERVICE_GIVEN_UP)
			return false;
	for (unsigned i = 0; i < RECORD_CRASHES; i++) {
		const struct crash *c = &record->crash[i];

		if (c->service > MANIFESTS_MAX || c->cause > CRASH_WRONG ||
		    c->evidence.depth > EVIDENCE_DEPTH)
			return false;
	}
	for (unsigned i = 0; i < RECORD_EVENTS; i++)
		if (record->event[i].service > MANIFESTS_MAX || record->event[i].kind > EVENT_ANEW)
			return false;
	return true;
}

bool record_begin(void *kept, size_t bytes)
{
	assert(bytes >= sizeof(*record) + sizeof(*seal));
	record = kept;
	seal = (uint64_t *)(record + 1);
	if (record->names == sum_of_names() && *seal == sum_now() && is_plausible())
		return true;
	memset(record, 0, sizeof(*record));
	record->names = sum_of_names();
	record_seal();
	return false;
}

void record_seal(void)
{
	*seal = sum_now();
}

void record_event(unsigned service, enum event_kind kind, uint64_t number)
{
	record->event[record->events++ % RECORD_EVENTS] = (struct event){
		.time = kozo_ticks(),
		.kind = kind,
		.service = service,
		.number = number,
	};
}

struct crash *record_crash(unsigned service, enum crash_cause cause)
{
	struct crash *c = &record->crash[record->crashes % RECORD_CRASHES];

	*c = (struct crash){
		.number = ++record->crashes,
		.service = service,
		.cause = cause,
		.noticed = kozo_ticks(),
	};
	record_event(service, EVENT_CRASHED, c->number);
	return c;
}

const struct crash *record_find(const struct record *in, uint64_t number)
{
	if (!number || number > in->crashes || number + RECORD_CRASHES <= in->crashes)
		return NULL;
	return &in->crash[(number - 1) % RECORD_CRASHES];
}
