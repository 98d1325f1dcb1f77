/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "fuzz.h"

/* What the valid-looking sequences have in common; a cptr of 0 stands for none. */

typedef word_t words[IPC_REGISTERS];

/* A slot that holds this; 0: none was found soon enough, and who asked does nothing. */
word_t find(struct ledger *l, unsigned type);

/* Ask somebody; if there is nobody, seldom: nobody answers as nobody does. */
status_t ask_one(struct ledger *l, cptr_t target, word_t label, word_t nargs, words w);

word_t an_endpoint(struct ledger *l);
word_t a_reply(struct ledger *l);
word_t a_notification(struct ledger *l);

/* A SchedContext; seldom the one that the workers run on. */
word_t a_context(struct ledger *l);

/* A thread of its own making; those of the world only if `any`. */
word_t a_thread(struct ledger *l, bool any);

/* Sequences about time: sequence_time.c. */
void serve(struct ledger *l);
void wait_passive(struct ledger *l);
void lend(struct ledger *l);
void terms(struct ledger *l);
void give_time(struct ledger *l);
void cancel(struct ledger *l);
