/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The system calls of Linux, as few of them as the programs of this test make. */
#include "kozo_stubs.h"
#include "message.h"
#include "print.h"
#include "process.h"
#include "ticks.h"

enum { ENOENT = 2, EBADF = 9, ECHILD = 10, EAGAIN = 11, ENOMEM = 12, EACCES = 13 };
enum { EFAULT = 14, EINVAL = 22, ENOTTY = 25, ENOSYS = 38 };

enum { MAPS_MAX = 1 << 28, NANOSECONDS = 1000000000 };
enum { PROT_WRITE = 2, PROT_EXEC = 4, PROT_BOTH = 6, MAP_FIXED = 16, MAP_ANONYMOUS = 32 };
enum { STDOUT = 1, STDERR = 2, ARCH_SET_FS = 0x1002 };
enum { CLONE_CHILD_SETTID = 0x1000000, WNOHANG = 1 };

static word_t error(int number)
{
	return -(word_t)number;
}

/* To the terminal, which is all that there is. */
static word_t do_write(struct process *p, const word_t *a)
{
	char c;

	if (a[0] != STDOUT && a[0] != STDERR)
		return error(EBADF);
	for (word_t done = 0; done < a[2]; done++) {
		if (!from_guest(p, &c, a[1] + done, 1))
			return done ? done : error(EFAULT);
		kozo_printf("%c", c);
	}
	return a[2];
}

static word_t do_writev(struct process *p, const word_t *a)
{
	word_t done = 0, one[3] = { a[0] };

	for (word_t i = 0; i < a[2]; i++) {
		if (!from_guest(p, &one[1], a[1] + i * 16, 16))
			return error(EFAULT);

		word_t wrote = do_write(p, one);

		if ((int64_t)wrote < 0)
			return done ? done : wrote;
		done += wrote;
	}
	return done;
}

/* --- memory ------------------------------------------------------------------------- */

/* Neither page 0, nor up to the region: the next instruction would lie there. */
static bool is_range(vaddr_t address, word_t bytes)
{
	return address && address % PAGE == 0 && bytes && bytes <= MAPS_MAX &&
	       is_user(address, bytes + PAGE);
}

static rights_t rights_of(word_t protection)
{
	return (protection ? RIGHT_READ : 0) | (protection & PROT_WRITE ? RIGHT_WRITE : 0) |
	       (protection & PROT_EXEC ? RIGHT_EXECUTE : 0);
}

/* It grows only, as Linux's does that has no room. */
static word_t do_brk(struct process *p, const word_t *a)
{
	if (a[0] > p->brk && a[0] - p->brk <= MAPS_MAX &&
	    pages_set(p, p->brk, a[0], RIGHT_READ | RIGHT_WRITE))
		p->brk = a[0];
	return p->brk;
}

static word_t do_mmap(struct process *p, const word_t *a)
{
	vaddr_t start = p->maps - page_end(a[1]);

	if ((a[3] & (MAP_ANONYMOUS | MAP_FIXED)) != MAP_ANONYMOUS)
		return error(ENOSYS);
	if ((a[2] & PROT_BOTH) == PROT_BOTH)
		return error(EACCES);
	if (!is_range(start, p->maps - start) || !pages_set(p, start, p->maps, rights_of(a[2])))
		return error(ENOMEM);
	return p->maps = start;
}

static word_t do_munmap(struct process *p, const word_t *a)
{
	if (!is_range(a[0], page_end(a[1])))
		return error(EINVAL);
	pages_remove(p, a[0], a[0] + page_end(a[1]));
	return 0;
}

static word_t do_mprotect(struct process *p, const word_t *a)
{
	if (!is_range(a[0], page_end(a[1])))
		return error(EINVAL);
	if ((a[2] & PROT_BOTH) == PROT_BOTH)
		return error(EACCES);
	return pages_protect(p, a[0], a[0] + page_end(a[1]), rights_of(a[2])) ? 0 : error(ENOMEM);
}

/* --- processes ------------------------------------------------------------------------- */

static word_t do_arch_prctl(struct process *p, const word_t *a)
{
	return a[0] == ARCH_SET_FS && process_set_base(p, a[1]) == OK ? 0 : error(EINVAL);
}

/* With the stack that it has: no threads. */
static word_t do_clone(struct process *p, const word_t *a)
{
	const vaddr_t set_tid = a[0] & CLONE_CHILD_SETTID ? a[3] : 0;
	struct process *child = a[1] ? NULL : process_fork(p, set_tid);

	return child ? (word_t)child->pid : error(EAGAIN);
}

static word_t do_getpid(struct process *p, const word_t *a)
{
	(void)a;
	return (word_t)p->pid;
}

static word_t do_exit(struct process *p, const word_t *a)
{
	process_end(p, (int)(a[0] & 0xff) << 8);
}

/* Until something has happened: a child has ended, or the timer's time has come. */
static void wait(struct process *p)
{
	word_t bits;

	unlock();
	NEED(kozo_wait(p->signals, &bits));
	lock();
}

static word_t do_wait4(struct process *p, const word_t *a)
{
	int pid = (int)a[0] > 0 ? (int)a[0] : -1;
	struct process *child;

	while (!(child = process_find(p, pid, ZOMBIE))) {
		if (!process_find(p, pid, -1))
			return error(ECHILD);
		if (a[2] & WNOHANG)
			return 0;
		wait(p);
	}
	if (a[1] && !to_guest(p, a[1], &child->status, sizeof(child->status)))
		return error(EFAULT);
	process_forget(child);
	return (word_t)child->pid;
}

static word_t do_nanosleep(struct process *p, const word_t *a)
{
	word_t time[2], rate, end;

	if (!from_guest(p, time, a[0], sizeof(time)))
		return error(EFAULT);
	NEED(kozo_timer_rate(p->timer, &rate));
	end = kozo_ticks() + time[0] * rate + time[1] * rate / NANOSECONDS;
	NEED(kozo_timer_arm(p->timer, end));
	while (kozo_ticks() < end)
		wait(p);
	return 0;
}

/* struct rusage, of which only the last member is told: ru_nivcsw. */
static word_t do_getrusage(struct process *p, const word_t *a)
{
	const word_t usage[18] = { [17] = p->kicks };

	return to_guest(p, a[1], usage, sizeof(usage)) ? 0 : error(EFAULT);
}

/*
 * What has no function always ends alike: rt_sigaction, ioctl, uname, getcwd, readlink,
 * getuid, getppid, prctl, clock_gettime, set_robust_list, prlimit64, getrandom, rseq.
 */
static const struct {
	word_t number;
	word_t (*run)(struct process *p, const word_t *a);
	int error;
} calls[] = {
	{ 1, do_write, 0 },    { 9, do_mmap, 0 },	{ 10, do_mprotect, 0 },
	{ 11, do_munmap, 0 },  { 12, do_brk, 0 },	{ 13, NULL, 0 },
	{ 16, NULL, ENOTTY },  { 20, do_writev, 0 },	{ 35, do_nanosleep, 0 },
	{ 39, do_getpid, 0 },  { 56, do_clone, 0 },	{ 60, do_exit, 0 },
	{ 61, do_wait4, 0 },   { 63, NULL, EFAULT },	{ 79, NULL, ENOENT },
	{ 89, NULL, ENOENT },  { 98, do_getrusage, 0 }, { 102, NULL, 0 },
	{ 110, NULL, 0 },      { 157, NULL, EINVAL },	{ 158, do_arch_prctl, 0 },
	{ 218, do_getpid, 0 }, { 228, NULL, ENOSYS },	{ 231, do_exit, 0 },
	{ 273, NULL, 0 },      { 302, NULL, ENOSYS },	{ 318, NULL, ENOSYS },
	{ 334, NULL, ENOSYS },
};

word_t linux_call(struct process *p, word_t number)
{
	const struct outer *o = &p->outer;
	const word_t a[] = { o->rdi, o->rsi, o->rdx, o->r10 };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].number == number)
			return calls[i].run ? calls[i].run(p, a) : error(calls[i].error);
	kozo_printf("personality: process %d: no system call %lu\n", p->pid, number);
	return error(ENOSYS);
}
