/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cnode.h"
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
static inline status_t slot_at(const struct slot *cnode, word_t index, struct slot **out)
{
	struct slot *s = cnode_slot(cnode, index);

	if (s == cnode->object)
		return ERR_RANGE;
	*out = s;
	return OK;
}

static inline status_t full_slot_at(const struct slot *cnode, word_t index, struct slot **out)
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

/* --- copy, mint, move ---------------------------------------------------- */

enum transfer { COPY, MINT, MOVE };

/* What mint adds to copy; copy and move leave both alone. */
struct terms {
	word_t rights, badge;
};

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

/* A badge where there is none; some of the ports; time of no more priorities. */
static bool takes_badge(const struct slot *s, word_t badge)
{
	switch (s->type) {
	case OBJECT_ENDPOINT:
	case OBJECT_NOTIFICATION:
		return !s->badge;
	case OBJECT_IO_PORTS:
		return ports_lie_within(badge, s->badge);
	case OBJECT_SCHED_CONTROL:
		return badge <= s->badge;
	default:
		return false;
	}
}

static status_t mint_unusual(struct slot *to, struct slot *from, struct terms terms)
{
	if (from->type == OBJECT_UNTYPED)
		return ERR_STATE;
	if (terms.rights & ~(word_t)from->rights)
		return ERR_NO_RIGHT;
	if (from->type == OBJECT_FRAME)
		return mint_frame(to, from, terms);
	if (terms.badge && !takes_badge(from, terms.badge))
		return ERR_BAD_ARG;
	cap_derive(to, from, (rights_t)terms.rights, terms.badge ? terms.badge : from->badge);
	return OK;
}

/* Usually an Endpoint gets its badge. */
static inline status_t mint(struct slot *to, struct slot *from, struct terms terms)
{
	if (from->type != OBJECT_ENDPOINT || from->badge || terms.rights & ~(word_t)from->rights)
		return mint_unusual(to, from, terms);
	cap_derive_quick(to, from, (rights_t)terms.rights, terms.badge);
	return OK;
}

static inline status_t copy(struct slot *to, struct slot *from)
{
	if (from->type == OBJECT_UNTYPED)
		return ERR_STATE;
	cap_derive_quick(to, from, ~0u, from->badge);
	return OK;
}

/*
 * `what` is a constant: this and what it stands in is compiled for each, since it is what
 * programs do with capabilities.
 */
static inline __attribute__((always_inline)) status_t
transfer(enum transfer what, struct slot *to, struct slot *from, struct terms terms)
{
	if (slot_empty(from))
		return ERR_BAD_CAP;
	if (!slot_empty(to))
		return ERR_SLOT_USED;
	if (what == COPY)
		return copy(to, from);
	if (what == MINT)
		return mint(to, from, terms);
	cap_move_quick(to, from);
	return OK;
}

/* One transfer, from slot `index` of `source` to where arg[0] says. */
static inline __attribute__((always_inline)) status_t
transfer_from(struct invocation *inv, enum transfer what, const struct slot *source, word_t index,
	      struct terms terms)
{
	struct slot *to, *from;
	status_t status = slot_at(inv->slot, inv->arg[0], &to);

	if (!status)
		status = slot_at(source, index, &from);
	return status ? status : transfer(what, to, from, terms);
}

/* All forms begin (index, source, ...): arg[1] is the source's CNode. */
static inline __attribute__((always_inline)) status_t
transfer_one(struct invocation *inv, enum transfer what, struct terms terms)
{
	struct slot *source;
	status_t status = cap_lookup_cnode_quick(inv->caller, inv->arg[1], RIGHT_MANAGE, &source);

	return status ? status : transfer_from(inv, what, source, inv->arg[2], terms);
}

/* How many slots of a CNode, but no more than a step takes, there are from `index` on. */
static inline word_t slots_from(const struct slot *cnode, word_t index, word_t count)
{
	word_t slots = 1ull << cnode->size;

	if (!index || index >= slots)
		return 0;
	return count < slots - index ? count : slots - index;
}

/*
 * Some elements of a range. A CNode that moves may be what the range is asked through, or
 * its source: then the step ends, and the next one finds no slots there.
 */
static inline __attribute__((always_inline)) status_t
transfer_some(struct invocation *inv, enum transfer what, struct slot *source, struct terms terms)
{
	word_t count = slots_from(inv->slot, inv->arg[0], range_step(inv->arg[3])), done = 0;
	status_t status = OK;

	count = slots_from(source, inv->arg[2], count);
	if (!count)
		return ERR_RANGE;

	struct slot *to = cnode_slot(inv->slot, inv->arg[0]),
		    *from = cnode_slot(source, inv->arg[2]);

	while (done < count) {
		status = transfer(what, &to[done], &from[done], terms);
		if (status)
			break;
		if (what == MOVE && to[done].type == OBJECT_CNODE)
			count = done + 1;
		done++;
	}
	inv->arg[0] += done;
	inv->arg[2] += done;
	inv->arg[3] -= done;
	inv->result[0] += done;
	work((unsigned)done * WORK_ELEMENT);
	return status;
}

/* (index, source, source_index, count, ...) */
static inline __attribute__((always_inline)) status_t
transfer_range(struct invocation *inv, enum transfer what, struct terms terms)
{
	struct slot *source;
	status_t status = cap_lookup_cnode(inv->caller, inv->arg[1], RIGHT_MANAGE, &source);

	while (!status && inv->arg[3]) {
		if (preempt_due())
			return RESTART;
		status = transfer_some(inv, what, source, terms);
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
static status_t transfer_list(struct invocation *inv, enum transfer what, struct terms terms)
{
	struct slot *source;

	if (!list_fits(inv->caller, inv->arg[2]))
		return ERR_BAD_ARG;

	status_t status = cap_lookup_cnode(inv->caller, inv->arg[1], RIGHT_MANAGE, &source);

	while (!status && inv->result[0] < inv->arg[2]) {
		if (preempt_due())
			return RESTART;
		status = transfer_from(inv, what, source, list_index(inv->caller, inv->result[0]),
				       terms);
		if (status)
			break;
		work(WORK_ELEMENT);
		inv->arg[0]++;
		inv->result[0]++;
	}
	return status;
}

static const struct terms no_terms;

status_t cnode_copy(struct invocation *inv)
{
	return transfer_one(inv, COPY, no_terms);
}

status_t cnode_mint(struct invocation *inv)
{
	return transfer_one(inv, MINT, (struct terms){ inv->arg[3], inv->arg[4] });
}

status_t cnode_move(struct invocation *inv)
{
	return transfer_one(inv, MOVE, no_terms);
}

status_t cnode_copy_range(struct invocation *inv)
{
	return transfer_range(inv, COPY, no_terms);
}

status_t cnode_mint_range(struct invocation *inv)
{
	return transfer_range(inv, MINT, (struct terms){ inv->arg[4], inv->arg[5] });
}

status_t cnode_move_range(struct invocation *inv)
{
	return transfer_range(inv, MOVE, no_terms);
}

status_t cnode_copy_list(struct invocation *inv)
{
	return transfer_list(inv, COPY, no_terms);
}

status_t cnode_mint_list(struct invocation *inv)
{
	return transfer_list(inv, MINT, (struct terms){ inv->arg[3], inv->arg[4] });
}

status_t cnode_move_list(struct invocation *inv)
{
	return transfer_list(inv, MOVE, no_terms);
}

/* --- delete and revoke --------------------------------------------------- */

/*
 * What takes capabilities away may destroy anything: the CNode that it works in, or the
 * caller. So it begins anew after each step, with everything looked up afresh. A slot
 * that cap_delete_quick() empties takes nothing along but a reference that was not
 * the last one: all else is where it was, unless the slot held the CNode invoked.
 */

status_t cnode_delete(struct invocation *inv)
{
	struct slot *s;

	if (!inv->resumed) {
		status_t status = full_slot_at(inv->slot, inv->arg[0], &s);

		if (status)
			return status;
		if (cap_delete_quick(s))
			return OK;
		deletion_begin(inv);
		cap_delete(s);
	}
	return deletion_finish(inv);
}

/* The CNode invoked, which may be gone since the last step. */
static status_t find_again(struct invocation *inv, struct slot **cnode)
{
	return cap_lookup_cnode(inv->caller, inv->caller->regs.target, RIGHT_MANAGE, cnode);
}

/* Is there something in slot `index` of the CNode invoked, still? */
static bool still_full(struct invocation *inv, word_t index)
{
	struct slot *cnode, *s;

	return !find_again(inv, &cnode) && !full_slot_at(cnode, index, &s);
}

/* Empty a slot that more depends on. */
static status_t delete_one(struct invocation *inv, struct slot *s)
{
	work(WORK_LOOK);
	if (!slot_empty(s))
		cap_delete(s);
	inv->result[0]++;
	return deletion_unfinished(inv) || preempt_due() ? RESTART : OK;
}

/* Some elements of a range: as many as are quick, and one that is not. */
static status_t delete_some(struct invocation *inv)
{
	struct slot *cnode;
	status_t status = find_again(inv, &cnode);

	if (status)
		return status;

	word_t count = slots_from(cnode, inv->arg[0], range_step(inv->arg[1])), done = 0;
	struct slot *s = cnode_slot(cnode, inv->arg[0]);

	while (done < count && !slot_empty(cnode) &&
	       (slot_empty(&s[done]) || cap_delete_quick(&s[done])))
		done++;
	inv->arg[0] += done;
	inv->arg[1] -= done;
	inv->result[0] += done;
	work((unsigned)done * WORK_ELEMENT);
	if (done == count || slot_empty(cnode))
		return preempt_due() ? RESTART : OK;

	inv->arg[0]++;
	inv->arg[1]--;
	return delete_one(inv, &s[done]);
}

status_t cnode_delete_range(struct invocation *inv)
{
	status_t status = cnode_check_range(inv->slot, inv->arg[0], inv->arg[1]);

	if (status)
		return status;
	deletion_begin(inv);
	status = deletion_finish(inv);
	while (!status && inv->arg[1])
		status = delete_some(inv);
	return status;
}

static status_t delete_listed(struct invocation *inv, word_t index)
{
	struct slot *cnode, *s;
	status_t status = find_again(inv, &cnode);

	if (!status)
		status = slot_at(cnode, index, &s);
	return status ? status : delete_one(inv, s);
}

status_t cnode_delete_list(struct invocation *inv)
{
	if (!list_fits(inv->caller, inv->arg[0]))
		return ERR_BAD_ARG;
	deletion_begin(inv);

	status_t status = deletion_finish(inv);

	while (!status && inv->result[0] < inv->arg[0])
		status = delete_listed(inv, list_index(inv->caller, inv->result[0]));
	return status;
}

/* Delete what derives from `s`, up to the first that is not quick. */
static inline status_t revoke_quick(const struct slot *cnode, struct slot *s)
{
	while (s->first && cap_delete_quick(s->first)) {
		work(WORK_ELEMENT);
		if (slot_empty(cnode))
			return ERR_BAD_CAP;
		if (preempt_due())
			return RESTART;
	}
	return OK;
}

static status_t revoke_at(struct invocation *inv, word_t index)
{
	struct slot *cnode, *s;

	for (;;) {
		status_t status = find_again(inv, &cnode);

		if (!status)
			status = slot_at(cnode, index, &s);
		if (status)
			return status;
		work(WORK_LOOK);
		if (slot_empty(s))
			return deletion_finish(inv);
		status = revoke_quick(cnode, s);
		if (status)
			return status;
		if (!cap_revoke_step(s))
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
	status = revoke_quick(inv->slot, s);
	if (!status && !s->first) /* what dies of it is among the children until it is gone */
		return OK;
	deletion_begin(inv);
	if (!status)
		status = revoke_at(inv, inv->arg[0]);

	/* The target itself may have been among what came of it, and so may the caller. */
	if (!status && caller_lives(inv) && !still_full(inv, inv->arg[0]))
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
