/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "slot.h"

/*
 * Capabilities: what a slot means. These keep together what slot.c cannot know
 * of: reference counts, mappings, an untyped's watermark, and what a thread
 * caches from the slots inside it.
 *
 * Locking: the kernel lock.
 */
struct thread;

/* The parent of every boot capability. No cptr names it. */
extern struct slot cap_root;

/*
 * Fill the empty slot `to` with a child of `from`, with `rights`, which `from`
 * must have, and `badge`. Never for an Untyped.
 */
void cap_derive(struct slot *to, struct slot *from, rights_t rights, uint64_t badge);

/* Move a capability, its children and its mapping to the empty slot `to`. */
void cap_move(struct slot *to, struct slot *from);

/*
 * Empty a full slot. If it held an object's last capability the object is
 * stopped, and its memory is free only when tombs_step() is done with it.
 */
void cap_delete(struct slot *s);

/*
 * Give a slot inside an object a child of `from`, with the same rights and badge, in
 * place of what it held; or nothing, if `from` is NULL.
 */
void cap_replace(struct slot *inside, struct slot *from);

/* Empty a slot whose object and mapping are dealt with already. */
void cap_unlink(struct slot *s);

/* Delete one capability that derives from `s`, or help one to die. False: there is none. */
MUST_USE bool cap_revoke_step(struct slot *s);

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
