/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * invariants_check(): does everything hold that docs/invariants.md says?
 *
 * Only in a debug build (make DEBUG=1). It looks at every slot and every object
 * there is, takes as long as that takes, and leaves all of it as it was. Its own
 * memory is taken at boot. The kernel command line may say
 *
 *	check=N		check at every Nth system call, and stop if something is wrong
 *	damage=NAME	break something (damage.c), to see that the check notices
 *	restless=1	take every preemption point, and let others run there
 *
 * Locking: the kernel lock.
 */
struct boot;

#ifdef KOZO_DEBUG

/* Before init is built: take memory, and note what the command line asks for. */
void invariants_take_memory(struct boot *b);

/* When init has its capabilities: what they do not cover is the kernel's. */
void invariants_begin(void);

/* A system call begins. */
void invariants_count_call(void);

/* In *violated 0, or the number of an invariant; the log then says what and where. */
MUST_USE status_t invariants_check(word_t *violated);

/* Is every preemption point to be taken? */
extern bool invariants_restless;

#else

enum { invariants_restless = false };

static inline void invariants_take_memory(struct boot *b)
{
	(void)b;
}

static inline void invariants_begin(void)
{
}

static inline void invariants_count_call(void)
{
}

/* Nobody looks in a release build. */
static inline MUST_USE status_t invariants_check(word_t *violated)
{
	(void)violated;
	return ERR_STATE;
}

#endif
