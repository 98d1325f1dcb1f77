/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Thread: read_registers, write_registers, resume; SET_BASE, and what of a thread survives others. */
#include <string.h>

#include "helper.h"
#include "message.h"
#include "pit.h"
#include "processor.h"

#define RFLAGS_TF 0x100ull
#define RFLAGS_RF 0x10000ull
#define RFLAGS_FREE 0x240dd5ull /* those that a program may choose */
#define RFLAGS_FIXED 0x202ull

/* --- all of them ------------------------------------------------------------------ */

/* Pushes all registers but rsp, in the order of expect_pushed(). */
extern const char pushes_registers[];

__asm__(".text\n"
	"pushes_registers:\n\t"
	"push %rax\n\tpush %rbx\n\tpush %rcx\n\tpush %rdx\n\tpush %rsi\n\tpush %rdi\n\tpush "
	"%rbp\n\t"
	"push %r8\n\tpush %r9\n\tpush %r10\n\tpush %r11\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\t"
	"push %r15\n\tpushf\n\tud2");

enum { PUSHED = 16 };

static struct thread_registers pattern(const struct thread_registers *base, word_t seed)
{
	struct thread_registers r = *base;
	word_t *word = (word_t *)&r;

	for (unsigned i = 0; i < sizeof(r) / sizeof(word_t); i++)
		word[i] = (seed + i) * 0x9e3779b97f4a7c15ull;
	r.rip = base->rip;
	r.rsp = base->rsp;
	r.rflags = RFLAGS_FREE & ~RFLAGS_TF & r.rflags;
	r.fs_base = 0x100000000000ull + seed * 8;
	r.gs_base = USER_TOP - 1 - seed;
	return r;
}

static void expect_pushed(const struct thread_registers *r)
{
	const word_t want[PUSHED] = { r->rax, r->rbx, r->rcx, r->rdx,
				      r->rsi, r->rdi, r->rbp, r->r8,
				      r->r9,  r->r10, r->r11, r->r12,
				      r->r13, r->r14, r->r15, r->rflags | RFLAGS_FIXED };

	for (unsigned i = 0; i < PUSHED; i++)
		EXPECT(((const word_t *)r->rsp)[-1 - (int)i], want[i]);
}

TEST(registers_written, "a thread that is resumed has the registers that were written")
{
	struct helper h = { 0 };
	struct thread_registers first;

	helper_make_at(&h, pushes_registers);
	first = registers_of(h.thread);
	for (word_t seed = 1; seed < 20; seed++) {
		struct thread_registers want = pattern(&first, seed), got;

		EXPECT_STATUS(registers_put(h.thread, want), OK);
		EXPECT_STATUS(kozo_thread_resume(h.thread), OK);
		helpers_run();
		EXPECT(helper_state(&h), THREAD_FAULTED);
		expect_pushed(&want);
		EXPECT_STATUS(kozo_thread_read_registers(h.thread), OK);
		got = registers_of(h.thread);
		EXPECT(got.rip > want.rip && got.rip < want.rip + 64, true);
		EXPECT(got.rflags & ~RFLAGS_RF, want.rflags | RFLAGS_FIXED);
		want.rip = got.rip;
		want.rsp -= PUSHED * sizeof(word_t);
		want.rflags = got.rflags;
		EXPECT(memcmp(&want, &got, sizeof(got)), 0);
	}
}

TEST(flags_written, "of the flags only those can be written that a program may choose")
{
	struct helper h = { 0 };
	struct thread_registers r;

	helper_make_at(&h, pushes_registers);
	r = registers_of(h.thread);
	EXPECT(r.rflags, RFLAGS_FIXED);
	for (word_t flag = 1; flag; flag <<= 1) {
		r.rflags = flag;
		NEED(registers_put(h.thread, r));
		EXPECT(registers_of(h.thread).rflags, (flag & RFLAGS_FREE) | RFLAGS_FIXED);
	}
	r.rflags = ~RFLAGS_TF;
	NEED(registers_put(h.thread, r));
	NEED(kozo_thread_resume(h.thread));
	helpers_run();
	EXPECT(((const word_t *)r.rsp)[-PUSHED], (RFLAGS_FREE & ~RFLAGS_TF) | RFLAGS_FIXED);
}

TEST(registers_new, "a new thread has nothing in its registers, and can be resumed")
{
	struct helper h = { 0 };
	struct thread_registers want = { .rflags = RFLAGS_FIXED }, got;

	helper_make(&h, NULL);
	got = registers_of(h.thread);
	EXPECT(memcmp(&want, &got, sizeof(got)), 0);
	EXPECT_STATUS(kozo_thread_resume(h.thread), OK);
	helpers_run();
	EXPECT(helper_state(&h), THREAD_FAULTED); /* nothing is mapped at 0 */
	want.rflags |= RFLAGS_RF;
	got = registers_of(h.thread);
	got.rflags |= RFLAGS_RF;
	EXPECT(memcmp(&want, &got, sizeof(got)), 0);
}

/* --- refusals ------------------------------------------------------------------------ */

static void yields(struct helper *h)
{
	for (;;) {
		h->step++;
		kozo_yield();
	}
}

static void has_no_buffer(struct helper *h)
{
	h->out[0] = (word_t)kozo_thread_read_registers(h->in[0]);
	h->out[1] = (word_t)kozo_thread_write_registers(h->in[0]);
}

static void waits(struct helper *h)
{
	struct kozo_registers r = { .target = h->in[0], .word = { 11, 12, 13, 14, 15, 16 } };

	kozo_syscall(SYS_SEND, &r);
}

TEST(registers_refused, "registers can be had of who cannot run, and set of who is stopped")
{
	struct helper ready = { 0 }, waiting = { .in = { make(OBJECT_ENDPOINT, 0) } };
	struct helper other = { .in = { make(OBJECT_THREAD, 0) } };
	struct thread_registers r;

	helper_go(&ready, yields);
	helper_go(&waiting, waits);
	helper_go(&other, has_no_buffer);
	EXPECT(helper_state(&waiting), THREAD_SENDING);
	EXPECT_STATUS((status_t)other.out[0], ERR_BAD_ARG);
	EXPECT_STATUS((status_t)other.out[1], ERR_BAD_ARG);

	EXPECT_STATUS(kozo_thread_read_registers(ready.thread), ERR_STATE);
	r = registers_of(waiting.thread);
	EXPECT(r.rdi, waiting.in[0]);
	EXPECT(r.r13, 16);
	EXPECT_STATUS(registers_put(ready.thread, r), ERR_STATE);
	EXPECT_STATUS(registers_put(waiting.thread, r), ERR_STATE);
	EXPECT_STATUS(kozo_thread_resume(ready.thread), ERR_STATE);
	EXPECT_STATUS(kozo_thread_resume(waiting.thread), ERR_STATE);
	EXPECT_STATUS(kozo_thread_resume(other.in[0]), ERR_STATE);
	EXPECT(helper_state(&ready), THREAD_READY);
	EXPECT(helper_state(&waiting), THREAD_SENDING);
}

static void looks_at_itself(struct helper *h)
{
	h->out[0] = (word_t)kozo_thread_read_registers(h->thread);
	h->out[1] = (word_t)kozo_thread_write_registers(h->thread);
	h->out[2] = (word_t)kozo_thread_resume(h->thread);
}

TEST(registers_own, "nobody reads or writes the registers that it is using")
{
	struct helper h = { 0 };

	helper_make(&h, looks_at_itself);
	NEED(kozo_thread_configure(h.thread, 0, 0, SLOT_IPC_BUFFER));
	memset(&kozo_ipc_buffer()->word[IPC_REGISTERS], 0, sizeof(struct thread_registers));
	helper_start(&h);
	helpers_run();
	for (unsigned i = 0; i < 3; i++)
		EXPECT_STATUS((status_t)h.out[i], ERR_STATE);
}

TEST(registers_outside, "an rip or a base outside user space is refused, and changes nothing")
{
	static const vaddr_t outside[] = { USER_TOP, 1ull << 47, 1ull << 63, 0xffffffff80000000,
					   ~0ull };
	struct helper h = { 0 };
	struct thread_registers before;

	helper_make_at(&h, pushes_registers);
	before = registers_of(h.thread);
	for (unsigned i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		struct thread_registers r[3] = { before, before, before }, after;

		r[0].rip = outside[i];
		r[1].fs_base = outside[i];
		r[2].gs_base = outside[i];
		for (unsigned n = 0; n < 3; n++) {
			r[n].rax = 4711;
			EXPECT_STATUS(registers_put(h.thread, r[n]), ERR_BAD_ARG);
		}
		after = registers_of(h.thread);
		EXPECT(memcmp(&before, &after, sizeof(before)), 0);
	}
}

TEST(stack_anywhere, "a stack pointer that no stack can have hurts only its own thread")
{
	static const word_t odd[] = { 1ull << 47, 1ull << 63, 0xffffffff80000000, ~0ull, 3, 0 };

	for (unsigned i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct helper h = { 0 };
		struct thread_registers r;

		helper_make_at(&h, pushes_registers);
		r = registers_of(h.thread);
		r.rsp = odd[i];
		EXPECT_STATUS(registers_put(h.thread, r), OK);
		NEED(kozo_thread_resume(h.thread));
		helpers_run();
		EXPECT(helper_state(&h), THREAD_FAULTED);
		EXPECT(registers_of(h.thread).rip, r.rip);
	}
}

/* --- resume ------------------------------------------------------------------------------ */

TEST(resume_goes_on, "Thread.resume lets a stopped thread go on where it was")
{
	struct helper h = { 0 };

	helper_go(&h, yields);
	for (unsigned i = 0; i < 3; i++) {
		NEED(kozo_thread_stop(h.thread));
		h.step = 0;
		helpers_run();
		EXPECT(h.step, 0);
		EXPECT_STATUS(kozo_thread_resume(h.thread), OK);
		helpers_run();
		EXPECT(h.step > 0, true);
	}
}

TEST(resume_fault, "a thread that is resumed after a fault tries again, or what it was told to")
{
	struct helper h = { 0 };
	struct thread_registers r;

	helper_make_at(&h, pushes_registers);
	NEED(kozo_thread_resume(h.thread));
	helpers_run();
	r = registers_of(h.thread);
	EXPECT_STATUS(kozo_thread_resume(h.thread), OK);
	EXPECT(helper_state(&h), THREAD_READY);
	helpers_run();
	EXPECT(helper_state(&h), THREAD_FAULTED);
	EXPECT(registers_of(h.thread).rip, r.rip);
	r.rip = (vaddr_t)pushes_registers;
	NEED(registers_put(h.thread, r));
	NEED(kozo_thread_resume(h.thread));
	helpers_run();
	EXPECT(registers_of(h.thread).rsp, r.rsp - PUSHED * sizeof(word_t));
}

/* Makes its system call once, and says what came of it. */
static void calls(struct helper *h)
{
	h->step = 1;
	h->status = observed_syscall(h->in[0], h->in[1], &h->registers);
	h->step = 2;
}

static void expect_interrupted(struct helper *h, word_t state)
{
	EXPECT(helper_state(h), state);
	NEED(kozo_thread_stop(h->thread));
	EXPECT_STATUS(kozo_thread_resume(h->thread), OK);
	helpers_run();
	EXPECT(h->finished, true);
	EXPECT_STATUS(h->status, ERR_INTERRUPTED);
}

TEST(resume_interrupted, "an IPC that was waiting when its thread was stopped ends as interrupted")
{
	static const struct {
		word_t number, state;
	} rows[] = {
		{ SYS_CALL, THREAD_CALLING },
		{ SYS_SEND, THREAD_SENDING },
		{ SYS_RECV, THREAD_RECEIVING },
		{ SYS_REPLY_RECV, THREAD_RECEIVING },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct helper h = { .in = { rows[i].number, make(OBJECT_REPLY, 0) },
				    .registers = { .target = make(OBJECT_ENDPOINT, 0) } };

		helper_go(&h, calls);
		expect_interrupted(&h, rows[i].state);
	}
}

TEST(resume_unanswered, "a caller that was interrupted does not get the answer that comes later")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
	struct helper h = { .in = { SYS_CALL }, .registers = { .target = endpoint } };
	struct helper next = { .in = { SYS_SEND }, .registers = { .target = endpoint } };
	struct kozo_registers r = { .target = endpoint };

	helper_go(&h, calls);
	NEED(kozo_syscall(SYS_RECV | reply << SYSCALL_REPLY_SHIFT, &r));
	expect_interrupted(&h, THREAD_AWAITS_REPLY);
	helper_go(&next, calls);
	r = (struct kozo_registers){ .target = endpoint, .word = { 4711 } };
	NEED(kozo_syscall(SYS_REPLY_RECV | reply << SYSCALL_REPLY_SHIFT, &r));
	EXPECT(h.registers.word[0], 0);
}

/* --- the bases of fs and gs ---------------------------------------------------------------- */

static status_t set_base(word_t which, const void *base)
{
	struct kozo_registers r = { .target = which, .word = { (vaddr_t)base } };

	return observed_syscall(SYS_SET_BASE, 0, &r);
}

static word_t word_at_fs(void)
{
	word_t word;

	__asm__ volatile("mov %%fs:0, %0" : "=r"(word));
	return word;
}

static word_t word_at_gs(void)
{
	word_t word;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(word));
	return word;
}

static void keeps_bases(struct helper *h)
{
	h->status = set_base(BASE_FS, &h->in[0]);
	if (!h->status)
		h->status = set_base(BASE_GS, &h->in[1]);
	for (unsigned i = 0; i < 50; i++) {
		h->out[0] += word_at_fs() != h->in[0];
		h->out[0] += word_at_gs() != h->in[1];
		h->step++;
		kozo_yield();
	}
}

TEST(bases_survive, "the bases that a thread sets are its own")
{
	struct helper h[3] = { 0 };

	for (unsigned i = 0; i < 3; i++) {
		h[i].in[0] = 100 + i;
		h[i].in[1] = 200 + i;
		helper_make(&h[i], keeps_bases);
		helper_start(&h[i]);
	}
	for (unsigned i = 0; i < 30; i++)
		helpers_run();
	for (unsigned i = 0; i < 3; i++) {
		EXPECT_STATUS(h[i].status, OK);
		EXPECT(h[i].step, 50);
		EXPECT(h[i].out[0], 0);
		EXPECT(registers_of(h[i].thread).fs_base, (vaddr_t)&h[i].in[0]);
		EXPECT(registers_of(h[i].thread).gs_base, (vaddr_t)&h[i].in[1]);
	}
}

static void looks_at_bases(struct helper *h)
{
	h->out[0] = word_at_fs();
	h->out[1] = word_at_gs();
}

TEST(bases_written, "a base that was written is used, and one that a start made 0 is not")
{
	struct helper h = { .in = { 31, 32 } };
	struct thread_registers r;

	helper_make(&h, looks_at_bases);
	helper_start(&h);
	helpers_run();
	EXPECT(helper_state(&h), THREAD_FAULTED);
	r = registers_of(h.thread);
	r.fs_base = (vaddr_t)&h.in[0];
	r.gs_base = (vaddr_t)&h.in[1];
	NEED(registers_put(h.thread, r));
	NEED(kozo_thread_resume(h.thread));
	helpers_run();
	EXPECT(h.finished, true);
	EXPECT(h.out[0], 31);
	EXPECT(h.out[1], 32);
	helper_start(&h);
	helpers_run();
	EXPECT(helper_state(&h), THREAD_FAULTED);
	EXPECT(registers_of(h.thread).fs_base, 0);
}

TEST(base_refusals, "SET_BASE takes a base that there is, and a user address")
{
	EXPECT_STATUS(set_base(BASE_GS + 1, NULL), ERR_BAD_ARG);
	EXPECT_STATUS(set_base(~0ull, NULL), ERR_BAD_ARG);
	EXPECT_STATUS(set_base(BASE_FS, (void *)USER_TOP), ERR_BAD_ARG);
	EXPECT_STATUS(set_base(BASE_GS, (void *)(1ull << 47)), ERR_BAD_ARG);
	EXPECT_STATUS(set_base(BASE_FS, (void *)0xffffffff80000000), ERR_BAD_ARG);
	EXPECT_STATUS(set_base(BASE_FS, (void *)(USER_TOP - 1)), OK);
	EXPECT_STATUS(set_base(BASE_FS, NULL), OK);
}

static void writes_bases(struct helper *h)
{
	__asm__ volatile("wrfsbase %0" : : "r"(&h->in[0]));
	__asm__ volatile("wrgsbase %0" : : "r"(&h->in[1]));
	h->status = set_base(BASE_FS, &h->in[2]);
	h->out[0] = word_at_fs();
	h->out[1] = word_at_gs();
}

TEST(bases_instructions, "SET_BASE and the instructions that set a base go together")
{
	struct helper h = { .in = { 1, 2, 3 } };

	if (!processor_has(PROCESSOR_FSGSBASE))
		return;
	helper_go(&h, writes_bases);
	EXPECT_STATUS(h.status, OK);
	EXPECT(h.out[0], 3);
	EXPECT(h.out[1], 2);
	EXPECT(registers_of(h.thread).fs_base, (vaddr_t)&h.in[2]);
	EXPECT(registers_of(h.thread).gs_base, (vaddr_t)&h.in[1]);
}

static void keeps_written_bases(struct helper *h)
{
	__asm__ volatile("wrfsbase %0" : : "r"(&h->in[0]));
	__asm__ volatile("wrgsbase %0" : : "r"(&h->in[1]));
	for (unsigned i = 0; i < 10; i++) {
		kozo_yield();
		h->out[0] += word_at_fs() != h->in[0];
		h->out[0] += word_at_gs() != h->in[1];
	}
}

TEST(written_bases_survive, "the bases that a thread sets by instructions are its own")
{
	struct helper h[2] = { { .in = { 1, 2 } }, { .in = { 3, 4 } } };

	if (!processor_has(PROCESSOR_FSGSBASE))
		return;
	for (unsigned i = 0; i < 2; i++) {
		helper_make(&h[i], keeps_written_bases);
		helper_start(&h[i]);
	}
	for (unsigned i = 0; i < 10; i++)
		helpers_run();
	for (unsigned i = 0; i < 2; i++) {
		EXPECT(h[i].finished, true);
		EXPECT(h[i].out[0], 0);
	}
}

static word_t selectors(void)
{
	word_t ds, es, fs, gs;

	__asm__ volatile("mov %%ds, %0\n\tmov %%es, %1\n\tmov %%fs, %2\n\tmov %%gs, %3"
			 : "=r"(ds), "=r"(es), "=r"(fs), "=r"(gs));
	return ds | es << 16 | fs << 32 | gs << 48;
}

enum { SELECTORS = 4 };

/* Loads the selector in[0] of these, or with SELECTORS all of them. */
static void load_selectors(struct helper *h)
{
	word_t ss;

	__asm__ volatile("mov %%ss, %0" : "=r"(ss));
	if (h->in[0] == 0 || h->in[0] == SELECTORS)
		__asm__ volatile("mov %0, %%ds" : : "r"(ss));
	if (h->in[0] == 1 || h->in[0] == SELECTORS)
		__asm__ volatile("mov %0, %%es" : : "r"(ss));
	if (h->in[0] == 2 || h->in[0] == SELECTORS)
		__asm__ volatile("mov %0, %%fs" : : "r"(ss));
	if (h->in[0] == 3 || h->in[0] == SELECTORS)
		__asm__ volatile("mov %0, %%gs" : : "r"(ss));
	h->out[0] = selectors();
	h->out[1] = ss;
}

static void loads_and_yields(struct helper *h)
{
	load_selectors(h);
	kozo_yield();
}

static void loads_and_signals(struct helper *h)
{
	load_selectors(h);
	NEED(kozo_signal(h->in[1]));
}

static void loads_and_spins(struct helper *h)
{
	load_selectors(h);
	h->step = 1;
	for (;;)
		;
}

static void expect_loaded(const struct helper *h)
{
	word_t all = h->out[1] * 0x0001000100010001;

	EXPECT(selectors(), 0);
	EXPECT(h->out[0], h->in[0] == SELECTORS ? all : all & 0xffffull << 16 * h->in[0]);
	EXPECT(h->out[0] > 0, true);
}

TEST(selectors_not_passed_on, "no thread finds the segment selectors that another one loaded")
{
	EXPECT(selectors(), 0);
	for (unsigned i = 0; i <= SELECTORS; i++) {
		struct helper h = { .in = { i } };

		helper_make(&h, loads_and_yields);
		helper_start(&h);
		helpers_step();
		expect_loaded(&h);
		NEED(kozo_thread_stop(h.thread));
	}
}

TEST(selectors_not_told, "whom a program or a device wakes does not find selectors of who ran then")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), device = make(OBJECT_NOTIFICATION, 0);
	bool interrupts = has_lines();
	word_t bits;

	if (interrupts)
		pit_handler(device, 1);
	for (unsigned i = 0; i <= SELECTORS; i++) {
		struct helper h = { .in = { i, n } }, spins = h;

		helper_make(&h, loads_and_signals);
		helper_start(&h);
		NEED(kozo_wait(n, &bits));
		expect_loaded(&h);
		NEED(kozo_thread_stop(h.thread));
		if (!interrupts)
			continue;
		helper_make(&spins, loads_and_spins);
		helper_start(&spins);
		while (!spins.step) { /* a busy host may let the interrupt come too early */
			pit_start(500);
			NEED(kozo_wait(device, &bits));
		}
		expect_loaded(&spins);
		NEED(kozo_thread_stop(spins.thread));
	}
}
