/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "message.h"
#include "record.h"

/*
 * service: starting, watching and ending what the plan names.
 *
 * What makes a service outlives the supervisor, so an instance of that which is not the
 * first finds services that run, and takes them over as they are. All functions
 * are for the supervisor's first thread alone, which never calls a service.
 */

/* Bits of the supervisor's notification: work has come for a service, by its index, or: */
enum { BIT_TIMER = 32, BIT_INPUT };

/* Badges at its endpoint: a fault of a service, by its index; and the console. */
enum { BADGE_FAULT = 1, BADGE_CONSOLE = BADGE_FAULT + MANIFESTS_MAX };

/* Take over what runs and start the rest. Is what the record tells to be believed? */
void services_begin(bool record_is_good);

/* A service was stopped by a fault, as the kernel tells, or says that it has panicked. */
void service_faulted(unsigned service, const struct message *m);

/* Somebody may have work for these services. */
void services_have_work(uint64_t services);

/* The timer has gone off. */
void services_time(void);

/*
 * What a person may ask: to end it and start it again; to end it as a crash would, with
 * CRASH_KILLED or CRASH_WRONG as the cause; to start one that does not run. ERR_STATE: it does
 * not run, or does already. Otherwise as starting it failed.
 */
MUST_USE status_t service_restart(unsigned service);
MUST_USE status_t service_kill(unsigned service, enum crash_cause cause);
MUST_USE status_t service_run(unsigned service);
