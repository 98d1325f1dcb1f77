/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "helper.h"

/*
 * server: a helper that serves others, and has no time of its own.
 */

enum { LOW = 100 }; /* a priority below that of helpers */

extern volatile bool go;	    /* servers answer; until then they yield */
extern void (*while_at_work)(void); /* what a server does besides, or NULL */
extern unsigned order;		    /* how many have noted that they went on */

/*
 * Receives from in[0] with the Reply in[1]; works in[2] turns, and asks in[3] too, if
 * it is there; answers when it may. What it received, the priority at which it works,
 * what it was answered, and its place in the order are in `out`.
 */
void serves(struct helper *h);

/* Calls in[0] once; out[3] is its place in the order. */
void calls(struct helper *h);

/* Receives once, as in[2] says, from in[0] with the Reply in[1]. */
void receives(struct helper *h);

/* A server that is waiting, and has no time. */
void serve_passively(struct helper *h, word_t turns, cptr_t nested);

/* A caller of it, on this time. */
void call(struct helper *h, const struct helper *server, cptr_t time);

/* A caller's call that the server works on and does not answer, until `go`. */
void leave_at_work(struct helper *caller, const struct helper *server, cptr_t time);

void answer_now(void);
void expect_answered(const struct helper *caller);

/* A context gets all the time that there is. */
void give_more(cptr_t time);

/*
 * Who is told of faults: receives at in[0] with in[1], gives the context in[2], if it is
 * there, more, and answers with in[3].
 */
void handles(struct helper *h);

/*
 * Who is told of a thread's faults, with the badge 17: its registers are the last fault.
 * It gives a context more, if that is there, and answers with a label.
 */
void handle(struct helper *h, cptr_t thread, cptr_t gives, word_t label);
