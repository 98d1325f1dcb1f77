/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "world.h"

#include <string.h>

#include "elf.h"
#include "kozo_stubs.h"
#include "memory.h"

/* Places in the watcher's space and, at the same addresses, the workers'. */
#define PAGE (1ull << PAGE_BITS)
#define IMAGE 0x400000ull
#define LEDGERS 0x500000ull
#define WINDOW 0x580000ull

enum {
	LEDGER_PAGES = 1,	      /* then a page of stack, and one of IPC buffer */
	OWN_PAGES = LEDGER_PAGES + 1, /* of those, they outlive a world */
	WORKER_PAGES = 3,
	CODE_PAGES_MAX = 64,
	WORLD_BITS = 24,
	UNTYPED_BITS = 22,
	LARGE_BITS = 21,
	PRIORITY = PRIORITIES - 2, /* the server's is above */
};

_Static_assert(sizeof(struct ledger) <= LEDGER_PAGES * PAGE, "a ledger fits its pages");

static struct memory memory;
static cptr_t untyped;	     /* what a world is made from */
static cptr_t code;	     /* consecutive frames: the program's constants and code */
static cptr_t private_pages; /* copies of the ledgers' and stacks' frames, for the workers */
static word_t code_pages;

/* Slots for what the watcher holds of a world. */
enum {
	THE_UNTYPED,
	THE_SPARE,
	THE_CNODE,
	THE_TIMER,
	THE_TIME,
	THE_SPACE,
	THE_TABLES,
	THE_THREADS = THE_TABLES + 3,
	THE_BUFFERS = THE_THREADS + WORKERS,
	WORLD_SLOTS = THE_BUFFERS + WORKERS
};
static cptr_t slots;

enum { HARMLESS_PORT = 0x80 }; /* where firmware says how far it came */

static vaddr_t place_of(unsigned i)
{
	return LEDGERS + i * WORKER_PAGES * PAGE;
}

struct ledger *world_ledger(unsigned i)
{
	return (struct ledger *)place_of(i);
}

cptr_t world_thread(unsigned i)
{
	return slots + THE_THREADS + i;
}

/* --- once ---------------------------------------------------------------- */

static cptr_t make(enum object_type type, word_t size)
{
	cptr_t made;

	need(memory_make(&memory, type, size, &made), "memory_make");
	return made;
}

static cptr_t make_run(enum object_type type, word_t size, word_t count)
{
	cptr_t first = make(type, size);

	for (word_t i = 1; i < count; i++)
		if (make(type, size) != first + i)
			fail("slots are not consecutive", OK);
	return first;
}

static cptr_t take_slots(word_t count)
{
	cptr_t first = slots_take(&memory.slots, count);

	if (!first)
		fail("no slots", OK);
	return first;
}

/* How much of the program is read-only; the kernel loaded it with its headers. */
static word_t read_only_pages(void)
{
	struct elf elf;
	word_t pages = 0;

	if (elf_open(&elf, (const void *)IMAGE, CODE_PAGES_MAX * PAGE))
		fail("the program's own headers", OK);
	for (size_t i = 0; i < elf.segment_count; i++)
		if (!(elf.segment[i].rights & RIGHT_WRITE))
			pages = (elf.segment[i].address + elf.segment[i].memory_size - IMAGE +
				 PAGE - 1) /
				PAGE;
	return pages;
}

/* The workers get a copy of the code: what they do to it is not done to ours. */
static void copy_code(void)
{
	cptr_t window = take_slots(1);

	code_pages = read_only_pages();
	code = make_run(OBJECT_FRAME, PAGE_BITS, code_pages);
	for (word_t i = 0; i < code_pages; i++) {
		need(kozo_cnode_copy(SLOT_CNODE, window, 0, code + i), "copy");
		need(kozo_frame_map(window, SLOT_VSPACE, WINDOW, RIGHT_READ | RIGHT_WRITE, 0),
		     "map the window");
		memcpy((void *)WINDOW, (const void *)(IMAGE + i * PAGE), PAGE);
		need(kozo_cnode_delete(SLOT_CNODE, window), "delete the window");
	}
}

static void make_ledgers(word_t seed, bool sequences)
{
	word_t count = WORKERS * OWN_PAGES, done;
	cptr_t pages = make_run(OBJECT_FRAME, PAGE_BITS, count);

	private_pages = take_slots(count);
	for (word_t i = 0; i < count; i++) {
		vaddr_t at = place_of((unsigned)(i / OWN_PAGES)) + i % OWN_PAGES * PAGE;

		need(kozo_frame_map(pages + i, SLOT_VSPACE, at, RIGHT_READ | RIGHT_WRITE, 0),
		     "map a ledger");
	}
	need(kozo_cnode_copy_range(SLOT_CNODE, private_pages, 0, pages, count, &done),
	     "copy the ledgers");
	for (unsigned i = 0; i < WORKERS; i++) {
		struct ledger *l = world_ledger(i);

		l->magic = LEDGER_MAGIC;
		l->worker = i;
		l->sequences = sequences;
		l->random = (seed + 1) * 0x9e3779b97f4a7c15ull + i * 0xbf58476d1ce4e5b9ull;
		l->hint = world_ledger(0)->hints;
		l->buffer = place_of(i) + (LEDGER_PAGES + 1) * PAGE;
	}
}

/* All the time there is, at a priority. */
static status_t configure(cptr_t time, word_t priority)
{
	return kozo_sched_control_configure(SLOT_SCHED_CONTROL, time, BUDGET_MIN, BUDGET_MIN,
					    priority);
}

void world_begin(const struct boot_info *info, word_t seed, bool sequences)
{
	memory.cnode = SLOT_CNODE;
	memory.object_bits = info->object_bits;
	slots_begin(&memory.slots, info->slot_first_free, info->slot_count - info->slot_first_free);
	for (uint32_t i = 0; i < info->untyped_count; i++)
		if (!info->untyped[i].device &&
		    !pool_add(&memory.pool, info->untyped_first + i, info->untyped[i].bits))
			fail("too many untyped", OK);
	if ((vaddr_t)info >= LEDGERS)
		fail("the program is too large", OK);
	untyped = make(OBJECT_UNTYPED, WORLD_BITS);
	copy_code();
	make_ledgers(seed, sequences);
	slots = take_slots(WORLD_SLOTS);
}

cptr_t world_server(void entry(word_t), void *stack_top, cptr_t *endpoint, cptr_t *reply)
{
	cptr_t thread = make(OBJECT_THREAD, 0), buffer = make(OBJECT_FRAME, PAGE_BITS);
	cptr_t time = make(OBJECT_SCHED_CONTEXT, 0);

	*endpoint = make(OBJECT_ENDPOINT, 0);
	*reply = make(OBJECT_REPLY, 0);
	need(kozo_thread_configure(thread, SLOT_CNODE, SLOT_VSPACE, buffer),
	     "configure the server");
	need(configure(time, PRIORITIES - 1), "configure the server's time");
	need(kozo_thread_set_time(thread, time), "give the server time");
	need(kozo_thread_start(thread, (vaddr_t)entry, (vaddr_t)stack_top - 8, 0),
	     "start the server");
	need(configure(SLOT_SCHED_CONTEXT, PRIORITY), "configure the watcher's time");
	return thread;
}

void world_timer(cptr_t *timer, cptr_t *notification)
{
	*timer = make(OBJECT_TIMER, 0);
	*notification = make(OBJECT_NOTIFICATION, 0);
	need(kozo_timer_bind(*timer, *notification), "bind the watcher's timer");
}

/* --- a world ------------------------------------------------------------- */

/* From `source` into consecutive slots of the watcher's or the workers' CNode. */
static void retype(cptr_t source, enum object_type type, word_t size, cptr_t cnode, word_t first,
		   word_t count)
{
	word_t done;

	need(kozo_untyped_retype(source, type, size, cnode, first, count, &done), "retype");
	if (done != count)
		fail("retype made fewer than it says", OK);
}

static void mint(word_t index, cptr_t source, word_t source_index, rights_t rights, word_t badge)
{
	need(kozo_cnode_mint(slots + THE_CNODE, index, source, source_index, rights, badge),
	     "mint");
}

static void make_space(void)
{
	cptr_t space = slots + THE_SPACE;
	word_t done;

	for (unsigned i = 0; i < 3; i++) {
		retype(untyped, OBJECT_PAGE_TABLE, 3 - i, 0, slots + THE_TABLES + i, 1);
		need(kozo_page_table_install(slots + THE_TABLES + i, space, IMAGE), "install");
	}
	need(kozo_vspace_map_range(space, 0, code, code_pages, IMAGE, RIGHT_READ | RIGHT_EXECUTE, 0,
				   &done),
	     "map the code");
	for (unsigned i = 0; i < WORKERS; i++) {
		need(kozo_vspace_map_range(space, 0, private_pages + OWN_PAGES * i, OWN_PAGES,
					   place_of(i), RIGHT_READ | RIGHT_WRITE, 0, &done),
		     "map a ledger");
		need(kozo_frame_map(slots + THE_BUFFERS + i, space, world_ledger(i)->buffer,
				    RIGHT_READ | RIGHT_WRITE, 0),
		     "map a buffer");
	}
}

/* Tables for the arena: one in the workers' own space, three in the other. */
static void make_tables(cptr_t cnode)
{
	static const struct {
		uint8_t level, space;
	} table[] = { { 1, FUZZ_SPACE },
		      { 3, FUZZ_OTHER_SPACE },
		      { 2, FUZZ_OTHER_SPACE },
		      { 1, FUZZ_OTHER_SPACE },
		      { 1, 0 },
		      { 2, 0 } };

	for (unsigned i = 0; i < 6; i++)
		retype(untyped, OBJECT_PAGE_TABLE, table[i].level, cnode, FUZZ_TABLES + i, 1);

	/* Only what lies in our own CNode can be invoked: move it here and back. */
	for (unsigned i = 0; i < 4; i++) {
		cptr_t here = slots + THE_UNTYPED, space = slots + THE_SPACE;

		need(kozo_cnode_move(SLOT_CNODE, here, cnode, FUZZ_TABLES + i), "move a table");
		if (table[i].space == FUZZ_OTHER_SPACE) {
			space = slots + THE_SPARE;
			need(kozo_cnode_copy(SLOT_CNODE, space, cnode, FUZZ_OTHER_SPACE), "copy");
		}
		need(kozo_page_table_install(here, space, FUZZ_ARENA), "install in the arena");
		need(kozo_cnode_move(cnode, FUZZ_TABLES + i, SLOT_CNODE, here), "move it back");
		if (table[i].space == FUZZ_OTHER_SPACE)
			need(kozo_cnode_delete(SLOT_CNODE, space), "delete");
	}
}

/* The first to ask for the rate may have to wait, and nobody should depend on that. */
static void make_timers(cptr_t cnode)
{
	cptr_t timer = slots + THE_TIMER;
	word_t hz;

	retype(untyped, OBJECT_TIMER, 0, cnode, FUZZ_TIMER, 2);
	need(kozo_cnode_move(0, timer, cnode, FUZZ_TIMER), "take a timer");
	need(kozo_timer_rate(timer, &hz), "learn the rate of time");
	need(kozo_cnode_move(cnode, FUZZ_TIMER, 0, timer), "give the timer");
}

static void fill_cnode(cptr_t server)
{
	cptr_t cnode = slots + THE_CNODE;
	word_t done;

	need(kozo_cnode_copy(cnode, FUZZ_CNODE, 0, cnode), "copy the CNode");
	mint(FUZZ_SPACE, 0, slots + THE_SPACE, RIGHT_MANAGE, 0);
	mint(FUZZ_TIME, 0, slots + THE_TIME, RIGHT_MANAGE | RIGHT_INSPECT, 0);
	mint(FUZZ_SCHED_CONTROL, 0, SLOT_SCHED_CONTROL, RIGHT_MANAGE, PRIORITY + 1);
	retype(untyped, OBJECT_SCHED_CONTEXT, 0, cnode, FUZZ_OTHER_TIME,
	       FUZZ_SCHED_CONTROL - FUZZ_OTHER_TIME);
	need(kozo_cnode_move(cnode, FUZZ_UNTYPED, 0, slots + THE_UNTYPED), "move the untyped");
	retype(untyped, OBJECT_ENDPOINT, 0, cnode, FUZZ_ENDPOINT, 1);
	mint(FUZZ_BADGED, cnode, FUZZ_ENDPOINT, RIGHT_SEND | RIGHT_RECEIVE | RIGHT_GRANT, 77);
	retype(untyped, OBJECT_ENDPOINT, 0, cnode, FUZZ_OTHER_ENDPOINT, 1);
	retype(untyped, OBJECT_NOTIFICATION, 0, cnode, FUZZ_NOTIFICATION, 1);
	mint(FUZZ_SIGNAL, cnode, FUZZ_NOTIFICATION, RIGHT_SEND, 6);
	make_timers(cnode);
	retype(untyped, OBJECT_IRQ_HANDLER, 0, cnode, FUZZ_HANDLER, 2);
	mint(FUZZ_IRQ_CONTROL, 0, SLOT_IRQ_CONTROL, RIGHT_MANAGE, 0);
	mint(FUZZ_PORTS, 0, SLOT_IO_PORTS, RIGHT_READ | RIGHT_WRITE,
	     HARMLESS_PORT << PORTS_FIRST_SHIFT | HARMLESS_PORT);
	retype(untyped, OBJECT_REPLY, 0, cnode, FUZZ_REPLY, 2);
	retype(untyped, OBJECT_VSPACE, 0, cnode, FUZZ_OTHER_SPACE, 1);
	retype(untyped, OBJECT_CNODE, OTHER_CNODE_BITS, cnode, FUZZ_OTHER_CNODE, 1);
	mint(FUZZ_SERVER, 0, server, RIGHT_SEND | RIGHT_GRANT, 1);
	mint(FUZZ_CONSOLE, 0, SLOT_DEBUG_CONSOLE, 0, 0);
	retype(untyped, OBJECT_FRAME, PAGE_BITS, cnode, FUZZ_BUFFER, 2);
	retype(untyped, OBJECT_FRAME, LARGE_BITS, cnode, FUZZ_LARGE_FRAME, 1);
	make_tables(cnode);
	need(kozo_cnode_copy_range(cnode, FUZZ_THREADS, 0, slots + THE_THREADS, WORKERS, &done),
	     "copy the threads");
}

static void set_hints(void)
{
	uint8_t *hints = world_ledger(0)->hints;

	static const uint8_t type[FUZZ_FIRST_FREE] = {
		[FUZZ_CNODE] = OBJECT_CNODE,
		[FUZZ_SPACE] = OBJECT_VSPACE,
		[FUZZ_UNTYPED] = OBJECT_UNTYPED,
		[FUZZ_ENDPOINT] = OBJECT_ENDPOINT,
		[FUZZ_BADGED] = OBJECT_ENDPOINT,
		[FUZZ_OTHER_ENDPOINT] = OBJECT_ENDPOINT,
		[FUZZ_NOTIFICATION] = OBJECT_NOTIFICATION,
		[FUZZ_SIGNAL] = OBJECT_NOTIFICATION,
		[FUZZ_TIMER] = OBJECT_TIMER,
		[FUZZ_OTHER_TIMER] = OBJECT_TIMER,
		[FUZZ_HANDLER] = OBJECT_IRQ_HANDLER,
		[FUZZ_OTHER_HANDLER] = OBJECT_IRQ_HANDLER,
		[FUZZ_IRQ_CONTROL] = OBJECT_IRQ_CONTROL,
		[FUZZ_TIME... FUZZ_SCHED_CONTROL - 1] = OBJECT_SCHED_CONTEXT,
		[FUZZ_SCHED_CONTROL] = OBJECT_SCHED_CONTROL,
		[FUZZ_PORTS] = OBJECT_IO_PORTS,
		[FUZZ_REPLY] = OBJECT_REPLY,
		[FUZZ_OTHER_REPLY] = OBJECT_REPLY,
		[FUZZ_OTHER_SPACE] = OBJECT_VSPACE,
		[FUZZ_OTHER_CNODE] = OBJECT_CNODE,
		[FUZZ_SERVER] = OBJECT_ENDPOINT,
		[FUZZ_CONSOLE] = OBJECT_DEBUG_CONSOLE,
		[FUZZ_BUFFER] = OBJECT_FRAME,
		[FUZZ_FRAME] = OBJECT_FRAME,
		[FUZZ_LARGE_FRAME] = OBJECT_FRAME,
		[FUZZ_TABLES... FUZZ_TABLES + 5] = OBJECT_PAGE_TABLE,
		[FUZZ_THREADS... FUZZ_FIRST_FREE - 1] = OBJECT_THREAD,
	};

	memset(hints, OBJECT_NULL, FUZZ_SLOTS);
	memcpy(hints, type, sizeof(type));
}

status_t world_give_time(unsigned i)
{
	need(configure(slots + THE_TIME, PRIORITY), "configure the workers' time");
	return kozo_thread_set_time(world_thread(i), slots + THE_TIME);
}

status_t world_start(unsigned i)
{
	vaddr_t stack_top = place_of(i) + (LEDGER_PAGES + 1) * PAGE;
	status_t status = world_give_time(i);

	if (status)
		return status;
	return kozo_thread_start(world_thread(i), (vaddr_t)worker, stack_top - 8, place_of(i));
}

void world_make(cptr_t server, bool inside)
{
	cptr_t source = inside ? slots + THE_UNTYPED : untyped;

	/* Nobody runs in a world that is half made, though the watcher's turn may end. */
	need(configure(SLOT_SCHED_CONTEXT, PRIORITIES - 1), "configure the watcher's time");
	need(kozo_cnode_revoke(SLOT_CNODE, untyped), "revoke the world");
	retype(untyped, OBJECT_UNTYPED, UNTYPED_BITS, 0, slots + THE_UNTYPED, 1);
	retype(source, OBJECT_CNODE, FUZZ_CNODE_BITS, 0, slots + THE_CNODE, 1);
	retype(source, OBJECT_VSPACE, 0, 0, slots + THE_SPACE, 1);
	retype(source, OBJECT_THREAD, 0, 0, slots + THE_THREADS, WORKERS);
	retype(untyped, OBJECT_FRAME, PAGE_BITS, 0, slots + THE_BUFFERS, WORKERS);
	retype(untyped, OBJECT_SCHED_CONTEXT, 0, 0, slots + THE_TIME, 1);
	make_space();
	fill_cnode(server);
	set_hints();
	for (unsigned i = 0; i < WORKERS; i++) {
		need(kozo_thread_configure(world_thread(i), slots + THE_CNODE, slots + THE_SPACE,
					   slots + THE_BUFFERS + i),
		     "configure a worker");
		need(world_start(i), "start a worker");
	}
	need(configure(SLOT_SCHED_CONTEXT, PRIORITY), "configure the watcher's time");
}
