/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "caps.h"

#include <stdbool.h>

#include "kozo_stubs.h"
#include "print.h"

/* What CNode.describe tells about one slot. */
struct description {
	word_t kind; /* 0: the slot is empty */
	rights_t rights;
	word_t badge;
	word_t number;
};

static struct description describe(cptr_t cnode, word_t slot)
{
	struct description d = { 0 };

	if (kozo_cnode_describe(cnode, slot, &d.kind, &d.rights, &d.badge, &d.number) != OK)
		d.kind = OBJECT_NULL;
	return d;
}

static unsigned type_of(const struct description *d)
{
	return d->kind & (((word_t)1 << DESCRIBE_SIZE_SHIFT) - 1);
}

static unsigned size_of(const struct description *d)
{
	return d->kind >> DESCRIBE_SIZE_SHIFT & 0xff;
}

static bool same_kind(const struct description *a, const struct description *b)
{
	return a->kind == b->kind && a->rights == b->rights;
}

static void print_bytes(unsigned bits)
{
	static const char *const unit[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };

	kozo_printf(" of %lu %s", (uint64_t)1 << bits % 10, unit[bits / 10]);
}

static void print_size(const struct description *d)
{
	switch (type_of(d)) {
	case OBJECT_UNTYPED:
	case OBJECT_FRAME:
		print_bytes(size_of(d));
		break;
	case OBJECT_CNODE:
		kozo_printf(" of %lu slots", (uint64_t)1 << size_of(d));
		break;
	case OBJECT_PAGE_TABLE:
		kozo_printf(" of level %u", size_of(d));
		break;
	}
}

static void print_rights(rights_t rights)
{
	static const char *const name[] = RIGHT_NAME;

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		if (rights >> i & 1)
			kozo_printf(" %s", name[i]);
	}
}

static const char *type_name(unsigned type)
{
	static const char *const name[OBJECT_TYPES] = OBJECT_NAME;

	return type < OBJECT_TYPES && name[type] ? name[type] : "capability of an unknown type";
}

static void print_run(word_t first, word_t last, const struct description *d)
{
	if (first == last)
		kozo_printf("%9lu  ", first);
	else
		kozo_printf("%4lu-%-4lu  %lu x ", first, last, last - first + 1);

	kozo_printf("%s", type_name(type_of(d)));
	print_size(d);
	if (d->kind & DESCRIBE_DEVICE)
		kozo_printf(" for devices");
	if (d->kind & DESCRIBE_MAPPED)
		kozo_printf(", mapped");
	if (type_of(d) == OBJECT_ENDPOINT && d->badge)
		kozo_printf(", badge %lu", d->badge);
	kozo_printf(":");
	print_rights(d->rights);
	kozo_printf("\n");
}

void caps_print(cptr_t cnode, word_t count)
{
	word_t first = 1;
	struct description run = describe(cnode, first);

	for (word_t slot = first + 1; slot <= count; slot++) {
		struct description d = describe(cnode, slot);

		if (slot < count && same_kind(&run, &d))
			continue;
		if (type_of(&run) != OBJECT_NULL)
			print_run(first, slot - 1, &run);
		first = slot;
		run = d;
	}
}
