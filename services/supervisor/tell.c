/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tell.h"

#include "console.h"
#include "describe.h"
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

const char *tell_state(const struct record *now, unsigned service)
{
	static const char *const text[] = {
		[SERVICE_NEW] = "not started yet", [SERVICE_DOWN] = "down",
		[SERVICE_RUNS] = "runs",	   [SERVICE_WAITS] = "waits to be started",
		[SERVICE_GIVEN_UP] = "given up",
	};

	return text[now->service[service].state];
}

/* Bytes of an Untyped, and those in use; both are 0 if there is none. */
static void look_at_untyped(cptr_t cnode, word_t index, uint64_t *bytes, uint64_t *used)
{
	struct description d;

	*bytes = *used = 0;
	if (kozo_describe(cnode, index, &d) != OK || d.type != OBJECT_UNTYPED)
		return;
	*bytes = 1ull << d.size;
	*used = d.badge;
}

/* What it has of its arena to make things of, and has not used, is not in use. */
static void look_at_private(unsigned service, uint64_t *bytes, uint64_t *used)
{
	cptr_t process = place_of(service, PLACE_PROCESS);
	uint64_t own, own_used;

	look_at_untyped(SLOT_CNODE, process + PROCESS_ARENA, bytes, used);
	look_at_untyped(process + PROCESS_CNODE, SLOT_ARENA, &own, &own_used);
	if (own - own_used <= *used)
		*used -= own - own_used;
}

static void look_at_kept(unsigned service, uint64_t *bytes, uint64_t *used)
{
	look_at_untyped(SLOT_CNODE, place_of(service, PLACE_KEPT_ARENA), bytes, used);
}

static uint64_t kib(uint64_t bytes)
{
	return (bytes + 1023) / 1024;
}

static void print_times(const char *name, cptr_t thread)
{
	word_t time, messages, signals, replies;

	if (kozo_thread_usage(thread, &time, &messages, &signals, &replies) == OK)
		kozo_printf("%-12s %10lu %10lu", name, clock_microseconds(&life_clock, time) / 1000,
			    messages);
	else
		kozo_printf("%-12s %10s %10s", name, "-", "-");
}

/* What keeper gave the supervisor it cannot see, and so nobody is told. */
static void print_supervisor(void)
{
	print_times("supervisor", SLOT_THREAD);
	kozo_printf(" %11s %8lu %8u %8lu  %s\n", "-", kib(given->kept_bytes), SUPERVISOR_PRIORITY,
		    given->instance, "runs");
	print_times("  console", console_thread());
	kozo_printf(" %11s %8s %8u %8s  %s\n", "-", "-", CONSOLE_PRIORITY, "-", "runs");
}

void tell_processes(const struct record *now)
{
	clock_learn(&life_clock);
	kozo_printf("%-12s %10s %10s %11s %8s %8s %8s  %s\n", "NAME", "CPU ms", "MESSAGES",
		    "PRIVATE KiB", "KEPT KiB", "PRIORITY", "RESTARTS", "STATE");
	print_supervisor();
	for (unsigned i = 0; i < plan.count; i++) {
		uint64_t starts = now->service[i].starts, bytes, private, kept;

		look_at_private(i, &bytes, &private);
		look_at_kept(i, &bytes, &kept);
		print_times(manifest_of(i)->name, place_of(i, PLACE_PROCESS) + PROCESS_THREAD);
		kozo_printf(" %11lu %8lu %8u %8lu  %s\n", kib(private), kib(kept),
			    manifest_of(i)->priority, starts ? starts - 1 : 0, tell_state(now, i));
	}
}

void tell_memory(void)
{
	kozo_printf("%-12s %12s %8s %12s %8s\n", "NAME", "PRIVATE KiB", "IN USE", "KEPT KiB",
		    "IN USE");
	for (unsigned i = 0; i < plan.count; i++) {
		uint64_t private, private_used, kept, kept_used;

		look_at_private(i, &private, &private_used);
		look_at_kept(i, &kept, &kept_used);
		kozo_printf("%-12s %12lu %8lu %12lu %8lu\n", manifest_of(i)->name, kib(private),
			    kib(private_used), kib(kept), kib(kept_used));
	}
}

/* --- who uses whom ---------------------------------------------------------------- */

static void print_node(const struct record *now, unsigned service, unsigned depth)
{
	kozo_printf("%*s%s (%s)\n", (int)depth * 4, "", manifest_of(service)->name,
		    tell_state(now, service));
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
