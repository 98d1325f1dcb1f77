/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * One manifest: a function for each key, and what the keys must be together.
 */
#include "manifest.h"

#include <string.h>

#include "reader.h"

/* Ticks are no concern of manifests. This is BUDGET_MIN at 1 GHz, the slowest TSC we know. */
enum { BUDGET_MIN_US = BUDGET_MIN / 1000 };

static void expect(struct reader *r, const char *word)
{
	if (!take_if(r, word))
		reader_refuse(r, "expected %s, found %s", word,
			      *r->rest ? r->rest : "the end of the line");
}

/* Whether there is room for one more in a list of the manifest. */
static bool has_room(struct reader *r, unsigned count, unsigned most)
{
	if (count >= most)
		reader_refuse(r, "a service has at most %u of these", most);
	return count < most;
}

/* --- what it is ----------------------------------------------------------- */

static void parse_service(struct reader *r, struct manifest *m)
{
	take_name(r, "the service's name", m->name, sizeof(m->name));
}

static void parse_title(struct reader *r, struct manifest *m)
{
	take_text(r, "the title", m->title, sizeof(m->title));
}

static void parse_purpose(struct reader *r, struct manifest *m)
{
	take_text(r, "the purpose", m->purpose, sizeof(m->purpose));
}

static void parse_program(struct reader *r, struct manifest *m)
{
	take_name(r, "the program's name", m->program, sizeof(m->program));
}

static void parse_rank(struct reader *r, struct manifest *m)
{
	m->rank = (unsigned)take_number(r, "the rank", 0, MANIFEST_RANK_MAX);
}

/* --- what it gets --------------------------------------------------------- */

static void parse_memory(struct reader *r, struct manifest *m)
{
	expect(r, "private");
	m->memory_private = take_pages(r, "private memory");
	if (take_if(r, "kept"))
		m->memory_kept = take_pages(r, "kept memory");
}

static void parse_slots(struct reader *r, struct manifest *m)
{
	m->slots = (unsigned)take_number(r, "the number of slots", MANIFEST_SLOTS_MIN,
					 MANIFEST_SLOTS_MAX);
	if (m->slots & (m->slots - 1))
		reader_refuse(r, "the number of slots is a power of two");
}

static void parse_budget(struct reader *r, struct manifest *m)
{
	m->time_budget = take_duration(r, "a budget");
	expect(r, "per");
	m->time_period = take_duration(r, "a period");
	if (m->time_budget < BUDGET_MIN_US)
		reader_refuse(r, "a budget is at least %uus", BUDGET_MIN_US);
	if (m->time_budget > m->time_period)
		reader_refuse(r, "the budget is longer than its period");
}

static void parse_time(struct reader *r, struct manifest *m)
{
	if (take_if(r, "unlimited")) {
		m->time = MANIFEST_TIME_UNLIMITED;
		return;
	}
	if (take_if(r, "borrowed")) {
		m->time = MANIFEST_TIME_BORROWED;
		expect(r, "reserve");
	}
	parse_budget(r, m);
}

static void parse_priority(struct reader *r, struct manifest *m)
{
	m->priority = (unsigned)take_number(r, "the priority", 0, MANIFEST_PRIORITY_MAX);
}

/* --- who it talks to ------------------------------------------------------ */

static unsigned protocol_of(struct reader *r, const char *word)
{
	static const char *const names[] = PROTO_NAME;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i] && strcmp(names[i], word) == 0)
			return i;
	reader_refuse(r, "there is no protocol %s", word);
	return 0;
}

static rights_t take_endpoint_rights(struct reader *r)
{
	rights_t rights = take_rights(r, RIGHT_SEND | RIGHT_GRANT);

	if (!(rights & RIGHT_SEND))
		reader_refuse(r, "without the right send nothing can be asked of it");
	return rights;
}

static void parse_provides(struct reader *r, struct manifest *m)
{
	if (!has_room(r, m->provides_count, MANIFEST_PROVIDES_MAX))
		return;

	struct manifest_interface *offer = &m->provides[m->provides_count];

	offer->protocol = protocol_of(r, take_word(r, "a protocol"));
	offer->rights = take_endpoint_rights(r);
	offer->line = r->error->line;
	for (unsigned i = 0; i < m->provides_count; i++)
		if (m->provides[i].protocol == offer->protocol)
			reader_refuse(r, "line %u provides this, too", m->provides[i].line);
	m->provides_count++;
}

/* SERVICE.PROTOCOL */
static void take_interface(struct reader *r, struct manifest_use *use)
{
	const char *word = take_word(r, "a service and its protocol");
	size_t length = 0;

	while (word[length] && word[length] != '.')
		length++;
	if (!word[length] || length == 0 || length >= sizeof(use->service)) {
		reader_refuse(r, "%s is not of the form SERVICE.PROTOCOL", word);
		return;
	}
	memcpy(use->service, word, length);
	use->service[length] = '\0';
	use->protocol = protocol_of(r, word + length + 1);
}

static void parse_uses(struct reader *r, struct manifest *m)
{
	if (!has_room(r, m->uses_count, MANIFEST_USES_MAX))
		return;

	struct manifest_use *use = &m->uses[m->uses_count];

	take_interface(r, use);
	use->rights = take_endpoint_rights(r);
	use->line = r->error->line;
	for (unsigned i = 0; i < m->uses_count; i++)
		if (m->uses[i].protocol == use->protocol &&
		    strcmp(m->uses[i].service, use->service) == 0)
			reader_refuse(r, "line %u uses this, too", m->uses[i].line);
	m->uses_count++;
}

/* --- devices -------------------------------------------------------------- */

static void parse_debug_console(struct reader *r, struct manifest_device *d)
{
	d->rights = take_rights(r, RIGHT_SEND | RIGHT_RECEIVE | RIGHT_MANAGE | RIGHT_INSPECT);
}

static void parse_initrd(struct reader *r, struct manifest_device *d)
{
	(void)r;
	d->rights = RIGHT_READ;
}

static void parse_irq(struct reader *r, struct manifest_device *d)
{
	static const char *const words[] = { "level", "low", "isa", NULL };
	static const word_t modes[] = { IRQ_LEVEL, IRQ_LOW, IRQ_ISA };
	const uint64_t line_max = 255;

	d->first = d->last = take_number(r, "an interrupt line", 0, line_max);
	while (*r->rest)
		d->mode |= modes[take_one_of(r, "mode of an interrupt line", words)];
}

/* Nobody can ask for memory to write and to execute: no key gives both. */
static void parse_device_memory(struct reader *r, struct manifest_device *d)
{
	const uint64_t page = 1 << PAGE_BITS, address_max = ((uint64_t)1 << 52) - 1;

	take_hex_range(r, "addresses", address_max, &d->first, &d->last);
	if (d->first % page || (d->last + 1) % page)
		reader_refuse(r, "memory of a device is whole pages of 0x%lx bytes", page);
	d->rights = take_rights(r, RIGHT_READ | RIGHT_WRITE);
	if (!(d->rights & RIGHT_READ))
		reader_refuse(r, "memory that can be written can be read, too");
}

/* As a badge, port 0 alone means all that there are. */
static void parse_ports(struct reader *r, struct manifest_device *d)
{
	take_hex_range(r, "ports", PORT_MAX, &d->first, &d->last);
	if (!d->last)
		reader_refuse(r, "port 0 cannot be had alone");
}

/* In the order of enum manifest_device_kind. */
static const char *const kind_names[] = {
	"debug-console", "initrd", "irq", "memory", "ports", NULL
};

_Static_assert(sizeof(kind_names) / sizeof(kind_names[0]) == MANIFEST_DEVICE_KINDS + 1,
	       "each kind of device has a name");

static void parse_device(struct reader *r, struct manifest *m)
{
	static void (*const parse[])(struct reader *, struct manifest_device *) = {
		parse_debug_console, parse_initrd, parse_irq, parse_device_memory, parse_ports,
	};

	if (!has_room(r, m->devices_count, MANIFEST_DEVICES_MAX))
		return;

	struct manifest_device *device = &m->devices[m->devices_count++];

	device->kind = take_one_of(r, "device", kind_names);
	device->line = r->error->line;
	parse[device->kind](r, device);
}

/* --- what happens when it fails ------------------------------------------- */

static void parse_deadline(struct reader *r, struct manifest *m)
{
	m->deadline = take_duration(r, "the deadline");
}

static void parse_restart(struct reader *r, struct manifest *m)
{
	static const char *const words[] = { "always", "on-failure", "never", NULL };

	m->restart = take_one_of(r, "restart policy", words);
}

static void parse_backoff(struct reader *r, struct manifest *m)
{
	m->backoff_first = take_duration(r, "the first wait");
	expect(r, "to");
	m->backoff_most = take_duration(r, "the longest wait");
	if (m->backoff_most < m->backoff_first)
		reader_refuse(r, "the longest wait is shorter than the first");
}

static void parse_attempts(struct reader *r, struct manifest *m)
{
	const uint64_t attempts_max = 1000;

	m->attempts = (unsigned)take_number(r, "the number of attempts", 1, attempts_max);
	expect(r, "in");
	m->attempts_time = take_duration(r, "the time for them");
}

static void parse_escalate(struct reader *r, struct manifest *m)
{
	static const char *const words[] = { "none", "dependants", NULL };

	m->escalate = take_one_of(r, "escalation", words) == 1;
}

/* --- lines ---------------------------------------------------------------- */

static const struct key {
	const char *name;
	void (*parse)(struct reader *r, struct manifest *m);
	enum { ONCE, MAY_BE, ANY_NUMBER } how_often;
} keys[] = {
	[MANIFEST_SERVICE] = { "service", parse_service, ONCE },
	[MANIFEST_TITLE] = { "title", parse_title, ONCE },
	[MANIFEST_PURPOSE] = { "purpose", parse_purpose, ONCE },
	[MANIFEST_PROGRAM] = { "program", parse_program, ONCE },
	[MANIFEST_RANK] = { "rank", parse_rank, ONCE },
	[MANIFEST_MEMORY] = { "memory", parse_memory, ONCE },
	[MANIFEST_SLOTS] = { "slots", parse_slots, ONCE },
	[MANIFEST_TIME] = { "time", parse_time, ONCE },
	[MANIFEST_PRIORITY] = { "priority", parse_priority, ONCE },
	[MANIFEST_PROVIDES] = { "provides", parse_provides, ANY_NUMBER },
	[MANIFEST_USES] = { "uses", parse_uses, ANY_NUMBER },
	[MANIFEST_DEVICE] = { "device", parse_device, ANY_NUMBER },
	[MANIFEST_DEADLINE] = { "deadline", parse_deadline, MAY_BE },
	[MANIFEST_RESTART] = { "restart", parse_restart, ONCE },
	[MANIFEST_BACKOFF] = { "backoff", parse_backoff, MAY_BE },
	[MANIFEST_ATTEMPTS] = { "attempts", parse_attempts, MAY_BE },
	[MANIFEST_ESCALATE] = { "escalate", parse_escalate, MAY_BE },
};

static void parse_line(struct reader *r, struct manifest *m)
{
	const char *word = take_word(r, "a key");
	unsigned key = 0;

	while (key < MANIFEST_KEYS && strcmp(keys[key].name, word) != 0)
		key++;
	if (key == MANIFEST_KEYS) {
		reader_refuse(r, "there is no key %s", word);
		return;
	}
	if (m->line[key] && keys[key].how_often != ANY_NUMBER)
		reader_refuse(r, "line %u states %s already", m->line[key], keys[key].name);
	m->line[key] = r->error->line;
	keys[key].parse(r, m);
	take_end(r);
}

static void require(struct reader *r, const struct manifest *m, enum manifest_key key)
{
	if (!m->line[key])
		reader_refuse(r, "nothing above states %s", keys[key].name);
}

/* Which keys are stated: those that must be, and none that means nothing. */
static void check_keys(struct reader *r, const struct manifest *m)
{
	for (unsigned key = 0; key < MANIFEST_KEYS; key++)
		if (keys[key].how_often == ONCE)
			require(r, m, key);
	if (m->provides_count)
		require(r, m, MANIFEST_DEADLINE);
	if (m->restart != MANIFEST_NEVER) {
		require(r, m, MANIFEST_BACKOFF);
		require(r, m, MANIFEST_ATTEMPTS);
	} else if (m->line[MANIFEST_BACKOFF] || m->line[MANIFEST_ATTEMPTS] ||
		   m->line[MANIFEST_ESCALATE]) {
		r->error->line = m->line[MANIFEST_RESTART];
		reader_refuse(r, "who is never restarted has no backoff, attempts or escalate");
	}
}

bool manifest_parse(struct manifest *m, const char *text, size_t size, struct manifest_error *error)
{
	struct reader r;

	*m = (struct manifest){ 0 };
	reader_begin(&r, text, size, error);
	while (reader_line(&r))
		parse_line(&r, m);
	if (!r.failed)
		check_keys(&r, m);
	return !r.failed;
}
