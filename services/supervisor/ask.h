/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "message.h"
#include "record.h"

/*
 * ask: what the console's thread asks of the supervisor's first one, which alone deals
 * with services. It is less urgent than all services; the first is more urgent.
 */
enum ask_what { ASK_RUN, ASK_KILL, ASK_KILL_WRONG, ASK_RESTART, ASK_RECORD, ASK_CRASH };

/* The console's capability for that, once ask_begin() has made it. */
MUST_USE status_t ask_begin(void);

/* About a service by its index: the answer of service_run() and so on. */
MUST_USE status_t ask(enum ask_what what, unsigned service);

/* The record as it is now; good until the next call. */
const struct record *ask_record(void);

/*
 * The console's capability for a service that runs or is about to, by its name. 0: there
 * is none, or it was given up or ended.
 */
cptr_t ask_session(const char *name);

/* The first thread's: turn a question into its answer. */
void ask_answer(struct message *m);
