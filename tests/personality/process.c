/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Processes: from a program or a fork to the end, and what their outer code does. */
#include "process.h"

#include <string.h>

#include "cpio.h"
#include "kozo_stubs.h"
#include "message.h"
#include "print.h"

enum { ELF_HEADERS = 64, ELF_HEADER_BYTES = 56, STACK_WORDS = 64 };

/* Linux: what a program finds above its environment. */
enum { AT_NULL, AT_PHDR = 3, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_UID = 11, AT_EUID };
enum { AT_GID = 13, AT_EGID, AT_SECURE = 23, AT_RANDOM = 25 };

static struct process process[PROCESSES];
static int last_pid;

/* --- making one ----------------------------------------------------------------------- */

cptr_t process_make(struct process *p, enum object_type type, word_t size)
{
	if (p->holds == HELD)
		panic("a process holds too much");
	NEED(memory_make(&given.memory, type, size, &p->held[p->holds]));
	return p->held[p->holds++];
}

/* A place for processes: where the guest's state is, and a share in the region. */
static void begin_place(struct process *p)
{
	vaddr_t state = PLACE_STATES + (vaddr_t)(p - process) * PAGE;

	p->state = (volatile struct guest_state *)state;
	NEED(memory_make(&given.memory, OBJECT_FRAME, PAGE_BITS, &p->state_frame));
	NEED(kozo_frame_map(p->state_frame, SLOT_VSPACE, state, RIGHT_READ | RIGHT_WRITE, 0));
	p->region = slots_take(&given.memory.slots, 1);
	NEED(kozo_cnode_copy(SLOT_CNODE, p->region, SLOT_CNODE, given.region));
}

/* All share the sandbox's time, and take turns. */
static void begin_thread(struct process *p)
{
	p->thread = process_make(p, OBJECT_THREAD, 0);
	NEED(kozo_thread_configure(p->thread, SLOT_CNODE, p->vspace, 0));
	NEED(kozo_thread_set_time(p->thread, SLOT_SCHED_CONTEXT));
	NEED(kozo_thread_set_handler(p->thread, main_faults, 0));
	NEED(kozo_thread_set_fpu(p->thread, 1));
	NEED(kozo_thread_set_window(p->thread, (vaddr_t)window_start, (vaddr_t)window_end,
				    (vaddr_t)window_landing));
	NEED(kozo_thread_set_guest(p->thread, p->state_frame, (vaddr_t)outer_by_syscall,
				   (vaddr_t)outer_by_other, (vaddr_t)&p->outer.self));
	NEED(kozo_thread_bind(p->thread, p->signals));
}

static struct process *begin(struct process *parent)
{
	struct process *p = process;

	while (p->life != FREE)
		if (++p == process + PROCESSES)
			return NULL;
	if (!p->state)
		begin_place(p);
	p->life = RUNNING;
	p->pid = ++last_pid;
	p->parent = parent;
	p->fs_base = p->set_tid = p->kicks = 0;
	p->argv = NULL;
	memset(p->page, 0, sizeof(p->page));
	p->vspace = process_make(p, OBJECT_VSPACE, 0);
	p->frames = process_make(p, OBJECT_CNODE, PAGES_BITS);
	p->signals = process_make(p, OBJECT_NOTIFICATION, 0);
	p->timer = process_make(p, OBJECT_TIMER, 0);
	NEED(kozo_timer_bind(p->timer, p->signals));
	NEED(kozo_page_table_install(p->region, p->vspace, REGION_BASE));
	begin_thread(p);
	return p;
}

/* --- a program, or a copy ----------------------------------------------------------------- */

/* What is no file of its own is busybox by another name. */
static void open_program(struct process *p, const char *name)
{
	struct cpio archive;
	struct cpio_file file;
	bool enough = pages_set(p, GUEST_TOP - GUEST_STACK, GUEST_TOP, RIGHT_READ | RIGHT_WRITE);

	cpio_open(&archive, given.initrd, given.initrd_bytes);
	if (cpio_find(&archive, name, &file) != CPIO_FILE &&
	    cpio_find(&archive, "busybox", &file) != CPIO_FILE)
		panic("there is no %s", name);

	const char *problem = elf_open(&p->elf, file.data, file.size);

	if (problem)
		panic("%s: %s", name, problem);
	for (size_t i = 0; i < p->elf.segment_count; i++) {
		const struct elf_segment *s = &p->elf.segment[i];

		p->brk = page_end(s->address + s->memory_size);
		enough = enough && pages_set(p, s->address, p->brk, s->rights);
	}
	if (!enough)
		panic("%s is too large", name);
	p->maps = GUEST_MAPS;
}

struct process *process_run(const char *const *argv)
{
	struct process *p = begin(NULL);

	open_program(p, argv[0]);
	p->argv = argv;
	p->outer = (struct outer){ .by = BY_START, .self = p };
	*p->state = (struct guest_state){ .rip = p->elf.entry, .rsp = GUEST_START };
	NEED(kozo_thread_start(p->thread, (vaddr_t)outer_start, (vaddr_t)&p->outer, 0));
	return p;
}

struct process *process_fork(struct process *parent, vaddr_t set_tid)
{
	struct process *p = begin(parent);

	if (!p)
		return NULL;
	space_fork(parent, p);
	p->elf = parent->elf;
	p->brk = parent->brk;
	p->maps = parent->maps;
	p->fs_base = parent->fs_base;
	p->set_tid = set_tid;
	p->outer = parent->outer;
	p->outer.self = p;
	p->outer.by = BY_START;
	*p->state = *parent->state;
	p->state->rax = 0;
	NEED(kozo_thread_copy_fpu(p->thread, parent->thread));
	NEED(kozo_thread_start(p->thread, (vaddr_t)outer_start, (vaddr_t)&p->outer, 0));
	return p;
}

/* --- the end ------------------------------------------------------------------------------------ */

struct process *process_find(const struct process *parent, int pid, int life)
{
	for (struct process *p = process; p < process + PROCESSES; p++)
		if (p->life != FREE && p->parent == parent && (pid == -1 || p->pid == pid) &&
		    (life == -1 || (int)p->life == life))
			return p;
	return NULL;
}

void process_end(struct process *p, int status)
{
	struct process *child;

	while ((child = process_find(p, -1, -1)))
		child->parent = NULL;
	p->status = status;
	p->life = ZOMBIE;
	NEED(kozo_signal(p->parent ? p->parent->signals : main_signals));
	unlock();
	NEED(kozo_thread_stop(p->thread));
	__builtin_trap();
}

void process_forget(struct process *p)
{
	while (p->holds)
		NEED(memory_drop(&given.memory, p->held[--p->holds]));
	p->life = FREE;
}

/* --- outer code --------------------------------------------------------------------------------- */

status_t process_set_base(struct process *p, vaddr_t base)
{
	struct kozo_registers r = { .target = BASE_FS, .word = { base } };

	p->fs_base = base;
	return kozo_syscall(SYS_SET_BASE, &r);
}

/* Argument count, arguments, environment (empty) and auxiliary vector; above them texts. */
static void fill_stack(struct process *p)
{
	word_t top[PAGE / sizeof(word_t)] = { 0 }, *w = top + 1;
	char *text = (char *)(top + STACK_WORDS);

	for (; p->argv[top[0]]; top[0]++) {
		*w++ = GUEST_START + (vaddr_t)(text - (char *)top);
		memcpy(text, p->argv[top[0]], strlen(p->argv[top[0]]));
		text += strlen(text) + 1;
	}
	w += 2; /* the ends of arguments and environment */

	/* AT_RANDOM leads to sixteen bytes, which here are zeros. */
	const word_t aux[][2] = { { AT_PHDR, p->elf.segment[0].address + ELF_HEADERS },
				  { AT_PHENT, ELF_HEADER_BYTES },
				  { AT_PHNUM, p->elf.base[ELF_HEADER_BYTES] },
				  { AT_PAGESZ, PAGE },
				  { AT_UID, 0 },
				  { AT_EUID, 0 },
				  { AT_GID, 0 },
				  { AT_EGID, 0 },
				  { AT_SECURE, 0 },
				  { AT_RANDOM, GUEST_TOP - 16 },
				  { AT_NULL, 0 } };

	memcpy(w, aux, sizeof(aux));
	if (!to_guest(p, GUEST_START, top, sizeof(top)))
		panic("the guest's stack cannot be written to");
}

static void start(struct process *p)
{
	NEED(process_set_base(p, p->fs_base));
	if (p->argv)
		fill_stack(p);
	if (p->set_tid)
		(void)to_guest(p, p->set_tid, &p->pid, sizeof(p->pid));
}

static void stopped(struct process *p)
{
	word_t cause = p->state->cause, address = p->state->address, bits;

	if (cause == GUEST_NOTIFIED) {
		/* What it was for, a system call finds. Did it find the guest at work? */
		NEED(kozo_poll(p->signals, &bits));
		p->kicks += p->state->rip != p->entered;
	} else if (cause != GUEST_PAGE || !page_resolve(p, address, p->state->error)) {
		kozo_printf("personality: process %d: cause %lu, address %p, rip %p\n", p->pid,
			    cause, (void *)address, (void *)p->state->rip);
		process_end(p, cause == GUEST_PAGE ? ENDED_SEGV : ENDED_ILL);
	}
}

/* Called by outer.asm at the start, and whenever the guest has stopped. */
word_t outer_main(struct process *p)
{
	lock();
	if (p->outer.by == BY_START)
		start(p);
	else if (p->outer.by == BY_SYSCALL)
		p->state->rax = linux_call(p, p->outer.rax);
	else
		stopped(p);
	p->entered = p->state->rip;
	unlock();
	return SYS_ENTER | (p->outer.by == BY_OTHER ? ENTER_EXACT : 0);
}
