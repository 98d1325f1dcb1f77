/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "string.h"
#include "types.h"

/*
 * What the address sanitizer is told of memory (kernel/san, docs/testing.md).
 * It is there only in a kernel that was built with SAN=1; in any other, every
 * function here is nothing.
 *
 * The kernel's C code may touch its own image and the objects that live: each
 * from san_made() to san_gone(), and of its memory what its structure uses. All
 * other RAM is out of bounds, free or a user's.
 *
 * Locking: the kernel lock.
 */
struct boot;
struct slot;

#ifdef SAN

/* Take memory for the account of what lives where. RAM is mapped by now. */
void san_start(struct boot *b);

/* Boot is over, which may touch everything: check from here on. */
void san_check(void);

/* The kernel has failed, and its report may touch everything. */
void san_stop(void);

/*
 * An object is to be made here: nothing lives in this memory. It may be cleared.
 * A retype that was interrupted does so again, or somebody else does in its place.
 */
void san_claim(const void *memory, uint64_t bytes);

/* What `slot` names is there now, in memory that was claimed. */
void san_made(const struct slot *slot);

/* What `was`, a copy of its last slot, named has come to its end. */
void san_gone(const struct slot *was);

/* An untyped lost its last child: nothing is left below its watermark. */
void san_reset(const struct slot *untyped);

/* memcpy() between pages of users, which the kernel touches nowhere else (shared.h). */
void san_copy_shared(void *to, const void *from, size_t n);

/* The same from a page of a user to memory of the kernel's own, and the other way. */
void san_fetch_shared(void *to, const void *from, size_t n);
void san_give_shared(void *to, const void *from, size_t n);

#else

#define san_start(b) ((void)(b))
#define san_check() ((void)0)
#define san_stop() ((void)0)
#define san_claim(memory, bytes) ((void)(memory), (void)(bytes))
#define san_made(slot) ((void)(slot))
#define san_gone(was) ((void)(was))
#define san_reset(untyped) ((void)(untyped))
#define san_copy_shared(to, from, n) memcpy(to, from, n)
#define san_fetch_shared(to, from, n) memcpy(to, from, n)
#define san_give_shared(to, from, n) memcpy(to, from, n)

#endif
