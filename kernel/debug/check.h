/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "marks.h"
#include "slot.h"

/*
 * What the parts of a check share. A check goes over the derivation tree several
 * times: once to see that it can be walked at all (tree.c), then to look at what
 * the slots name, each object once (objects.c, tables.c). What must be equal is
 * counted from both sides.
 */
struct check {
	word_t violated;     /* 0, or the first invariant found broken */
	struct marks slots;  /* in the tree */
	struct marks taken;  /* by the kernel, by an object, or free in an untyped */
	struct marks kernel; /* by the kernel */

	uint64_t in_tree, in_places;	/* slots; full places where slots can be */
	uint64_t mapped, entries;	/* mapped slots; entries with a slot behind them */
	uint64_t queued, in_queues;	/* threads that say so; links of queues */
	uint64_t callers, called;	/* Replies with one; threads that await an answer */
	uint64_t receivers, with_reply; /* Replies with a server; Replies that servers have */
	uint64_t bound_threads, bound_notifications;
	uint64_t in_run, in_contexts;	     /* contexts in queues; contexts that say so */
	uint64_t borrowers, in_loans;	     /* threads that say so; links of loans */
	uint64_t connected, vectors;	     /* handlers that say so; vectors with one */
	uint64_t armed, on_timeline;	     /* timers and contexts that say so; moments */
	uint64_t identified;		     /* roots that have an identifier */
	uint64_t tombs;			     /* full ones in the tree */
	bool current, space, bases, context; /* the CPU's were met */
};

extern struct check check;

/* Say what is wrong, once: the first thing found is the one to look at. */
void broken(word_t invariant, const char *what, const void *where);

/* False: the tree cannot be walked. */
MUST_USE bool tree_is_sound(void);

/* The slot after `s`, of all below cap_root; NULL: there are no more. */
struct slot *tree_next(struct slot *s);

/* Is this a slot of the tree? */
bool is_live(const struct slot *s);

/* log2 of the bytes that a slot names; 0: it names no memory. */
unsigned slot_memory_bits(const struct slot *s);

/* Look at the object of a slot, which is of a type that has a header. */
void check_object(const struct slot *s);
void check_table(const struct slot *s);
void check_space(const struct slot *s);
void check_mapping(const struct slot *s);
void check_queues(void);
void check_timeline(void);
void check_vectors(void);

/* As with references: each place takes itself off its table, which then has none left. */
void take_place(struct slot *s);
void check_no_place(struct slot *s);
void give_place(struct slot *s);

/* Break something. False: there is nothing by that name. */
bool damage(const char *name);
