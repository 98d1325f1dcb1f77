/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tell.h"

#include "kozo_stubs.h"
#include "life.h"
#include "place.h"
#include "plan.h"
#include "print.h"
#include "ticks.h"

static const struct manifest *manifest_of(unsigned service)
{
	return &plan.service[service];
}

void tell_services(void)
{
	for (unsigned i = 0; i < plan.count; i++) {
		const struct manifest *m = manifest_of(i);

		kozo_printf("%-12s %s: %s\n", m->name, m->title, m->purpose);
	}
}

/* --- what runs ------------------------------------------------------------------ */

static const char *state_text(const struct record *now, unsigned service)
{
	static const char *const text[] = {
		[SERVICE_NEW] = "not started yet", [SERVICE_DOWN] = "down",
		[SERVICE_RUNS] = "runs",	   [SERVICE_WAITS] = "waits to be started",
		[SERVICE_GIVEN_UP] = "given up",
	};

	return text[now->service[service].state];
}

static void print_process(const char *name, cptr_t thread, uint64_t bytes, uint64_t starts,
			  const char *state)
{
	word_t time = 0, messages = 0, signals, replies;

	if (kozo_thread_usage(thread, &time, &messages, &signals, &replies) != OK)
		time = messages = 0;
	kozo_printf("%-12s %10lu %10lu %9lu %8lu  %s\n", name,
		    clock_microseconds(&life_clock, time) / 1000, messages, bytes / 1024,
		    starts ? starts - 1 : 0, state);
}

void tell_processes(const struct record *now)
{
	kozo_printf("%-12s %10s %10s %9s %8s\n", "NAME", "CPU ms", "MESSAGES", "KiB", "RESTARTS");
	print_process("supervisor", SLOT_THREAD, 1 << 20, given->instance + 1, "runs");
	for (unsigned i = 0; i < plan.count; i++) {
		const struct manifest *m = manifest_of(i);

		print_process(m->name, place_of(i, PLACE_PROCESS) + PROCESS_THREAD,
			      m->memory_private + m->memory_kept, now->service[i].starts,
			      state_text(now, i));
	}
}

static void print_node(const struct record *now, unsigned service, unsigned depth)
{
	kozo_printf("%*s%s (%s)\n", (int)depth * 4, "", manifest_of(service)->name,
		    state_text(now, service));
}

/* What a service uses, and what that uses: calls go to lower ranks, so each branch ends. */
static void print_branch(const struct record *now, unsigned root)
{
	struct {
		unsigned service, next;
	} path[MANIFESTS_MAX] = { { root, 0 } };
	unsigned depth = 1;

	print_node(now, root, 2);
	while (depth) {
		const struct manifest *m = manifest_of(path[depth - 1].service);

		if (path[depth - 1].next == m->uses_count) {
			depth--;
			continue;
		}
		path[depth].service = m->uses[path[depth - 1].next++].provider;
		path[depth].next = 0;
		print_node(now, path[depth].service, depth + 2);
		depth++;
	}
}

void tell_tree(const struct record *now)
{
	kozo_printf("keeper\n    supervisor\n");
	for (unsigned i = 0; i < plan.count; i++)
		if (!manifests_dependants(&plan, i))
			print_branch(now, i);
}

/* --- what has happened ------------------------------------------------------------ */

static const char *crash_name(const struct crash *c)
{
	return c->service < plan.count ? manifest_of((unsigned)c->service)->name : "supervisor";
}

static void print_cause(const struct crash *c)
{
	switch (c->cause) {
	case CRASH_HUNG:
		kozo_printf("it did not answer");
		break;
	case CRASH_KILLED:
		kozo_printf("it was killed at the console");
		break;
	default:
		if (c->label == FAULT_PAGE)
			kozo_printf("page fault at 0x%lx, address 0x%lx", c->word[0], c->word[2]);
		else
			kozo_printf("exception %lu at 0x%lx", c->word[2], c->word[0]);
	}
}

static void print_registers(const struct thread_registers *r)
{
	kozo_printf("    rip %016lx  rsp %016lx  rbp %016lx\n", r->rip, r->rsp, r->rbp);
	kozo_printf("    rax %016lx  rbx %016lx  rcx %016lx\n", r->rax, r->rbx, r->rcx);
	kozo_printf("    rdx %016lx  rsi %016lx  rdi %016lx\n", r->rdx, r->rsi, r->rdi);
}

static void print_crash(const struct crash *c)
{
	kozo_printf("%lu. %s: ", c->number, crash_name(c));
	print_cause(c);
	if (c->recovered)
		kozo_printf("; recovered in %lu us\n",
			    clock_microseconds(&life_clock, c->recovered - c->noticed));
	else
		kozo_printf("; not recovered\n");
	if (c->registers.rip)
		print_registers(&c->registers);
	for (unsigned i = 0; i < c->depth; i++)
		kozo_printf("    #%u 0x%lx\n", i, c->trace[i]);
}

void tell_crashes(const struct record *now)
{
	uint64_t first = now->crashes > RECORD_CRASHES ? now->crashes - RECORD_CRASHES + 1 : 1;

	for (uint64_t n = first; n <= now->crashes; n++)
		print_crash(&now->crash[(n - 1) % RECORD_CRASHES]);
	if (!now->crashes)
		kozo_printf("nothing has crashed\n");
}

/* --- what one can touch -------------------------------------------------------------- */

struct view {
	unsigned type, size;
	rights_t rights;
	word_t badge, number;
};

static bool look(cptr_t cnode, word_t index, struct view *v)
{
	word_t kind;

	if (kozo_cnode_describe(cnode, index, &kind, &v->rights, &v->badge, &v->number) != OK)
		return false;
	v->type = kind & ((1 << DESCRIBE_SIZE_SHIFT) - 1);
	v->size = kind >> DESCRIBE_SIZE_SHIFT & 0xff;
	return true;
}

/* The service whose endpoint that is. */
static const struct manifest *whose(const struct view *v)
{
	struct view e;

	for (unsigned i = 0; i < plan.count; i++)
		if (look(SLOT_CNODE, place_of(i, PLACE_ENDPOINT), &e) && e.number == v->number)
			return manifest_of(i);
	return NULL;
}

static void print_endpoint(const struct view *v)
{
	const struct manifest *m = whose(v);

	if (v->rights & RIGHT_RECEIVE)
		kozo_printf("  may answer those who ask for: %s\n", m ? m->title : "something");
	if (v->rights & RIGHT_SEND)
		kozo_printf("  may ask the service %s: %s\n", m ? m->name : "of somebody",
			    m ? m->purpose : "");
}

static void print_view(const struct view *v)
{
	switch (v->type) {
	case OBJECT_ENDPOINT:
		print_endpoint(v);
		break;
	case OBJECT_DEBUG_CONSOLE:
		kozo_printf("  may%s the kernel log\n", v->rights & RIGHT_RECEIVE
								? " read what is typed and write to"
								: " write to");
		break;
	case OBJECT_UNTYPED:
		kozo_printf("  may make things of %lu KiB of memory\n", (1ul << v->size) / 1024);
		break;
	case OBJECT_NOTIFICATION:
		kozo_printf("  may be told when a service that it uses was started again\n");
		break;
	case OBJECT_REPLY:
	case OBJECT_CNODE:
	case OBJECT_VSPACE:
	case OBJECT_THREAD:
	case OBJECT_SCHED_CONTEXT:
		break; /* what it consists of itself */
	default:
		kozo_printf("  has a capability of type %u\n", v->type);
	}
}

/* What is mapped, by what may be done with it. */
static void print_memory(cptr_t pages)
{
	uint64_t read = 0, write = 0;
	struct view v;

	for (word_t i = 1; look(pages, i, &v); i++) {
		if (v.type != OBJECT_FRAME)
			continue;
		if (v.rights & RIGHT_WRITE)
			write += 1ul << v.size;
		else
			read += 1ul << v.size;
	}
	kozo_printf("  has %lu KiB of memory, and may read %lu KiB that others have, too\n",
		    write / 1024, read / 1024);
}

void tell_caps(unsigned service)
{
	const struct manifest *m = manifest_of(service);
	cptr_t slots = place_of(service, PLACE_PROCESS);
	struct view v;

	kozo_printf("%s can touch this, and nothing else:\n", m->name);
	for (word_t i = 1; i < m->slots; i++)
		if (look(slots + PROCESS_CNODE, i, &v))
			print_view(&v);
	print_memory(slots + PROCESS_PAGES);
}
