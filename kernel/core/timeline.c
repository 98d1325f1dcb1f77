/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "timeline.h"

static uint32_t height(const struct moment *m)
{
	return m ? m->height : 0;
}

static void measure(struct moment *m)
{
	uint32_t earlier = height(m->below[EARLIER]), later = height(m->below[LATER]);

	m->height = 1 + (earlier > later ? earlier : later);
}

static void hang(struct moment *above, enum side side, struct moment *m)
{
	above->below[side] = m;
	if (m)
		m->above = above;
}

/* What hung `was` now hangs `m`, which may be nothing. */
static void replace(struct timeline *t, const struct moment *was, struct moment *m)
{
	struct moment *above = was->above;

	if (above) {
		hang(above, above->below[LATER] == was ? LATER : EARLIER, m);
		return;
	}
	t->root = m;
	if (m)
		m->above = NULL;
}

/* What is below `m` on this side comes up into its place, and `m` goes down. */
static void rotate(struct timeline *t, struct moment *m, enum side side)
{
	enum side other = side == EARLIER ? LATER : EARLIER;
	struct moment *up = m->below[side];

	replace(t, m, up);
	hang(m, side, up->below[other]);
	hang(up, other, m);
	measure(m);
	measure(up);
}

/* The side of `m` that is too high; SIDES: neither is. */
static enum side too_high(const struct moment *m)
{
	uint32_t earlier = height(m->below[EARLIER]), later = height(m->below[LATER]);

	if (earlier > later + 1)
		return EARLIER;
	return later > earlier + 1 ? LATER : SIDES;
}

/* Bring the two sides of `m` to heights that differ by one at most. */
static void level(struct timeline *t, struct moment *m)
{
	enum side side = too_high(m);

	if (side == SIDES) {
		measure(m);
		return;
	}

	enum side other = side == EARLIER ? LATER : EARLIER;
	struct moment *high = m->below[side];

	/* What would change sides must not be the higher part. */
	if (height(high->below[other]) > height(high->below[side]))
		rotate(t, high, other);
	rotate(t, m, side);
}

/* Something below `m` has come or gone: level all that lies above it. */
static void level_up(struct timeline *t, struct moment *m)
{
	while (m) {
		struct moment *above = m->above;

		level(t, m);
		m = above;
	}
}

void timeline_add(struct timeline *t, struct moment *m, uint64_t time)
{
	struct moment *above = NULL, *at = t->root;
	enum side side = EARLIER;

	*m = (struct moment){ .time = time, .height = 1, .kind = m->kind };
	if (!t->first || time < t->first->time)
		t->first = m;
	while (at) {
		above = at;
		side = time < at->time ? EARLIER : LATER;
		at = at->below[side];
	}
	if (above)
		hang(above, side, m);
	else
		t->root = m;
	level_up(t, above);
}

static struct moment *earliest(struct moment *m)
{
	while (m->below[EARLIER])
		m = m->below[EARLIER];
	return m;
}

/* The one behind the first, which has nothing below it that is earlier. */
static struct moment *second(const struct moment *first)
{
	return first->below[LATER] ? earliest(first->below[LATER]) : first->above;
}

/*
 * The next one after `m`, which has both sides, takes its place. Returns the lowest
 * that has something else below it now.
 */
static struct moment *replace_by_next(struct timeline *t, struct moment *m)
{
	struct moment *next = earliest(m->below[LATER]);
	struct moment *changed = next->above == m ? next : next->above;

	replace(t, next, next->below[LATER]);
	hang(next, EARLIER, m->below[EARLIER]);
	hang(next, LATER, m->below[LATER]);
	replace(t, m, next);
	return changed;
}

void timeline_remove(struct timeline *t, struct moment *m)
{
	struct moment *changed = m->above;

	if (t->first == m)
		t->first = second(m);
	if (m->below[EARLIER] && m->below[LATER])
		changed = replace_by_next(t, m);
	else
		replace(t, m, m->below[m->below[EARLIER] ? EARLIER : LATER]);
	level_up(t, changed);
	m->height = 0;
}
