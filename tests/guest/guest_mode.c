/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Guest mode: small programs run as guests of a helper, whose outer code keeps all
 * registers that it finds when they stop.
 */
#include "actors.h"
#include "message.h"
#include "pit.h"
#include "processor.h"
#include "ticks.h"

enum register_name {
	RAX,
	RBX,
	RCX,
	RDX,
	RSI,
	RDI,
	RBP,
	R8,
	R9,
	R10,
	R11,
	R12,
	R13,
	R14,
	R15,
	REGS
};

enum exit { NO_EXIT, BY_SYSCALL, BY_OTHER, REFUSED };

/* The outer stack: its pointer is that of `in`, and below there is room for flags. */
struct run {
	word_t below[4];
	word_t in[REGS];
	word_t out[REGS];
	word_t exit, flags, saved;
};

/* guests.asm knows these places. */
_Static_assert(offsetof(struct run, out) - offsetof(struct run, in) == 120, "OUT of guests.asm");
_Static_assert(offsetof(struct run, exit) - offsetof(struct run, in) == 240, "EXIT of guests.asm");
_Static_assert(offsetof(struct run, saved) - offsetof(struct run, in) == 256,
	       "SAVED of guests.asm");

/* Enter the guest with in[]; comes back when it has stopped, with out[] and how. */
void run_guest(word_t *in, word_t number);
extern const char outer_by_syscall[], outer_by_other[];

extern const char guest_calls[], guest_called[], guest_tells_rcx[], guest_reads[],
	guest_is_undefined[], guest_is_privileged[], guest_breaks[], guest_tells_flags[],
	guest_spins[], guest_spun[], guest_waits[], guest_changes[], guest_writes[],
	guest_changes_all[], guest_changed_all[], guest_waits_and_reads[], guest_waits_and_looks[];

/* --- a thread with a guest --------------------------------------------------------- */

static struct run run;
static struct guest_state *state;
static cptr_t state_frame;
static word_t guest_stack[64];

static void runs(struct helper *h)
{
	for (unsigned i = 0; i < REGS; i++)
		run.in[i] = 0x1111111111111111ull * (i + 1);
	run.in[RBX] = h->in[1];
	run.exit = NO_EXIT;
	run_guest(run.in, SYS_ENTER | h->in[0]);
	h->status = (status_t)run.out[RAX];
	h->step = 1;
}

/* The observed form of it, for what refuses. */
static void is_refused(struct helper *h)
{
	struct kozo_registers r = { 0 };

	h->status = observed_syscall(SYS_ENTER, 0, &r);
	h->step = 1;
}

static void put_state(const void *rip)
{
	*state = (struct guest_state){ .rip = (word_t)rip,
				       .rsp = (word_t)(guest_stack + 32),
				       .rflags = 0x202,
				       .rax = 0xaaaa };
}

static void make_frame(void)
{
	make_tables(SLOT_VSPACE, AREA);
	state_frame = make_page(AREA, RIGHT_READ | RIGHT_WRITE);
	state = (struct guest_state *)AREA;
}

static void prepare(struct helper *h, word_t flags, word_t rbx)
{
	*h = (struct helper){ .in = { flags, rbx } };
	helper_make(h, runs);
	EXPECT_STATUS(kozo_thread_set_guest(h->thread, state_frame, (vaddr_t)outer_by_syscall,
					    (vaddr_t)outer_by_other, (vaddr_t)run.in),
		      OK);
}

/* Run this guest once; flags may be ENTER_EXACT. */
static void go(struct helper *h, word_t flags, word_t rbx)
{
	prepare(h, flags, rbx);
	helper_start(h);
	helpers_run();
	EXPECT(h->step, 1);
}

/*
 * The kernel enters a guest the fast way only if the CPU remembers the restricted root, as
 * it does once one has run. So each case runs twice: with that root new, and known.
 */
static bool root_is_known;

#define BOTH_WAYS(id, sentence) \
	static void id##_case(void); \
	TEST(id, sentence) \
	{ \
		for (unsigned way = 0; way < 2; way++) { \
			root_is_known = way; \
			id##_case(); \
			NEED(kozo_cnode_revoke(SLOT_CNODE, world)); \
		} \
	} \
	static void id##_case(void)

static void make_state(const void *rip)
{
	struct helper h;

	make_frame();
	put_state(guest_calls);
	if (root_is_known)
		go(&h, 0, 0);
	put_state(rip);
}

/* --- system calls of a guest -------------------------------------------------------- */

BOTH_WAYS(guest_syscall,
	  "a guest's system call reaches the outer code, with all registers as they are")
{
	struct helper h;

	make_state(guest_calls);
	go(&h, 0, 0x2222);
	EXPECT(run.exit, BY_SYSCALL);
	EXPECT(run.out[RAX], 0xaaaa);
	EXPECT(run.out[RBX], 0x2222);
	for (unsigned i = RDX; i < REGS; i++)
		if (i != R11)
			EXPECT(run.out[i], 0x1111111111111111ull * (i + 1));
	EXPECT(run.flags & 0x3f7fd7, 0x202);
	EXPECT(state->rip, (word_t)guest_called);
	EXPECT(state->rsp, (word_t)(guest_stack + 32));
	EXPECT(state->rflags & ~0x10000ull, 0x202);
	EXPECT(state->rax, 0xaaaa);
}

/* Threads of which the processor has more than of most go into their guest as others do. */
BOTH_WAYS(guest_unusual, "a guest of a thread with the FPU on, or watched, has its registers, too")
{
	for (unsigned i = 0; i < 4; i++) {
		struct helper h;

		make_state(guest_calls);
		prepare(&h, i % 2 ? ENTER_EXACT : 0, 0x2222);
		if (i < 2)
			NEED(kozo_thread_set_fpu(h.thread, 1));
		else
			NEED(kozo_thread_set_breakpoints(h.thread, AREA, 0, 0, 0, 1));
		helper_start(&h);
		helpers_run();
		EXPECT(run.exit, BY_SYSCALL);
		EXPECT(run.out[RBX], 0x2222);
		for (unsigned r = RDX; r < REGS; r++)
			if (r != R11)
				EXPECT(run.out[r], 0x1111111111111111ull * (r + 1));
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

BOTH_WAYS(guest_no_nesting, "whatever system call a guest makes, it never is one of the kernel's")
{
	struct helper h;

	for (word_t number = 0; number < SYSCALLS; number++) {
		make_state(guest_calls);
		state->rax = number;
		go(&h, 0, 0);
		EXPECT(run.exit, BY_SYSCALL);
		EXPECT(run.out[RAX], number);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

BOTH_WAYS(guest_exact, "a guest has its own rcx and r11 if entered exactly, else rip and rflags")
{
	struct helper h;

	make_state(guest_tells_rcx);
	state->rcx = 0xc0c0;
	state->r11 = 0x1b1b;
	go(&h, ENTER_EXACT, 0);
	EXPECT(run.out[RBX], 0xc0c0);
	EXPECT(run.out[RDX], 0x1b1b);
	NEED(kozo_cnode_revoke(SLOT_CNODE, world));

	make_state(guest_tells_rcx);
	go(&h, 0, 0);
	EXPECT(run.out[RBX], (word_t)guest_tells_rcx);
	EXPECT(run.out[RDX], 0x202);
}

/* --- exceptions ----------------------------------------------------------------------- */

BOTH_WAYS(guest_page_fault, "a guest's page fault reaches the outer code, which can let it go on")
{
	struct helper h;

	for (unsigned exact = 0; exact < 2; exact++) {
		make_state(guest_reads);
		state->rcx = 0xc0c0;
		state->r11 = 0x1b1b;
		go(&h, exact ? ENTER_EXACT : 0, AREA + PAGE);
		EXPECT(run.exit, BY_OTHER);
		EXPECT(state->cause, GUEST_PAGE);
		EXPECT(state->address, AREA + PAGE);
		EXPECT(state->error, 4);
		EXPECT(state->rip, (word_t)guest_reads);
		EXPECT(state->rax, 0xaaaa);
		EXPECT(state->rcx, exact ? 0xc0c0 : (word_t)guest_reads);
		EXPECT(state->r11, exact ? 0x1b1b : 0x202);
		EXPECT(run.out[RBX], AREA + PAGE);
		EXPECT(run.flags & 0x3f7fd7, 0x202);

		make_page(AREA + PAGE, RIGHT_READ | RIGHT_WRITE);
		*at(AREA + PAGE) = 4712;
		go(&h, ENTER_EXACT, AREA + PAGE);
		EXPECT(run.exit, BY_SYSCALL);
		EXPECT(run.out[RSI], 4712);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

BOTH_WAYS(guest_page_fault_later, "a guest's page fault tells all as the guest has it then")
{
	struct helper h;

	make_state(guest_changes_all);
	state->rcx = 0xc0c0;
	state->r11 = 0x1b1b;
	go(&h, ENTER_EXACT, AREA + PAGE);
	EXPECT(run.exit, BY_OTHER);
	EXPECT(state->cause, GUEST_PAGE);
	EXPECT(state->address, AREA + PAGE);
	EXPECT(state->error, 4);
	EXPECT(state->rip, (word_t)guest_changed_all);
	EXPECT(state->rsp, (word_t)(guest_stack + 30));
	EXPECT(state->rflags & 1, 1);
	EXPECT(state->rax, 0xaaab);
	EXPECT(state->rcx, 0xc0c1);
	EXPECT(state->r11, 0x1b1c);
	EXPECT(run.out[RBX], AREA + PAGE);
	for (unsigned i = RDX; i < REGS; i++)
		if (i != R11)
			EXPECT(run.out[i], 0x1111111111111111ull * (i + 1));
	EXPECT(run.flags & 0x3f7fd7, 0x202);
}

BOTH_WAYS(guest_exceptions, "a guest's exceptions reach the outer code, and no handler of faults")
{
	const struct {
		const char *guest;
		word_t vector, behind;
	} rows[] = { { guest_is_undefined, 6, 0 },
		     { guest_is_privileged, 13, 0 },
		     { guest_breaks, 3, 1 } };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct helper h;

		make_state(rows[i].guest);
		go(&h, 0, 0);
		EXPECT(run.exit, BY_OTHER);
		EXPECT(state->cause, GUEST_EXCEPTION);
		EXPECT(state->address, rows[i].vector);
		EXPECT(state->error, 0);
		EXPECT(state->rip, (word_t)rows[i].guest + rows[i].behind);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

/* --- what a guest may be ----------------------------------------------------------------- */

BOTH_WAYS(guest_flags, "of the flags that a guest is given only those of programs count")
{
	struct helper h;

	make_state(guest_tells_flags);
	state->rflags = ~0x100ull; /* all but TF, which would stop it */
	go(&h, 0, 0);
	EXPECT(run.exit, BY_SYSCALL);
	EXPECT(run.out[RBX], 0x240ed7);
	EXPECT(run.flags & 0x3f7fd7, 0x202);
	NEED(kozo_cnode_revoke(SLOT_CNODE, world));

	make_state(guest_tells_flags);
	state->rflags = 0;
	go(&h, ENTER_EXACT, 0);
	EXPECT(run.out[RBX], 0x202);
}

BOTH_WAYS(guest_steps, "a guest with the trap flag stops after one instruction")
{
	struct helper h;

	make_state(guest_tells_rcx);
	state->rflags = 0x302;
	go(&h, ENTER_EXACT, 0);
	EXPECT(run.exit, BY_OTHER);
	EXPECT(state->cause, GUEST_EXCEPTION);
	EXPECT(state->address, 1);
	EXPECT(state->rflags & 0x100, 0x100);
	EXPECT(run.flags & 0x100, 0);
}

BOTH_WAYS(guest_places, "a guest runs below the last page of user space, and outside of the region")
{
	static const struct {
		word_t rip;
		bool good;
	} rows[] = {
		{ 0, true },
		{ REGION_BASE - 1, true },
		{ REGION_BASE, false },
		{ REGION_TOP - 1, false },
		{ REGION_TOP, true },
		{ USER_TOP - PAGE - 1, true },
		{ USER_TOP - PAGE, false },
		{ USER_TOP, false },
		{ 0x800000000000, false },
		{ 0xffff800000000000, false },
		{ ~0ull, false },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct guest_state before;
		struct helper h;

		make_state((void *)rows[i].rip);
		before = *state;
		go(&h, 0, 0);
		if (rows[i].good) {
			EXPECT(run.exit, BY_OTHER);
			EXPECT(state->cause, GUEST_PAGE);
			EXPECT(state->address, rows[i].rip);
		} else {
			EXPECT(run.exit, REFUSED);
			EXPECT_STATUS(h.status, ERR_BAD_ARG);
			EXPECT(before.rip == state->rip && before.cause == state->cause, true);
			h.in[0] = 0;
			helper_go(&h, runs);
		}
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

static void make_region(void)
{
	make_tables(SLOT_VSPACE, REGION_BASE);
	make_page(REGION_BASE, RIGHT_READ | RIGHT_WRITE);
	*at(REGION_BASE) = 99;
}

BOTH_WAYS(guest_region, "a guest cannot reach the region, in which the outer code can read")
{
	struct helper h;

	make_state(guest_reads);
	make_region();
	go(&h, 0, REGION_BASE);
	EXPECT(run.exit, BY_OTHER);
	EXPECT(state->cause, GUEST_PAGE);
	EXPECT(state->address, REGION_BASE);
	EXPECT(state->error, 4);
	EXPECT(*at(REGION_BASE), 99);
}

/* Outer code that looks into the region afterwards. */
static void runs_and_looks(struct helper *h)
{
	runs(h);
	h->out[0] = *at(REGION_BASE);
}

BOTH_WAYS(guest_root_left, "the outer code can read in the region, however its guest has stopped")
{
	for (unsigned i = 0; i < 2; i++) {
		struct helper h;

		make_state(i ? guest_reads : guest_calls);
		make_region();
		prepare(&h, 0, AREA + PAGE);
		h.run = runs_and_looks;
		helper_start(&h);
		helpers_run();
		EXPECT(run.exit, i ? BY_OTHER : BY_SYSCALL);
		EXPECT(h.out[0], 99);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

/* First a system call, then exactly to where it reads in the region. */
static void runs_twice(struct helper *h)
{
	runs(h);
	state->rip = (word_t)guest_reads;
	h->in[0] = ENTER_EXACT;
	h->in[1] = REGION_BASE;
	runs(h);
}

BOTH_WAYS(guest_root_entered, "a guest that made a system call cannot reach the region afterwards")
{
	struct helper h;

	make_state(guest_calls);
	make_region();
	prepare(&h, 0, 0);
	h.run = runs_twice;
	helper_start(&h);
	helpers_run();
	EXPECT(run.exit, BY_OTHER);
	EXPECT(state->address, REGION_BASE);
}

/* With the FPU on it goes in through C, and comes out the fast way if that has a fault. */
static void faults_twice(struct helper *h)
{
	runs(h);
	EXPECT(state->address, AREA + PAGE);
	state->rip = (word_t)guest_reads;
	h->in[1] = REGION_BASE;
	runs(h);
}

BOTH_WAYS(guest_root_after_fault,
	  "a guest that had a page fault cannot reach the region afterwards")
{
	struct helper h;

	make_state(guest_reads);
	make_region();
	prepare(&h, 0, AREA + PAGE);
	NEED(kozo_thread_set_fpu(h.thread, 1));
	h.run = faults_twice;
	helper_start(&h);
	helpers_run();
	EXPECT(run.exit, BY_OTHER);
	EXPECT(state->address, REGION_BASE);
}

enum { SEEN = 40 }; /* more than are forgotten one by one */

static void unmap_frame(cptr_t frame)
{
	NEED(kozo_frame_unmap(frame));
}

static void protect_frame(cptr_t frame)
{
	NEED(kozo_frame_protect(frame, RIGHT_READ, 0));
}

static void unmap_few(cptr_t frame)
{
	vaddr_t reached;

	(void)frame;
	NEED(kozo_vspace_unmap_range(SLOT_VSPACE, AREA + PAGE, 2 * PAGE, &reached));
}

static void unmap_many(cptr_t frame)
{
	vaddr_t reached;

	(void)frame;
	NEED(kozo_vspace_unmap_range(SLOT_VSPACE, AREA + PAGE, SEEN * PAGE, &reached));
}

/* A guest that did something with a page is to do it again after `take`. */
static void check_flush(const void *guest, void (*take)(cptr_t frame))
{
	struct helper h;

	make_state(guest);

	cptr_t frame = make_page(AREA + PAGE, RIGHT_READ | RIGHT_WRITE);

	make_page(AREA + SEEN * PAGE, RIGHT_READ);
	*at(AREA + PAGE) = 5;
	go(&h, 0, AREA + PAGE);
	EXPECT(run.exit, BY_SYSCALL);
	take(frame);
	state->rip = (word_t)guest;
	go(&h, 0, AREA + PAGE);
	EXPECT(run.exit, BY_OTHER);
	EXPECT(state->address, AREA + PAGE);
	NEED(kozo_cnode_revoke(SLOT_CNODE, world));
}

BOTH_WAYS(guest_flush,
	  "what is taken away is out of a guest's reach at once, though it has seen it")
{
	check_flush(guest_reads, unmap_frame);
	check_flush(guest_writes, protect_frame);
	check_flush(guest_reads, unmap_few);
	check_flush(guest_reads, unmap_many);
}

/* --- what ends a guest before it begins ---------------------------------------------------- */

BOTH_WAYS(guest_notified, "a guest with a signal pending stops before its first instruction")
{
	for (unsigned exact = 0; exact < 2; exact++) {
		cptr_t n = make(OBJECT_NOTIFICATION, 0);
		struct kozo_registers r = { .target = n };
		struct helper h;

		make_state(guest_calls);
		state->rcx = 0xc0c0;
		state->r11 = 0x1b1b;
		prepare(&h, exact ? ENTER_EXACT : 0, 0x77);
		NEED(kozo_thread_bind(h.thread, n));
		NEED(observed_syscall(SYS_SIGNAL, 0, &r));
		helper_start(&h);
		helpers_run();
		EXPECT(run.exit, BY_OTHER);
		EXPECT(state->cause, GUEST_NOTIFIED);
		EXPECT(state->rip, (word_t)guest_calls);
		EXPECT(state->rsp, (word_t)(guest_stack + 32));
		EXPECT(state->rflags, 0x202);
		EXPECT(state->rax, 0xaaaa);
		EXPECT(state->rcx, exact ? 0xc0c0 : (word_t)guest_calls);
		EXPECT(state->r11, exact ? 0x1b1b : 0x202);
		EXPECT(run.out[RBX], 0x77);
		NEED(kozo_thread_bind(h.thread, 0));
		r = (struct kozo_registers){ .target = n };
		EXPECT_STATUS(observed_syscall(SYS_POLL, 0, &r), OK);
		EXPECT(r.target, 1);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

BOTH_WAYS(guest_interrupted, "Thread.interrupt stops a guest before its first instruction, once")
{
	struct helper h;

	make_state(guest_calls);
	prepare(&h, 0, 0);
	helper_start(&h);
	EXPECT_STATUS(kozo_thread_interrupt(h.thread), OK);
	helpers_run();
	EXPECT(run.exit, BY_OTHER);
	EXPECT(state->cause, GUEST_INTERRUPTED);
	EXPECT(state->rip, (word_t)guest_calls);
	helper_start(&h);
	helpers_run();
	EXPECT(run.exit, BY_SYSCALL);
}

/* --- the frame --------------------------------------------------------------------------------- */

TEST(guest_refusals, "ENTER and Thread.set_guest refuse with the first reason")
{
	cptr_t thread = make(OBJECT_THREAD, 0), frame = make(OBJECT_FRAME, PAGE_BITS);
	struct helper h = { .in = { 0 } };

	helper_go(&h, is_refused);
	EXPECT_STATUS(h.status, ERR_STATE);
	EXPECT_STATUS(kozo_thread_set_guest(thread, slot_new(), 0, 0, 0), ERR_BAD_CAP);
	EXPECT_STATUS(kozo_thread_set_guest(thread, thread, 0, 0, 0), ERR_WRONG_TYPE);
	EXPECT_STATUS(kozo_thread_set_guest(thread, part_of(frame, RIGHT_READ, 0), 0, 0, 0),
		      ERR_NO_RIGHT);
	EXPECT_STATUS(kozo_thread_set_guest(thread, frame, USER_TOP, 0, 0), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_set_guest(thread, frame, 0, USER_TOP, 0), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_set_guest(thread, frame, 0, 0, ~0ull), OK);
	EXPECT_STATUS(kozo_thread_set_guest(thread, 0, 0, 0, 0), OK);
}

static void is_refused_an_empty_guest(struct helper *h)
{
	state->rip = USER_TOP;
	is_refused(h);
}

BOTH_WAYS(guest_frame_lost, "without its frame a thread has no guest any more")
{
	struct helper h = { .in = { 0 } };

	make_state(guest_calls);
	prepare(&h, 0, 0);
	NEED(kozo_thread_stop(h.thread));
	h.run = is_refused_an_empty_guest;
	helper_start(&h);
	helpers_run();
	EXPECT_STATUS(h.status, ERR_BAD_ARG);
	NEED(kozo_cnode_revoke(SLOT_CNODE, state_frame));
	h.run = is_refused;
	helper_start(&h);
	helpers_run();
	EXPECT_STATUS(h.status, ERR_STATE);
}

/* --- a guest that does not stop by itself ------------------------------------------------- */

/* Signals `bits` of a notification in a little while. */
static void signal_shortly(cptr_t n, word_t bits)
{
	cptr_t timer = make(OBJECT_TIMER, 0);

	NEED(kozo_timer_bind(timer, part_of(n, RIGHT_SEND, bits)));
	NEED(kozo_timer_arm(timer, kozo_ticks() + milliseconds(2)));
}

static void idles(struct helper *h)
{
	while (!h->step)
		;
}

/*
 * Wait: what is on lower priorities runs meanwhile, until a timer wakes us. If there is
 * nothing, an idler runs, since the supervisor of the suite would think us stuck.
 */
static void let_run(void)
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0);
	struct helper idler;
	word_t bits;

	helper_make(&idler, idles);
	set_priority(idler.thread, 50);
	helper_start(&idler);
	signal_shortly(n, 1);
	NEED(kozo_wait(n, &bits));
	NEED(kozo_cnode_delete(SLOT_CNODE, idler.thread));
}

enum { TURNS = 50 }; /* to wait at most for what a busy host delays */

/* Another thread with a guest: it looks into the region when it may. */
static struct run other_run;
static volatile word_t may_look;

static void looks_late(struct helper *h)
{
	(void)h;
	other_run.in[RBX] = (word_t)&may_look;
	other_run.in[RSI] = REGION_BASE;
	run_guest(other_run.in, SYS_ENTER);
}

static struct guest_state *start_looking(struct helper *h)
{
	cptr_t frame = make_page(AREA + PAGE, RIGHT_READ | RIGHT_WRITE);
	struct guest_state *s = (struct guest_state *)(AREA + PAGE);

	*s = (struct guest_state){ .rip = (word_t)guest_waits_and_looks, .rflags = 0x202 };
	may_look = 0;
	helper_make(h, looks_late);
	NEED(kozo_thread_set_guest(h->thread, frame, (vaddr_t)outer_by_syscall,
				   (vaddr_t)outer_by_other, (vaddr_t)other_run.in));
	set_priority(h->thread, 100);
	other_run.exit = NO_EXIT;
	helper_start(h);
	return s;
}

/* Lets the other one go on as soon as the guest has stopped, while the outer code runs. */
static void runs_and_waits(struct helper *h)
{
	word_t bits;

	runs(h);
	may_look = 1;
	NEED(kozo_wait(h->in[2], &bits));
}

BOTH_WAYS(guest_root_resumed, "a guest goes on on its own root, whoever has left his meanwhile")
{
	for (unsigned i = 0; i < 2; i++) {
		struct helper h, other;
		struct guest_state *s;

		make_state(i ? guest_reads : guest_calls);
		make_region();
		s = start_looking(&other);
		let_run();
		EXPECT(*at(REGION_BASE), 99);
		EXPECT(other_run.exit, NO_EXIT);
		prepare(&h, 0, REGION_BASE);
		h.run = runs_and_waits;
		h.in[2] = make(OBJECT_NOTIFICATION, 0);
		helper_start(&h);
		for (unsigned n = 0; n < TURNS && other_run.exit == NO_EXIT; n++)
			let_run();
		EXPECT(run.exit, i ? BY_OTHER : BY_SYSCALL);
		EXPECT(other_run.exit, BY_OTHER);
		EXPECT(s->address, REGION_BASE);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

/* It says that it has finished before it stops, and may be started again only after that. */
static void run_until_finished(struct helper *h)
{
	for (unsigned i = 0; i < TURNS && helper_state(h) != THREAD_STOPPED; i++)
		let_run();
	EXPECT(h->finished, true);
}

static bool is_spinning(word_t rip)
{
	return rip >= (word_t)guest_spins && rip < (word_t)guest_spun;
}

/* Has it come into the guest, and done something there? */
static bool spins(cptr_t thread)
{
	NEED(kozo_thread_stop(thread));

	struct thread_registers r = registers_of(thread);
	bool does = is_spinning(r.rip) && r.rbx > 1;

	NEED(kozo_thread_resume(thread));
	return does;
}

/* Start a helper below us, which spins as a guest, and has lost the processor at it. */
static void start_spinning(struct helper *h)
{
	bool does = false;

	run.exit = NO_EXIT;
	set_priority(h->thread, 100);
	helper_start(h);
	for (unsigned i = 0; i < TURNS && !does; i++) {
		let_run();
		does = spins(h->thread);
	}
	EXPECT(does, true);
	EXPECT(helper_state(h), THREAD_READY);
	EXPECT(run.exit, NO_EXIT);
}

static void spin(struct helper *h)
{
	make_state(guest_spins);
	prepare(h, 0, 1);
	start_spinning(h);
}

/* It has come out where it was, with all registers, for this reason. */
static void expect_left(word_t cause)
{
	EXPECT(run.exit, BY_OTHER);
	EXPECT(state->cause, cause);
	EXPECT(is_spinning(state->rip), true);
	EXPECT(state->rsp, (word_t)(guest_stack + 32));
	EXPECT(state->rax, 0xaaaa);
	EXPECT(state->rcx, (word_t)guest_spins);
	EXPECT(state->r11, 0x202);
	EXPECT(run.out[RBX] > 1, true);
	for (unsigned i = RDX; i < REGS; i++)
		if (i != R11)
			EXPECT(run.out[i], 0x1111111111111111ull * (i + 1));
	EXPECT(run.flags & 0x3f7fd7, 0x202);
}

BOTH_WAYS(guest_kicked, "a signal stops a guest that runs, and stays pending")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0);
	struct helper h;
	word_t bits, count;

	spin(&h);
	NEED(kozo_thread_bind(h.thread, n));
	signal_shortly(n, 16);
	run_until_finished(&h);
	expect_left(GUEST_NOTIFIED);
	count = run.out[RBX];
	h.in[0] = ENTER_EXACT;
	h.in[1] = count;
	h.finished = false;
	helper_start(&h);
	run_until_finished(&h);
	EXPECT(state->cause, GUEST_NOTIFIED);
	EXPECT(run.out[RBX], count);
	NEED(kozo_thread_bind(h.thread, 0));
	NEED(kozo_poll(n, &bits));
	EXPECT(bits, 16);
}

BOTH_WAYS(guest_of_interrupted, "a guest that a device interrupts goes on with all registers")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0);
	struct helper h;
	word_t bits;

	if (!has_lines())
		return;
	spin(&h);
	pit_handler(n, 1);
	for (unsigned i = 0; i < 3; i++) {
		pit_start(500);
		NEED(kozo_wait(n, &bits));
		EXPECT(helper_state(&h), THREAD_READY);
	}
	NEED(kozo_thread_interrupt(h.thread));
	run_until_finished(&h);
	expect_left(GUEST_INTERRUPTED);
}

BOTH_WAYS(guest_kicked_aside,
	  "a signal or interrupt reaches a guest that has just lost the processor")
{
	for (unsigned i = 0; i < 3; i++) {
		cptr_t n = make(OBJECT_NOTIFICATION, 0);
		struct kozo_registers r = { .target = n };
		struct helper h;

		spin(&h);
		if (i == 0)
			NEED(kozo_thread_bind(h.thread, n));
		if (i <= 1)
			NEED(observed_syscall(SYS_SIGNAL, 0, &r));
		if (i == 1)
			NEED(kozo_thread_bind(h.thread, n));
		if (i == 2)
			EXPECT_STATUS(kozo_thread_interrupt(h.thread), OK);
		EXPECT(state->cause, i == 2 ? GUEST_INTERRUPTED : GUEST_NOTIFIED);
		run_until_finished(&h);
		expect_left(i == 2 ? GUEST_INTERRUPTED : GUEST_NOTIFIED);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

BOTH_WAYS(guest_resumed, "a guest can be stopped and resumed, and its registers be seen meanwhile")
{
	struct helper h;
	word_t count;

	spin(&h);
	EXPECT_STATUS(kozo_thread_stop(h.thread), OK);

	struct thread_registers r = registers_of(h.thread);

	EXPECT(is_spinning(r.rip), true);
	EXPECT(r.rdx, 0x4444444444444444);
	EXPECT(r.rsp, (word_t)(guest_stack + 32));
	count = r.rbx;
	EXPECT_STATUS(kozo_thread_resume(h.thread), OK);
	let_run();
	EXPECT(run.exit, NO_EXIT);
	NEED(kozo_thread_interrupt(h.thread));
	run_until_finished(&h);
	expect_left(GUEST_INTERRUPTED);
	EXPECT(run.out[RBX] >= count, true);
}

BOTH_WAYS(guest_loses_frame,
	  "a guest that runs without its frame stops its thread, which can begin anew")
{
	for (unsigned i = 0; i < 3; i++) {
		struct helper h;

		spin(&h);
		if (i == 0)
			EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, state_frame), OK);
		else
			EXPECT_STATUS(kozo_thread_set_guest(h.thread, i == 1 ? 0 : state_frame,
							    (vaddr_t)outer_by_syscall,
							    (vaddr_t)outer_by_other,
							    (vaddr_t)run.in),
				      OK);
		EXPECT(helper_state(&h), i == 0 ? THREAD_READY : THREAD_FAULTED);
		let_run();
		EXPECT(run.exit, NO_EXIT);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

BOTH_WAYS(guest_frame_revoked, "a guest stops when its frame is revoked")
{
	cptr_t memory = make(OBJECT_UNTYPED, 14), frame = slot_new();
	struct helper h;
	word_t done;

	make_state(guest_spins);
	NEED(kozo_untyped_retype(memory, OBJECT_FRAME, PAGE_BITS, SLOT_CNODE, frame, 1, &done));
	NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA + PAGE, RIGHT_READ | RIGHT_WRITE, 0));
	*(struct guest_state *)(AREA + PAGE) = *state;
	state_frame = frame;
	prepare(&h, 0, 1);
	start_spinning(&h);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, memory), OK);
	EXPECT(helper_state(&h), THREAD_FAULTED);
	h.run = is_refused;
	helper_start(&h);
	run_until_finished(&h);
	EXPECT_STATUS(h.status, ERR_STATE);
}

/* A thread of the other space that makes the CPU forget ours when it has a signal. */
static cptr_t make_forgetful(cptr_t n)
{
	const cptr_t thread = make(OBJECT_THREAD, 0);
	const struct kozo_registers stop = { .target = thread,
					     .info = kozo_info(LABEL_THREAD_STOP, 0) },
				    wait = { .target = n };
	struct kozo_registers map, unmap;

	forget_words(0, &map, &unmap);
	step_calls(actor_step(0, 0), SYS_WAIT, &wait);
	step_calls(actor_step(0, 1), SYS_INVOKE, &map);
	step_calls(actor_step(0, 2), SYS_INVOKE, &unmap);
	step_calls(actor_step(0, 3), SYS_INVOKE, &stop);
	NEED(kozo_thread_configure(thread, SLOT_CNODE, actor_space[1], 0));
	set_priority(thread, 150);
	actor_place(thread, 0);
	return thread;
}

/* This guest stops when somebody else has made the CPU forget our space. */
static void stop_after_forgetting(const char *guest, enum exit exit)
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), thread;
	struct helper h;

	actors_begin();
	actors_clear();
	thread = make_forgetful(n);
	make_state(guest);
	prepare(&h, 0, kozo_ticks() + milliseconds(20));
	set_priority(h.thread, 100);
	run.exit = NO_EXIT;
	NEED(kozo_thread_resume(thread));
	helper_start(&h);
	signal_shortly(n, 1);
	actors_run();
	EXPECT(actor_step(0, 2)->done > 0, true);
	EXPECT(actor_step(0, 2)->out[0], OK);
	EXPECT(run.exit, exit);
	EXPECT(h.step, 1);
	NEED(kozo_cnode_revoke(SLOT_CNODE, world));
}

BOTH_WAYS(guest_forgotten,
	  "a guest's system call or fault reaches outer code whose space has changed meanwhile")
{
	if (!processor_has(PROCESSOR_FSGSBASE))
		return;
	stop_after_forgetting(guest_waits, BY_SYSCALL);
	stop_after_forgetting(guest_waits_and_reads, BY_OTHER);
}

BOTH_WAYS(guest_changes_itself,
	  "the flags and the stack pointer of a guest are kept as it left them")
{
	struct helper h;

	make_state(guest_changes);
	go(&h, 0, 0);
	EXPECT(run.exit, BY_SYSCALL);
	EXPECT(state->rsp, (word_t)(guest_stack + 30));
	EXPECT(state->rflags & 1, 1);
	put_state(guest_calls);
	state->rsp -= 8;
	state->rflags |= 0x800;
	go(&h, 0, 0);
	EXPECT(state->rsp, (word_t)(guest_stack + 31));
	EXPECT(state->rflags & 0x800, 0x800);
}

BOTH_WAYS(guest_dies, "a thread can die while its guest runs")
{
	struct helper h;

	spin(&h);
	NEED(kozo_cnode_delete(SLOT_CNODE, h.thread));
	let_run();
	EXPECT(run.exit, NO_EXIT);
}

/* --- that the fast way is taken ---------------------------------------------------------- */

static void enters_and_counts(struct helper *h)
{
	h->out[0] = ~0ull;
	for (unsigned i = 0; i < 20; i++) {
		uint64_t begin = kozo_ticks(), took;

		state->rip = h->in[0];
		run_guest(run.in, SYS_ENTER | h->in[1]);
		took = kozo_ticks() - begin;
		h->out[0] = took < h->out[0] ? took : h->out[0];
	}
	h->step = 1;
}

TEST(guest_fast, "a guest is entered and left in as few instructions as the fast way takes")
{
	static const struct {
		const char *guest;
		word_t flags;
		uint64_t most; /* with our own */
	} rows[] = {
		{ guest_calls, 0, 160 },
		{ guest_calls, ENTER_EXACT, 160 },
		{ guest_reads, 0, 160 },
	};

	if (!FASTPATH || !processor_has(PROCESSOR_FSGSBASE) || !ticks_are_instructions())
		return;
	root_is_known = true;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct helper h;

		make_state(guest_calls);
		prepare(&h, 0, 0);
		h.in[0] = (word_t)rows[i].guest;
		h.in[1] = rows[i].flags;
		h.run = enters_and_counts;
		for (unsigned r = 0; r < REGS; r++)
			run.in[r] = 0;
		helper_start(&h);
		helpers_run();
		EXPECT(h.step, 1);
		if (h.out[0] > rows[i].most)
			fail("row %u: %lu instructions", i, h.out[0]);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}
