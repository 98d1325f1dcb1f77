/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Guest mode: small programs run as guests of a helper, whose outer code keeps all
 * registers that it finds when they stop.
 */
#include "helper.h"
#include "message.h"

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

#define IN "0"
#define OUT "120"
#define EXIT "240"
#define FLAGS "248"
#define SAVED "256"

_Static_assert(offsetof(struct run, out) - offsetof(struct run, in) == 120, "OUT");
_Static_assert(offsetof(struct run, exit) - offsetof(struct run, in) == 240, "EXIT");
_Static_assert(offsetof(struct run, saved) - offsetof(struct run, in) == 256, "SAVED");

/* Enter the guest with in[]; comes back when it has stopped, with out[] and how. */
void run_guest(word_t *in, word_t number);
extern const char outer_by_syscall[], outer_by_other[];

#define STORE(n, reg) "mov %" reg ", " OUT "+8*" #n "(%rsp)\n"
#define LOAD(n, reg) "mov 8*" #n "(%rdi), %" reg "\n"

__asm__(".pushsection .text\n"
	"run_guest:\n"
	"push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n push %rdi\n"
	"mov %rsp, " SAVED "(%rdi)\n"
	"mov %rsi, %rax\n" LOAD(1, "rbx") LOAD(2, "rcx") LOAD(3, "rdx") LOAD(4, "rsi") LOAD(
		6, "rbp") LOAD(7, "r8") LOAD(8, "r9") LOAD(9, "r10") LOAD(10, "r11") LOAD(11, "r12")
		LOAD(12, "r13") LOAD(13, "r14") LOAD(14, "r15") LOAD(
			5,
			"rdi") "syscall\n"
			       "pop %rdi\n push %rdi\n"
			       "mov %rax, " OUT "(%rdi)\n"
			       "movq $3, " EXIT "(%rdi)\n"
			       "jmp 2f\n"
			       "outer_by_syscall:\n"
			       "movq $1, " EXIT "(%rsp)\n"
			       "jmp 1f\n"
			       "outer_by_other:\n"
			       "movq $2, " EXIT "(%rsp)\n"
			       "1:\n" STORE(0, "rax") "pushfq\n pop " FLAGS "-0(%rsp)\n" STORE(
				       1, "rbx") STORE(2, "rcx") STORE(3, "rdx") STORE(4, "rsi")
				       STORE(5, "rdi") STORE(6, "rbp") STORE(7, "r8") STORE(8, "r9")
					       STORE(9, "r10") STORE(10, "r11") STORE(
						       11, "r12") STORE(12, "r13") STORE(13, "r14")
						       STORE(14,
							     "r15") "mov %rsp, %rdi\n"
								    "2:\n"
								    "mov " SAVED "(%rdi), %rsp\n"
								    "pop %rdi\n pop %r15\n pop "
								    "%r14\n pop %r13\n pop %r12\n "
								    "pop %rbp\n pop %rbx\n"
								    "ret\n"

								    /* The guests. */
								    "guest_calls:\n syscall\n "
								    "guest_called:\n ud2\n"
								    "guest_tells_rcx:\n mov %rcx, "
								    "%rbx\n mov %r11, %rdx\n "
								    "syscall\n"
								    "guest_reads:\n mov (%rbx), "
								    "%rsi\n syscall\n"
								    "guest_is_undefined:\n ud2\n"
								    "guest_is_privileged:\n cli\n"
								    "guest_breaks:\n int3\n"
								    "guest_tells_flags:\n pushfq\n "
								    "pop %rbx\n syscall\n"
								    ".popsection\n");

extern const char guest_calls[], guest_called[], guest_tells_rcx[], guest_reads[],
	guest_is_undefined[], guest_is_privileged[], guest_breaks[], guest_tells_flags[];

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

static void make_state(const void *rip)
{
	make_tables(SLOT_VSPACE, AREA);
	state_frame = make_page(AREA, RIGHT_READ | RIGHT_WRITE);
	state = (struct guest_state *)AREA;
	*state = (struct guest_state){ .rip = (word_t)rip,
				       .rsp = (word_t)(guest_stack + 32),
				       .rflags = 0x202,
				       .rax = 0xaaaa };
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

/* --- system calls of a guest -------------------------------------------------------- */

TEST(guest_syscall, "a guest's system call reaches the outer code, with all registers as they are")
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

TEST(guest_no_nesting, "whatever system call a guest makes, it never is one of the kernel's")
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

TEST(guest_exact, "a guest has its own rcx and r11 if entered exactly, else rip and rflags")
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

TEST(guest_page_fault, "a guest's page fault reaches the outer code, which can let it go on")
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

TEST(guest_exceptions, "a guest's exceptions reach the outer code, and no handler of faults")
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

TEST(guest_flags, "of the flags that a guest is given only those of programs count")
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

TEST(guest_steps, "a guest with the trap flag stops after one instruction")
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

TEST(guest_places, "a guest runs below the last page of user space, and outside of the region")
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

TEST(guest_region, "a guest cannot reach the region, in which the outer code can read")
{
	struct helper h;

	make_state(guest_reads);
	make_tables(SLOT_VSPACE, REGION_BASE);
	make_page(REGION_BASE, RIGHT_READ | RIGHT_WRITE);
	*at(REGION_BASE) = 99;
	go(&h, 0, REGION_BASE);
	EXPECT(run.exit, BY_OTHER);
	EXPECT(state->cause, GUEST_PAGE);
	EXPECT(state->address, REGION_BASE);
	EXPECT(state->error, 4);
	EXPECT(*at(REGION_BASE), 99);
}

TEST(guest_flush, "what is unmapped is out of a guest's reach at once, though it has seen it")
{
	struct helper h;

	make_state(guest_reads);

	cptr_t frame = make_page(AREA + PAGE, RIGHT_READ | RIGHT_WRITE);

	*at(AREA + PAGE) = 5;
	go(&h, 0, AREA + PAGE);
	EXPECT(run.out[RSI], 5);
	NEED(kozo_frame_unmap(frame));
	state->rip = (word_t)guest_reads;
	go(&h, 0, AREA + PAGE);
	EXPECT(run.exit, BY_OTHER);
	EXPECT(state->address, AREA + PAGE);
}

/* --- what ends a guest before it begins ---------------------------------------------------- */

TEST(guest_notified, "a guest with a signal pending stops before its first instruction")
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

TEST(guest_interrupted, "Thread.interrupt stops a guest before its first instruction, once")
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

TEST(guest_frame_lost, "without its frame a thread has no guest any more")
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
