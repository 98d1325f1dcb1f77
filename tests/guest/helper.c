/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "helper.h"

#include <stddef.h>
#include <string.h>

#include "message.h"
#include "ticks.h"

enum { STACKS = 24, STACK_BYTES = 4 << 10, TURNS = 8 };

static char stacks[STACKS][STACK_BYTES] __attribute__((aligned(16)));
static unsigned next_stack;

/* Where every helper begins; it ends by stopping itself, unseen by pairs.c. */
static void enter(struct helper *h)
{
	word_t w[IPC_REGISTERS] = { 0 };

	observe_other();
	h->run(h);
	observe_other();
	h->finished = true;
	kozo_invoke(h->self, LABEL_THREAD_STOP, 0, w);
	__builtin_trap();
}

void helper_make(struct helper *h, void (*run)(struct helper *h))
{
	h->run = run;
	h->finished = false;
	h->step = 0;
	h->thread = make(OBJECT_THREAD, 0);
	h->self = h->thread;
	NEED(kozo_thread_configure(h->thread, SLOT_CNODE, SLOT_VSPACE, 0));
	set_priority(h->thread, HELPERS_PRIORITY);
}

/* A function finds its stack as if called: 8 off a multiple of 16. */
void helper_start(struct helper *h)
{
	char *top = stacks[next_stack++ % STACKS] + STACK_BYTES;

	NEED(kozo_thread_start(h->thread, (vaddr_t)enter, (vaddr_t)top - sizeof(word_t),
			       (word_t)h));
}

void helper_start_on(struct helper *h, void (*run)(struct helper *h), cptr_t time)
{
	helper_make(h, run);
	NEED(kozo_thread_set_time(h->thread, time));
	helper_start(h);
}

void helper_make_at(struct helper *h, const void *code)
{
	struct thread_registers registers = {
		.rip = (vaddr_t)code,
		.rsp = (vaddr_t)stacks[next_stack++ % STACKS] + STACK_BYTES,
		.rdi = (word_t)h,
	};

	helper_make(h, NULL);
	NEED(registers_put(h->thread, registers));
}

cptr_t space_for_helpers(void)
{
	cptr_t space = make(OBJECT_VSPACE, 0), top = SLOT_BOOT_OBJECTS;

	while (type_of(describe(top)) != OBJECT_PAGE_TABLE ||
	       size_of(describe(top)) != PAGE_TABLE_LEVELS)
		top++;
	NEED(kozo_page_table_install(copy_of(top), space, 0));
	return space;
}

struct thread_registers registers_of(cptr_t thread)
{
	struct thread_registers registers;

	NEED(kozo_thread_read_registers(thread));
	memcpy(&registers, &kozo_ipc_buffer()->word[IPC_REGISTERS], sizeof(registers));
	return registers;
}

status_t registers_put(cptr_t thread, struct thread_registers registers)
{
	memcpy(&kozo_ipc_buffer()->word[IPC_REGISTERS], &registers, sizeof(registers));
	return kozo_thread_write_registers(thread);
}

struct thread_registers run_until_fault(const void *code)
{
	struct helper h = { 0 };

	helper_make_at(&h, code);
	NEED(kozo_thread_resume(h.thread));
	helpers_run();
	EXPECT(helper_state(&h), THREAD_FAULTED);
	NEED(kozo_thread_stop(h.thread));
	return registers_of(h.thread);
}

/* For some turns we are one of them. */
static void take_turns(unsigned count)
{
	runner_runs_at(HELPERS_PRIORITY);
	for (unsigned i = 0; i < count; i++)
		kozo_yield();
	runner_runs_at(RUNNER_PRIORITY);
}

void helpers_step(void)
{
	take_turns(1);
}

void helpers_run(void)
{
	take_turns(TURNS);
}

void helper_go(struct helper *h, void (*run)(struct helper *h))
{
	helper_make(h, run);
	helper_start(h);
	helpers_run();
}

void reads(struct helper *h)
{
	h->out[0] = *at(h->in[0]);
	h->step = 1;
}

void writes(struct helper *h)
{
	*at(h->in[0]) = h->in[1];
	h->step = 1;
}

void executes(struct helper *h)
{
	((void (*)(void))h->in[0])();
	h->step = 1;
}

/* What it writes can be executed. */
bool helper_can_in(cptr_t space, void (*what)(struct helper *h), vaddr_t address)
{
	enum { RETURN = 0xc3 };
	struct helper h = { .in = { address, RETURN } };
	bool could;

	helper_make(&h, what);
	NEED(kozo_thread_configure(h.thread, 0, space, 0));
	helper_start(&h);
	helpers_run();
	could = h.step == 1;
	EXPECT(helper_state(&h), could ? THREAD_STOPPED : THREAD_FAULTED);
	NEED(kozo_cnode_delete(SLOT_CNODE, h.thread));
	return could;
}

bool helper_can(void (*what)(struct helper *h), vaddr_t address)
{
	return helper_can_in(SLOT_VSPACE, what, address);
}

static void wakes(struct helper *h)
{
	struct kozo_registers r = { .target = h->in[0] };

	kozo_syscall(SYS_SEND, &r);
}

/* Wait for a thread of priority 1: it gets its turn when all above it wait. */
void helpers_run_all(void)
{
	struct helper h = { .in = { make(OBJECT_ENDPOINT, 0) } };
	struct kozo_registers r = { .target = h.in[0] };

	helper_make(&h, wakes);
	set_priority(h.thread, 1);
	helper_start(&h);
	NEED(kozo_syscall(SYS_RECV, &r));
	NEED(kozo_thread_stop(h.thread));
}

enum { BELOW_ALL = 1 };

void helpers_run_above(void)
{
	runner_runs_at(BELOW_ALL);
	runner_runs_at(RUNNER_PRIORITY);
}

void helpers_run_until(uint64_t time)
{
	runner_runs_at(BELOW_ALL);
	while (kozo_ticks() < time)
		;
	runner_runs_at(RUNNER_PRIORITY);
}

bool helper_runs_to_its_end(const struct helper *h)
{
	uint64_t end = kozo_ticks() + milliseconds(10000);
	bool we_ran = false;

	runner_runs_at(BELOW_ALL);
	while (!h->finished && kozo_ticks() < end)
		we_ran = true;
	runner_runs_at(RUNNER_PRIORITY);
	EXPECT(h->finished, true);
	return we_ran;
}

void work(word_t turns)
{
	__asm__ volatile("0:\tdec %0\n\tjnz 0b" : "+r"(turns) : : "cc");
}

word_t helper_state(const struct helper *h)
{
	word_t state = 0, priority;

	NEED(kozo_thread_info(h->thread, &state, &priority));
	return state;
}
