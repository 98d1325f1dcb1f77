/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "invariants.h"
#include "boot.h"
#include "cap.h"
#include "check.h"
#include "cpu.h"
#include "arch/layout.h"
#include "arch/this_cpu.h"
#include "log.h"
#include "object.h"
#include "panic.h"
#include "string.h"

/* System calls: all services are up, and the console is asked for something long. */
enum { DAMAGE_AFTER = 5000 };

struct check check;
bool invariants_restless;

static uint64_t calls, calls_per_check;
static char damage_name[16];

void broken(word_t invariant, const char *what, const void *where)
{
	if (check.violated)
		return;
	check.violated = invariant;
	log_printf("invariant %lu: %s, at 0x%lx\n", invariant, what, (uint64_t)where);
}

/* --- references ---------------------------------------------------------- */

enum { COUNT_MASK = 0xffffffff };

/*
 * Every slot that names a living object takes its reference back; what is left
 * then must be nothing. So no memory is needed to count in. A slot then gives it
 * again, and the first one to do so looks at the object.
 */
static uint32_t *count_of(const struct slot *s)
{
	struct object *o = object_of(s);

	return o && !(s->flags & SLOT_TOMB) ? (uint32_t *)&o->tomb.badge : NULL;
}

static void take_reference(struct slot *s)
{
	uint32_t *count = count_of(s);

	if (count && !slot_empty(&object_of(s)->tomb))
		broken(11, "a slot names an object that is dead", s);
	if (count)
		--*count;
}

static void check_count(struct slot *s)
{
	const uint32_t *count = count_of(s);

	if (count && *count)
		broken(11, "an object's count is not the number of slots that name it", s);
}

static void take_memory(const struct slot *s)
{
	if (marks_set(&check.taken, s->object, 1ull << slot_memory_bits(s)))
		broken(3, "an object's memory belongs to something else as well", s);
}

static void give_reference(struct slot *s)
{
	uint32_t *count = count_of(s);
	bool first = count && !*count;

	if (count)
		++*count;
	if (check.violated)
		return;
	if (first || (object_of(s) && s->flags & SLOT_TOMB)) {
		take_memory(s);
		check_object(s);
	}
}

/* --- memory without a header --------------------------------------------- */

static void check_memory(struct slot *s)
{
	if (s->type == OBJECT_UNTYPED && s->badge < 1ull << s->size && !(s->flags & SLOT_DEVICE) &&
	    marks_set(&check.taken, (char *)s->object + s->badge, (1ull << s->size) - s->badge))
		broken(3, "free memory of an untyped belongs to something else", s);
	if (s->type == OBJECT_UNTYPED && !s->first && s->badge)
		broken(3, "an untyped without children has a watermark", s);
}

static void check_frame(struct slot *s)
{
	if (s->type != OBJECT_FRAME || s->flags & SLOT_DEVICE ||
	    !marks_any(&check.taken, s->object, 1ull << s->size))
		return;
	if (s->mapping)
		broken(5, "a mapping reaches memory of the kernel or an object", s);
	else
		broken(3, "a frame reaches memory of the kernel or an object", s);
}

/* --- the whole ----------------------------------------------------------- */

static void each_slot(void action(struct slot *s))
{
	for (struct slot *s = tree_next(&cap_root); s; s = tree_next(s))
		action(s);
}

static void check_mapped(struct slot *s)
{
	check_mapping(s);
}

static void check_places(void)
{
	each_slot(take_place);
	each_slot(check_no_place);
	each_slot(give_place);
}

static void check_dying(void)
{
	unsigned count;
	const struct slot *tomb = tombs_first(&count);

	for (unsigned i = 0; i < count; i++) {
		if (!is_live(tomb) || !(tomb->flags & SLOT_TOMB)) {
			broken(11, "the list of tombs leads to something else", tomb);
			return;
		}
		tomb = (const struct slot *)tomb->mapping;
	}
	if (tomb || count != check.tombs)
		broken(11, "the list of tombs has not all of them", tomb);
}

/* Of the running thread everything is loaded that belongs to it, and of others nothing. */
static void check_loaded(const struct cpu *cpu)
{
	const struct thread *t = cpu->current;

	if (cpu->fpu != (t && t->flags & FLAG_FPU ? t : NULL))
		broken(12, "the CPU has the FPU registers of the wrong thread", cpu->fpu);
	if (cpu->breakpoints != (t && t->breakpoints.control ? t : NULL))
		broken(12, "the CPU has the breakpoints of the wrong thread", cpu->breakpoints);
}

static void check_identifiers(const struct cpu *cpu)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < IDENTIFIERS; i++)
		count += cpu->identified[i] != NULL;
	if (count != check.identified)
		broken(4, "an identifier belongs to a root that does not exist", NULL);
}

static void check_sums(void)
{
	struct cpu *cpu = this_cpu();

	if (check.in_places != check.in_tree)
		broken(1, "a slot of the tree lies in no CNode, thread or tomb", NULL);
	if (check.mapped != check.entries)
		broken(4, "a mapped slot's table does not exist", NULL);
	if (check.queued != check.in_queues)
		broken(6, "a queue holds a thread that does not exist", NULL);
	if (check.called != check.callers)
		broken(8, "a Reply owes an answer to a thread that does not exist", NULL);
	if (check.with_reply != check.receivers)
		broken(8, "a Reply waits with a thread that does not exist", NULL);
	if (check.bound_threads != check.bound_notifications)
		broken(8, "a thread and a notification are not bound to each other", NULL);
	if (check.in_run != check.in_contexts)
		broken(6, "a queue holds a context that does not exist", NULL);
	if (check.borrowers != check.in_loans)
		broken(7, "a thread that does not exist borrows time", NULL);
	if (check.connected != check.vectors)
		broken(14, "a vector leads to a handler that does not exist", NULL);
	if (check.armed != check.on_timeline)
		broken(13, "a timer or context that does not exist is on the timeline", NULL);
	if (cpu->current && !check.current)
		broken(6, "the running thread does not exist", cpu->current);
	if (cpu->context && !check.context)
		broken(6, "the running thread's context does not exist", cpu->context);
	if (cpu->cr3 && !check.space)
		broken(4, "the CPU has an address space loaded that does not exist", NULL);
	if (cpu->bases && !check.bases)
		broken(6, "the CPU has the bases of a thread that does not exist", cpu->bases);
}

static void start_afresh(void)
{
	struct marks slots = check.slots, taken = check.taken, kernel = check.kernel;

	check = (struct check){ .slots = slots, .taken = taken, .kernel = kernel };
	marks_clear(&check.slots);
	marks_copy(&check.taken, &check.kernel);
}

status_t invariants_check(word_t *violated)
{
	start_afresh();
	if (tree_is_sound()) {
		each_slot(take_reference);
		each_slot(check_count);
		each_slot(give_reference);
		each_slot(check_memory);
		each_slot(check_frame);
		each_slot(check_mapped);
		check_places();
		check_queues();
		check_timeline();
		check_vectors();
		check_dying();
		check_sums();
		check_loaded(this_cpu());
		check_identifiers(this_cpu());
	}
	*violated = check.violated;
	return OK;
}

/* --- when ---------------------------------------------------------------- */

void invariants_count_call(void)
{
	word_t violated = 0;

	calls++;
	if (calls == DAMAGE_AFTER && *damage_name) {
		if (!damage(damage_name))
			panic("damage=%s: there is no such damage, or nothing to do it to",
			      damage_name);
	} else if (!calls_per_check || calls % calls_per_check) {
		return;
	}
	if (invariants_check(&violated) || violated)
		panic("invariant %lu is violated before system call %lu", violated, calls);
	if (calls == DAMAGE_AFTER && *damage_name)
		panic("damage=%s was not noticed", damage_name);
}

static void read_options(const struct boot *b)
{
	const char *every = boot_option(b, "check="), *name = boot_option(b, "damage=");

	invariants_restless = boot_option(b, "restless=");

	for (; every && *every >= '0' && *every <= '9'; every++)
		calls_per_check = calls_per_check * 10 + (uint64_t)(*every - '0');
	for (size_t i = 0; name && *name > ' ' && i < sizeof(damage_name) - 1; i++)
		damage_name[i] = *name++;
}

void invariants_take_memory(struct boot *b)
{
	unsigned pages;

	read_options(b);
	marked_pages = b->ram.range[b->ram.count - 1].end >> PAGE_BITS;
	pages = (unsigned)((marked_pages * sizeof(uint64_t) + (1 << PAGE_BITS) - 1) >> PAGE_BITS);
	check.slots.page = boot_pages(b, pages);
	check.taken.page = boot_pages(b, pages);
	check.kernel.page = boot_pages(b, pages);
}

void invariants_begin(void)
{
	marks_set(&check.kernel, phys_to_virt(0), marked_pages << PAGE_BITS);
	for (struct slot *s = cap_root.first; s; s = s->flags & SLOT_LAST ? NULL : s->next)
		if (slot_memory_bits(s) && !(s->flags & SLOT_DEVICE))
			marks_remove(&check.kernel, s->object, 1ull << slot_memory_bits(s));
}
