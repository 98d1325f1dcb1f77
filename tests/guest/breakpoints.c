/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Thread.set_breakpoints, and single steps: what a debugger watches for, and only there. */
#include "helper.h"
#include "message.h"

/* DR7 (SDM vol. 3, 17.2.4). */
enum {
	ENABLE = 1,
	WRITE = 1 << 16,
	READ_WRITE = 3 << 16,
	WORD = 2 << 18, /* eight bytes */
};

/* In the last of the four places. */
#define WRITE_IN_LAST 0x90000040ull

#define RFLAGS_TF 0x100ull

static volatile word_t watched, other;

static status_t watch(cptr_t thread, const volatile void *address, word_t control)
{
	return kozo_thread_set_breakpoints(thread, (vaddr_t)address, 0, 0, 0, control);
}

static void touches(struct helper *h)
{
	other = 1;
	h->step = 1;
	watched = 2;
	h->step = 2;
	h->out[0] = watched;
	h->step = 3;
}

/* How far it gets, from one breakpoint to the next. */
static void expect_stops(struct helper *h, const unsigned *steps)
{
	helper_start(h);
	for (; *steps; steps++) {
		helpers_run();
		EXPECT(helper_state(h), THREAD_FAULTED);
		EXPECT(h->step, *steps);
		NEED(kozo_thread_resume(h->thread));
	}
	helpers_run();
	EXPECT(h->finished, true);
	EXPECT(h->step, 3);
}

TEST(watched_data, "a thread is stopped by what it does to the data that is watched")
{
	static const unsigned none[] = { 0 }, write[] = { 1, 0 }, both[] = { 1, 2, 0 };
	struct helper h = { 0 };

	helper_make(&h, touches);
	EXPECT_STATUS(watch(h.thread, &watched, WRITE | WORD | ENABLE), OK);
	expect_stops(&h, write);
	EXPECT_STATUS(watch(h.thread, &watched, READ_WRITE | WORD | ENABLE), OK);
	expect_stops(&h, both);
	EXPECT_STATUS(watch(h.thread, &watched, WRITE | WORD), OK);
	expect_stops(&h, none);
	EXPECT_STATUS(watch(h.thread, &watched, 0), OK);
	expect_stops(&h, none);
	EXPECT_STATUS(
		kozo_thread_set_breakpoints(h.thread, 0, 0, 0, (vaddr_t)&watched, WRITE_IN_LAST),
		OK);
	expect_stops(&h, write);
}

TEST(watched_code, "a thread is stopped before the instruction that is watched")
{
	struct helper h = { 0 };

	helper_make(&h, touches);
	EXPECT_STATUS(watch(h.thread, (const volatile void *)(vaddr_t)touches, ENABLE), OK);
	helper_start(&h);
	helpers_run();
	EXPECT(helper_state(&h), THREAD_FAULTED);
	EXPECT(registers_of(h.thread).rip, (vaddr_t)touches);
	NEED(watch(h.thread, 0, 0));
	NEED(kozo_thread_resume(h.thread));
	helpers_run();
	EXPECT(h.finished, true);
}

/* --- nobody else ------------------------------------------------------------------------ */

static void keeps_touching(struct helper *h)
{
	for (unsigned i = 0; i < 100; i++) {
		watched = i;
		h->step = 3;
		kozo_yield();
	}
}

static void yields(struct helper *h)
{
	for (;;) {
		h->step++;
		kozo_yield();
	}
}

static void deletes_itself(struct helper *h)
{
	h->status = kozo_cnode_delete(0, h->thread);
}

TEST(watched_by_others, "what is watched for in one thread stops no other")
{
	struct helper with[2] = { 0 }, without = { 0 };

	for (unsigned i = 0; i < 2; i++) {
		helper_make(&with[i], i ? deletes_itself : yields);
		NEED(watch(with[i].thread, &watched, WRITE | WORD | ENABLE));
	}
	helper_make(&without, keeps_touching);
	helper_start(&with[0]);
	helper_start(&without);
	helpers_run();
	EXPECT(without.step, 3);
	helper_start(&with[1]);
	for (unsigned i = 0; i < 40; i++)
		helpers_run();
	EXPECT(gone(with[1].thread), true);
	EXPECT(without.finished, true);
	EXPECT(with[0].step > 20, true);
}

TEST(watched_no_more, "what is watched for in a thread ends with the thread")
{
	struct helper with = { 0 }, without = { 0 };

	helper_make(&with, deletes_itself);
	NEED(watch(with.thread, &watched, WRITE | WORD | ENABLE));
	helper_make(&without, keeps_touching);
	helper_start(&with);
	helper_start(&without);
	helpers_run();
	EXPECT(gone(with.thread), true);
	EXPECT(without.step, 3);
}

static void has_registers_written(struct helper *h)
{
	h->status = kozo_thread_read_registers(h->in[0]);
}

TEST(watched_by_kernel, "what the kernel does to watched memory stops nobody")
{
	struct helper h = { .in = { make(OBJECT_THREAD, 0) } };

	helper_make(&h, has_registers_written);
	NEED(kozo_thread_configure(h.thread, 0, 0, SLOT_IPC_BUFFER));
	NEED(watch(h.thread, &kozo_ipc_buffer()->word[IPC_REGISTERS], READ_WRITE | WORD | ENABLE));
	helper_start(&h);
	helpers_run();
	EXPECT(h.finished, true);
	EXPECT_STATUS(h.status, OK);
}

/*
 * A breakpoint met by `mov ss` is held back for one instruction. If that is
 * `syscall`, the trap comes on the first instruction of the kernel (CVE-2018-8897).
 */
static void carries_trap_along(struct helper *h)
{
	struct kozo_registers r = { 0 };
	word_t number = SYS_YIELD, ss;

	__asm__ volatile("mov %%ss, %0" : "=r"(ss));
	watched = ss;
	h->step = 1;
	__asm__ volatile("mov %1, %%ss\n\tsyscall"
			 : "+a"(number)
			 : "m"(watched), "D"(r.target), "S"(r.info)
			 : "rcx", "r11", "memory");
	h->step = 2;
}

TEST(watched_into_kernel, "a breakpoint that is held back until the kernel runs does no harm")
{
	struct helper h = { 0 };

	watched = 0;
	helper_make(&h, carries_trap_along);
	NEED(watch(h.thread, &watched, READ_WRITE | WORD | ENABLE));
	helper_start(&h);
	for (unsigned i = 0; i < 4 && !h.finished; i++) {
		helpers_run();
		if (helper_state(&h) == THREAD_FAULTED)
			NEED(kozo_thread_resume(h.thread));
	}
	EXPECT(h.finished, true);
	EXPECT(h.step, 2);
}

/* --- refusals ----------------------------------------------------------------------------- */

TEST(watch_refusals,
     "Thread.set_breakpoints takes user addresses, and nothing that DR7 has besides")
{
	static const vaddr_t outside[] = { USER_TOP, 1ull << 47, 0xffff800000000000, ~0ull };
	struct helper h = { 0 };

	helper_make(&h, touches);
	for (unsigned i = 0; i < 4; i++) {
		EXPECT_STATUS(kozo_thread_set_breakpoints(h.thread, outside[i], 0, 0, 0, 0),
			      ERR_BAD_ARG);
		EXPECT_STATUS(kozo_thread_set_breakpoints(h.thread, 0, outside[i], 0, 0, 0),
			      ERR_BAD_ARG);
		EXPECT_STATUS(kozo_thread_set_breakpoints(h.thread, 0, 0, outside[i], 0, 0),
			      ERR_BAD_ARG);
		EXPECT_STATUS(kozo_thread_set_breakpoints(h.thread, 0, 0, 0, outside[i], 0),
			      ERR_BAD_ARG);
		/* I/O; code of more than a byte */
		EXPECT_STATUS(watch(h.thread, 0, 2ull << (16 + 4 * i)), ERR_BAD_ARG);
		EXPECT_STATUS(watch(h.thread, 0, 4ull << (16 + 4 * i)), ERR_BAD_ARG);
		EXPECT_STATUS(watch(h.thread, 0, 5ull << (16 + 4 * i)), OK);
	}
	for (unsigned bit = 0; bit < 64; bit++)
		if ((bit >= 8 && bit < 16) || bit >= 32)
			EXPECT_STATUS(watch(h.thread, 0, 1ull << bit), ERR_BAD_ARG);
	EXPECT_STATUS(watch(h.thread, 0, 0xff), OK);
	EXPECT_STATUS(watch(h.thread, (const volatile void *)(USER_TOP - 1), 0), OK);
	helper_go(&h, yields);
	EXPECT_STATUS(watch(h.thread, (const volatile void *)USER_TOP, 0), ERR_BAD_ARG);
	EXPECT_STATUS(watch(h.thread, 0, 0), ERR_STATE);
}

/* --- single steps ---------------------------------------------------------------------------- */

extern const char steps[];

__asm__(".text\nsteps:\n\tnop\n\tnop\n\tnop\n\tnop\n\tud2");

TEST(single_steps, "a thread with the trap flag is stopped after each instruction")
{
	struct helper h = { 0 };
	struct thread_registers r;

	helper_make_at(&h, steps);
	r = registers_of(h.thread);
	r.rflags |= RFLAGS_TF;
	NEED(registers_put(h.thread, r));
	for (unsigned i = 1; i <= 4; i++) {
		NEED(kozo_thread_resume(h.thread));
		helpers_run();
		EXPECT(helper_state(&h), THREAD_FAULTED);
		EXPECT(registers_of(h.thread).rip, (vaddr_t)steps + i);
	}
}
