/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "untyped.h"
#include "arch/clamp.h"
#include "cap.h"
#include "kozo_handlers.h"
#include "object.h"
#include "san.h"
#include "string.h"

static const rights_t full_rights[OBJECT_TYPES] = {
	[OBJECT_UNTYPED] = RIGHT_MANAGE,
	[OBJECT_CNODE] = RIGHT_MANAGE | RIGHT_INSPECT,
	[OBJECT_THREAD] = RIGHT_MANAGE | RIGHT_INSPECT,
	[OBJECT_ENDPOINT] = RIGHT_SEND | RIGHT_RECEIVE | RIGHT_GRANT,
	[OBJECT_REPLY] = RIGHT_MANAGE,
	[OBJECT_PAGE_TABLE] = RIGHT_MANAGE,
	[OBJECT_VSPACE] = RIGHT_MANAGE | RIGHT_DERIVE,
	[OBJECT_FRAME] = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_PHYSICAL,
};

/*
 * Make the memory up to `end` safe to hand out. An Untyped keeps its own
 * account of what is zero, so what goes to one is only marked as handed on.
 */
static void zero_to(struct slot *untyped, uint64_t start, uint64_t end, bool handed_on)
{
	char *base = untyped->object;

	if (!handed_on && untyped->mapping < end)
		memset(base + start, 0, end - start);
	if (untyped->mapping < end)
		untyped->mapping = end;
}

status_t untyped_make(struct slot *untyped, enum object_type type, uint64_t size, struct slot *to)
{
	unsigned bits = object_bits(type, size);
	uint64_t start;

	if (!untyped_fit(untyped->badge, untyped->size, bits, &start))
		return ERR_NO_MEMORY;

	/* Commit: nothing below fails. */
	uint64_t end = start + (1ull << bits);

	san_claim((char *)untyped->object + start, end - start);
	zero_to(untyped, start, end, type == OBJECT_UNTYPED);
	untyped->badge = end;
	to->type = (uint8_t)type;
	to->size = (uint8_t)size;
	to->rights = (uint16_t)full_rights[type];
	to->object = (char *)untyped->object + start;
	slot_link(untyped, to);
	san_made(to);
	object_create(to);
	return OK;
}

static status_t check_destination(const struct slot *cnode, word_t first, word_t count)
{
	word_t slots = 1ull << cnode->size;

	if (!first || first >= slots || count > slots - first)
		return ERR_RANGE;
	return OK;
}

/* May a user make objects of this type and size? */
static bool can_make(word_t type, word_t size)
{
	return type < OBJECT_TYPES && full_rights[clamp_index(type, OBJECT_TYPES)] &&
	       object_bits((unsigned)type, size);
}

/* Stops at the first refusal; result 0 is the number of objects made. */
status_t untyped_retype(struct invocation *inv)
{
	word_t type = inv->arg[0], size = inv->arg[1];
	word_t first = inv->arg[3], count = inv->arg[4];
	struct slot *cnode;

	if (!can_make(type, size) || !count)
		return ERR_BAD_ARG;

	status_t status = cap_lookup_cnode(inv->caller, inv->arg[2], RIGHT_MANAGE, &cnode);

	if (!status)
		status = check_destination(cnode, first, count);

	struct slot *slots = status ? NULL : cnode->object;

	for (word_t i = 0; !status && i < count; i++) {
		struct slot *to = &slots[clamp_index(first + i, 1ull << cnode->size)];

		if (slot_empty(to))
			status = untyped_make(inv->slot, (enum object_type)type, size, to);
		else
			status = ERR_SLOT_USED;
		if (!status)
			inv->result[0] = i + 1;
	}
	return status;
}
