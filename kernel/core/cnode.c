/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cnode.h"
#include "arch/clamp.h"
#include "cap.h"
#include "kozo_handlers.h"
#include "object.h"
#include "thread.h"

bool cnode_bury(const struct slot *tomb)
{
	struct slot *slots = tomb->object;
	uint64_t index = tomb->badge + 1;

	if (index >= 1ull << tomb->size)
		return false;
	if (!slot_empty(&slots[index]))
		cap_delete(&slots[index]);
	return true;
}

/* Slot `index` of the CNode that `cnode` names; index 0 is nobody's to use. */
static status_t slot_at(const struct slot *cnode, word_t index, struct slot **out)
{
	struct slot *slots = cnode->object;
	word_t count = 1ull << cnode->size;

	if (!index || index >= count)
		return ERR_RANGE;
	*out = &slots[clamp_index(index, count)];
	return OK;
}

static status_t full_slot_at(const struct slot *cnode, word_t index, struct slot **out)
{
	struct slot *s;
	status_t status = slot_at(cnode, index, &s);

	if (status)
		return status;
	if (slot_empty(s))
		return ERR_BAD_CAP;
	*out = s;
	return OK;
}

/*
 * The two ends of copy, mint and move, whose first three arguments are the
 * destination index, the source's CNode and its index there.
 */
static status_t ends(struct invocation *inv, struct slot **to, struct slot **from)
{
	struct slot *cnode, *destination;
	status_t status = cap_lookup_cnode(inv->caller, inv->arg[1], RIGHT_MANAGE, &cnode);

	if (!status)
		status = slot_at(inv->slot, inv->arg[0], &destination);
	if (!status)
		status = full_slot_at(cnode, inv->arg[2], from);
	if (status)
		return status;
	if (!slot_empty(destination))
		return ERR_SLOT_USED;
	*to = destination;
	return OK;
}

status_t cnode_copy(struct invocation *inv)
{
	struct slot *to, *from;
	status_t status = ends(inv, &to, &from);

	if (status)
		return status;
	if (from->type == OBJECT_UNTYPED)
		return ERR_STATE;
	cap_derive(to, from, from->rights, from->badge);
	return OK;
}

status_t cnode_mint(struct invocation *inv)
{
	word_t rights = inv->arg[3], badge = inv->arg[4];
	struct slot *to, *from;
	status_t status = ends(inv, &to, &from);

	if (status)
		return status;
	if (from->type == OBJECT_UNTYPED)
		return ERR_STATE;
	if (rights & ~(word_t)from->rights)
		return ERR_NO_RIGHT;
	if (badge && (from->type != OBJECT_ENDPOINT || from->badge))
		return ERR_BAD_ARG;
	cap_derive(to, from, (rights_t)rights, badge ? badge : from->badge);
	return OK;
}

status_t cnode_move(struct invocation *inv)
{
	struct slot *to, *from;
	status_t status = ends(inv, &to, &from);

	if (status)
		return status;
	cap_move(to, from);
	return OK;
}

status_t cnode_delete(struct invocation *inv)
{
	struct slot *s;
	status_t status = full_slot_at(inv->slot, inv->arg[0], &s);

	if (status)
		return status;
	cap_delete(s);
	tombs_finish();
	return OK;
}

/*
 * Each step may destroy anything, the target's slot, its CNode and the caller
 * among them, so each step looks everything up afresh.
 */
status_t cnode_revoke(struct invocation *inv)
{
	cptr_t cptr = inv->caller->regs.target;
	word_t index = inv->arg[0];
	struct slot *cnode, *s;

	for (;;) {
		status_t status = cap_lookup_cnode(inv->caller, cptr, RIGHT_MANAGE, &cnode);

		if (!status)
			status = full_slot_at(cnode, index, &s);
		if (status || !cap_revoke_step(s))
			return status;
		tombs_finish();
		if (!caller_lives(inv))
			return OK; /* to nobody */
	}
}

static word_t describe_kind(const struct slot *s)
{
	word_t kind = s->type | (word_t)s->size << DESCRIBE_SIZE_SHIFT;

	if ((s->type == OBJECT_FRAME || s->type == OBJECT_PAGE_TABLE) && s->mapping)
		kind |= DESCRIBE_MAPPED;
	return kind;
}

status_t cnode_describe(struct invocation *inv)
{
	struct slot *s;
	status_t status = full_slot_at(inv->slot, inv->arg[0], &s);

	if (status)
		return status;

	struct object *object = object_of(s);

	inv->result[0] = describe_kind(s);
	inv->result[1] = s->rights;
	inv->result[2] = s->badge;
	inv->result[3] = object ? object_number(object) : 0;
	return OK;
}
