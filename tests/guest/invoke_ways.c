/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * INVOKE by the fast way (kernel/arch/x86_64/invoke.asm) and through C: an actor (actors.h)
 * that nothing is unusual about makes a call with all registers given, and then another
 * one does that has a breakpoint. Each must find what it had, but for status and results,
 * and both must find the same.
 */
#include "actors.h"

#include "message.h"
#include "processor.h"

/* What the calls are about. The CNode has 16 slots, and is filled from slot 1 on. */
static cptr_t endpoint, frame, weak, cnode, full, untyped, to, nothing, buffer;

/* In place of a cptr: the thread that makes the call. */
enum { SELF = 1 << 30 };

struct row {
	cptr_t target;
	word_t label, words; /* words: the low bits of the info, whatever they are */
	word_t word[IPC_REGISTERS];
	status_t want;
	unsigned results;
	long moved[IPC_REGISTERS]; /* what a range adds to its arguments */
	word_t high;		   /* of rax */
};

static const enum actor_register word_register[IPC_REGISTERS] = { REG_RDX, REG_R10, REG_R8,
								  REG_R9,  REG_R12, REG_R13 };

static uint64_t seed = 1;

static uint64_t random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1d;
}

/* --- an actor and what it does ----------------------------------------------------- */

enum way { FAST, THROUGH_C, WAYS };

static cptr_t make_actor(enum way way)
{
	enum { WRITE_IN_LAST = 0x10000040 };
	cptr_t thread = make(OBJECT_THREAD, 0);

	NEED(kozo_thread_configure(thread, SLOT_CNODE, SLOT_VSPACE, buffer));
	NEED(kozo_thread_set_time(thread, helpers_time));
	if (way == THROUGH_C)
		NEED(kozo_thread_set_breakpoints(thread, 0, 0, 0, AREA + (1 << 20), WRITE_IN_LAST));
	return thread;
}

static struct kozo_registers call_of(const struct row *r, cptr_t self)
{
	struct kozo_registers call = { .target = r->target == SELF ? self : r->target,
				       .info = r->label << INFO_LABEL_SHIFT | r->words };

	for (unsigned i = 0; i < IPC_REGISTERS; i++)
		call.word[i] = i < (r->words & INFO_WORDS_MASK) ? r->word[i] : random();
	return call;
}

/* A step with all registers given, and one that stops the actor. */
static struct step *place(cptr_t thread, const struct row *r)
{
	const struct kozo_registers stop = { .target = thread,
					     .info = kozo_info(LABEL_THREAD_STOP, 0) },
				    call = call_of(r, thread);
	struct step *s;

	actors_clear();
	s = actor_step(0, 0);
	for (unsigned i = 0; i < ACTOR_REGISTERS; i++)
		s->in[i] = random();
	s->in[REG_RFLAGS] = (s->in[REG_RFLAGS] & 0x240cd5) | 0x202;
	s->in[REG_FS_BASE] %= USER_TOP;
	s->in[REG_GS_BASE] %= USER_TOP;
	step_calls(s, SYS_INVOKE | r->high << SYSCALL_REPLY_SHIFT, &call);
	step_calls(actor_step(0, 1), SYS_INVOKE, &stop);
	actor_place(thread, 0);
	return s;
}

/* --- what it must find ------------------------------------------------------------- */

/* The resume flag shows how a thread last came out of the kernel. */
static word_t without_rf(word_t flags)
{
	return flags & ~0x10000ull;
}

static void expect_register(unsigned row, const struct step *s, enum actor_register r, word_t want)
{
	if (s->out[r] != want)
		fail("row %u: %s is 0x%lx, want 0x%lx", row, actor_register_name[r], s->out[r],
		     want);
}

static void expect_kept(unsigned row, const struct step *s)
{
	static const enum actor_register kept[] = { REG_RBX, REG_RBP,	  REG_RSP,
						    REG_R14, REG_R15,	  REG_RSI,
						    REG_RDI, REG_FS_BASE, REG_GS_BASE };

	for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		expect_register(row, s, kept[i],
				kept[i] == REG_RSP ? (word_t)s->in : s->in[kept[i]]);
	if (without_rf(s->out[REG_RFLAGS]) != s->in[REG_RFLAGS] ||
	    without_rf(s->out[REG_R11]) != s->in[REG_RFLAGS])
		fail("row %u: the flags are 0x%lx and 0x%lx, want 0x%lx", row, s->out[REG_RFLAGS],
		     s->out[REG_R11], s->in[REG_RFLAGS]);
}

/* A result that says nothing is 0, and not what lay on the kernel's stack. */
static void expect_words(unsigned row, const struct row *r, const struct step *s)
{
	for (unsigned i = 0; i < IPC_REGISTERS; i++) {
		enum actor_register word = word_register[i];

		if (i >= r->results)
			expect_register(row, s, word, s->in[word] + (word_t)r->moved[i]);
		else if (r->want && i)
			expect_register(row, s, word, 0);
	}
}

static void run_row(unsigned row, const struct row *r, cptr_t thread, word_t result[])
{
	struct step *s = place(thread, r);

	NEED(kozo_thread_resume(thread));
	actors_run();
	if (!s->done)
		fail("row %u does not return", row);
	expect_register(row, s, REG_RAX, (word_t)r->want);
	expect_kept(row, s);
	expect_words(row, r, s);
	for (unsigned i = 0; i < r->results; i++)
		result[i] = s->out[word_register[i]];
}

/* All rows, and what comes of one is what the next one finds. */
static void run_rows(const struct row *rows, unsigned count)
{
	static word_t result[WAYS][64][IPC_REGISTERS];

	for (enum way way = FAST; way < WAYS; way++) {
		cptr_t thread = make_actor(way);

		for (unsigned i = 0; i < count; i++)
			run_row(i, &rows[i], thread, result[way][i]);
	}
	for (unsigned i = 0; i < count; i++)
		for (unsigned word = 0; word < rows[i].results; word++)
			if (result[FAST][i][word] != result[THROUGH_C][i][word])
				fail("row %u: result %u is 0x%lx, and 0x%lx through C", i, word,
				     result[FAST][i][word], result[THROUGH_C][i][word]);
}

/* --- calls ------------------------------------------------------------------------- */

static void ways_begin(void)
{
	word_t done;

	actors_begin();
	make_tables(SLOT_VSPACE, AREA);
	endpoint = make_many(OBJECT_ENDPOINT, 0, 2);
	to = slots_new(4);
	frame = make(OBJECT_FRAME, PAGE_BITS);
	buffer = make(OBJECT_FRAME, PAGE_BITS);
	weak = part_of(frame, RIGHT_READ, 0);
	untyped = make(OBJECT_UNTYPED, 12);
	cnode = make(OBJECT_CNODE, 4);
	full = make(OBJECT_CNODE, 4);
	NEED(kozo_untyped_retype(world, OBJECT_ENDPOINT, 0, full, 1, 2, &done));
	nothing = slot_new();
}

#define CNODE_CALL(method, words) SLOT_CNODE, LABEL_CNODE_##method, words

TEST(ways_same, "an invocation gives the same, and keeps the same registers, by both ways")
{
	if (!processor_has(PROCESSOR_FSGSBASE))
		return;
	ways_begin();

	const struct row rows[] = {
		{ frame, LABEL_FRAME_ADDRESS, 0, .results = 1 },
		{ CNODE_CALL(DESCRIBE, 1), .word = { endpoint }, .results = 4 },
		{ CNODE_CALL(DESCRIBE, 1), .word = { nothing }, .want = ERR_BAD_CAP, .results = 4 },
		{ 0, LABEL_CNODE_DESCRIBE, 1, .word = { cnode }, .results = 4 },
		{ SELF, LABEL_THREAD_INFO, 0, .results = 2 },
		{ SLOT_IO_PORTS, LABEL_IO_PORTS_IN8, 1, .word = { PORT_MAX + 1 }, .want = ERR_RANGE,
		  .results = 1 },

		/* one slot */
		{ CNODE_CALL(COPY, 3), .word = { to, SLOT_CNODE, endpoint } },
		{ CNODE_CALL(COPY, 3), .word = { to, SLOT_CNODE, endpoint },
		  .want = ERR_SLOT_USED },
		{ CNODE_CALL(MOVE, 3), .word = { to + 1, SLOT_CNODE, to } },
		{ CNODE_CALL(MINT, 5), .word = { to, 0, endpoint, RIGHT_SEND, 7 } },
		{ CNODE_CALL(DELETE, 1), .word = { to } },
		{ CNODE_CALL(DELETE, 1), .word = { to }, .want = ERR_BAD_CAP },
		{ CNODE_CALL(REVOKE, 1), .word = { endpoint } },
		{ CNODE_CALL(DELETE, 1), .word = { to + 1 }, .want = ERR_BAD_CAP },
		{ frame, LABEL_FRAME_MAP, 4, .word = { SLOT_VSPACE, AREA, RIGHT_READ, 0 } },
		{ frame, LABEL_FRAME_MAP, 4, .word = { SLOT_VSPACE, AREA, RIGHT_READ, 0 },
		  .want = ERR_MAPPED },
		{ frame, LABEL_FRAME_UNMAP, 0, .want = OK },

		/* ranges, which come back as far as they have come */
		{ cnode, LABEL_CNODE_COPY_RANGE, 4, .word = { 1, full, 1, 2 }, .results = 1,
		  .moved = { 2, 0, 2, -2 } },
		{ cnode, LABEL_CNODE_MINT_RANGE, 6, .word = { 3, full, 1, 3, RIGHT_SEND, 5 },
		  .want = ERR_BAD_CAP, .results = 1, .moved = { 2, 0, 2, -2 } },
		{ cnode, LABEL_CNODE_MOVE_RANGE, 4, .word = { 5, cnode, 2, 3 }, .results = 1,
		  .moved = { 3, 0, 3, -3 } },
		{ cnode, LABEL_CNODE_DELETE_RANGE, 2, .word = { 1, 15 }, .results = 1,
		  .moved = { 15, -15 } },
		{ cnode, LABEL_CNODE_DELETE_RANGE, 2, .word = { 1, 16 }, .want = ERR_RANGE,
		  .results = 1 },
		{ untyped, LABEL_UNTYPED_RETYPE, 5, .word = { OBJECT_ENDPOINT, 0, cnode, 1, 2 },
		  .results = 1, .moved = { 0, 0, 0, 2, -2 } },
		{ cnode, LABEL_CNODE_DELETE_RANGE, 2, .word = { 1, 15 }, .results = 1,
		  .moved = { 15, -15 } },

		/* what the caller is asked to look at, who runs first */
		{ SELF, LABEL_THREAD_SET_FPU, 1, .word = { 0 } },
		{ SELF, LABEL_THREAD_READ_REGISTERS, 0, .want = ERR_STATE },
		{ SELF, LABEL_THREAD_WRITE_REGISTERS, 0, .want = ERR_STATE },
		{ SELF, LABEL_THREAD_INTERRUPT, 0, .want = OK },

		/* refused */
		{ nothing, LABEL_FRAME_ADDRESS, 0, .want = ERR_BAD_CAP, .results = 1 },
		{ nothing, 0, 0, .want = ERR_BAD_CAP, .results = 1 },
		{ 0, LABEL_FRAME_ADDRESS, 0, .want = ERR_BAD_CAP, .results = 1 },
		{ 0, 0, 0, .want = ERR_BAD_CAP, .results = 1 },
		{ boot->slot_count, LABEL_FRAME_ADDRESS, 0, .want = ERR_BAD_CAP, .results = 1 },
		{ ~0ull, LABEL_CNODE_DESCRIBE, 1, .word = { 1 }, .want = ERR_BAD_CAP,
		  .results = 1 },
		{ endpoint, LABEL_FRAME_ADDRESS, 0, .want = ERR_WRONG_TYPE, .results = 1 },
		{ frame, 1ull << 40 | LABEL_FRAME_ADDRESS, 0, .want = ERR_WRONG_TYPE,
		  .results = 1 },
		{ SELF, (LABEL_THREAD_INFO & ~0xffull) | 3, 0, .want = ERR_BAD_METHOD,
		  .results = 1 },
		{ frame, LABEL_FRAME_ADDRESS + 1, 0, .want = ERR_BAD_METHOD, .results = 1 },
		{ frame, LABEL_FRAME_ADDRESS | 0xff, 0, .want = ERR_BAD_METHOD, .results = 1 },
		{ weak, LABEL_FRAME_ADDRESS, 0, .want = ERR_NO_RIGHT, .results = 1 },
		{ frame, LABEL_FRAME_ADDRESS, 1, .word = { 0 }, .want = ERR_BAD_ARG, .results = 1 },
		{ frame, LABEL_FRAME_ADDRESS, 1 << 15, .want = ERR_BAD_ARG, .results = 1 },

		/* what has no meaning here, but is the same again if the call is made anew */
		{ frame, LABEL_FRAME_ADDRESS, 0, .results = 1, .high = 0xdeadbeef },
		{ endpoint, LABEL_FRAME_ADDRESS, 0, .want = ERR_WRONG_TYPE, .results = 1,
		  .high = 0xdeadbeef },
	};

	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

TEST(ways_long, "a call that is left and made anew keeps the same registers, by both ways")
{
	enum { BITS = 10, COUNT = 1000 };
	word_t done;

	if (!processor_has(PROCESSOR_FSGSBASE))
		return;
	ways_begin();

	cptr_t from = make(OBJECT_CNODE, BITS), there = make(OBJECT_CNODE, BITS);

	NEED(kozo_cnode_copy(from, 1, SLOT_CNODE, endpoint));
	NEED(kozo_cnode_copy_range(from, 2, from, 1, COUNT - 1, &done));

	const struct row rows[] = {
		{ there, LABEL_CNODE_COPY_RANGE, 4, .word = { 1, from, 1, COUNT }, .results = 1,
		  .moved = { COUNT, 0, COUNT, -COUNT } },
		{ there, LABEL_CNODE_DELETE_RANGE, 2, .word = { 1, COUNT }, .results = 1,
		  .moved = { COUNT, -COUNT } },
		{ there, LABEL_CNODE_MINT_RANGE, 6, .word = { 1, from, 1, COUNT, RIGHT_SEND, 9 },
		  .results = 1, .moved = { COUNT, 0, COUNT, -COUNT } },
		{ from, LABEL_CNODE_REVOKE_RANGE, 2, .word = { 1, COUNT }, .results = 1,
		  .moved = { COUNT, -COUNT } },
		{ from, LABEL_CNODE_MOVE_RANGE, 4, .word = { 2, there, 2, COUNT },
		  .want = ERR_BAD_CAP, .results = 1 },
		{ from, LABEL_CNODE_COPY_RANGE, 4, .word = { 2, from, 1, COUNT - 1 }, .results = 1,
		  .moved = { COUNT - 1, 0, COUNT - 1, 1 - COUNT } },
		{ there, LABEL_CNODE_MOVE_RANGE, 4, .word = { 1, from, 1, COUNT }, .results = 1,
		  .moved = { COUNT, 0, COUNT, -COUNT } },
		{ from, LABEL_CNODE_MOVE_RANGE, 4, .word = { 1, there, 1, COUNT }, .results = 1,
		  .moved = { COUNT, 0, COUNT, -COUNT } },
		{ world, LABEL_UNTYPED_RETYPE, 5, .word = { OBJECT_ENDPOINT, 0, there, 1, 200 },
		  .results = 1, .moved = { 0, 0, 0, 200, -200 } },
		{ there, LABEL_CNODE_DELETE_RANGE, 2, .word = { 1, COUNT }, .results = 1,
		  .moved = { COUNT, -COUNT } },
	};

	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

/* --- callers that do not go on ------------------------------------------------------- */

static word_t register_of(const struct thread_registers *r, enum actor_register which)
{
	const word_t value[] = { r->rax, r->rbx, r->rcx,    r->rdx,	r->rsi,	   r->rdi, r->rbp,
				 r->rsp, r->r8,	 r->r9,	    r->r10,	r->r11,	   r->r12, r->r13,
				 r->r14, r->r15, r->rflags, r->fs_base, r->gs_base };

	return value[which];
}

/* In the middle of its call its registers can be read, and others given it. */
static void stop_itself(enum way way)
{
	const struct row stops = { SELF, LABEL_THREAD_STOP, 0, .want = OK };
	cptr_t thread = make_actor(way);
	struct step *s = place(thread, &stops);
	struct thread_registers r;

	NEED(kozo_thread_resume(thread));
	actors_run();
	EXPECT(s->begun != 0, true);
	EXPECT(s->done, 0);
	r = registers_of(thread);
	s->out[REG_RAX] = r.rax;
	for (unsigned i = 1; i < ACTOR_REGISTERS; i++)
		s->out[i] = register_of(&r, (enum actor_register)i);
	s->out[REG_RCX] = s->in[REG_RCX]; /* it has rip there, and flags in r11 */
	EXPECT(r.rcx, r.rip);
	expect_register(0, s, REG_RAX, OK);
	expect_kept(0, s);
	expect_words(0, &stops, s);

	for (unsigned i = 0; i < IPC_REGISTERS; i++)
		s->in[word_register[i]] = random();
	r.rdx = s->in[REG_RDX];
	r.r10 = s->in[REG_R10];
	r.r8 = s->in[REG_R8];
	r.r9 = s->in[REG_R9];
	r.r12 = s->in[REG_R12];
	r.r13 = s->in[REG_R13];
	r.rbx = s->in[REG_RBX] = random();
	r.rbp = s->in[REG_RBP] = random();
	r.r14 = s->in[REG_R14] = random();
	r.r15 = s->in[REG_R15] = random();
	NEED(registers_put(thread, r));
	NEED(kozo_thread_resume(thread));
	actors_run();
	EXPECT(s->done != 0, true);
	expect_kept(1, s);
	expect_words(1, &stops, s);
}

TEST(ways_stop, "a thread that stops itself has its registers, or those that it is given then")
{
	if (!processor_has(PROCESSOR_FSGSBASE))
		return;
	ways_begin();
	stop_itself(FAST);
	stop_itself(THROUGH_C);
}

enum end { DELETES_ITSELF, REVOKES_ITS_MEMORY };

static void end_itself(enum way way, enum end end)
{
	cptr_t memory = make(OBJECT_UNTYPED, 14), kept = world, thread;

	world = memory;
	thread = make_actor(way);
	world = kept;

	const struct row ends = { SLOT_CNODE,
				  end == DELETES_ITSELF ? LABEL_CNODE_DELETE : LABEL_CNODE_REVOKE,
				  1, .word = { end == DELETES_ITSELF ? thread : memory } };
	struct step *s = place(thread, &ends);

	NEED(kozo_thread_resume(thread));
	actors_run();
	EXPECT(s->begun != 0, true);
	EXPECT(s->done, 0);
	EXPECT(gone(thread), true);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, memory), OK);
	EXPECT(describe(memory).badge, 0);
}

TEST(ways_end, "a thread that deletes itself, or revokes its own memory, does not go on")
{
	if (!processor_has(PROCESSOR_FSGSBASE))
		return;
	ways_begin();
	for (enum way way = FAST; way < WAYS; way++) {
		end_itself(way, DELETES_ITSELF);
		end_itself(way, REVOKES_ITS_MEMORY);
	}
}
