/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Timelines: a few by hand, then a million random steps beside a model too simple
 * to be wrong, which keeps all moments in one sorted array.
 */
/* links: kernel/core/timeline.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "dice.h"
#include "timeline.h"

enum { MOMENTS = 120, STEPS = 250000, CHECK_EVERY = 64, MANY = 100000 };

static struct timeline line;
static struct moment moments[MANY];

static int begin(void **state)
{
	(void)state;
	memset(&line, 0, sizeof(line));
	memset(moments, 0, sizeof(moments));
	return 0;
}

/* ---- what holds of every moment ---- */

static uint32_t rank(const struct moment *m)
{
	return m ? m->rank : 0;
}

static bool is_before(const struct moment *a, const struct moment *b)
{
	return a->time != b->time ? a->time < b->time : a->order < b->order;
}

static void assert_moment(const struct moment *m)
{
	dice_assert(m->rank == rank(m->below[SHORT]) + 1);
	dice_assert(rank(m->below[SHORT]) <= rank(m->below[LONG]));
	for (unsigned side = 0; side < SIDES; side++)
		dice_assert(!m->below[side] ||
			    (m->below[side]->above == m && is_before(m, m->below[side])));
	dice_assert(m->above ? m->above->below[LONG] == m || m->above->below[SHORT] == m
			     : line.first == m);
}

static unsigned count_below(const struct moment *m)
{
	return m ? 1 + count_below(m->below[LONG]) + count_below(m->below[SHORT]) : 0;
}

/* The timeline has exactly these, in this order. */
static void assert_order(struct moment *const *want, unsigned count)
{
	dice_assert(line.first == (count ? want[0] : NULL));
	dice_assert(count_below(line.first) == count);
	for (unsigned i = 0; i < count; i++) {
		assert_moment(want[i]);
		dice_assert(!i || is_before(want[i - 1], want[i]));
	}
}

/* ---- by hand ---- */

static void an_empty_timeline_has_no_first(void **state)
{
	(void)state;
	assert_null(line.first);
	timeline_add(&line, &moments[0], 5);
	assert_ptr_equal(line.first, &moments[0]);
	assert_true(moment_is_set(&moments[0]));
	timeline_remove(&line, &moments[0]);
	assert_null(line.first);
	assert_false(moment_is_set(&moments[0]));
}

static void the_earliest_is_the_first_whoever_came_first(void **state)
{
	struct moment *const want[] = { &moments[2], &moments[0], &moments[3], &moments[1] };

	(void)state;
	timeline_add(&line, &moments[0], 10);
	timeline_add(&line, &moments[1], UINT64_MAX);
	timeline_add(&line, &moments[2], 0);
	timeline_add(&line, &moments[3], 11);
	assert_order(want, 4);
}

static void equal_moments_come_in_the_order_of_arrival(void **state)
{
	struct moment *want[MOMENTS];

	(void)state;
	for (unsigned i = 0; i < MOMENTS; i++) {
		timeline_add(&line, &moments[i], 7);
		want[i] = &moments[i];
	}
	assert_order(want, MOMENTS);
	for (unsigned i = 0; i < MOMENTS; i++) {
		assert_ptr_equal(line.first, &moments[i]);
		timeline_remove(&line, line.first);
	}
}

/* The most that a leftist heap's first may have: one of rank r has 2^r - 1 below it. */
static uint32_t most_rank(uint64_t count)
{
	uint32_t most = 0;

	while ((2ull << most) - 1 <= count)
		most++;
	return most;
}

/* As many as there may be, in orders that would make a plain tree a list. */
static void many_moments_have_short_sides(void **state)
{
	(void)state;
	for (unsigned order = 0; order < 4; order++) {
		begin(NULL);
		for (uint64_t i = 0; i < MANY; i++) {
			uint64_t zigzag = i % 2 ? MANY - i : i;
			uint64_t time[] = { i, MANY - i, 0, zigzag };

			timeline_add(&line, &moments[i], time[order]);
			dice_assert(line.first->rank <= most_rank(i + 1));
		}
		for (uint64_t i = 0; i < MANY; i++)
			assert_moment(&moments[i]);

		/* The first goes each time, as it does when the clock runs. */
		for (uint64_t left = MANY; left; left--, timeline_remove(&line, line.first))
			dice_assert(line.first->rank <= most_rank(left));
		assert_null(line.first);
	}
}

/* ---- beside a model ---- */

static struct moment *model[MOMENTS];
static unsigned model_count;

static void model_add(struct moment *m, uint64_t time)
{
	unsigned at = model_count++;

	for (; at && model[at - 1]->time > time; at--)
		model[at] = model[at - 1];
	model[at] = m;
}

static void model_remove(const struct moment *m)
{
	unsigned at = 0;

	while (model[at] != m)
		at++;
	model_count--;
	memmove(&model[at], &model[at + 1], (model_count - at) * sizeof(model[0]));
}

static void step(unsigned times, unsigned fullness)
{
	struct moment *m = &moments[dice_roll(fullness)];
	uint64_t time = dice_roll(times);

	if (moment_is_set(m)) {
		model_remove(m);
		timeline_remove(&line, m);
	} else {
		model_add(m, time);
		timeline_add(&line, m, time);
		dice_assert(m->time == time);
	}
	dice_assert(line.first == (model_count ? model[0] : NULL));
	dice_assert(rank(line.first) <= most_rank(model_count));
}

static void a_million_random_steps_agree_with_a_sorted_array(void **state)
{
	static const unsigned times[] = { 3, 40, 1000, 1u << 31 };

	(void)state;
	for (unsigned run = 0; run < 4; run++) {
		begin(NULL);
		model_count = 0;
		dice_begin(run + 1);
		for (dice.step = 0; dice.step < STEPS; dice.step++) {
			step(times[run], dice.step % 4096 < 2048 ? MOMENTS : 12);
			if (dice.step % CHECK_EVERY == 0)
				assert_order(model, model_count);
		}
		assert_order(model, model_count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_empty_timeline_has_no_first, begin),
		cmocka_unit_test_setup(the_earliest_is_the_first_whoever_came_first, begin),
		cmocka_unit_test_setup(equal_moments_come_in_the_order_of_arrival, begin),
		cmocka_unit_test_setup(many_moments_have_short_sides, begin),
		cmocka_unit_test(a_million_random_steps_agree_with_a_sorted_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
