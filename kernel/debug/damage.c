/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Ways to break an invariant, once, in the running kernel: the boot tests show
 * with them that invariants_check() notices each.
 */
#include "arch/clock.h"
#include "arch/layout.h"
#include "arch/paging.h"
#include "arch/this_cpu.h"
#include "assert.h"
#include "cap.h"
#include "arch/clock.h"
#include "check.h"
#include "cpu.h"
#include "endpoint.h"
#include "frame.h"
#include "notification.h"
#include "object.h"
#include "reply.h"
#include "string.h"
#include "vspace.h"

/* --- whom to hurt -------------------------------------------------------- */

typedef bool wanted(const struct slot *s);

static struct slot *find(wanted *is_it)
{
	for (struct slot *s = tree_next(&cap_root); s; s = tree_next(s))
		if (is_it(s))
			return s;
	panic("damage: nobody is in the state that this needs");
}

static struct slot *empty_slot(void)
{
	struct thread *t = this_cpu()->current;

	for (word_t i = t->cspace_slots - 1; i; i--)
		if (slot_empty(&t->cspace[i]))
			return &t->cspace[i];
	panic("damage: there is no empty slot");
}

static bool has_siblings(const struct slot *s)
{
	return s->first && s->first != s->last;
}

static bool is_copy(const struct slot *s)
{
	return s->flags & SLOT_FIRST && s->prev->type == s->type && s->type != OBJECT_UNTYPED;
}

static bool is_used_untyped(const struct slot *s)
{
	return s->type == OBJECT_UNTYPED && s->first;
}

static bool is_unused_untyped(const struct slot *s)
{
	return s->type == OBJECT_UNTYPED && !s->first;
}

static const struct slot *parent_of(const struct slot *s)
{
	while (!(s->flags & SLOT_FIRST))
		s = s->prev;
	return s->prev;
}

/* One that was made, and not derived from another. */
static bool is_made_frame(const struct slot *s)
{
	return s->type == OBJECT_FRAME && parent_of(s)->type == OBJECT_UNTYPED;
}

static bool is_endpoint(const struct slot *s)
{
	return s->type == OBJECT_ENDPOINT;
}

static bool is_written_page(const struct slot *s)
{
	return s->type == OBJECT_FRAME && s->mapping && !(s->rights & RIGHT_WRITE);
}

static bool is_mapped_page(const struct slot *s)
{
	return s->type == OBJECT_FRAME && s->size == PAGE_BITS && s->mapping;
}

static bool is_lowest_table(const struct slot *s)
{
	return s->type == OBJECT_PAGE_TABLE && s->size == 1 && s->mapping;
}

static bool is_waiting(const struct slot *s)
{
	const struct thread *t = s->object;

	return s->type == OBJECT_THREAD && t->state == THREAD_RECEIVING && t->receive && t->own;
}

static struct thread *waiting(void)
{
	return find(is_waiting)->object;
}

static uint64_t *entry_of(const struct slot *s)
{
	return phys_to_virt(s->mapping);
}

/* A child of init's arena, in which all of init's objects are, made behind everybody's back. */
static struct slot *forged(enum object_type type, unsigned bits, const void *object)
{
	struct slot *s = empty_slot();

	s->type = (uint8_t)type;
	s->size = (uint8_t)bits;
	s->rights = RIGHT_READ | RIGHT_WRITE;
	s->object = (void *)round_down((uint64_t)object, 1ull << bits);
	slot_link(&thread_init->cspace[SLOT_ARENA], s);
	return s;
}

/* --- what to do ---------------------------------------------------------- */

static void damage_flag(void)
{
	struct slot *parent = find(has_siblings);

	parent->first->next->flags |= SLOT_FIRST;
}

static void damage_end(void)
{
	struct slot *parent = find(has_siblings);

	parent->last = parent->first;
}

static void damage_cycle(void)
{
	struct slot *parent = find(has_siblings);

	parent->last->flags &= (uint16_t)~SLOT_LAST;
	parent->last->next = parent->first;
}

static void damage_lost(void)
{
	struct slot *s = empty_slot();

	s->type = OBJECT_DEBUG_CONSOLE;
}

static void damage_holder(void)
{
	empty_slot()->holder = HOLDER_THREAD_BUFFER;
}

static void damage_remains(void)
{
	empty_slot()->badge = 1;
}

static void damage_outside(void)
{
	struct slot *s = find(is_endpoint);

	/* In a page of the arena that is no CNode: init's boot information. */
	struct slot *at = thread_init->cspace[SLOT_START_INFO].object;

	at += 3;
	memset(at, 0, sizeof(*at));
	cap_derive(at, s, 0, 0);
}

static void damage_rights(void)
{
	find(is_copy)->rights |= 1 << 15;
}

static void damage_range(void)
{
	struct slot *s = find(is_made_frame);
	const struct slot *parent = parent_of(s);

	s->object = (char *)parent->object + (1ull << parent->size);
}

static void damage_watermark(void)
{
	find(is_used_untyped)->badge = 0;
}

static void damage_unused(void)
{
	find(is_unused_untyped)->badge = 1 << PAGE_BITS;
}

static void damage_object(void)
{
	forged(OBJECT_UNTYPED, THREAD_BITS, thread_init);
}

static void damage_frame(void)
{
	forged(OBJECT_FRAME, PAGE_BITS, thread_init->cspace);
}

static void damage_reach(void)
{
	struct slot *frame = forged(OBJECT_FRAME, PAGE_BITS, thread_init->cspace);
	vaddr_t address = 0x400000;

	while (frame_put(frame, thread_init->space, address, RIGHT_READ, 0))
		address += 1 << PAGE_BITS;
}

static void damage_write(void)
{
	*entry_of(find(is_written_page)) |= PTE_WRITE;
}

static void damage_device(void)
{
	find(is_made_frame)->flags |= SLOT_DEVICE;
}

static void damage_cached(void)
{
	*entry_of(find(is_mapped_page)) |= PTE_CACHE_DISABLE;
}

static void damage_entry(void)
{
	*entry_of(find(is_mapped_page)) ^= 1ull << PAGE_BITS;
}

static void damage_stray(void)
{
	struct page_table *t = find(is_lowest_table)->object;
	unsigned i = 0;

	while (t->entry[i])
		i++;
	t->entry[i] = pte_page(0, 1, RIGHT_READ, CACHED);
}

static void damage_back(void)
{
	struct slot *s = find(is_mapped_page);
	struct page_table *t = phys_to_virt(round_down(s->mapping, 1 << PAGE_BITS));

	t->back[s->mapping % (1 << PAGE_BITS) / sizeof(uint64_t)]++;
}

static void damage_mapped(void)
{
	struct slot *s = find(is_mapped_page);

	s->mapping = 0;
}

static void damage_entries(void)
{
	struct slot *s = find(is_mapped_page);
	struct page_table *t = phys_to_virt(round_down(s->mapping, 1 << PAGE_BITS));

	t->back[s->mapping % (1 << PAGE_BITS) / sizeof(uint64_t)] = 0;
	*entry_of(s) = 0;
}

static void damage_level(void)
{
	struct page_table *t = find(is_lowest_table)->object;

	t->level = 2;
}

static void damage_places(void)
{
	struct page_table *t = find(is_lowest_table)->object;

	t->installed++;
}

static void damage_restricted(void)
{
	this_cpu()->current->space->restricted[0] = 0;
}

static void damage_kernel(void)
{
	this_cpu()->current->space->wide.entry[TABLE_ENTRIES / 2] |= PTE_USER;
	this_cpu()->current->space->restricted[TABLE_ENTRIES / 2] |= PTE_USER;
}

static void damage_state(void)
{
	waiting()->state = THREAD_STOPPED;
}

static void damage_queue(void)
{
	this_cpu()->run.ready[0].head = &waiting()->link;
}

static void damage_tail(void)
{
	waiting()->link.in->tail = NULL;
}

static void damage_bit(void)
{
	this_cpu()->run.occupied[0] |= 1;
}

static void damage_cache(void)
{
	waiting()->cspace_slots *= 2;
}

static void damage_reply(void)
{
	waiting()->receive->server = NULL;
}

static void damage_caller(void)
{
	waiting()->receive->caller = this_cpu()->current;
}

static void damage_bound(void)
{
	struct thread *t = waiting();

	t->bound = container_of(t->link.in, struct notification, waiters);
}

static void damage_told(void)
{
	thread_set_flag(waiting(), FLAG_TOLD, true);
}

static void damage_alarm(void)
{
	timeline_add(&this_cpu()->timers, &waiting()->own->moment, UINT64_MAX);
	this_cpu()->alarm = CLOCK_NEVER;
}

static void damage_moment(void)
{
	static struct moment stray;

	timeline_add(&this_cpu()->timers, &stray, UINT64_MAX);
}

static void damage_cancel(void)
{
	struct endpoint *e = container_of(waiting()->link.in, struct endpoint, receivers);

	e->cancel_next = &this_cpu()->current->link;
}

static void damage_budget(void)
{
	struct sched_context *x = waiting()->own;

	x->period = 2 * x->budget;
	x->is_limited = true;
	x->left = (int64_t)x->budget + 1;
}

static void damage_context(void)
{
	waiting()->context = NULL;
}

static void damage_loan(void)
{
	waiting()->borrowed = this_cpu()->context;
	waiting()->context = this_cpu()->context;
}

static void damage_borrower(void)
{
	queue_push(&this_cpu()->context->loans, &waiting()->loan);
}

static void damage_owed(void)
{
	waiting()->owed_count++;
}

static void damage_ready(void)
{
	struct sched_context *x = waiting()->own;

	queue_push(&this_cpu()->run.ready[x->priority], &x->run);
	this_cpu()->run.occupied[x->priority / 64] |= 1ull << x->priority % 64;
}

static void damage_meeting(void)
{
	struct endpoint *e = container_of(waiting()->link.in, struct endpoint, receivers);

	e->senders.head = &this_cpu()->current->link;
}

static void damage_fpu(void)
{
	this_cpu()->fpu = waiting();
}

static void damage_breakpoints(void)
{
	this_cpu()->breakpoints = waiting();
}

static void damage_count(void)
{
	object_reference(object_of(find(is_endpoint)));
}

static void damage_tomb(void)
{
	struct slot *s = find(is_endpoint);

	object_of(s)->tomb.type = OBJECT_ENDPOINT;
}

bool damage(const char *name)
{
	static const struct {
		const char *name;
		void (*act)(void);
	} table[] = {
		{ "flag", damage_flag },
		{ "end", damage_end },
		{ "cycle", damage_cycle },
		{ "lost", damage_lost },
		{ "remains", damage_remains },
		{ "outside", damage_outside },
		{ "rights", damage_rights },
		{ "range", damage_range },
		{ "watermark", damage_watermark },
		{ "object", damage_object },
		{ "frame", damage_frame },
		{ "reach", damage_reach },
		{ "write", damage_write },
		{ "device", damage_device },
		{ "cached", damage_cached },
		{ "entry", damage_entry },
		{ "stray", damage_stray },
		{ "back", damage_back },
		{ "mapped", damage_mapped },
		{ "places", damage_places },
		{ "restricted", damage_restricted },
		{ "kernel", damage_kernel },
		{ "state", damage_state },
		{ "queue", damage_queue },
		{ "tail", damage_tail },
		{ "bit", damage_bit },
		{ "cache", damage_cache },
		{ "reply", damage_reply },
		{ "caller", damage_caller },
		{ "bound", damage_bound },
		{ "told", damage_told },
		{ "meeting", damage_meeting },
		{ "cancel", damage_cancel },
		{ "budget", damage_budget },
		{ "context", damage_context },
		{ "loan", damage_loan },
		{ "borrower", damage_borrower },
		{ "owed", damage_owed },
		{ "ready", damage_ready },
		{ "fpu", damage_fpu },
		{ "breakpoints", damage_breakpoints },
		{ "alarm", damage_alarm },
		{ "moment", damage_moment },
		{ "count", damage_count },
		{ "tomb", damage_tomb },
		{ "holder", damage_holder },
		{ "unused", damage_unused },
		{ "entries", damage_entries },
		{ "level", damage_level },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		size_t length = strlen(table[i].name) + 1;

		if (memcmp(table[i].name, name, length) != 0)
			continue;
		table[i].act();
		return true;
	}
	return false;
}
