/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A test personality: programs for Linux run as guests, to prove that the kernel's ABI
 * is enough for that. This is no service; the real one comes later.
 *
 * It lies in the region, which all processes share, and is one program: main() in the
 * first stage's place, which starts one program after the other, and the outer code of
 * each process. What a program does wrong is seen in the log, and tests/boot looks there.
 */
#include <string.h>

#include "kozo_stubs.h"
#include "message.h"
#include "print.h"
#include "process.h"
#include "start.h"

struct memory memory;
const void *initrd;
size_t initrd_bytes;
cptr_t region_table, main_signals, main_faults;

static volatile bool locked;
static uint8_t object_bits[32]; /* as in boot_info, which is out of processes' sight */

#define SCRIPT(text) \
	{ \
		"sh", "-c", text, NULL \
	}

/* What is run, in this order, and the status that it ends with, as wait4 has it. */
static const struct {
	const char *program;
	const char *argv[4];
	word_t status;
} programs[] = {
	{ "busybox", { "true", NULL }, 0 },
	{ "busybox", { "false", NULL }, 1 << 8 },
	{ "busybox", { "echo", "hello", NULL }, 0 },
	{ "busybox", { "cat", "greeting", NULL }, 0 },
	{ "hello", { "hello", "world", NULL }, 7 << 8 },
	{ "bad_pointer", { "bad_pointer", NULL }, 0 },
	{ "alarm", { "alarm", NULL }, ENDED_ALARM },
	{ "busybox", SCRIPT("echo a; (echo b); echo c"), 0 },
	{ "busybox", SCRIPT("x=old; (x=new; echo in $x); echo out $x; exit 5"), 5 << 8 },
	{ "busybox", SCRIPT("(exit 3); echo status $?; (echo d; (echo e))"), 0 },
	{ "busybox",
	  SCRIPT("f() { if [ $1 -gt 0 ]; then (f $(($1-1))); else echo deep; fi; }; f 6; f 9"),
	  2 << 8 },
	{ "busybox", SCRIPT("for i in 1 2 3 4 5 6 7 8 9; do (echo child $i); done"), 0 },
};

void lock(void)
{
	while (__atomic_exchange_n(&locked, true, __ATOMIC_ACQUIRE))
		kozo_yield();
}

void unlock(void)
{
	__atomic_store_n(&locked, false, __ATOMIC_RELEASE);
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

static word_t run(const char *program, const char *const *argv)
{
	lock();

	struct process *p = process_run(program, argv), *orphan;

	while (p && p->life != ZOMBIE) {
		unlock();
		wait();
		lock();
	}

	word_t status = p ? p->status : ~0ull;

	while ((orphan = process_find(NULL, -1, ZOMBIE)))
		process_forget(orphan);
	unlock();
	return status;
}

/* Only a debug kernel can look. */
static void check_invariants(void)
{
	word_t violated = 0;

	if (kozo_debug_console_check(SLOT_DEBUG_CONSOLE, &violated) == OK && violated)
		panic("invariant %lu is violated", violated);
}

static void make_main(void)
{
	NEED(memory_make(&memory, OBJECT_NOTIFICATION, 0, &main_signals));
	NEED(memory_make(&memory, OBJECT_ENDPOINT, 0, &main_faults));
	NEED(kozo_thread_bind(SLOT_THREAD, main_signals));
}

int main(const void *info)
{
	const struct handover *given = info;
	bool passed = true;

	kozo_begin("personality", 0);
	memory = *given->memory;
	memcpy(object_bits, given->boot->object_bits, sizeof(object_bits));
	memory.object_bits = object_bits;
	initrd = given->initrd;
	initrd_bytes = given->boot->initrd_bytes;
	region_table = given->region;
	make_main();
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		word_t status = run(programs[i].program, programs[i].argv);

		kozo_printf("personality: %s ends with %lu, signal %lu\n", programs[i].argv[0],
			    status >> 8, status & 0xff);
		passed = passed && status == programs[i].status;
		check_invariants();
	}
	kozo_printf("personality: %s\n", passed ? "passed" : "failed");
	NEED(kozo_debug_console_power(SLOT_DEBUG_CONSOLE, POWER_OFF));
	return 0;
}
