/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "timeline.h"

static uint32_t rank(const struct moment *m)
{
	return m ? m->rank : 0;
}

static bool is_before(const struct moment *a, const struct moment *b)
{
	return a->time != b->time ? a->time < b->time : a->order < b->order;
}

/* `m`, which may be nothing, hangs below `above` now, in this place. */
static void hang(struct moment *above, struct moment **place, struct moment *m)
{
	*place = m;
	if (m)
		m->above = above;
}

/* What hangs below `m` has changed. Returns whether its rank has. */
static bool measure(struct moment *m)
{
	struct moment *shorter = m->below[SHORT];
	uint32_t was = m->rank;

	if (rank(shorter) > rank(m->below[LONG])) {
		m->below[SHORT] = m->below[LONG];
		m->below[LONG] = shorter;
	}
	m->rank = rank(m->below[SHORT]) + 1;
	return m->rank != was;
}

/* One heap of two, either of which may be nothing: down the short sides, and up again. */
static struct moment *merge(struct moment *a, struct moment *b)
{
	struct moment *first = NULL, *last = NULL, **place = &first;

	while (a && b) {
		struct moment *later = is_before(a, b) ? b : a;

		hang(last, place, later == a ? b : a);
		last = *place;
		place = &last->below[SHORT];
		a = *place;
		b = later;
	}
	hang(last, place, a ? a : b);
	for (; last; last = last->above)
		measure(last);
	return first;
}

void timeline_add(struct timeline *t, struct moment *m, uint64_t time)
{
	*m = (struct moment){ .time = time, .order = t->added++, .rank = 1, .kind = m->kind };
	t->first = merge(t->first, m);
}

void timeline_remove(struct timeline *t, struct moment *m)
{
	struct moment *above = m->above, *below = merge(m->below[LONG], m->below[SHORT]);

	m->rank = 0;
	if (!above) {
		t->first = below;
		return;
	}
	hang(above, &above->below[above->below[SHORT] == m ? SHORT : LONG], below);
	while (above && measure(above))
		above = above->above;
}
