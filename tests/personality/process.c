/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Processes: from a program or a fork to the end, and what their outer code does. */
#include "process.h"

#include <string.h>

#include "cpio.h"
#include "kozo_stubs.h"
#include "message.h"
#include "print.h"
#include "ticks.h"

enum { ELF_HEADERS = 64, ELF_HEADER_BYTES = 56 };

/* Linux: what a program finds above its environment. */
enum {
	AT_NULL,
	AT_PHDR = 3,
	AT_PHENT,
	AT_PHNUM,
	AT_PAGESZ,
	AT_ENTRY = 9,
	AT_UID = 11,
	AT_EUID,
	AT_GID,
	AT_EGID,
	AT_SECURE = 23,
	AT_RANDOM = 25
};

static struct process process[PROCESSES];
static int last_pid;

/* --- making one ----------------------------------------------------------------------- */

static cptr_t hold(struct process *p, cptr_t cptr)
{
	if (p->holds == HELD)
		panic("a process holds too much");
	return p->held[p->holds++] = cptr;
}

cptr_t process_make(struct process *p, enum object_type type, word_t size)
{
	cptr_t made = 0;

	NEED(memory_make(&memory, type, size, &made));
	return hold(p, made);
}

/* A badge of 0: none. */
static cptr_t copy_for(struct process *p, cptr_t cptr, rights_t rights, word_t badge)
{
	cptr_t slot = slots_take(&memory.slots, 1);

	NEED(kozo_cnode_mint(SLOT_CNODE, slot, SLOT_CNODE, cptr, rights, badge));
	return hold(p, slot);
}

/* The frame of a guest's state stays with its place in `process`. */
static void begin_state(struct process *p)
{
	vaddr_t place = PLACE_STATES + (vaddr_t)(p - process) * PAGE;

	if (p->state)
		return;
	p->state = (volatile struct guest_state *)place;
	NEED(memory_make(&memory, OBJECT_FRAME, PAGE_BITS, &p->state_frame));
	NEED(kozo_frame_map(p->state_frame, SLOT_VSPACE, place, RIGHT_READ | RIGHT_WRITE, 0));
}

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
	begin_state(p);
	p->life = RUNNING;
	p->pid = ++last_pid;
	p->parent = parent;
	p->timer = 0;
	memset(p->area, 0, sizeof(p->area));
	memset(p->page, 0, sizeof(p->page));
	p->vspace = process_make(p, OBJECT_VSPACE, 0);
	p->frames = process_make(p, OBJECT_CNODE, PAGES_BITS);
	p->signals = process_make(p, OBJECT_NOTIFICATION, 0);
	NEED(kozo_page_table_install(copy_for(p, region_table, RIGHT_MANAGE, 0), p->vspace,
				     REGION_BASE));
	begin_thread(p);
	return p;
}

static void go(struct process *p)
{
	NEED(kozo_thread_start(p->thread, (vaddr_t)outer_start, (vaddr_t)&p->outer, 0));
}

/* --- a program ---------------------------------------------------------------------------- */

static void open_program(struct process *p, const char *program)
{
	struct cpio archive;
	struct cpio_file file;

	cpio_open(&archive, initrd, initrd_bytes);
	if (cpio_find(&archive, program, &file) != CPIO_FILE)
		panic("there is no %s", program);

	enum elf_result result = elf_open(&p->elf, file.data, file.size);

	if (result != ELF_OK)
		panic("%s: %s", program, elf_text(result));
	for (size_t i = 0; i < p->elf.segment_count; i++) {
		const struct elf_segment *s = &p->elf.segment[i];

		p->brk = (s->address + s->memory_size + PAGE - 1) & ~(vaddr_t)(PAGE - 1);
		area_add(p, s->address & ~(vaddr_t)(PAGE - 1), p->brk, s->rights, true);
	}
	p->brk_start = p->brk;
	p->maps = GUEST_MAPS;
}

/* Argument count, arguments, environment (empty) and auxiliary vector, in the last page. */
static void fill_stack(struct process *p, const char *const *argv)
{
	const vaddr_t page = GUEST_TOP - PAGE;
	word_t slot = page_new(p, page), argc = 0;
	char *text = (char *)PLACE_SCRATCH + PAGE / 2;
	word_t *count = (word_t *)(PLACE_SCRATCH + PAGE / 4), *w = count + 1;

	for (; argv[argc]; argc++) {
		*w++ = page + ((vaddr_t)text - PLACE_SCRATCH);
		memcpy(text, argv[argc], strlen(argv[argc]) + 1);
		text += strlen(argv[argc]) + 1;
	}
	*count = argc;
	w += 2; /* the ends of arguments and environment */

	/* AT_RANDOM leads to sixteen bytes, which here are zeros. */
	const word_t aux[][2] = { { AT_PHDR, p->elf.segment[0].address + ELF_HEADERS },
				  { AT_PHENT, ELF_HEADER_BYTES },
				  { AT_PHNUM, p->elf.base[ELF_HEADER_BYTES] },
				  { AT_PAGESZ, PAGE },
				  { AT_ENTRY, p->elf.entry },
				  { AT_UID, 0 },
				  { AT_EUID, 0 },
				  { AT_GID, 0 },
				  { AT_EGID, 0 },
				  { AT_SECURE, 0 },
				  { AT_RANDOM, page },
				  { AT_NULL, 0 } };

	memcpy(w, aux, sizeof(aux));
	area_add(p, GUEST_TOP - GUEST_STACK, GUEST_TOP, RIGHT_READ | RIGHT_WRITE, false);
	page_place(p, slot, RIGHT_READ | RIGHT_WRITE);
	p->state->rsp = page + PAGE / 4;
}

struct process *process_run(const char *program, const char *const *argv)
{
	struct process *p = begin(NULL);

	if (!p)
		return NULL;
	open_program(p, program);
	p->outer = (struct outer){ .self = p };
	p->state->rip = p->elf.entry;
	p->state->rflags = 0x202;
	p->state->rax = 0;
	p->fs_base = p->set_tid = 0;
	for (unsigned i = 0; i < FILES; i++)
		p->file[i] = (struct file){ .kind = i < 3 ? FILE_TERMINAL : FILE_NONE };
	fill_stack(p, argv);
	go(p);
	return p;
}

/* --- fork ------------------------------------------------------------------------------------ */

struct process *process_fork(struct process *parent, vaddr_t stack, vaddr_t set_tid)
{
	struct process *p = begin(parent);

	if (!p)
		return NULL;
	p->elf = parent->elf;
	p->brk_start = parent->brk_start;
	p->brk = parent->brk;
	p->maps = parent->maps;
	p->fs_base = parent->fs_base;
	p->set_tid = set_tid;
	memcpy(p->file, parent->file, sizeof(p->file));
	space_fork(parent, p);
	p->outer = parent->outer;
	p->outer.self = p;
	p->state->rip = parent->state->rip;
	p->state->rsp = stack ? stack : parent->state->rsp;
	p->state->rflags = parent->state->rflags;
	p->state->rax = 0;
	NEED(kozo_thread_copy_fpu(p->thread, parent->thread));
	go(p);
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

void process_end(struct process *p, word_t status)
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
		NEED(memory_drop(&memory, p->held[--p->holds]));
	p->life = FREE;
}

/* --- signals, of which programs can have none delivered ------------------------------------------ */

void process_alarm(struct process *p, word_t microseconds)
{
	word_t rate;

	if (!p->timer) {
		p->timer = process_make(p, OBJECT_TIMER, 0);
		NEED(kozo_timer_bind(p->timer, copy_for(p, p->signals, RIGHT_SEND, SIGNAL_ALARM)));
	}
	NEED(kozo_timer_rate(p->timer, &rate));
	if (microseconds)
		NEED(kozo_timer_arm(p->timer, kozo_ticks() + rate / 1000000 * microseconds));
	else
		NEED(kozo_timer_disarm(p->timer));
}

/* A child that has ended is for wait4 to find. */
void process_signalled(struct process *p, word_t bits)
{
	if (bits & SIGNAL_ALARM)
		process_end(p, ENDED_ALARM);
}

/* --- outer code --------------------------------------------------------------------------------- */

status_t process_set_base(struct process *p, vaddr_t base)
{
	struct kozo_registers r = { .target = BASE_FS, .word = { base } };

	p->fs_base = base;
	return kozo_syscall(SYS_SET_BASE, &r);
}

/* Called by outer.asm, first of all. */
word_t outer_begin(struct process *p)
{
	lock();
	NEED(process_set_base(p, p->fs_base));
	if (p->set_tid)
		(void)to_guest(p, p->set_tid, &p->pid, sizeof(p->pid));
	unlock();
	return SYS_ENTER;
}

static void stopped(struct process *p)
{
	word_t cause = p->state->cause, address = p->state->address, bits = 0;

	if (cause == GUEST_NOTIFIED) {
		NEED(kozo_poll(p->signals, &bits));
		process_signalled(p, bits);
		return;
	}
	if (cause == GUEST_PAGE && page_resolve(p, address, p->state->error))
		return;
	kozo_printf("personality: process %d: cause %lu, address %p, rip %p\n", p->pid, cause,
		    (void *)address, (void *)p->state->rip);
	process_end(p, cause == GUEST_PAGE ? ENDED_SEGV : ENDED_ILL);
}

/* Called by outer.asm whenever the guest has stopped. */
word_t outer_main(struct process *p)
{
	lock();
	if (p->outer.by)
		stopped(p);
	else
		p->state->rax = linux_call(p, p->outer.rax);

	word_t number = SYS_ENTER | (p->outer.by ? ENTER_EXACT : 0);

	unlock();
	return number;
}
