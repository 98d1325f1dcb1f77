/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "helper.h"

/*
 * actor: a thread that makes one system call after the other, or reads memory that may not
 * be there, each with registers that are given, and keeps what it finds in all of them
 * afterwards, and a number that follows from its IPC buffer.
 *
 * Its code and its steps lie at STAGE, in our address space and in another one, so it can
 * live in either.
 */
enum { ACTORS = 5, STEPS = 11 };

/* Far from what cases put at AREA. */
#define STAGE (AREA + (1ull << 32))

enum actor_register {
	REG_RAX,
	REG_RBX,
	REG_RCX,
	REG_RDX,
	REG_RSI,
	REG_RDI,
	REG_RBP,
	REG_RSP,
	REG_R8,
	REG_R9,
	REG_R10,
	REG_R11,
	REG_R12,
	REG_R13,
	REG_R14,
	REG_R15,
	REG_RFLAGS,
	REG_FS_BASE,
	REG_GS_BASE,
	ACTOR_REGISTERS
};

extern const char *const actor_register_name[ACTOR_REGISTERS];

struct step {
	word_t below[2]; /* stack */
	word_t in[ACTOR_REGISTERS], out[ACTOR_REGISTERS];
	word_t begun, done;   /* numbers of these events, from 1 on; 0: it has not come to that */
	word_t before, after; /* in which space it was: 0 or 1 */
	word_t touches;	      /* it reads where in[REG_RAX] points, and calls nothing */
	word_t sum;	      /* of its IPC buffer, when it was done */
};

/* How many there are of what a system call tells and takes. */
enum { SPACES = 2 };

/* Where the space of each number is; ours is 0. */
extern cptr_t actor_space[SPACES];

/* Make both spaces, with nothing for anybody to do. */
void actors_begin(void);

/* No actor has any step, and turns are counted from the start. */
void actors_clear(void);

struct step *actor_step(unsigned actor, unsigned step);

/* What a step calls; its other registers stay as they are. */
void step_calls(struct step *s, word_t number, const struct kozo_registers *r);

/* A step reads where nothing is, unless the first call of forget_words() has been made. */
void step_touches(struct step *s);

/* The IPC buffer of an actor, for the thread and for us. */
cptr_t actor_buffer_frame(unsigned actor);
struct ipc_buffer *actor_buffer(unsigned actor);

/* Let a thread, stopped, begin as this actor when it is resumed. */
void actor_place(cptr_t thread, unsigned actor);

/* Code in both spaces that does nothing, for good, with whatever registers it has. */
vaddr_t actor_spins_at(void);

/* The same, behind code that inverts all of them, so that they are not what was set. */
vaddr_t actor_inverts_at(void);

/* Whatever the CPU remembers of a space is forgotten. */
void space_forget(unsigned space);

/* A call that does the same, in words of INVOKE. */
void forget_words(unsigned space, struct kozo_registers *map, struct kozo_registers *unmap);

/* Until everybody waits, or does not run. */
void actors_run(void);
