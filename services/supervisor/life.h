/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "clock.h"
#include "process.h"
#include "record.h"

/*
 * life: of one service by its index, what it has, and whether it is alive.
 *
 * A service that waits for a message is alive. One that somebody has sent something, and
 * that neither waits nor has taken a message since for as long as its deadline
 * is, hangs. Nothing is timed while nobody sends anything.
 */
extern struct clock life_clock;

/* False: this machine has none. Then nothing is timed, and what is to wait does not. */
extern bool life_has_timer;

/* Called once, before all others. */
void life_begin(void);

/* See that there is what outlives it; what there is stays. */
MUST_USE status_t life_prepare(unsigned service);

/* Its kept memory. */
struct process_frames life_kept(unsigned service);

/* Put into its capability space what its manifest says. */
MUST_USE status_t life_equip(unsigned service);

/* And let it have its time, and its faults be told. */
MUST_USE status_t life_give_time(unsigned service);

/* Has it a thread that was not stopped? */
bool life_is_there(unsigned service);

void life_stop(unsigned service);

/* Be told when it next has work; and no more. */
void life_watch(unsigned service);
void life_unwatch(unsigned service);

/* It has work, from now on. */
void life_time(unsigned service);

/* Its deadline has come, and it hangs. If it does not hang it is watched, or timed, anew. */
bool life_is_over(unsigned service);

/* When the next deadline is; all bits set: there is none. */
uint64_t life_next(void);

/* Have BIT_TIMER signalled at that time. */
void life_set_alarm(uint64_t time);

/* Nobody will answer those who wait for it: they are told. Whoever comes later is, too. */
void life_refuse(unsigned service);

/* Its clients learn that they talk to another instance. */
void life_tell_clients(unsigned service);

/* As evidence_take(), before it is ended. */
void life_take_evidence(unsigned service, struct evidence *e);
