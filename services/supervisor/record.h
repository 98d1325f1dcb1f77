/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "evidence.h"
#include "manifest.h"

/*
 * record: what the supervisor knows of its services beyond what their capabilities tell,
 * in its kept memory.
 *
 * It may come from an instance that died in the middle of writing, or wrote anything
 * there. So it is believed only if its checksum is right, it is of the same services and
 * every index in it is one; else it begins empty, and what is lost are numbers and messages.
 */
enum { RECORD_CRASHES = 16, RECORD_EVENTS = 32, RECORD_STARTS = 16 };

enum service_state {
	SERVICE_NEW,	 /* it was not started yet */
	SERVICE_RUNS,	 /* as far as is known */
	SERVICE_DOWN,	 /* it has ended, and nobody wants it again */
	SERVICE_WAITS,	 /* to be started again */
	SERVICE_GIVEN_UP /* it ended too often, or cannot be started */
};

/* Of one service. Times are ticks. */
struct service_record {
	uint64_t state;			/* enum service_state */
	uint64_t starts;		/* in all */
	uint64_t recent[RECORD_STARTS]; /* when the last ones were, in a ring */
	uint64_t backoff;		/* microseconds: how long the next start waits */
	uint64_t due;			/* when that is */
	uint64_t escalated;		/* its dependants were started again with it, lately */
	uint64_t stack, stack_top;	/* as in struct process */
};

enum crash_cause { CRASH_FAULT, CRASH_HUNG, CRASH_KILLED, CRASH_WRONG };

struct crash {
	uint64_t number;	     /* from 1 */
	uint64_t service;	     /* index, or MANIFESTS_MAX: the supervisor */
	uint64_t cause;		     /* enum crash_cause */
	uint64_t noticed, recovered; /* ticks; 0: not yet */
	struct evidence evidence;
};

enum event_kind {
	EVENT_STARTED,	 /* number: which instance, from 1 */
	EVENT_ENDED,	 /* a person wanted that, or it was ended with what it uses */
	EVENT_CRASHED,	 /* number: the crash's */
	EVENT_ESCALATED, /* those who use it are started again, too */
	EVENT_GIVEN_UP,	 /* it ended too often */
	EVENT_REFUSED,	 /* it could not be started; number: the status */
	EVENT_FORGOTTEN, /* the record was not to be believed */
	EVENT_ANEW	 /* keeper has begun all anew */
};

struct event {
	uint64_t time;	  /* ticks */
	uint64_t kind;	  /* enum event_kind */
	uint64_t service; /* as in struct crash */
	uint64_t number;
};

struct record {
	uint64_t names; /* checksum of the services' names */
	struct service_record service[MANIFESTS_MAX];
	uint64_t crashes;		    /* so far */
	struct crash crash[RECORD_CRASHES]; /* the last ones, in a ring */
	uint64_t events;		    /* so far */
	struct event event[RECORD_EVENTS];  /* the last ones, in a ring */
};

extern struct record *record;

/* Find it in kept memory, after plan_read(). False: it is not to be believed, and is new. */
MUST_USE bool record_begin(void *kept, size_t bytes);

/* What was changed since counts from now on. */
void record_seal(void);

/* It happened now. */
void record_event(unsigned service, enum event_kind kind, uint64_t number);

/* The next place in the ring, with its number and when it was noticed: now. That is an event. */
struct crash *record_crash(unsigned service, enum crash_cause cause);

/* One of the last crashes in *in by its number; NULL: it is forgotten, or has not been. */
const struct crash *record_find(const struct record *in, uint64_t number);
