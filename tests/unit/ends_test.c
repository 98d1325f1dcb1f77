/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What keeper does when the supervisor ends, again and again. */
/* links: services/init/ends.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ends.h"

enum { TIME = 1000, CLEAN_MAX = 4 };

static uint64_t now = 1;

/* So many ends, a tick apart: of all but the last nothing follows. */
static enum ends_verdict end(struct ends *ends, unsigned count)
{
	for (unsigned i = 1; i < count; i++)
		assert_int_equal(ends_note(ends, ++now, TIME, CLEAN_MAX), ENDS_AGAIN);
	return ends_note(ends, ++now, TIME, CLEAN_MAX);
}

static void begins_anew_after_many_ends(void **state)
{
	struct ends ends = { 0 };

	(void)state;
	assert_int_equal(end(&ends, ENDS_MAX), ENDS_AGAIN);
	assert_int_equal(end(&ends, 1), ENDS_ANEW);
	assert_int_equal(end(&ends, ENDS_MAX + 1), ENDS_ANEW);
}

static void only_those_of_a_while_count(void **state)
{
	struct ends ends = { 0 };

	(void)state;
	for (unsigned i = 0; i < 10 * ENDS_MAX; i++) {
		assert_int_equal(ends_note(&ends, now, TIME, CLEAN_MAX), ENDS_AGAIN);
		now += TIME / ENDS_MAX;
	}
	/* A hair faster is too often. */
	now += TIME;
	for (unsigned i = 0; i < ENDS_MAX; i++) {
		assert_int_equal(ends_note(&ends, now, TIME, CLEAN_MAX), ENDS_AGAIN);
		now += TIME / ENDS_MAX;
	}
	assert_int_equal(ends_note(&ends, now - 1, TIME, CLEAN_MAX), ENDS_ANEW);
}

static void gives_up_when_clean_starts_do_not_help(void **state)
{
	struct ends ends = { 0 };

	(void)state;
	for (unsigned i = 0; i < CLEAN_MAX; i++)
		assert_int_equal(end(&ends, ENDS_MAX + 1), ENDS_ANEW);
	assert_int_equal(end(&ends, ENDS_MAX + 1), ENDS_HOPELESS);
}

static void forgets_clean_starts_that_were_good_for_a_while(void **state)
{
	struct ends ends = { 0 };

	(void)state;
	for (unsigned i = 0; i < 3 * CLEAN_MAX; i++) {
		assert_int_equal(end(&ends, ENDS_MAX), ENDS_AGAIN);
		now += TIME;
		assert_int_equal(end(&ends, 1), ENDS_AGAIN);
		assert_int_equal(end(&ends, ENDS_MAX), ENDS_ANEW);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_anew_after_many_ends),
		cmocka_unit_test(only_those_of_a_while_count),
		cmocka_unit_test(gives_up_when_clean_starts_do_not_help),
		cmocka_unit_test(forgets_clean_starts_that_were_good_for_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
