/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "arch/clamp.h"
#include "assert.h"
#include "page_table.h"
#include "thread.h"

/*
 * Capabilities: what a slot means. These keep together what slot.c cannot know
 * of: reference counts, mappings, an untyped's watermark, and what a thread
 * caches from the slots inside it.
 *
 * Locking: the kernel lock.
 */

/* The parent of every boot capability. No cptr names it. */
extern struct slot cap_root;

/*
 * Fill the empty slot `to` with a child of `from`, with `rights`, which `from`
 * must have, and `badge`. Never for an Untyped.
 */
void cap_derive(struct slot *to, struct slot *from, rights_t rights, uint64_t badge);

/* The same for a Frame of one page, which nobody counts, and without a badge. `to` is empty. */
static inline void cap_derive_page(struct slot *to, struct slot *from, rights_t rights)
{
	to->type = OBJECT_FRAME;
	to->size = PAGE_BITS;
	to->rights = (uint16_t)(from->rights & rights);
	to->flags = from->flags & SLOT_DEVICE;
	to->object = from->object;
	slot_link(from, to);
}

/* Move a capability, its children and its mapping to the empty slot `to`. */
void cap_move(struct slot *to, struct slot *from);

/*
 * Empty a full slot. If it held an object's last capability the object is
 * stopped, and its memory is free only when tombs_step() is done with it.
 */
void cap_delete(struct slot *s);

/*
 * Empty a full slot of a CNode if nothing else comes of that: nothing is unmapped and no
 * object dies. False: it is as it was, and cap_delete() is to be asked.
 */
MUST_USE bool cap_delete_quick(struct slot *s);

/*
 * Give a slot inside an object a child of `from`, with the same rights and badge, in
 * place of what it held; or nothing, if `from` is NULL. The object uses it from now on.
 */
void cap_replace(struct slot *inside, struct slot *from);

/* Empty a slot whose object and mapping are dealt with already. */
void cap_unlink(struct slot *s);

/* Delete one capability that derives from `s`, or help one to die. False: there is none. */
MUST_USE bool cap_revoke_step(struct slot *s);

/*
 * The slot that a user's number names; an empty one if there is none: slot 0 (core/cnode.h).
 * Without a branch, so that holds under speculation too.
 */
static inline struct slot *cap_at(const struct thread *t, cptr_t cptr)
{
	return &t->cspace[clamp_index(cptr, t->cspace_slots)];
}

MUST_USE static inline status_t cap_check(struct slot *s, enum object_type type, rights_t need,
					  struct slot **out)
{
	if (s->type != type)
		return slot_empty(s) ? ERR_BAD_CAP : ERR_WRONG_TYPE;
	if ((s->rights & need) != need)
		return ERR_NO_RIGHT;
	*out = s;
	return OK;
}

/*
 * The slot behind a user's number. Refuses, in this order, with ERR_BAD_CAP,
 * ERR_WRONG_TYPE, ERR_NO_RIGHT; *out is then untouched.
 */
MUST_USE status_t cap_lookup(const struct thread *t, cptr_t cptr, enum object_type type,
			     rights_t need, struct slot **out);

/* As cap_lookup, but 0 names nothing, and *out is NULL then. */
MUST_USE status_t cap_lookup_optional(const struct thread *t, cptr_t cptr, enum object_type type,
				      rights_t need, struct slot **out);

/* As cap_lookup for a CNode, but 0 names the thread's own. */
MUST_USE status_t cap_lookup_cnode(struct thread *t, cptr_t cptr, rights_t need, struct slot **out);

/* As cap_lookup for any type, refusing nothing but ERR_BAD_CAP. */
MUST_USE status_t cap_lookup_any(const struct thread *t, cptr_t cptr, struct slot **out);

/*
 * The same for who does little else, and for who does it many times and says what that
 * costs: inline, and no work is counted.
 */
MUST_USE static inline status_t cap_lookup_quick(const struct thread *t, cptr_t cptr,
						 enum object_type type, rights_t need,
						 struct slot **out)
{
	return cap_check(cap_at(t, cptr), type, need, out);
}

MUST_USE static inline status_t cap_lookup_cnode_quick(struct thread *t, cptr_t cptr, rights_t need,
						       struct slot **out)
{
	struct slot *s = cap_at(t, cptr);

	if (s->type != OBJECT_CNODE && !cptr)
		s = &t->cnode;
	return cap_check(s, OBJECT_CNODE, need, out);
}

static inline void cap_derive_quick(struct slot *to, struct slot *from, rights_t rights,
				    uint64_t badge)
{
	assert(slot_empty(to) && from->type != OBJECT_UNTYPED);
	to->type = from->type;
	to->size = from->size;
	to->rights = (uint16_t)(from->rights & rights);
	to->object = from->object;
	to->badge = badge;
	slot_link_with(from, to, from->flags & SLOT_DEVICE);
	if (slot_is_counted(from))
		object_reference(object_of(from));
}

static inline bool cap_is_mapped(const struct slot *s)
{
	return s->mapping && (s->type == OBJECT_FRAME || s->type == OBJECT_PAGE_TABLE);
}

static inline void cap_move_quick(struct slot *to, struct slot *from)
{
	assert(slot_empty(to));
	slot_move(to, from);
	if (cap_is_mapped(to))
		page_table_moved(to);
}
