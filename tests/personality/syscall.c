/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The system calls of Linux, as few of them as the programs of this test make. */
#include <string.h>

#include "cpio.h"
#include "kozo_stubs.h"
#include "message.h"
#include "print.h"
#include "process.h"
#include "ticks.h"

enum { ENOENT = 2, EBADF = 9, ECHILD = 10, EAGAIN = 11, ENOMEM = 12, EACCES = 13 };
enum { EFAULT = 14, EINVAL = 22, EMFILE = 24, ENOTTY = 25, ERANGE = 34, ENOSYS = 38 };

enum { PATH_MAX = 64, CHUNK = 256, MAPS_MAX = 1 << 28 };
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, MAP_FIXED = 16, MAP_ANONYMOUS = 32 };
enum { S_IFREG = 0100000, S_IFCHR = 0020000 };
enum { CLONE_THREAD = 0x10000, CLONE_CHILD_SETTID = 0x1000000, WNOHANG = 1 };
enum { F_DUPFD = 0, F_DUPFD_CLOEXEC = 1030, F_GETFL = 3 };
enum { ARCH_SET_FS = 0x1002, GRND_MAX = 256, DELAY_MAX = 1000000 };

static word_t error(int number)
{
	return -(word_t)number;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static word_t copied(struct process *p, vaddr_t to, const void *from, size_t bytes)
{
	return to_guest(p, to, from, bytes) ? 0 : error(EFAULT);
}

/* --- files ------------------------------------------------------------------------ */

static struct file *file_of(struct process *p, word_t fd)
{
	return fd < FILES && p->file[fd].kind != FILE_NONE ? &p->file[fd] : NULL;
}

static word_t put_file(struct process *p, struct file file, word_t lowest)
{
	for (word_t fd = lowest; fd < FILES; fd++)
		if (p->file[fd].kind == FILE_NONE) {
			p->file[fd] = file;
			return fd;
		}
	return error(EMFILE);
}

/* A file of the initrd, by a path from the top or the current folder, which is the top. */
static int find(struct process *p, vaddr_t path, struct file *file)
{
	char name[PATH_MAX] = { 0 };
	struct cpio archive;
	struct cpio_file found;

	for (unsigned i = 0; i < PATH_MAX - 1; i++) {
		if (!from_guest(p, &name[i], path + i, 1))
			return EFAULT;
		if (!name[i])
			break;
	}
	cpio_open(&archive, initrd, initrd_bytes);
	if (cpio_find(&archive, name[0] == '/' ? name + 1 : name, &found) != CPIO_FILE)
		return ENOENT;
	*file = (struct file){ .kind = FILE_DATA, .data = found.data, .size = found.size };
	return 0;
}

static word_t do_open(struct process *p, const word_t *a)
{
	struct file file;
	int failed = find(p, a[0], &file);

	return failed ? error(failed) : put_file(p, file, 0);
}

/* From an open folder, which is not looked at. */
static word_t do_openat(struct process *p, const word_t *a)
{
	return do_open(p, a + 1);
}

static word_t do_close(struct process *p, const word_t *a)
{
	struct file *file = file_of(p, a[0]);

	if (!file)
		return error(EBADF);
	file->kind = FILE_NONE;
	return 0;
}

static word_t do_read(struct process *p, const word_t *a)
{
	struct file *file = file_of(p, a[0]);

	if (!file)
		return error(EBADF);

	size_t bytes = file->kind == FILE_DATA ? smaller(a[2], file->size - file->at) : 0;

	if (!to_guest(p, a[1], file->data + file->at, bytes))
		return error(EFAULT);
	file->at += bytes;
	return bytes;
}

static word_t write(struct process *p, word_t fd, vaddr_t from, word_t bytes)
{
	const struct file *file = file_of(p, fd);
	char text[CHUNK];

	if (!file || file->kind != FILE_TERMINAL)
		return error(EBADF);
	for (word_t done = 0; done < bytes; done += CHUNK) {
		size_t length = smaller(bytes - done, CHUNK);

		if (!from_guest(p, text, from + done, length))
			return done ? done : error(EFAULT);
		for (size_t i = 0; i < length; i++)
			kozo_printf("%c", text[i]);
	}
	return bytes;
}

static word_t do_write(struct process *p, const word_t *a)
{
	return write(p, a[0], a[1], a[2]);
}

static word_t do_writev(struct process *p, const word_t *a)
{
	word_t done = 0, part[2];

	for (word_t i = 0; i < a[2]; i++) {
		if (!from_guest(p, part, a[1] + i * sizeof(part), sizeof(part)))
			return error(EFAULT);

		word_t wrote = write(p, a[0], part[0], part[1]);

		if ((int64_t)wrote < 0)
			return done ? done : wrote;
		done += wrote;
	}
	return done;
}

/* struct stat of x86_64: 144 bytes. */
static word_t put_stat(struct process *p, const struct file *file, vaddr_t to)
{
	uint64_t stat[18] = { [2] = 1, [6] = file->size, [7] = 4096 };
	bool data = file->kind == FILE_DATA;

	stat[3] = (data ? S_IFREG : S_IFCHR) | 0644;
	return copied(p, to, stat, sizeof(stat));
}

static word_t do_fstat(struct process *p, const word_t *a)
{
	const struct file *file = file_of(p, a[0]);

	return file ? put_stat(p, file, a[1]) : error(EBADF);
}

static word_t do_stat(struct process *p, const word_t *a)
{
	struct file file;
	int failed = find(p, a[0], &file);

	return failed ? error(failed) : put_stat(p, &file, a[1]);
}

static word_t do_newfstatat(struct process *p, const word_t *a)
{
	return do_stat(p, a + 1);
}

static word_t do_dup2(struct process *p, const word_t *a)
{
	const struct file *file = file_of(p, a[0]);

	if (!file || a[1] >= FILES)
		return error(EBADF);
	p->file[a[1]] = *file;
	return a[1];
}

static word_t do_fcntl(struct process *p, const word_t *a)
{
	const struct file *file = file_of(p, a[0]);

	if (!file)
		return error(EBADF);
	if (a[1] == F_DUPFD || a[1] == F_DUPFD_CLOEXEC)
		return put_file(p, *file, a[2]);
	return a[1] == F_GETFL && file->kind == FILE_TERMINAL ? 2 : 0;
}

/* --- memory ------------------------------------------------------------------------- */

static vaddr_t page_end(vaddr_t address)
{
	return (address + PAGE - 1) & ~(vaddr_t)(PAGE - 1);
}

static rights_t rights_of(word_t protection)
{
	return (protection ? RIGHT_READ : 0) | (protection & PROT_WRITE ? RIGHT_WRITE : 0) |
	       (protection & PROT_EXEC ? RIGHT_EXECUTE : 0);
}

/*
 * Nor may a program end where the region begins: its next instruction would lie there.
 * Page 0 is nobody's.
 */
static bool is_range(vaddr_t address, word_t bytes)
{
	return address && address % PAGE == 0 && bytes && bytes <= MAPS_MAX &&
	       is_user(address, bytes + PAGE);
}

static bool is_both(rights_t rights)
{
	return (rights & RIGHT_WRITE) && (rights & RIGHT_EXECUTE);
}

static word_t do_brk(struct process *p, const word_t *a)
{
	vaddr_t old = page_end(p->brk), new = page_end(a[0]);
	bool good = true;

	if (a[0] < p->brk_start || a[0] - p->brk_start > MAPS_MAX)
		return p->brk;
	if (new > old)
		good = area_add(p, old, new, RIGHT_READ | RIGHT_WRITE, false);
	else if (new < old)
		good = area_remove(p, new, old);
	if (good)
		p->brk = a[0];
	return p->brk;
}

static word_t do_mmap(struct process *p, const word_t *a)
{
	vaddr_t start = a[0], length = page_end(a[1]);
	rights_t rights = rights_of(a[2]);

	if (!(a[3] & MAP_ANONYMOUS))
		return error(ENOSYS);
	if (is_both(rights))
		return error(EACCES);
	if (!a[1] || a[1] > MAPS_MAX)
		return error(ENOMEM);
	if (!(a[3] & MAP_FIXED))
		start = p->maps -= length;
	else if (!is_range(start, length))
		return error(EINVAL);
	else if (!area_remove(p, start, start + length))
		return error(ENOMEM);
	return area_add(p, start, start + length, rights, false) ? start : error(ENOMEM);
}

static word_t do_munmap(struct process *p, const word_t *a)
{
	if (!is_range(a[0], page_end(a[1])))
		return error(EINVAL);
	return area_remove(p, a[0], a[0] + page_end(a[1])) ? 0 : error(ENOMEM);
}

static word_t do_mprotect(struct process *p, const word_t *a)
{
	rights_t rights = rights_of(a[2]);

	if (!is_range(a[0], page_end(a[1])))
		return error(EINVAL);
	if (is_both(rights))
		return error(EACCES);
	return area_protect(p, a[0], a[0] + page_end(a[1]), rights) ? 0 : error(ENOMEM);
}

/* --- processes ------------------------------------------------------------------------- */

static word_t do_arch_prctl(struct process *p, const word_t *a)
{
	return a[0] == ARCH_SET_FS && process_set_base(p, a[1]) == OK ? 0 : error(EINVAL);
}

static word_t do_clone(struct process *p, const word_t *a)
{
	struct process *child;

	if (a[0] & CLONE_THREAD)
		return error(ENOSYS);
	child = process_fork(p, a[1], a[0] & CLONE_CHILD_SETTID ? a[3] : 0);
	return child ? (word_t)child->pid : error(EAGAIN);
}

static word_t do_fork(struct process *p, const word_t *a)
{
	static const word_t nothing[6];

	(void)a;
	return do_clone(p, nothing);
}

static word_t do_getppid(struct process *p, const word_t *a)
{
	(void)a;
	return p->parent ? (word_t)p->parent->pid : 0;
}

static word_t do_getpid(struct process *p, const word_t *a)
{
	(void)a;
	return (word_t)p->pid;
}

/* ITIMER_REAL, from now on once. */
static word_t do_setitimer(struct process *p, const word_t *a)
{
	word_t value[4]; /* interval and value, in seconds and microseconds */

	if (!from_guest(p, value, a[1], sizeof(value)))
		return error(EFAULT);
	if (a[0] || value[2] > DELAY_MAX || value[3] >= 1000000)
		return error(EINVAL);
	process_alarm(p, value[2] * 1000000 + value[3]);
	return 0;
}

static word_t do_exit(struct process *p, const word_t *a)
{
	process_end(p, (a[0] & 0xff) << 8);
}

static word_t do_wait4(struct process *p, const word_t *a)
{
	int pid = (int)a[0] > 0 ? (int)a[0] : -1;
	struct process *child;
	word_t bits = 0;

	while (!(child = process_find(p, pid, ZOMBIE))) {
		if (!process_find(p, pid, -1))
			return error(ECHILD);
		if (a[2] & WNOHANG)
			return 0;
		unlock();
		NEED(kozo_wait(p->signals, &bits));
		lock();
		process_signalled(p, bits);
	}

	int status = (int)child->status;

	pid = child->pid;
	if (a[1] && !to_guest(p, a[1], &status, sizeof(status)))
		return error(EFAULT);
	process_forget(child);
	return (word_t)pid;
}

/* --- this and that ------------------------------------------------------------------------- */

static word_t do_prlimit64(struct process *p, const word_t *a)
{
	const uint64_t limit[2] = { GUEST_STACK, ~0ull };

	return a[3] ? copied(p, a[3], limit, sizeof(limit)) : 0;
}

/* Not random at all: nothing here is a secret. */
static word_t do_getrandom(struct process *p, const word_t *a)
{
	uint64_t bytes[GRND_MAX / sizeof(uint64_t)];
	size_t size = smaller(a[1], sizeof(bytes));

	for (unsigned i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		bytes[i] = kozo_ticks() * 0x9e3779b97f4a7c15;
	return to_guest(p, a[0], bytes, size) ? size : error(EFAULT);
}

static word_t do_uname(struct process *p, const word_t *a)
{
	static const char names[6][65] = { "Linux", "kozo", "6.1.0", "test", "x86_64", "" };

	return copied(p, a[0], names, sizeof(names));
}

static word_t do_getcwd(struct process *p, const word_t *a)
{
	if (a[1] < 2)
		return error(ERANGE);
	return to_guest(p, a[0], "/", 2) ? 2 : error(EFAULT);
}

/* --- the table ------------------------------------------------------------------------------ */

static const struct {
	word_t number;
	word_t (*run)(struct process *p, const word_t *a);
} calls[] = {
	{ 0, do_read },		{ 1, do_write },       { 2, do_open },	     { 3, do_close },
	{ 4, do_stat },		{ 5, do_fstat },       { 6, do_stat },	     { 9, do_mmap },
	{ 10, do_mprotect },	{ 11, do_munmap },     { 12, do_brk },	     { 20, do_writev },
	{ 33, do_dup2 },	{ 38, do_setitimer },  { 39, do_getpid },    { 56, do_clone },
	{ 57, do_fork },	{ 58, do_fork },       { 60, do_exit },	     { 61, do_wait4 },
	{ 63, do_uname },	{ 72, do_fcntl },      { 79, do_getcwd },    { 110, do_getppid },
	{ 158, do_arch_prctl }, { 218, do_getpid },    { 231, do_exit },     { 257, do_openat },
	{ 262, do_newfstatat }, { 302, do_prlimit64 }, { 318, do_getrandom }
};

/*
 * What always comes of these: poll, rt_sigaction, rt_sigprocmask, ioctl, readlink; users
 * and groups, which are all 0; prctl, readlinkat, set_robust_list, rseq.
 */
static const struct {
	word_t number;
	int error;
} results[] = { { 7, 0 },	 { 13, 0 },  { 14, 0 },	     { 16, ENOTTY }, { 89, ENOENT },
		{ 102, 0 },	 { 104, 0 }, { 107, 0 },     { 108, 0 },     { 157, EINVAL },
		{ 267, ENOENT }, { 273, 0 }, { 334, ENOSYS } };

word_t linux_call(struct process *p, word_t number)
{
	const struct outer *o = &p->outer;
	const word_t a[] = { o->rdi, o->rsi, o->rdx, o->r10, o->r8, o->r9 };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].number == number)
			return calls[i].run(p, a);
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (results[i].number == number)
			return error(results[i].error);
	kozo_printf("personality: process %d: no system call %lu\n", p->pid, number);
	return error(ENOSYS);
}
