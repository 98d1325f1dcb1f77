/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cnode.h"
#include "arch/clamp.h"
#include "cap.h"
#include "io_ports.h"
#include "kozo_handlers.h"
#include "object.h"
#include "preempt.h"
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

status_t cnode_check_range(const struct slot *cnode, word_t first, word_t count)
{
	word_t slots = 1ull << cnode->size;

	if (!first || first > slots || count > slots - first)
		return ERR_RANGE;
	return OK;
}

/* --- copy, mint, move ---------------------------------------------------- */

/* What mint adds to copy; copy and move leave both alone. */
struct terms {
	word_t rights, badge;
};

typedef status_t transfer_t(struct slot *to, struct slot *from, struct terms terms);

static status_t copy(struct slot *to, struct slot *from, struct terms unused)
{
	(void)unused;
	if (from->type == OBJECT_UNTYPED)
		return ERR_STATE;
	cap_derive(to, from, from->rights, from->badge);
	return OK;
}

/* A naturally aligned part of a frame, as a child of the whole. */
static status_t mint_frame(struct slot *to, struct slot *from, struct terms terms)
{
	word_t bits = terms.badge & MINT_PART_BITS_MASK;
	word_t offset = terms.badge & ~(word_t)MINT_PART_BITS_MASK;

	if (!bits)
		bits = from->size;
	if (bits < FRAME_BITS_MIN || bits > from->size || offset & ((1ull << bits) - 1) ||
	    offset >> from->size)
		return ERR_BAD_ARG;
	cap_derive(to, from, (rights_t)terms.rights, 0);
	to->size = (uint8_t)bits;
	to->object = (char *)from->object + offset;
	return OK;
}

/* Some of the ports. */
static status_t mint_ports(struct slot *to, struct slot *from, struct terms terms)
{
	word_t badge = terms.badge ? terms.badge : from->badge;

	if (!ports_lie_within(badge, from->badge))
		return ERR_BAD_ARG;
	cap_derive(to, from, (rights_t)terms.rights, badge);
	return OK;
}

static bool takes_badge(const struct slot *s)
{
	return s->type == OBJECT_ENDPOINT || s->type == OBJECT_NOTIFICATION;
}

/* Time of no more priorities. */
static status_t mint_sched_control(struct slot *to, struct slot *from, struct terms terms)
{
	word_t badge = terms.badge ? terms.badge : from->badge;

	if (badge > from->badge)
		return ERR_BAD_ARG;
	cap_derive(to, from, (rights_t)terms.rights, badge);
	return OK;
}

static status_t mint(struct slot *to, struct slot *from, struct terms terms)
{
	if (from->type == OBJECT_UNTYPED)
		return ERR_STATE;
	if (terms.rights & ~(word_t)from->rights)
		return ERR_NO_RIGHT;
	if (from->type == OBJECT_FRAME)
		return mint_frame(to, from, terms);
	if (from->type == OBJECT_IO_PORTS)
		return mint_ports(to, from, terms);
	if (from->type == OBJECT_SCHED_CONTROL)
		return mint_sched_control(to, from, terms);
	if (terms.badge && (!takes_badge(from) || from->badge))
		return ERR_BAD_ARG;
	cap_derive(to, from, (rights_t)terms.rights, terms.badge ? terms.badge : from->badge);
	return OK;
}

static status_t move(struct slot *to, struct slot *from, struct terms unused)
{
	(void)unused;
	cap_move(to, from);
	return OK;
}

/* One transfer, from slot `index` of `source` to where arg[0] says. */
static status_t transfer(struct invocation *inv, transfer_t *how, const struct slot *source,
			 word_t index, struct terms terms)
{
	struct slot *to, *from;
	status_t status = slot_at(inv->slot, inv->arg[0], &to);

	if (!status)
		status = full_slot_at(source, index, &from);
	if (status)
		return status;
	if (!slot_empty(to))
		return ERR_SLOT_USED;
	return how(to, from, terms);
}

/* All forms begin (index, source, ...): arg[1] is the source's CNode. */
static status_t transfer_one(struct invocation *inv, transfer_t *how, struct terms terms)
{
	struct slot *source;
	status_t status = cap_lookup_cnode(inv->caller, inv->arg[1], RIGHT_MANAGE, &source);

	return status ? status : transfer(inv, how, source, inv->arg[2], terms);
}

/* (index, source, source_index, count, ...) */
static status_t transfer_range(struct invocation *inv, transfer_t *how, struct terms terms)
{
	struct slot *source;
	status_t status = cap_lookup_cnode(inv->caller, inv->arg[1], RIGHT_MANAGE, &source);

	while (!status && inv->arg[3]) {
		if (preempt_due())
			return RESTART;
		status = transfer(inv, how, source, inv->arg[2], terms);
		if (status)
			break;
		inv->arg[0]++;
		inv->arg[2]++;
		inv->arg[3]--;
		inv->result[0]++;
	}
	return status;
}

/* Has the caller an IPC buffer, and is a list of so many indices within it? */
static bool list_fits(const struct thread *t, word_t count)
{
	return t->ipc_buffer && count <= LIST_MAX;
}

/* Index `n` of the list that the caller's IPC buffer holds, if it still has one. */
static word_t list_index(const struct thread *t, word_t n)
{
	return t->ipc_buffer ? shared_word(&t->ipc_buffer->word[IPC_REGISTERS + n]) : 0;
}

/*
 * (index, source, count, ...). The list may change at any time: it is the
 * caller's memory. An index is read once.
 */
static status_t transfer_list(struct invocation *inv, transfer_t *how, struct terms terms)
{
	struct slot *source;

	if (!list_fits(inv->caller, inv->arg[2]))
		return ERR_BAD_ARG;

	status_t status = cap_lookup_cnode(inv->caller, inv->arg[1], RIGHT_MANAGE, &source);

	while (!status && inv->result[0] < inv->arg[2]) {
		if (preempt_due())
			return RESTART;
		status = transfer(inv, how, source, list_index(inv->caller, inv->result[0]), terms);
		if (status)
			break;
		inv->arg[0]++;
		inv->result[0]++;
	}
	return status;
}

static const struct terms no_terms;

status_t cnode_copy(struct invocation *inv)
{
	return transfer_one(inv, copy, no_terms);
}

status_t cnode_mint(struct invocation *inv)
{
	return transfer_one(inv, mint, (struct terms){ inv->arg[3], inv->arg[4] });
}

status_t cnode_move(struct invocation *inv)
{
	return transfer_one(inv, move, no_terms);
}

status_t cnode_copy_range(struct invocation *inv)
{
	return transfer_range(inv, copy, no_terms);
}

status_t cnode_mint_range(struct invocation *inv)
{
	return transfer_range(inv, mint, (struct terms){ inv->arg[4], inv->arg[5] });
}

status_t cnode_move_range(struct invocation *inv)
{
	return transfer_range(inv, move, no_terms);
}

status_t cnode_copy_list(struct invocation *inv)
{
	return transfer_list(inv, copy, no_terms);
}

status_t cnode_mint_list(struct invocation *inv)
{
	return transfer_list(inv, mint, (struct terms){ inv->arg[3], inv->arg[4] });
}

status_t cnode_move_list(struct invocation *inv)
{
	return transfer_list(inv, move, no_terms);
}

/* --- delete and revoke --------------------------------------------------- */

status_t cnode_delete(struct invocation *inv)
{
	struct slot *s;

	if (!inv->resumed) {
		status_t status = full_slot_at(inv->slot, inv->arg[0], &s);

		if (status)
			return status;
		deletion_begin(inv);
		cap_delete(s);
	}
	return deletion_finish(inv);
}

/* Slot `index` of the CNode invoked, which may be gone since the last step. */
static status_t find_again(struct invocation *inv, word_t index, struct slot **out)
{
	struct slot *cnode;
	status_t status =
		cap_lookup_cnode(inv->caller, inv->caller->regs.target, RIGHT_MANAGE, &cnode);

	return status ? status : slot_at(cnode, index, out);
}

/*
 * Empty slot `index`. What died with it may have been the CNode we are working in,
 * or the caller; so then the call begins anew, with everything looked up afresh.
 */
static status_t delete_next(struct invocation *inv, word_t index)
{
	struct slot *s;
	status_t status = find_again(inv, index, &s);

	if (status)
		return status;
	work(WORK_LOOK);
	if (!slot_empty(s))
		cap_delete(s);
	inv->result[0]++;
	return deletion_unfinished(inv) || preempt_due() ? RESTART : OK;
}

status_t cnode_delete_range(struct invocation *inv)
{
	status_t status = cnode_check_range(inv->slot, inv->arg[0], inv->arg[1]);

	if (status)
		return status;
	deletion_begin(inv);
	status = deletion_finish(inv);
	while (!status && inv->arg[1]) {
		inv->arg[1]--;
		status = delete_next(inv, inv->arg[0]++);
	}
	return status;
}

status_t cnode_delete_list(struct invocation *inv)
{
	if (!list_fits(inv->caller, inv->arg[0]))
		return ERR_BAD_ARG;
	deletion_begin(inv);

	status_t status = deletion_finish(inv);

	while (!status && inv->result[0] < inv->arg[0])
		status = delete_next(inv, list_index(inv->caller, inv->result[0]));
	return status;
}

/* Each step may destroy anything, so each looks everything up afresh. */
static status_t revoke_at(struct invocation *inv, word_t index)
{
	struct slot *s;

	for (;;) {
		status_t status = find_again(inv, index, &s);

		if (status)
			return status;
		work(WORK_LOOK);
		if (slot_empty(s) || !cap_revoke_step(s))
			return deletion_finish(inv);
		if (preempt_due() || !caller_lives(inv))
			return RESTART;
	}
}

status_t cnode_revoke(struct invocation *inv)
{
	struct slot *s;
	status_t status = full_slot_at(inv->slot, inv->arg[0], &s);

	if (status)
		return status;
	deletion_begin(inv);
	status = revoke_at(inv, inv->arg[0]);

	/* The target itself may have been among what came of it, and so may the caller. */
	if (!status && caller_lives(inv) && (find_again(inv, inv->arg[0], &s) || slot_empty(s)))
		return ERR_BAD_CAP;
	return status;
}

status_t cnode_revoke_range(struct invocation *inv)
{
	status_t status = cnode_check_range(inv->slot, inv->arg[0], inv->arg[1]);

	deletion_begin(inv);
	while (!status && inv->arg[1]) {
		status = revoke_at(inv, inv->arg[0]);
		if (status)
			break;
		inv->arg[0]++;
		inv->arg[1]--;
		inv->result[0]++;
		if (preempt_due() || !caller_lives(inv))
			status = RESTART;
	}
	return status;
}

status_t cnode_revoke_list(struct invocation *inv)
{
	status_t status = list_fits(inv->caller, inv->arg[0]) ? OK : ERR_BAD_ARG;

	deletion_begin(inv);
	while (!status && inv->result[0] < inv->arg[0]) {
		status = revoke_at(inv, list_index(inv->caller, inv->result[0]));
		if (status)
			break;
		inv->result[0]++;
		if (preempt_due() || !caller_lives(inv))
			status = RESTART;
	}
	return status;
}

static word_t describe_kind(const struct slot *s)
{
	word_t kind = s->type | (word_t)s->size << DESCRIBE_SIZE_SHIFT;

	if ((s->type == OBJECT_FRAME || s->type == OBJECT_PAGE_TABLE) && s->mapping)
		kind |= DESCRIBE_MAPPED;
	if (s->flags & SLOT_DEVICE)
		kind |= DESCRIBE_DEVICE;
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
