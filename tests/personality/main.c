/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A test personality: programs for Linux run as guests, to prove that the kernel's ABI
 * is enough for that. This is no service; the real one comes later.
 *
 * It lies in the region, which all processes share, and is one program: main() in the
 * first stage's place, which starts one program after the other, and the outer code of
 * each process. What a program does wrong is seen in the log, and tests/boot looks there.
 */
#include "kozo_stubs.h"
#include "message.h"
#include "print.h"
#include "process.h"
#include "start.h"

struct handover given; /* a copy: the first stage is out of processes' sight */
cptr_t main_signals, main_faults;

static cptr_t free_lock; /* a notification: signalled when nobody has the lock */

/* What is run, in this order, and the status that it ends with, as wait4 has it. */
static const struct {
	const char *argv[4];
	int status;
} programs[] = {
	{ { "true", NULL }, 0 },
	{ { "false", NULL }, 1 << 8 },
	{ { "echo", "hello", NULL }, 0 },
	{ { "hello", "world", NULL }, 7 << 8 },
	{ { "bad_pointer", NULL }, 0 },
	{ { "kick", NULL }, 0 },
	{ { "sh", "-c", "echo a; (echo b); echo c", NULL }, 0 },
	{ { "sh", "-c", "x=old; (x=new; echo in $x); echo out $x; exit 5", NULL }, 5 << 8 },
	{ { "sh", "-c", "(exit 3); echo status $?; (echo d; (echo e))", NULL }, 0 },
	{ { "sh", "-c",
	    "f() { if [ $1 -gt 0 ]; then (f $(($1-1))); else echo deep; fi; }; f 6; f 9", NULL },
	  2 << 8 },
	{ { "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do (echo child $i); done", NULL }, 0 },
};

void lock(void)
{
	word_t bits;

	NEED(kozo_wait(free_lock, &bits));
}

void unlock(void)
{
	NEED(kozo_signal(free_lock));
}

/* Until a process without a parent has ended. A fault is one of outer code. */
static void wait(void)
{
	struct kozo_registers r = { .target = main_faults };

	NEED(kozo_syscall(SYS_RECV, &r));
	if (!(r.info & INFO_SIGNAL))
		panic("fault %lu at rip %p, rsp %p: %p, error %lu", r.info >> INFO_LABEL_SHIFT,
		      (void *)r.word[0], (void *)r.word[1], (void *)r.word[2], r.word[3]);
}

/* Until it has ended, and all that it has left behind. */
static int run(const char *const *argv)
{
	lock();

	struct process *p = process_run(argv), *orphan;

	while (process_find(NULL, -1, RUNNING)) {
		unlock();
		wait();
		lock();
	}

	int status = p->status;

	while ((orphan = process_find(NULL, -1, ZOMBIE)))
		process_forget(orphan);
	unlock();
	return status;
}

int main(const void *info)
{
	word_t violated = 0;
	bool passed = true;

	kozo_begin("personality", 0);
	given = *(const struct handover *)info;
	given.memory.object_bits = given.object_bits;
	NEED(memory_make(&given.memory, OBJECT_NOTIFICATION, 0, &main_signals));
	NEED(memory_make(&given.memory, OBJECT_NOTIFICATION, 0, &free_lock));
	NEED(memory_make(&given.memory, OBJECT_ENDPOINT, 0, &main_faults));
	NEED(kozo_thread_bind(SLOT_THREAD, main_signals));
	unlock();
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		int status = run(programs[i].argv);

		kozo_printf("personality: %s ends with %d, signal %d\n", programs[i].argv[0],
			    status >> 8, status & 0xff);
		passed = passed && status == programs[i].status;
		/* Only a debug kernel can look. */
		if (kozo_debug_console_check(SLOT_DEBUG_CONSOLE, &violated) == OK && violated)
			panic("invariant %lu is violated", violated);
	}
	kozo_printf("personality: %s\n", passed ? "passed" : "failed");
	NEED(kozo_debug_console_power(SLOT_DEBUG_CONSOLE, POWER_OFF));
	return 0;
}
