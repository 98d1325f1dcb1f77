/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "marks.h"
#include "arch/layout.h"
#include "string.h"

uint64_t marked_pages;

bool marks_reach(const void *at, uint64_t bytes)
{
	paddr_t start = virt_to_phys(at), end = marked_pages << PAGE_BITS;

	return start < end && bytes <= end - start && !(start & ((1 << MARK_BITS) - 1));
}

void marks_clear(struct marks *m)
{
	memset(m->page, 0, marked_pages * sizeof(*m->page));
}

void marks_copy(struct marks *to, const struct marks *from)
{
	memcpy(to->page, from->page, marked_pages * sizeof(*to->page));
}

/* What to do with a word of marks: those in `mask` belong to the range. */
typedef bool word_action(uint64_t *word, uint64_t mask);

static bool is_any(uint64_t *word, uint64_t mask)
{
	return *word & mask;
}

static bool set(uint64_t *word, uint64_t mask)
{
	bool any = *word & mask;

	*word |= mask;
	return any;
}

static bool remove(uint64_t *word, uint64_t mask)
{
	*word &= ~mask;
	return false;
}

static bool each_word(const struct marks *m, const void *at, uint64_t bytes, word_action *action)
{
	uint64_t first = virt_to_phys(at) >> MARK_BITS, end = first + (bytes >> MARK_BITS);
	bool any = false;

	while (first < end) {
		unsigned bit = first % PAGE_MARKS;
		uint64_t n = end - first < PAGE_MARKS - bit ? end - first : PAGE_MARKS - bit;
		uint64_t mask = (n == PAGE_MARKS ? ~0ull : (1ull << n) - 1) << bit;

		any |= action(&m->page[first / PAGE_MARKS], mask);
		first += n;
	}
	return any;
}

bool marks_any(const struct marks *m, const void *at, uint64_t bytes)
{
	return each_word(m, at, bytes, is_any);
}

bool marks_set(struct marks *m, const void *at, uint64_t bytes)
{
	return each_word(m, at, bytes, set);
}

void marks_remove(struct marks *m, const void *at, uint64_t bytes)
{
	each_word(m, at, bytes, remove);
}
