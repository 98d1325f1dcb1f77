/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "actors.h"

#include <string.h>

#include "message.h"

/* Pages from STAGE on; actors.asm knows the place of the last two but one. */
enum page { CODE, STEP_PAGES, SPACE_NUMBER = 7, TURN, SPARE, BUFFERS };

_Static_assert((int)STEP_PAGES + (int)ACTORS < (int)SPACE_NUMBER, "each actor has a page");
_Static_assert(offsetof(struct step, out) - offsetof(struct step, in) == 152, "OUT");
_Static_assert(offsetof(struct step, begun) - offsetof(struct step, in) == 304, "BEGUN");
_Static_assert(offsetof(struct step, done) - offsetof(struct step, in) == 312, "DONE");
_Static_assert(offsetof(struct step, before) - offsetof(struct step, in) == 320, "BEFORE");
_Static_assert(offsetof(struct step, after) - offsetof(struct step, in) == 328, "AFTER");
_Static_assert(offsetof(struct step, touches) - offsetof(struct step, in) == 336, "TOUCHES");
_Static_assert(offsetof(struct step, sum) - offsetof(struct step, in) == 344, "SUM");
_Static_assert(sizeof(struct step) == 368, "STEP_SIZE");
_Static_assert((int)BUFFERS - (int)STEP_PAGES == 9, "BUFFER");
_Static_assert(STEPS * sizeof(struct step) <= PAGE, "an actor's steps fit into its page");

const char *const actor_register_name[] = { "rax", "rbx",    "rcx",	"rdx",	  "rsi",
					    "rdi", "rbp",    "rsp",	"r8",	  "r9",
					    "r10", "r11",    "r12",	"r13",	  "r14",
					    "r15", "rflags", "fs base", "gs base" };

extern const char actor_code[], actor_inverts[], actor_spins[];
extern const word_t actor_code_bytes;

cptr_t actor_space[SPACES];

static cptr_t spare[SPACES], buffer[ACTORS], quiet;

static vaddr_t page(unsigned number)
{
	return STAGE + number * PAGE;
}

static void also_in_the_other(cptr_t frame, unsigned number, rights_t rights)
{
	NEED(kozo_frame_map(copy_of(frame), actor_space[1], page(number), rights, 0));
}

static void make_code(void)
{
	cptr_t frame = make_page(page(CODE), RIGHT_READ | RIGHT_WRITE);

	memcpy((void *)page(CODE), actor_code, actor_code_bytes);
	NEED(kozo_frame_protect(frame, RIGHT_READ | RIGHT_EXECUTE, 0));
	also_in_the_other(frame, CODE, RIGHT_READ | RIGHT_EXECUTE);
}

static cptr_t make_shared(unsigned number)
{
	cptr_t frame = make_page(page(number), RIGHT_READ | RIGHT_WRITE);

	also_in_the_other(frame, number, RIGHT_READ | RIGHT_WRITE);
	return frame;
}

/* A page that says in which space one is: 0 here, 1 there. */
static void make_number(void)
{
	cptr_t frame = make_page(page(SPACE_NUMBER), RIGHT_READ | RIGHT_WRITE);

	*at(page(SPACE_NUMBER)) = 1;
	NEED(kozo_frame_unmap(frame));
	NEED(kozo_frame_map(frame, actor_space[1], page(SPACE_NUMBER), RIGHT_READ, 0));
	make_page(page(SPACE_NUMBER), RIGHT_READ);
}

/* Runs, on the lowest priority, whenever nobody else does. */
static void wakes_us(struct helper *h)
{
	for (;;)
		NEED(kozo_signal(h->in[0]));
}

static void make_waker(void)
{
	static struct helper waker;

	quiet = make(OBJECT_NOTIFICATION, 0);
	waker = (struct helper){ .in = { quiet } };
	helper_make(&waker, wakes_us);
	set_priority(waker.thread, 1);
	helper_start(&waker);
}

void actors_begin(void)
{
	actor_space[0] = SLOT_VSPACE;
	actor_space[1] = make(OBJECT_VSPACE, 0);
	for (unsigned i = 0; i < SPACES; i++) {
		make_tables(actor_space[i], STAGE);
		spare[i] = make(OBJECT_FRAME, PAGE_BITS);
	}
	make_code();
	make_number();
	make_shared(TURN);
	for (unsigned i = 0; i < ACTORS; i++) {
		make_shared(STEP_PAGES + i);
		buffer[i] = make_shared(BUFFERS + i);
	}
	make_waker();
}

/* It is mapped as it is to be, now or before. */
static void expect_done(status_t status)
{
	EXPECT(status == OK || status == ERR_MAPPED || status == ERR_NOT_MAPPED, true);
}

void actors_clear(void)
{
	memset((void *)page(STEP_PAGES), 0, ACTORS * PAGE);
	memset((void *)page(BUFFERS), 0, ACTORS * PAGE);
	*at(page(TURN)) = 1;
	for (unsigned i = 0; i < SPACES; i++)
		expect_done(kozo_frame_unmap(spare[i]));
}

struct step *actor_step(unsigned actor, unsigned step)
{
	return (struct step *)page(STEP_PAGES + actor) + step;
}

void step_calls(struct step *s, word_t number, const struct kozo_registers *r)
{
	s->in[REG_RAX] = number;
	s->in[REG_RDI] = r->target;
	s->in[REG_RSI] = r->info;
	s->in[REG_RDX] = r->word[0];
	s->in[REG_R10] = r->word[1];
	s->in[REG_R8] = r->word[2];
	s->in[REG_R9] = r->word[3];
	s->in[REG_R12] = r->word[4];
	s->in[REG_R13] = r->word[5];
}

void step_touches(struct step *s)
{
	s->in[REG_RAX] = page(SPARE);
	s->touches = 1;
}

cptr_t actor_buffer_frame(unsigned actor)
{
	return buffer[actor];
}

struct ipc_buffer *actor_buffer(unsigned actor)
{
	return (struct ipc_buffer *)page(BUFFERS + actor);
}

void actor_place(cptr_t thread, unsigned actor)
{
	struct thread_registers registers = {
		.rip = page(CODE),
		.rsp = (word_t)actor_step(actor, 0)->in,
		.rflags = 0x202,
	};

	NEED(registers_put(thread, registers));
}

vaddr_t actor_inverts_at(void)
{
	return page(CODE) + (vaddr_t)actor_inverts - (vaddr_t)actor_code;
}

vaddr_t actor_spins_at(void)
{
	return page(CODE) + (vaddr_t)actor_spins - (vaddr_t)actor_code;
}

void space_forget(unsigned space)
{
	expect_done(kozo_frame_map(spare[space], actor_space[space], page(SPARE), RIGHT_READ, 0));
	NEED(kozo_frame_unmap(spare[space]));
}

void forget_words(unsigned space, struct kozo_registers *map, struct kozo_registers *unmap)
{
	*map = (struct kozo_registers){
		.target = spare[space],
		.info = kozo_info(LABEL_FRAME_MAP, 4),
		.word = { actor_space[space], page(SPARE), RIGHT_READ },
	};
	*unmap = (struct kozo_registers){ .target = spare[space],
					  .info = kozo_info(LABEL_FRAME_UNMAP, 0) };
}

void actors_run(void)
{
	word_t bits;

	NEED(kozo_wait(quiet, &bits));
}
