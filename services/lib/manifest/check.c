/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * All manifests of a machine together. The first mistake ends the check, so a
 * check may build on those before it.
 */
#include <stdarg.h>
#include <string.h>

#include "manifest.h"
#include "reader.h"

/* What is being checked, and where a mistake goes. */
struct check {
	struct manifest_set *set;
	uint64_t memory;
	struct manifest_error *error;
};

__attribute__((format(printf, 4, 5))) static bool refuse(struct check *c, unsigned index,
							 unsigned line, const char *fmt, ...)
{
	va_list ap;

	c->error->index = index;
	c->error->line = line;
	va_start(ap, fmt);
	message_write(c->error, fmt, ap);
	va_end(ap);
	return false;
}

static const struct manifest *service(const struct check *c, unsigned index)
{
	return &c->set->service[index];
}

/* --- names ---------------------------------------------------------------- */

/* Of two services with one title, people could not tell which they say yes to. */
static bool names_differ(struct check *c, unsigned i)
{
	const struct manifest *m = service(c, i);

	for (unsigned j = 0; j < i; j++) {
		const struct manifest *other = service(c, j);

		if (strcmp(m->name, other->name) == 0)
			return refuse(c, i, m->line[MANIFEST_SERVICE], "there are two services %s",
				      m->name);
		if (strcmp(m->title, other->title) == 0)
			return refuse(c, i, m->line[MANIFEST_TITLE], "%s has this title, too",
				      other->name);
	}
	return true;
}

/* --- who uses whom -------------------------------------------------------- */

/* Its index; count if there is none. */
static unsigned find_service(const struct check *c, const char *name)
{
	unsigned i = 0;

	while (i < c->set->count && strcmp(service(c, i)->name, name) != 0)
		i++;
	return i;
}

static const struct manifest_interface *find_interface(const struct manifest *m, unsigned protocol)
{
	for (unsigned i = 0; i < m->provides_count; i++)
		if (m->provides[i].protocol == protocol)
			return &m->provides[i];
	return NULL;
}

static bool is_offered(struct check *c, unsigned i, struct manifest_use *use)
{
	unsigned provider = find_service(c, use->service);

	if (provider == c->set->count)
		return refuse(c, i, use->line, "there is no service %s", use->service);

	const struct manifest_interface *offer =
		find_interface(service(c, provider), use->protocol);

	if (!offer)
		return refuse(c, i, use->line, "%s does not provide this protocol", use->service);
	if (use->rights & ~offer->rights)
		return refuse(c, i, use->line, "%s does not offer this right", use->service);
	use->provider = provider;
	return true;
}

static bool uses_are_offered(struct check *c, unsigned i)
{
	struct manifest *m = &c->set->service[i];

	for (unsigned u = 0; u < m->uses_count; u++)
		if (!is_offered(c, i, &m->uses[u]))
			return false;
	return true;
}

/* What a service needs is what it uses and what that needs: so often that all chains end. */
static void find_needs(struct manifest_set *set)
{
	memset(set->needs, 0, sizeof(set->needs));
	for (unsigned round = 0; round < set->count; round++)
		for (unsigned i = 0; i < set->count; i++)
			for (unsigned u = 0; u < set->service[i].uses_count; u++) {
				unsigned provider = set->service[i].uses[u].provider;

				set->needs[i] |= (uint32_t)1 << provider | set->needs[provider];
			}
}

/* Whoever calls upwards could wait for one that waits for it. */
static bool calls_go_down(struct check *c, unsigned i)
{
	const struct manifest *m = service(c, i);

	for (unsigned u = 0; u < m->uses_count; u++) {
		const struct manifest_use *use = &m->uses[u];
		unsigned rank = service(c, use->provider)->rank;

		if (use->provider == i)
			return refuse(c, i, use->line, "%s uses itself", m->name);
		if (c->set->needs[use->provider] >> i & 1)
			return refuse(c, i, use->line, "%s needs %s: that is a cycle", use->service,
				      m->name);
		if (rank >= m->rank)
			return refuse(c, i, use->line, "%s has rank %u, which is not below %u",
				      use->service, rank, m->rank);
	}
	return true;
}

static bool starts_before(const struct manifest *a, const struct manifest *b)
{
	return a->rank != b->rank ? a->rank < b->rank : strcmp(a->name, b->name) < 0;
}

/* Since calls go down, whoever has a lower rank starts first. */
static void find_order(struct manifest_set *set)
{
	for (unsigned i = 0; i < set->count; i++) {
		unsigned at = i;

		while (at > 0 &&
		       starts_before(&set->service[i], &set->service[set->order[at - 1]])) {
			set->order[at] = set->order[at - 1];
			at--;
		}
		set->order[at] = i;
	}
}

uint32_t manifests_dependants(const struct manifest_set *set, unsigned index)
{
	uint32_t dependants = 0;

	for (unsigned i = 0; i < set->count; i++)
		if (set->needs[i] >> index & 1)
			dependants |= (uint32_t)1 << i;
	return dependants;
}

/* --- devices -------------------------------------------------------------- */

/* A device has one driver. What is only read, and the log, is for any number. */
static bool is_shared(const struct manifest_device *d)
{
	const rights_t harmless = RIGHT_SEND | RIGHT_INSPECT;

	return d->kind == MANIFEST_INITRD ||
	       (d->kind == MANIFEST_DEBUG_CONSOLE && !(d->rights & ~harmless));
}

static bool is_same(const struct manifest_device *a, const struct manifest_device *b)
{
	return a->kind == b->kind && a->first <= b->last && b->first <= a->last &&
	       !(is_shared(a) || is_shared(b));
}

/* Who claims it besides the device itself, up to service i; count if nobody does. */
static unsigned find_claim(const struct check *c, unsigned i, const struct manifest_device *device)
{
	for (unsigned j = 0; j <= i; j++)
		for (unsigned d = 0; d < service(c, j)->devices_count; d++) {
			const struct manifest_device *other = &service(c, j)->devices[d];

			if (other != device && is_same(other, device))
				return j;
		}
	return c->set->count;
}

static bool devices_are_its_own(struct check *c, unsigned i)
{
	const struct manifest *m = service(c, i);

	for (unsigned d = 0; d < m->devices_count; d++) {
		unsigned other = find_claim(c, i, &m->devices[d]);

		if (other != c->set->count)
			return refuse(c, i, m->devices[d].line, "%s has this device already",
				      service(c, other)->name);
	}
	return true;
}

/* --- memory and time ------------------------------------------------------ */

/* What this service and those before it are promised must be there. */
static bool memory_suffices(struct check *c, unsigned i)
{
	uint64_t promised = 0;

	for (unsigned j = 0; j <= i; j++)
		if (__builtin_add_overflow(promised, service(c, j)->memory_private, &promised) ||
		    __builtin_add_overflow(promised, service(c, j)->memory_kept, &promised))
			promised = UINT64_MAX;
	if (promised <= c->memory)
		return true;
	return refuse(c, i, service(c, i)->line[MANIFEST_MEMORY],
		      "with this, services are promised %lu KiB, and the machine has %lu KiB",
		      promised >> 10, c->memory >> 10);
}

/* A part of a CPU in thousandths, rounded up; all that is promised is at most one CPU. */
static uint64_t share(const struct manifest *m)
{
	if (m->time == MANIFEST_TIME_UNLIMITED)
		return 0;
	return (m->time_budget * 1000 + m->time_period - 1) / m->time_period;
}

static bool time_suffices(struct check *c, unsigned i)
{
	uint64_t promised = 0;

	for (unsigned j = 0; j <= i; j++)
		promised += share(service(c, j));
	if (promised <= 1000)
		return true;
	return refuse(c, i, service(c, i)->line[MANIFEST_TIME],
		      "with this, services are promised %lu.%lu %% of the CPU", promised / 10,
		      promised % 10);
}

/* Time without a limit is what others leave: it may not be urgent enough to take theirs. */
static bool leaves_time(struct check *c, unsigned i)
{
	const struct manifest *m = service(c, i);

	if (m->time != MANIFEST_TIME_UNLIMITED)
		return true;
	for (unsigned j = 0; j < c->set->count; j++) {
		const struct manifest *other = service(c, j);

		if (other->time != MANIFEST_TIME_UNLIMITED && other->priority <= m->priority)
			return refuse(c, i, m->line[MANIFEST_PRIORITY],
				      "with unlimited time it could keep %s, at priority %u, from "
				      "its own",
				      other->name, other->priority);
	}
	return true;
}

/* --- everything ----------------------------------------------------------- */

static bool for_each(struct check *c, bool (*is_good)(struct check *c, unsigned index))
{
	for (unsigned i = 0; i < c->set->count; i++)
		if (!is_good(c, i))
			return false;
	return true;
}

bool manifests_check(struct manifest_set *set, uint64_t machine_memory,
		     struct manifest_error *error)
{
	struct check c = { set, machine_memory, error };

	if (!for_each(&c, names_differ) || !for_each(&c, uses_are_offered))
		return false;
	find_needs(set);
	find_order(set);
	return for_each(&c, calls_go_down) && for_each(&c, devices_are_its_own) &&
	       for_each(&c, memory_suffices) && for_each(&c, time_suffices) &&
	       for_each(&c, leaves_time);
}
