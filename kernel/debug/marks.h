/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * marks: one bit for each 64 bytes of memory, which is the size of a slot and of
 * the smallest object. A word of bits is a page.
 */
enum { MARK_BITS = 6, PAGE_MARKS = 64 };

struct marks {
	uint64_t *page;
};

/* How many pages the marks reach over. */
extern uint64_t marked_pages;

/* Is there memory at this direct-map address that marks can describe? */
bool marks_reach(const void *at, uint64_t bytes);

void marks_clear(struct marks *m);
void marks_copy(struct marks *to, const struct marks *from);

/* Both take what marks_reach() accepted. True: some of it was marked before. */
bool marks_any(const struct marks *m, const void *at, uint64_t bytes);
bool marks_set(struct marks *m, const void *at, uint64_t bytes);
void marks_remove(struct marks *m, const void *at, uint64_t bytes);
