/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Manifests: the input is the text of each, with a zero byte in between. */
/* links: services/lib/manifest/manifest.c services/lib/manifest/reader.c services/lib/manifest/check.c abi/lib/format.c */
#include <ctype.h>

#include "fuzz.h"

#include "manifest.h"

static const uint64_t machine_memory = 16 << 20;

/* Whatever is shown to people is plain, and ends within its place. */
static void check_text(const char *text, size_t bytes)
{
	size_t length = strnlen(text, bytes);

	must(length > 0 && length < bytes);
	for (size_t i = 0; i < length; i++)
		must(isprint((unsigned char)text[i]));
}

static void check_device(const struct manifest_device *d)
{
	must(d->kind < MANIFEST_DEVICE_KINDS);
	must(d->first <= d->last);
	must(d->kind != MANIFEST_PORTS || (d->last && d->last <= PORT_MAX));
	must(d->kind != MANIFEST_DEVICE_MEMORY || d->rights & RIGHT_READ);
	must(d->kind != MANIFEST_DEVICE_MEMORY || (d->last + 1 - d->first) % 4096 == 0);
	must(!(d->rights & RIGHT_EXECUTE));
}

static void check_lists(const struct manifest *m)
{
	must(m->provides_count <= MANIFEST_PROVIDES_MAX && m->uses_count <= MANIFEST_USES_MAX &&
	     m->devices_count <= MANIFEST_DEVICES_MAX);
	for (unsigned i = 0; i < m->provides_count; i++)
		must(m->provides[i].rights & RIGHT_SEND);
	for (unsigned i = 0; i < m->uses_count; i++) {
		check_text(m->uses[i].service, sizeof(m->uses[i].service));
		must(m->uses[i].rights & RIGHT_SEND);
	}
	for (unsigned i = 0; i < m->devices_count; i++)
		check_device(&m->devices[i]);
}

static void check_numbers(const struct manifest *m)
{
	must(m->rank <= MANIFEST_RANK_MAX && m->priority < PRIORITIES);
	must(m->slots >= MANIFEST_SLOTS_MIN && m->slots <= MANIFEST_SLOTS_MAX);
	must(m->memory_private > 0 && m->memory_private % 4096 == 0);
	must(m->memory_kept % 4096 == 0);
	must(m->time_budget <= m->time_period);
	must((m->time == MANIFEST_TIME_UNLIMITED) == (m->time_budget == 0));
	must(m->backoff_first <= m->backoff_most);
	must((m->restart == MANIFEST_NEVER) == (m->attempts == 0));
	must(m->deadline > 0 || m->provides_count == 0);
}

static void check_manifest(const struct manifest *m)
{
	check_text(m->name, sizeof(m->name));
	check_text(m->title, sizeof(m->title));
	check_text(m->purpose, sizeof(m->purpose));
	check_text(m->program, sizeof(m->program));
	check_numbers(m);
	check_lists(m);
}

/* Each is started once, and behind all that it needs. */
static void check_order(const struct manifest_set *set)
{
	uint32_t started = 0;

	for (unsigned i = 0; i < set->count; i++) {
		unsigned index = set->order[i];

		must(index < set->count && !(started >> index & 1));
		must(!(set->needs[index] & ~started));
		for (unsigned u = 0; u < set->service[index].uses_count; u++)
			must(started >> set->service[index].uses[u].provider & 1);
		started |= (uint32_t)1 << index;
	}
}

static void check_set(struct manifest_set *set)
{
	struct manifest_error error;
	uint64_t memory = 0;

	if (!manifests_check(set, machine_memory, &error)) {
		must(error.index < set->count && error.line > 0);
		check_text(error.message, sizeof(error.message));
		return;
	}
	check_order(set);
	for (unsigned i = 0; i < set->count; i++)
		memory += set->service[i].memory_private + set->service[i].memory_kept;
	must(memory <= machine_memory);
}

static size_t lines_of(const uint8_t *text, size_t size)
{
	size_t lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

/* A block of its own, so that reading beyond one text is seen. */
static void add(struct manifest_set *set, const uint8_t *text, size_t size)
{
	struct manifest *m = &set->service[set->count];
	struct manifest_error error;
	char *block = malloc(size + !size);

	must(block);
	memcpy(block, text, size);
	memset(m, 0x5a, sizeof(*m));
	if (manifest_parse(m, block, size, &error)) {
		check_manifest(m);
		set->count++;
	} else {
		must(error.line <= lines_of(text, size));
		check_text(error.message, sizeof(error.message));
	}
	free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct manifest_set set;

	memset(&set, 0x5a, sizeof(set));
	set.count = 0;
	while (size > 0 && set.count < MANIFESTS_MAX) {
		const uint8_t *end = memchr(data, 0, size);
		size_t length = end ? (size_t)(end - data) : size;

		add(&set, data, length);
		length += end != NULL;
		data += length;
		size -= length;
	}
	check_set(&set);
	return 0;
}
