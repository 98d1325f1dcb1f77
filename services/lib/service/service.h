/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"

/*
 * service: what a service has, and an account of it.
 *
 * Its objects are made from SLOT_ARENA, a quarter of its private memory, and lie in
 * the free slots of its own CNode. That is its budget: beyond it all fail with ERR_NO_MEMORY
 * and nothing is lost. Any thread may call these, at any time after service_begin().
 */

/* As main() was told. */
extern const struct start_info *service_start;

/*
 * main() calls this before all else, in place of kozo_begin(). A service that cannot even
 * begin panics.
 */
void service_begin(const void *info);

/* Make an object; `size` as in Untyped.retype. Errors are its own, and ERR_NO_MEMORY. */
MUST_USE status_t service_make(enum object_type type, word_t size, cptr_t *made);

/* An empty slot, for what is to arrive. ERR_NO_MEMORY: there is none. */
MUST_USE status_t service_slot(cptr_t *slot);

/* Empty a slot of the above two and give it back; somebody else may have emptied it. */
void service_drop(cptr_t cptr);

/* A capability that raises these bits of a notification; `made` is dropped as above. */
MUST_USE status_t service_signal(cptr_t notification, word_t bits, cptr_t *made);

/*
 * Addresses where nothing is mapped and that nobody else is given: so many bytes from a
 * multiple of 2^bits, behind a page that stays unmapped. They do not come back.
 */
vaddr_t service_room(size_t bytes, unsigned bits);

/* Map a frame, with the page tables that this takes. Errors as of Frame.map, and ERR_NO_MEMORY. */
MUST_USE status_t service_map(cptr_t frame, vaddr_t address, rights_t rights);

/* A frame of 2^bits bytes, all zero, mapped writable at an address within a room. */
MUST_USE status_t service_add(unsigned bits, vaddr_t address, cptr_t *frame);

/* What must not mix with others of the library; not for what calls any of the above. */
void service_lock(void);
void service_unlock(void);

/* Bytes of the arena, and those that are not in use. */
uint64_t service_arena(void);
uint64_t service_left(void);
