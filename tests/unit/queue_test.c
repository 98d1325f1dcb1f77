/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Queues: one step at a time, then a million random steps beside a
 * model too simple to be wrong, which keeps each queue as an array.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "dice.h"
#include "panic.h"
#include "queue.h"

enum { QUEUES = 5, LINKS = 60, CHECK_EVERY = 16 };

static struct queue queues[QUEUES];
static struct link links[LINKS];

/* The kernel's: the test that expects it goes on behind it. */
static jmp_buf expected;
static bool panic_expected;

_Noreturn void panic(const char *fmt, ...)
{
	if (panic_expected)
		longjmp(expected, 1);
	print_error("panic: %s\n", fmt);
	_fail(__FILE__, __LINE__);
	__builtin_unreachable();
}

/* ---- one step at a time ---- */

static int begin(void **state)
{
	(void)state;
	memset(queues, 0, sizeof(queues));
	memset(links, 0, sizeof(links));
	return 0;
}

/* The queue has exactly these, from head to tail and back. */
static void assert_queue(const struct queue *q, const struct link *const *want, unsigned count)
{
	const struct link *t = q->head;

	for (unsigned i = 0; i < count; i++, t = t->next) {
		dice_assert(t == want[i]);
		dice_assert(t->in == q);
		dice_assert(t->prev == (i ? want[i - 1] : NULL));
	}
	dice_assert(!t);
	dice_assert(q->tail == (count ? want[count - 1] : NULL));
}

#define ASSERT_QUEUE(...) \
	do { \
		const struct link *want[] = { __VA_ARGS__ }; \
		assert_queue(&queues[0], want, sizeof(want) / sizeof(want[0])); \
	} while (0)

static struct link *const a = &links[0], *const b = &links[1], *const c = &links[2];

static void the_first_to_come_is_the_first_of_the_queue(void **state)
{
	(void)state;
	queue_push(&queues[0], a);
	ASSERT_QUEUE(a);
	queue_push(&queues[0], b);
	queue_push(&queues[0], c);
	ASSERT_QUEUE(a, b, c);
}

static void a_link_pushed_to_the_front_is_before_all_others(void **state)
{
	(void)state;
	queue_put(&queues[0], a, true);
	ASSERT_QUEUE(a);
	queue_push(&queues[0], b);
	queue_put(&queues[0], c, true);
	ASSERT_QUEUE(c, a, b);
}

static void a_link_can_be_removed_from_anywhere(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		begin(NULL);
		queue_push(&queues[0], a);
		queue_push(&queues[0], b);
		queue_push(&queues[0], c);
		queue_remove(&links[i]);
		assert_null(links[i].in);
		ASSERT_QUEUE(i == 0 ? b : a, i == 2 ? b : c);
	}
}

static void the_last_link_leaves_an_empty_queue(void **state)
{
	(void)state;
	queue_push(&queues[0], a);
	queue_remove(a);
	assert_queue(&queues[0], NULL, 0);
	queue_put(&queues[1], a, true);
	assert_ptr_equal(queues[1].head, a);
}

static void a_link_in_a_queue_goes_into_no_other(void **state)
{
	(void)state;
	queue_push(&queues[0], a);
	for (volatile unsigned i = 0; i < 2; i++) {
		panic_expected = true;
		if (setjmp(expected) == 0) {
			queue_put(&queues[1], a, i);
			fail_msg("it is in two queues");
		}
		panic_expected = false;
		ASSERT_QUEUE(a);
	}
}

/* ---- beside a model ---- */

static struct {
	const struct link *link[LINKS];
	unsigned count;
} model[QUEUES];

static void model_insert(unsigned q, unsigned at, const struct link *t)
{
	for (unsigned i = model[q].count++; i > at; i--)
		model[q].link[i] = model[q].link[i - 1];
	model[q].link[at] = t;
}

static void model_remove(unsigned q, const struct link *t)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < model[q].count; i++)
		if (model[q].link[i] != t)
			model[q].link[kept++] = model[q].link[i];
	dice_assert(kept + 1 == model[q].count);
	model[q].count = kept;
}

/* Take a thread out of its queue, or put it at an end of one, mostly the back. */
static void random_step(unsigned count)
{
	struct link *t = &links[dice_roll(count)];
	unsigned q = (unsigned)dice_roll(QUEUES);

	if (t->in) {
		model_remove((unsigned)(t->in - queues), t);
		queue_remove(t);
	} else if (dice_roll(3)) {
		model_insert(q, model[q].count, t);
		queue_push(&queues[q], t);
	} else {
		model_insert(q, 0, t);
		queue_put(&queues[q], t, true);
	}
}

static void assert_as_modelled(void)
{
	unsigned queued = 0;

	for (unsigned q = 0; q < QUEUES; q++) {
		assert_queue(&queues[q], model[q].link, model[q].count);
		queued += model[q].count;
	}
	for (unsigned i = 0; i < LINKS; i++)
		queued -= links[i].in != NULL;
	dice_assert(!queued);
}

static void a_million_random_steps_do_what_a_simple_model_does(void **state)
{
	static const struct {
		uint64_t seed;
		unsigned links, steps;
	} runs[] = {
		{ 1, 1, 50000 },
		{ 2, 3, 150000 },
		{ 3, 12, 400000 },
		{ 4, LINKS, 400000 },
	};

	for (size_t run = 0; run < ARRAY_SIZE(runs); run++) {
		begin(state);
		memset(model, 0, sizeof(model));
		dice_begin(runs[run].seed);
		for (; dice.step < runs[run].steps; dice.step++) {
			random_step(runs[run].links);
			if (dice.step % CHECK_EVERY == 0)
				assert_as_modelled();
		}
		assert_as_modelled();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_first_to_come_is_the_first_of_the_queue, begin),
		cmocka_unit_test_setup(a_link_pushed_to_the_front_is_before_all_others, begin),
		cmocka_unit_test_setup(a_link_can_be_removed_from_anywhere, begin),
		cmocka_unit_test_setup(the_last_link_leaves_an_empty_queue, begin),
		cmocka_unit_test_setup(a_link_in_a_queue_goes_into_no_other, begin),
		cmocka_unit_test(a_million_random_steps_do_what_a_simple_model_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
