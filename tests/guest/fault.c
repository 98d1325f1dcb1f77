/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Faults: what their handler is told, what an answer does, and the copy window. */
#include "helper.h"
#include "message.h"

enum { FORBIDDEN = 0x13370 }; /* nothing is mapped there */

static void breaks(struct helper *h)
{
	__asm__ volatile("int3");
	h->step = 1;
}

static void is_undefined(struct helper *h)
{
	__asm__ volatile("ud2");
	h->step = 1;
}

static void is_privileged(struct helper *h)
{
	__asm__ volatile("hlt");
	h->step = 1;
}

/* Two instructions with the trap flag set: a debug exception behind the second. */
static void steps(struct helper *h)
{
	__asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop\n\tnop"
			 :
			 :
			 : "memory", "cc");
	h->step = 1;
}

static void divides(struct helper *h)
{
	__asm__ volatile("xor %%edx, %%edx\n\tmov $1, %%eax\n\tdiv %%edx" : : : "rax", "rdx");
	h->step = 1;
}

/* --- the handler ------------------------------------------------------------------ */

/*
 * Notes each fault, does what is to be done, and answers with a label. It has time of its
 * own and is more urgent than whoever faults, so both go the fast way if there is one.
 */
static struct {
	struct helper thread;
	cptr_t endpoint, reply;
	word_t label;
	void (*repair)(void);
	struct kozo_registers fault;
	unsigned faults;
} handler;

static void handles(struct helper *h)
{
	handler.fault = (struct kozo_registers){ .target = handler.endpoint };
	h->status = observed_syscall(SYS_RECV, handler.reply, &handler.fault);
	while (h->status == OK) {
		struct kozo_registers r = { .target = handler.endpoint,
					    .info = kozo_info(handler.label, 0) };

		handler.faults++;
		if (handler.repair)
			handler.repair();
		h->status = observed_syscall(SYS_REPLY_RECV, handler.reply, &r);
		handler.fault = r;
	}
	handler.faults = ~0u;
}

static void handler_begin(word_t label, void (*repair)(void))
{
	handler.endpoint = make(OBJECT_ENDPOINT, 0);
	handler.reply = make(OBJECT_REPLY, 0);
	handler.label = label;
	handler.repair = repair;
	handler.faults = 0;
	handler.fault = (struct kozo_registers){ 0 };
	handler.thread = (struct helper){ 0 };
	helper_start_on(&handler.thread, handles, make_time(RUNNER_PRIORITY));
	helpers_run();
}

/* A thread whose faults the handler is told of, with a badge. */
static void prepare(struct helper *h, void (*run)(struct helper *h), word_t badge)
{
	cptr_t cptr = part_of(handler.endpoint, RIGHT_SEND, badge);

	helper_make(h, run);
	EXPECT_STATUS(kozo_thread_set_handler(h->thread, cptr, 0), OK);
}

static void go(struct helper *h, void (*run)(struct helper *h), word_t badge)
{
	prepare(h, run, badge);
	helper_start(h);
	helpers_run_above();
}

/* --- what the handler is told ------------------------------------------------------ */

static struct kozo_registers seen;

static void note(void)
{
	seen = handler.fault;
}

enum { ERROR_WRITE = 2, ERROR_USER = 4, ERROR_FETCH = 16, ERROR_PRESENT = 1 };

TEST(fault_page, "a page fault is told with address, error code and where it was")
{
	static const struct {
		void (*run)(struct helper *h);
		word_t error;
	} rows[] = { { reads, ERROR_USER },
		     { writes, ERROR_USER | ERROR_WRITE },
		     { executes, ERROR_USER | ERROR_FETCH } };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct helper h = { .in = { FORBIDDEN } };

		handler_begin(1, note);
		go(&h, rows[i].run, 40 + i);
		EXPECT(handler.faults, 1);
		EXPECT(seen.info, kozo_info(FAULT_PAGE, FAULT_WORDS));
		EXPECT(seen.target, 40 + i);
		EXPECT(seen.word[2], FORBIDDEN);
		EXPECT(seen.word[3], rows[i].error);
		EXPECT(seen.word[0] != 0 && seen.word[0] < USER_TOP, true);
		EXPECT(seen.word[1] != 0 && seen.word[1] < USER_TOP, true);
		EXPECT(seen.word[4] & 0x202, 0x202);
		EXPECT(h.step, 0);
		EXPECT(helper_state(&h), THREAD_FAULTED);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

TEST(fault_exception, "an exception is told with its vector and error code")
{
	static const struct {
		void (*run)(struct helper *h);
		word_t vector, error;
	} rows[] = { { breaks, 3, 0 },
		     { is_undefined, 6, 0 },
		     { is_privileged, 13, 0 },
		     { divides, 0, 0 },
		     { steps, 1, 0 } };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct helper h = { .in = { 0 } };

		handler_begin(1, note);
		go(&h, rows[i].run, 7);
		EXPECT(handler.faults, 1);
		EXPECT(seen.info, kozo_info(FAULT_EXCEPTION, FAULT_WORDS));
		EXPECT(seen.word[2], rows[i].vector);
		EXPECT(seen.word[3], rows[i].error);
		EXPECT(!!(seen.word[5] & 1 << 14), rows[i].vector == 1);
		EXPECT(helper_state(&h), THREAD_FAULTED);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

/* --- what comes of the answer ------------------------------------------------------- */

static void map_it(void)
{
	make_page(AREA, RIGHT_READ | RIGHT_WRITE);
	*at(AREA) = 99;
}

TEST(fault_restart, "an answer of 0 lets the thread go on where it was, with all its registers")
{
	struct helper h = { .in = { AREA } };

	make_tables(SLOT_VSPACE, AREA);
	handler_begin(0, map_it);
	go(&h, reads, 1);
	EXPECT(handler.faults, 1);
	EXPECT(h.step, 1);
	EXPECT(h.out[0], 99);
	EXPECT(h.finished, true);
}

/* Fills every register, faults, and counts what is different afterwards. */
static void keeps_registers(struct helper *h)
{
	word_t changed = 0;

	__asm__ volatile("mov $1, %%eax\n\tmov $2, %%ecx\n\tmov $3, %%edx\n\t"
			 "mov $4, %%esi\n\tmov $5, %%r8d\n\tmov $6, %%r9d\n\t"
			 "mov $7, %%r10d\n\tmov $8, %%r11d\n\tmov $9, %%r12d\n\t"
			 "mov $10, %%r13d\n\tmov $11, %%r14d\n\tmov $12, %%r15d\n\t"
			 "stc\n\t"
			 "mov (%%rdi), %%rbx\n\t"
			 "sbb $-1, %0\n\t" /* carry: + 1 - 1 */
			 "cmp $1, %%rax\n\tsetne %%al\n\tmovzbl %%al, %%eax\n\tadd %%rax, %0\n\t"
			 "sub $2, %%rcx\n\tadd %%rcx, %0\n\tsub $3, %%rdx\n\tadd %%rdx, %0\n\t"
			 "sub $4, %%rsi\n\tadd %%rsi, %0\n\tsub $5, %%r8\n\tadd %%r8, %0\n\t"
			 "sub $6, %%r9\n\tadd %%r9, %0\n\tsub $7, %%r10\n\tadd %%r10, %0\n\t"
			 "sub $8, %%r11\n\tadd %%r11, %0\n\tsub $9, %%r12\n\tadd %%r12, %0\n\t"
			 "sub $10, %%r13\n\tadd %%r13, %0\n\tsub $11, %%r14\n\tadd %%r14, %0\n\t"
			 "sub $12, %%r15\n\tadd %%r15, %0"
			 : "+m"(changed)
			 : "D"(h->in[0])
			 : "rax", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12",
			   "r13", "r14", "r15", "memory", "cc");
	h->out[0] = changed;
	h->step = 1;
}

TEST(fault_registers, "a fault and its answer leave every register as it was")
{
	struct helper h = { .in = { AREA } };

	make_tables(SLOT_VSPACE, AREA);
	handler_begin(0, map_it);
	go(&h, keeps_registers, 1);
	EXPECT(handler.faults, 1);
	EXPECT(h.step, 1);
	EXPECT(h.out[0], 0);
}

TEST(fault_again, "a fault whose cause was not dealt with is told again")
{
	struct helper h = { .in = { FORBIDDEN } };

	handler_begin(0, NULL);
	prepare(&h, reads, 1);
	helper_start(&h);
	helpers_run();
	EXPECT(handler.faults > 1, true);
	EXPECT(h.step, 0);
}

TEST(fault_stops, "a thread that stays stopped can be started again")
{
	struct helper h = { .in = { FORBIDDEN } };

	handler_begin(5, NULL);
	go(&h, reads, 1);
	EXPECT(helper_state(&h), THREAD_FAULTED);
	h.in[0] = (word_t)&h;
	helper_start(&h);
	helpers_run();
	EXPECT(h.step, 1);
}

/* --- handlers that are not there ------------------------------------------------------ */

TEST(fault_queued, "a fault waits for its handler, and a thread that waits so can be stopped")
{
	cptr_t queue = make(OBJECT_ENDPOINT, 0);
	struct helper h = { .in = { FORBIDDEN } };

	helper_make(&h, reads);
	NEED(kozo_thread_set_handler(h.thread, queue, 0));
	helper_start(&h);
	helpers_run();
	EXPECT(helper_state(&h), THREAD_CALLING);
	EXPECT_STATUS(kozo_thread_interrupt(h.thread), OK);
	EXPECT(helper_state(&h), THREAD_CALLING);
	EXPECT_STATUS(kozo_thread_stop(h.thread), OK);
	EXPECT(helper_state(&h), THREAD_STOPPED);
}

TEST(fault_orphan, "a thread stays stopped if its handler's endpoint or Reply goes")
{
	cptr_t queue = make(OBJECT_ENDPOINT, 0), kept = make(OBJECT_REPLY, 0);
	struct helper h[2] = { { .in = { FORBIDDEN } }, { .in = { FORBIDDEN } } };
	struct kozo_registers r = { .target = queue };

	for (unsigned i = 0; i < 2; i++) {
		helper_make(&h[i], reads);
		NEED(kozo_thread_set_handler(h[i].thread, queue, 0));
		helper_start(&h[i]);
		helpers_run();
	}
	EXPECT_STATUS(observed_syscall(SYS_RECV, kept, &r), OK);
	EXPECT(helper_state(&h[0]), THREAD_AWAITS_REPLY);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, kept), OK);
	EXPECT(helper_state(&h[0]), THREAD_FAULTED);
	EXPECT(helper_state(&h[1]), THREAD_CALLING);
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, queue), OK);
	EXPECT_STATUS(kozo_cnode_delete(SLOT_CNODE, queue), OK);
	EXPECT(helper_state(&h[1]), THREAD_FAULTED);
	for (unsigned i = 0; i < 2; i++) {
		NEED(kozo_cnode_delete(SLOT_CNODE, h[i].thread));
		EXPECT(h[i].step, 0);
	}
}

TEST(fault_unkept, "a fault that is received without a Reply stops the thread")
{
	cptr_t queue = make(OBJECT_ENDPOINT, 0);
	struct helper h = { .in = { FORBIDDEN } };
	struct kozo_registers r = { .target = queue };

	helper_make(&h, reads);
	NEED(kozo_thread_set_handler(h.thread, queue, 0));
	helper_start(&h);
	helpers_run();
	EXPECT_STATUS(observed_syscall(SYS_RECV, 0, &r), OK);
	EXPECT(r.info, kozo_info(FAULT_PAGE, FAULT_WORDS));
	EXPECT(helper_state(&h), THREAD_FAULTED);
}

TEST(fault_nobody, "a handler can be taken away; then a fault just stops the thread")
{
	struct helper h = { .in = { FORBIDDEN } };

	handler_begin(0, NULL);
	helper_make(&h, reads);
	NEED(kozo_thread_set_handler(h.thread, handler.endpoint, 0));
	EXPECT_STATUS(kozo_thread_set_handler(h.thread, 0, 0), OK);
	helper_start(&h);
	helpers_run();
	EXPECT(handler.faults, 0);
	EXPECT(helper_state(&h), THREAD_FAULTED);
}

TEST(set_handler_refusals, "Thread.set_handler refuses with the first reason, and changes nothing")
{
	cptr_t thread = make(OBJECT_THREAD, 0), good = make(OBJECT_ENDPOINT, 0);

	EXPECT_STATUS(kozo_thread_set_handler(thread, slot_new(), 0), ERR_BAD_CAP);
	EXPECT_STATUS(kozo_thread_set_handler(thread, make(OBJECT_REPLY, 0), 0), ERR_WRONG_TYPE);
	EXPECT_STATUS(kozo_thread_set_handler(thread, part_of(good, RIGHT_RECEIVE, 0), 0),
		      ERR_NO_RIGHT);
	EXPECT_STATUS(kozo_thread_set_handler(thread, good, 0), OK);
	NEED(kozo_cnode_revoke(SLOT_CNODE, good));
	EXPECT_STATUS(kozo_thread_set_handler(thread, good, 0), OK);
}

/* --- cptrs that name nothing -------------------------------------------------------- */

enum { FAR = 0xfff00 }; /* words, and no cptrs of anything */

/* Asks for the system call in[0] with the cptr in[1], info in[2] and a Reply in[3]. */
static void asks(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[1],
						.info = h->in[2],
						.word = { FAR, FAR + 1, FAR + 2, FAR + 3, FAR + 4,
							  FAR + 5 } };
	h->status = kozo_syscall(h->in[0] | h->in[3] << SYSCALL_REPLY_SHIFT, &h->registers);
	h->step = 1;
}

/* Let it ask, while the handler is told of cptrs that name nothing, too. */
static void go_asking(struct helper *h, word_t number, cptr_t target, word_t info, cptr_t reply)
{
	*h = (struct helper){ .in = { number, target, info, reply } };
	helper_make(h, asks);
	NEED(kozo_thread_set_handler(h->thread, part_of(handler.endpoint, RIGHT_SEND, 3),
				     FAULTS_CAPS));
	helper_start(h);
	helpers_run();
}

/* What was empty when it was asked for gets a capability to this. */
static cptr_t missing, filling;

static void fill_it(void)
{
	note();
	NEED(kozo_cnode_copy(0, missing, 0, filling));
}

TEST(cap_fault_filled,
     "a handler may put something where a cptr named nothing: the call is made anew")
{
	struct kozo_registers r;
	struct helper h;

	handler_begin(0, fill_it);
	missing = slot_new();
	filling = make(OBJECT_ENDPOINT, 0);
	go_asking(&h, SYS_SEND, missing, kozo_info(5, 6), 0);
	EXPECT(handler.faults, 1);
	EXPECT(seen.info, kozo_info(FAULT_CAP, FAULT_WORDS));
	EXPECT(seen.target, 3);
	EXPECT(seen.word[2], missing);
	EXPECT(seen.word[3], SYS_SEND);
	EXPECT(seen.word[4] & 0x202, 0x202);
	EXPECT(seen.word[5], kozo_info(5, 6));
	EXPECT(helper_state(&h), THREAD_SENDING);
	r = (struct kozo_registers){ .target = filling };
	EXPECT_STATUS(observed_syscall(SYS_RECV, 0, &r), OK);
	EXPECT(r.info, kozo_info(5, 6));
	for (unsigned i = 0; i < IPC_REGISTERS; i++)
		EXPECT(r.word[i], FAR + i);
	helpers_run();
	EXPECT(h.step, 1);
	EXPECT_STATUS(h.status, OK);
}

TEST(cap_fault_place, "the handler is told where the call was, and all of its rax")
{
	static const uint8_t syscall_code[] = { 0x0f, 0x05 };
	struct helper h;
	const uint8_t *code;

	handler_begin(1, note);
	go_asking(&h, SYS_RECV, ~0ull, 0, 4711);
	EXPECT(handler.faults, 1);
	EXPECT(seen.word[2], ~0ull);
	EXPECT(seen.word[3], SYS_RECV | 4711ull << SYSCALL_REPLY_SHIFT);
	EXPECT(seen.word[1] > 0 && seen.word[1] < USER_TOP, true);
	code = (const uint8_t *)seen.word[0];
	EXPECT(code[-2], syscall_code[0]);
	EXPECT(code[-1], syscall_code[1]);
}

TEST(cap_fault_calls, "it is told of every system call that takes a cptr, and of no other")
{
	static const struct {
		word_t number, faults;
	} rows[] = { { SYS_CALL, 1 },	 { SYS_REPLY_RECV, 1 }, { SYS_SEND, 1 },
		     { SYS_NB_SEND, 1 }, { SYS_RECV, 1 },	{ SYS_NB_RECV, 1 },
		     { SYS_WAIT, 1 },	 { SYS_POLL, 1 },	{ SYS_INVOKE, 1 },
		     { SYS_SIGNAL, 1 },	 { SYS_YIELD, 0 },	{ SYS_ENTER, 0 },
		     { SYS_SET_BASE, 0 } };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct helper h;

		handler_begin(1, NULL);
		go_asking(&h, rows[i].number, slot_new(), 0, 0);
		EXPECT(handler.faults, rows[i].faults);
		EXPECT(h.step, !rows[i].faults);
		EXPECT(helper_state(&h), rows[i].faults ? THREAD_FAULTED : THREAD_STOPPED);
		/* A cptr of 0 is meant to name nothing. */
		handler_begin(1, NULL);
		go_asking(&h, rows[i].number, 0, 0, 0);
		EXPECT(handler.faults, 0);
		EXPECT(h.step, 1);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

TEST(cap_fault_not, "it is not told of what names something, nor of other capabilities of a call")
{
	const word_t copy = kozo_info(LABEL_CNODE_COPY, 3), info = kozo_info(1, 0);
	const struct {
		word_t number;
		cptr_t target;
		word_t info;
		cptr_t reply;
		status_t want;
	} rows[] = {
		{ SYS_SEND, make(OBJECT_FRAME, PAGE_BITS), info, 0, ERR_WRONG_TYPE },
		{ SYS_RECV, make(OBJECT_ENDPOINT, 0), info, slot_new(), ERR_BAD_CAP },
		{ SYS_INVOKE, 0, copy, 0, ERR_BAD_CAP },
		{ SYS_INVOKE, SLOT_CNODE, copy, 0, ERR_BAD_CAP },
		{ SYSCALLS, slot_new(), info, 0, ERR_BAD_SYSCALL },
	};
	struct helper h;

	handler_begin(1, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		go_asking(&h, rows[i].number, rows[i].target, rows[i].info, rows[i].reply);
		EXPECT(h.step, 1);
		EXPECT_STATUS(h.status, rows[i].want);
	}
	EXPECT(handler.faults, 0);
}

TEST(cap_fault_stops,
     "a thread whose handler leaves it stopped can be resumed: the call is made anew")
{
	struct helper h;

	handler_begin(1, NULL);
	missing = slot_new();
	go_asking(&h, SYS_SIGNAL, missing, 0, 0);
	EXPECT(helper_state(&h), THREAD_FAULTED);
	EXPECT_STATUS(kozo_thread_resume(h.thread), OK);
	helpers_run();
	EXPECT(handler.faults, 2);
	EXPECT(helper_state(&h), THREAD_FAULTED);
	filling = make(OBJECT_NOTIFICATION, 0);
	NEED(kozo_cnode_copy(SLOT_CNODE, missing, SLOT_CNODE, filling));
	NEED(kozo_thread_resume(h.thread));
	helpers_run();
	EXPECT(h.step, 1);
	EXPECT_STATUS(h.status, OK);
	EXPECT(signals_of(filling), 1);
}

TEST(cap_fault_nobody, "with nobody to tell, or without the flag, the call is refused")
{
	cptr_t deaf = make(OBJECT_ENDPOINT, 0);
	struct helper h = { .in = { SYS_SIGNAL, slot_new() } };
	struct helper passive = { .in = { SYS_RECV, deaf } };

	handler_begin(1, NULL);
	helper_go(&passive, asks); /* without a Reply, so it cannot answer */
	NEED(kozo_thread_set_time(passive.thread, 0));

	const struct {
		cptr_t handler;
		word_t what;
	} rows[] = { { handler.endpoint, 0 }, { 0, FAULTS_CAPS }, { deaf, FAULTS_CAPS } };

	for (unsigned i = 0; i < 3; i++) {
		helper_make(&h, asks);
		NEED(kozo_thread_set_handler(h.thread, handler.endpoint, FAULTS_CAPS));
		EXPECT_STATUS(kozo_thread_set_handler(h.thread, rows[i].handler, rows[i].what), OK);
		helper_start(&h);
		helpers_run();
		EXPECT(h.step, 1);
		EXPECT_STATUS(h.status, ERR_BAD_CAP);
	}
	EXPECT(handler.faults, 0);
}

TEST(set_handler_flags, "Thread.set_handler refuses flags that it does not know, before all else")
{
	cptr_t thread = make(OBJECT_THREAD, 0);

	EXPECT_STATUS(kozo_thread_set_handler(thread, slot_new(), 2), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_set_handler(thread, slot_new(), ~0ull), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_set_handler(thread, 0, 1ull << 63 | FAULTS_CAPS), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_set_handler(thread, slot_new(), FAULTS_CAPS), ERR_BAD_CAP);
}

/* --- the copy window ------------------------------------------------------------------- */

extern const char window_start[], window_end[], window_landing[];

/* guests.asm: copies a word; returns 0, or 1 with where and why. */
extern word_t copy_word(vaddr_t from, word_t result[3]);

static void copies(struct helper *h)
{
	h->out[3] = copy_word(h->in[0], h->out);
	h->step = 1;
}

TEST(window_catches, "a page fault inside the copy window goes on at its landing, and is not told")
{
	struct helper h = { .in = { FORBIDDEN } };

	handler_begin(0, NULL);
	helper_make(&h, copies);
	NEED(kozo_thread_set_handler(h.thread, handler.endpoint, 0));
	EXPECT_STATUS(kozo_thread_set_window(h.thread, (vaddr_t)window_start, (vaddr_t)window_end,
					     (vaddr_t)window_landing),
		      OK);
	helper_start(&h);
	helpers_run_above();
	EXPECT(h.step, 1);
	EXPECT(h.out[3], 1);
	EXPECT(h.out[1], FORBIDDEN);
	EXPECT(h.out[2], ERROR_USER);
	EXPECT(handler.faults, 0);
	h.in[0] = (word_t)&seen;
	seen.target = 4711;
	helper_start(&h);
	helpers_run_above();
	EXPECT(h.out[3], 0);
	EXPECT(h.out[0], 4711);
}

TEST(window_outside, "a fault outside the window, or of another kind, is told as ever")
{
	static void (*const runs[])(struct helper * h) = { reads, is_undefined };

	for (unsigned i = 0; i < 2; i++) {
		struct helper h = { .in = { FORBIDDEN } };

		handler_begin(1, NULL);
		helper_make(&h, runs[i]);
		NEED(kozo_thread_set_handler(h.thread, handler.endpoint, 0));
		/* All code but that of reads(), or all there is. */
		NEED(kozo_thread_set_window(h.thread, i ? 1 : (vaddr_t)window_start,
					    i ? USER_TOP : (vaddr_t)window_end,
					    i ? 0 : (vaddr_t)window_landing));
		helper_start(&h);
		helpers_run_above();
		EXPECT(handler.faults, 1);
		EXPECT(h.step, 0);
		NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	}
}

TEST(window_refusals, "Thread.set_window refuses what is no range of user code")
{
	cptr_t thread = make(OBJECT_THREAD, 0);

	EXPECT_STATUS(kozo_thread_set_window(thread, 5, 4, 0), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_set_window(thread, 0, USER_TOP + 1, 0), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_set_window(thread, 0, 4, USER_TOP), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_set_window(thread, 8, 12, 8), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_set_window(thread, 8, 12, 11), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_set_window(thread, 8, 12, 12), OK);
	EXPECT_STATUS(kozo_thread_set_window(thread, 0, 0, 0), OK);
	EXPECT_STATUS(kozo_thread_set_window(thread, 1, USER_TOP, 0), OK);
}
