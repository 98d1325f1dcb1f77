/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "ward.h"

#include <stdbool.h>

#include "clock.h"
#include "ends.h"
#include "hold.h"
#include "keeper.h"
#include "kozo_stubs.h"
#include "message.h"
#include "panic.h"
#include "print.h"
#include "process.h"
#include "program.h"
#include "ticks.h"
#include "window.h"

enum { ARENA_BITS = 20, CNODE_BITS = 12, PERIOD = 10000 };

/* Bits of the notification. */
enum { WORK_CAME = 1 << 0, TIME_IS_UP = 1 << 1 };

static const struct ward_limits *limits;
static cptr_t slots; /* PROCESS_SLOTS, of the supervisor */
static struct process supervisor;
static cptr_t kept; /* SUPERVISOR_KEPT_PAGES frames */
static cptr_t events;
static cptr_t faults, reply, notification;
static struct clock clock;
static cptr_t work_came, time_is_up; /* of the notification, with these bits */

static struct supervisor_report report;
static struct ends ends;
static word_t messages; /* and signals, that it had when work came */
static uint64_t work_since, work_deadline;

/* --- what it takes ----------------------------------------------------------- */

static cptr_t make(enum object_type type, word_t size)
{
	cptr_t made;

	need(memory_make(&memory, type, size, &made), "keeper has too little memory");
	return made;
}

static cptr_t take_slots(size_t count)
{
	cptr_t first = slots_take(&memory.slots, count);

	if (!first)
		panic("keeper has too few slots");
	return first;
}

static cptr_t with_bits(word_t bits)
{
	cptr_t slot = take_slots(1);

	need(kozo_cnode_mint(SLOT_CNODE, slot, SLOT_CNODE, notification, RIGHT_SEND, bits),
	     "a signal for keeper");
	return slot;
}

static void make_at(cptr_t slot, enum object_type type, word_t size)
{
	need(memory_make_at(&memory, slot, type, size), "keeper has too little memory");
}

static void make_all(void)
{
	slots = take_slots(PROCESS_SLOTS);
	make_at(slots + PROCESS_ARENA, OBJECT_UNTYPED, ARENA_BITS);
	make_at(slots + PROCESS_CNODE, OBJECT_CNODE, CNODE_BITS);
	kept = take_slots(SUPERVISOR_KEPT_PAGES);
	for (unsigned i = 0; i < SUPERVISOR_KEPT_PAGES; i++)
		make_at(kept + i, OBJECT_FRAME, PAGE_BITS);
	events = make(OBJECT_ENDPOINT, 0);
	faults = make(OBJECT_ENDPOINT, 0);
	reply = make(OBJECT_REPLY, 0);
	notification = make(OBJECT_NOTIFICATION, 0);
	clock.timer = make(OBJECT_TIMER, 0);
	work_came = with_bits(WORK_CAME);
	time_is_up = with_bits(TIME_IS_UP);
	need(kozo_timer_bind(clock.timer, time_is_up), "keeper's timer");
	need(kozo_thread_bind(SLOT_THREAD, notification), "keeper's notification");
}

static void hand_over(void)
{
	cptr_t cnode = slots + PROCESS_CNODE;

	need(hold_hand_over(cnode), "the supervisor's capabilities");
	need(kozo_cnode_copy(cnode, SLOT_ENDPOINT, SLOT_CNODE, events), "its endpoint");
	need(kozo_cnode_mint(cnode, SLOT_FAULTS, SLOT_CNODE, faults, RIGHT_SEND, 0),
	     "where its faults are told");
}

/* --- what is expected of it ------------------------------------------------------------ */

/* Signals count, too: one that came just now may be what it is at work for. */
static void count(word_t *had, word_t *state)
{
	word_t time, signals, replies, priority;

	need(kozo_thread_info(slots + PROCESS_THREAD, state, &priority), "the supervisor's state");
	need(kozo_thread_usage(slots + PROCESS_THREAD, &time, had, &signals, &replies),
	     "what the supervisor had");
	*had += signals;
}

static void set_deadline(void)
{
	status_t status =
		kozo_timer_arm(clock.timer, work_since + clock_ticks(&clock, work_deadline));

	if (status != ERR_STATE) /* this machine has no timer: nobody can tell whether it hangs */
		need(status, "keeper's timer");
}

static void expect_answer(uint64_t within)
{
	word_t state;

	count(&messages, &state);
	work_since = kozo_ticks();
	work_deadline = within;
	set_deadline();
}

/* --- starting it -------------------------------------------------------------- */

static void make_report(void)
{
	need(window_fill(kept + SUPERVISOR_KEPT_PAGES - 1, 0, &report, sizeof(report)),
	     "the report for the supervisor");
}

/* What it finds anew. */
static status_t equip(void)
{
	status_t status = process_grant(slots, SLOT_VSPACE, slots + PROCESS_VSPACE,
					RIGHT_MANAGE | RIGHT_DERIVE, 0);

	if (status == OK)
		status = process_grant(slots, SLOT_THREAD, slots + PROCESS_THREAD,
				       RIGHT_MANAGE | RIGHT_INSPECT, 0);
	if (status == OK)
		status = process_grant(slots, SLOT_SCHED_CONTEXT, slots + PROCESS_TIME,
				       RIGHT_MANAGE | RIGHT_INSPECT, 0);
	if (status == OK)
		status = process_make(slots, SLOT_ARENA, OBJECT_UNTYPED, SUPERVISOR_ARENA_BITS);
	if (status == OK)
		status = process_make(slots, SLOT_REPLY, OBJECT_REPLY, 0);
	return status;
}

/*
 * Not all there is: whoever asks it for something when it has gone mad must be able to. But
 * without a timer nobody would be given anew what is used up.
 */
static status_t give_time(void)
{
	uint64_t period = clock_ticks(&clock, PERIOD);
	bool has_timer = kozo_timer_arm(clock.timer, ~0ull) == OK;
	status_t status = kozo_sched_control_configure(SLOT_SCHED_CONTROL, slots + PROCESS_TIME,
						       has_timer ? period / 10 * 9 : period, period,
						       SUPERVISOR_PRIORITY);

	if (status == OK)
		status = kozo_thread_set_time(slots + PROCESS_THREAD, slots + PROCESS_TIME);
	if (status == OK)
		status = kozo_thread_set_handler(slots + PROCESS_THREAD, faults, 0);
	return status;
}

static void start(void)
{
	struct elf elf;
	struct process_plan plan = {
		.name = "supervisor",
		.elf = &elf,
		.slots = slots,
		.instance = report.instances,
		.kept = { kept, SUPERVISOR_KEPT_PAGES },
		.boot = { SLOT_START_INFO, 1 },
		.initrd = { boot->initrd_first, boot->initrd_count },
		.initrd_address = boot->initrd,
		.initrd_bytes = boot->initrd_bytes,
	};

	if (!program_open(hold_initrd(), "supervisor", &elf))
		panic("there is no supervisor that can be started");
	make_report();
	need(process_create(&supervisor, &plan), "the supervisor could not be made");
	need(equip(), "the supervisor could not be equipped");
	need(give_time(), "the supervisor's time");
	need(kozo_endpoint_watch(events, work_came), "watching the supervisor");
	need(process_start(&supervisor), "the supervisor could not be started");
	expect_answer(limits->start_deadline);
}

/* --- its end ------------------------------------------------------------------- */

/* Nothing of what it has made is kept. */
static void begin_anew(void)
{
	static const char nothing[1 << PAGE_BITS];
	word_t done;

	kozo_printf("keeper: it ends too often: all services are begun anew\n");
	need(hold_take_back(), "taking back what the supervisor had");
	need(kozo_cnode_delete_range(slots + PROCESS_CNODE, 1, (1ull << CNODE_BITS) - 1, &done),
	     "emptying the supervisor's capability space");
	for (unsigned i = 0; i < SUPERVISOR_KEPT_PAGES; i++)
		need(window_fill(kept + i, 0, nothing, sizeof(nothing)), "clearing what was kept");
	hand_over();
}

static void start_again(enum supervisor_end end)
{
	report.instances++;
	report.end = end;
	report.noticed = kozo_ticks();
	report.clean = false;
	need(kozo_timer_disarm(clock.timer), "keeper's timer");
	evidence_take(&report.evidence, &memory, &supervisor);
	need(process_destroy(slots), "taking the supervisor apart");
	switch (ends_note(&ends, report.noticed, clock_ticks(&clock, limits->ends_time),
			  limits->clean_starts_max)) {
	case ENDS_AGAIN:
		break;
	case ENDS_ANEW:
		report.clean = true;
		begin_anew();
		break;
	case ENDS_HOPELESS:
		panic("the supervisor cannot be kept running");
	}
	start();
}

static void take_fault(const struct message *m)
{
	evidence_note(&report.evidence, m);
	if (m->label == FAULT_PANIC)
		kozo_printf("keeper: the supervisor has panicked, and is started again\n");
	else
		kozo_printf(
			"keeper: the supervisor was stopped by %s at 0x%lx, and is started again\n",
			m->label == FAULT_PAGE ? "a page fault" : "an exception", m->word[0]);
	start_again(SUPERVISOR_FAULT);
}

/* --- does it answer? ------------------------------------------------------------ */

/* It waits for work; or it has gone on; or it hangs, unless the timer knew no better. */
static void time_has_come(void)
{
	word_t had, state;

	count(&had, &state);
	if (state == THREAD_RECEIVING) {
		need(kozo_endpoint_watch(events, work_came), "watching the supervisor");
		return;
	}
	if (had != messages) {
		expect_answer(limits->deadline);
		return;
	}
	clock_learn(&clock);
	if (kozo_ticks() - work_since < clock_ticks(&clock, work_deadline)) {
		set_deadline();
		return;
	}
	kozo_printf("keeper: the supervisor does not answer, and is started again\n");
	report.evidence = (struct evidence){ 0 };
	need(kozo_thread_stop(slots + PROCESS_THREAD), "stopping the supervisor");
	start_again(SUPERVISOR_HUNG);
}

void ward_begin(uint64_t boot_ticks, const struct ward_limits *l)
{
	limits = l;
	report.boot_ticks = boot_ticks;
	make_all(); /* the largest first, which leave no gaps */
	need(window_begin(&memory, boot->image_end), "keeper's window");
	hand_over();
	start();
}

/* The thread that a fault was told of is gone before the answer; if not, it stays stopped. */
void ward_serve(void)
{
	for (;;) {
		struct message m = { .label = 1 };
		status_t status = kozo_reply_receive(faults, reply, &m);

		if (status != ERR_TRUNCATED) /* else it is not as the kernel tells of faults */
			need(status, "keeper's endpoint");
		if (!m.is_signal)
			take_fault(&m);
		else if (m.badge & TIME_IS_UP)
			time_has_come();
		else
			expect_answer(limits->deadline);
	}
}
