/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "caps.h"

#include <stdbool.h>

#include "boot.h"
#include "describe.h"
#include "kozo_stubs.h"
#include "place.h"
#include "plan.h"
#include "print.h"

/* --- like things are counted ------------------------------------------------------ */

/* A line of its own has each service that is asked, each range of ports, and so on. */
struct tally {
	struct description first;
	const struct manifest *service; /* whose endpoint it is */
	const char *watcher;		/* or who is told there of faults */
	bool is_own;			/* of the process itself */
	uint64_t count, bytes, used;
};

enum { TALLIES_MAX = 64 };

static struct tally tallies[TALLIES_MAX];
static unsigned tally_count;
static uint64_t left_out; /* they did not fit */

/* The service whose endpoint that is; NULL: no service's. */
static const struct manifest *whose(const struct description *d)
{
	struct description e;

	for (unsigned i = 0; d->type == OBJECT_ENDPOINT && i < plan.count; i++)
		if (kozo_describe(SLOT_CNODE, place_of(i, PLACE_ENDPOINT), &e) == OK &&
		    e.number == d->number)
			return &plan.service[i];
	return NULL;
}

/* Faults come there, and what a program itself says of its end. NULL: they do not. */
static const char *who_watches(const struct description *d)
{
	struct description e;

	if (d->type != OBJECT_ENDPOINT || d->rights & RIGHT_RECEIVE)
		return NULL;
	if (kozo_describe(SLOT_CNODE, SLOT_ENDPOINT, &e) == OK && e.number == d->number)
		return "the supervisor";
	if (kozo_describe(SLOT_CNODE, SLOT_FAULTS, &e) == OK && e.number == d->number)
		return "keeper";
	return NULL;
}

static bool is_alike(const struct tally *a, const struct tally *b)
{
	if (a->first.type != b->first.type || a->first.rights != b->first.rights ||
	    a->first.is_device != b->first.is_device || a->service != b->service ||
	    a->watcher != b->watcher || a->is_own != b->is_own)
		return false;
	return (a->first.type != OBJECT_IO_PORTS && a->first.type != OBJECT_SCHED_CONTROL) ||
	       a->first.badge == b->first.badge;
}

static void count(const struct tally *what)
{
	unsigned i = 0;

	while (i < tally_count && !is_alike(&tallies[i], what))
		i++;
	if (i == TALLIES_MAX) {
		left_out++;
		return;
	}
	if (i == tally_count) {
		tallies[tally_count++] = *what;
		return;
	}
	tallies[i].count++;
	tallies[i].bytes += what->bytes;
	tallies[i].used += what->used;
}

/* Slots of ours with what makes up the process that it is about. */
enum { OWNS = 4 };

static bool is_among(const struct description *d, const struct description *own)
{
	for (unsigned i = 0; i < OWNS; i++)
		if (own[i].number && own[i].number == d->number)
			return true;
	return false;
}

static void count_all(cptr_t cnode, word_t slots, const cptr_t *own_slots)
{
	struct description own[OWNS] = { 0 };

	for (unsigned i = 0; i < OWNS; i++)
		if (kozo_describe(SLOT_CNODE, own_slots[i], &own[i]) != OK)
			own[i].number = 0;
	tally_count = 0;
	left_out = 0;
	for (word_t i = 1; i < slots; i++) {
		struct tally t = { .count = 1 };

		if (kozo_describe(cnode, i, &t.first) != OK)
			continue;
		t.service = whose(&t.first);
		t.watcher = who_watches(&t.first);
		t.is_own = is_among(&t.first, own);
		if (t.first.type == OBJECT_UNTYPED || t.first.type == OBJECT_FRAME)
			t.bytes = 1ull << t.first.size;
		if (t.first.type == OBJECT_UNTYPED)
			t.used = t.first.badge;
		count(&t);
	}
}

/* --- in words ------------------------------------------------------------------------- */

/* "read, write and execute", as far as the rights go. */
static void print_access(rights_t rights)
{
	static const struct {
		rights_t right;
		const char *verb;
	} verbs[] = { { RIGHT_READ, "read" },
		      { RIGHT_WRITE, "write" },
		      { RIGHT_EXECUTE, "execute" } };
	unsigned left = 0, printed = 0;

	for (unsigned i = 0; i < 3; i++)
		left += !!(rights & verbs[i].right);
	for (unsigned i = 0; i < 3; i++) {
		if (!(rights & verbs[i].right))
			continue;
		kozo_printf("%s%s", !printed ? "" : left == 1 ? " and " : ", ", verbs[i].verb);
		printed++;
		left--;
	}
	if (!printed)
		kozo_printf("hold");
}

/* The verb for what manages, and what only looks. */
static const char *manage_text(const struct tally *t, const char *verb)
{
	if (t->first.rights & RIGHT_MANAGE)
		return verb;
	return t->first.rights & RIGHT_INSPECT ? "look into" : "pass on";
}

static void print_things(const struct tally *t, const char *verb, const char *one, const char *more)
{
	kozo_printf("%s ", manage_text(t, verb));
	if (t->is_own && t->count == 1)
		kozo_printf("its own %s", one);
	else if (t->count == 1)
		kozo_printf("one %s", one);
	else
		kozo_printf("%lu %s", t->count, more);
}

/* Rounded down, in the largest unit that leaves two digits at least. */
static void print_size(uint64_t bytes)
{
	static const char *const unit[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	unsigned i = 0;

	for (; i + 1 < sizeof(unit) / sizeof(unit[0]) && bytes >= 10 * 1024ul; bytes /= 1024)
		i++;
	kozo_printf("%lu %s", bytes, unit[i]);
}

static void print_memory(const struct tally *t)
{
	print_size(t->bytes);
	kozo_printf(" of %s", t->first.is_device ? "devices' memory" : "memory");
	if (t->count > 1)
		kozo_printf(", in %lu pieces", t->count);
	if (t->first.type != OBJECT_UNTYPED)
		return;
	kozo_printf(", of which it has used ");
	print_size(t->used);
}

static void print_endpoint(const struct tally *t)
{
	const struct manifest *m = t->service;
	rights_t rights = t->first.rights;

	if (t->watcher) {
		kozo_printf("tell %s that it has failed", t->watcher);
		return;
	}
	if (rights & RIGHT_RECEIVE && rights & RIGHT_SEND)
		kozo_printf("ask, and answer for, ");
	else
		kozo_printf(rights & RIGHT_RECEIVE ? "answer those who ask "
			    : rights & RIGHT_SEND  ? "ask "
						   : "hold ");
	if (m)
		kozo_printf("the service %s: %s", m->name, m->purpose);
	else if (t->count == 1)
		kozo_printf("one other endpoint");
	else
		kozo_printf("%lu other endpoints", t->count);
	if (rights & RIGHT_SEND && rights & RIGHT_GRANT)
		kozo_printf(", and send capabilities along");
}

static void print_notification(const struct tally *t)
{
	rights_t rights = t->first.rights;

	kozo_printf("%s at %lu notification%s",
		    rights & RIGHT_RECEIVE
			    ? rights & RIGHT_SEND ? "signal and be signalled" : "be signalled"
			    : "signal",
		    t->count, t->count == 1 ? "" : "s");
}

static void print_console(const struct tally *t)
{
	rights_t rights = t->first.rights;

	kozo_printf("%s%s%s", rights & RIGHT_SEND ? "write to the kernel log" : "",
		    rights & RIGHT_RECEIVE ? ", read what is typed" : "",
		    rights & RIGHT_MANAGE ? ", turn the machine off" : "");
}

static void print_ports(const struct tally *t)
{
	print_access(t->first.rights);
	kozo_printf(" the processor's ports from 0x%lx to 0x%lx",
		    t->first.badge >> PORTS_FIRST_SHIFT, t->first.badge & PORT_MAX);
}

static void print_tally(const struct tally *t)
{
	kozo_printf("  may ");
	switch (t->first.type) {
	case OBJECT_UNTYPED:
		kozo_printf("make things of ");
		print_memory(t);
		break;
	case OBJECT_FRAME:
		print_access(t->first.rights);
		kozo_printf(" ");
		print_memory(t);
		break;
	case OBJECT_ENDPOINT:
		print_endpoint(t);
		break;
	case OBJECT_NOTIFICATION:
		print_notification(t);
		break;
	case OBJECT_DEBUG_CONSOLE:
		print_console(t);
		break;
	case OBJECT_IO_PORTS:
		print_ports(t);
		break;
	case OBJECT_CNODE:
		print_things(t, "change", "capability space", "capability spaces");
		break;
	case OBJECT_VSPACE:
		print_things(t, "change", "address space", "address spaces");
		break;
	case OBJECT_PAGE_TABLE:
		print_things(t, "place", "page table", "page tables");
		break;
	case OBJECT_THREAD:
		print_things(t, "control", "thread", "threads");
		break;
	case OBJECT_SCHED_CONTEXT:
		print_things(t, "have threads run on", "budget of time", "budgets of time");
		break;
	case OBJECT_REPLY:
		print_things(t, "keep a caller waiting in", "Reply", "Replies");
		break;
	case OBJECT_TIMER:
		print_things(t, "set", "timer", "timers");
		break;
	case OBJECT_IRQ_CONTROL:
		kozo_printf("%s the interrupts of all devices", manage_text(t, "take"));
		break;
	case OBJECT_IRQ_HANDLER:
		print_things(t, "take the interrupts of", "device", "devices");
		break;
	case OBJECT_IO_SPACE:
		kozo_printf("%s what memory devices reach", manage_text(t, "say"));
		break;
	case OBJECT_SCHED_CONTROL:
		kozo_printf("give out CPU time at priorities below %lu", t->first.badge);
		break;
	default:
		kozo_printf("use %lu capabilities of the unknown type %u", t->count, t->first.type);
	}
	kozo_printf("\n");
}

static void print_tallies(const char *name)
{
	kozo_printf("%s can touch this, and nothing else:\n", name);
	for (unsigned i = 0; i < tally_count; i++)
		print_tally(&tallies[i]);
	if (left_out)
		kozo_printf("  and %lu capabilities more, of further kinds\n", left_out);
}

/* In its address space, bytes of RAM and of devices, that it may not write to and that it may. */
struct pages {
	uint64_t ram[2], device[2];
};

static struct pages count_pages(cptr_t pages)
{
	struct pages p = { 0 };
	struct description d, self;

	if (kozo_describe(SLOT_CNODE, pages, &self) != OK)
		return p;
	for (word_t i = 1; i < 1ull << self.size; i++) {
		if (kozo_describe(pages, i, &d) != OK || d.type != OBJECT_FRAME || !d.is_mapped)
			continue;
		(d.is_device ? p.device : p.ram)[!!(d.rights & RIGHT_WRITE)] += 1ull << d.size;
	}
	return p;
}

/* Frames that it writes to were made for it; others are shared. */
static void print_pages(cptr_t pages)
{
	struct pages p = count_pages(pages);

	kozo_printf("  has %lu KiB of memory in its address space", p.ram[true] / 1024);
	if (p.ram[false])
		kozo_printf(", and may read %lu KiB there that others have, too",
			    p.ram[false] / 1024);
	kozo_printf("\n");
	if (p.device[true])
		kozo_printf("  may read and write %lu KiB of devices' memory there\n",
			    p.device[true] / 1024);
	if (p.device[false])
		kozo_printf("  may read %lu KiB of devices' memory there\n",
			    p.device[false] / 1024);
}

void caps_print_service(unsigned service)
{
	const struct manifest *m = &plan.service[service];
	cptr_t slots = place_of(service, PLACE_PROCESS);
	const cptr_t own[OWNS] = { slots + PROCESS_CNODE, slots + PROCESS_VSPACE,
				   slots + PROCESS_THREAD, slots + PROCESS_TIME };

	count_all(slots + PROCESS_CNODE, m->slots, own);
	print_tallies(m->name);
	print_pages(slots + PROCESS_PAGES);
}

void caps_print_supervisor(void)
{
	static const cptr_t own[OWNS] = { SLOT_CNODE, SLOT_VSPACE, SLOT_THREAD,
					  SLOT_SCHED_CONTEXT };

	count_all(SLOT_CNODE, boot->slot_count, own);
	print_tallies("supervisor");
}
