/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What one instance of the supervisor believes of what the last one has left. */
/* links: services/supervisor/record.c tests/unit/panic_stub.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "panic_stub.h"
#include "plan.h"
#include "record.h"

struct manifest_set plan;

static uint64_t kept[(sizeof(struct record) + 64) / sizeof(uint64_t)];

static bool begin_again(void)
{
	return record_begin(kept, sizeof(kept));
}

static void set_names(const char *first, const char *second)
{
	memset(&plan, 0, sizeof(plan));
	plan.count = 2;
	memcpy(plan.service[0].name, first, strlen(first));
	memcpy(plan.service[1].name, second, strlen(second));
}

static void begin(const char *first, const char *second)
{
	memset(kept, 0xa5, sizeof(kept));
	set_names(first, second);
	assert_false(begin_again());
}

static void is_new_where_there_was_anything(void **state)
{
	(void)state;
	begin("a", "bc");
	assert_int_equal(record->crashes, 0);
	assert_int_equal(record->service[1].state, SERVICE_NEW);
}

static void keeps_what_was_sealed(void **state)
{
	(void)state;
	begin("a", "bc");
	record->service[1].starts = 3;
	record_crash(1, CRASH_KILLED);
	record_seal();
	assert_true(begin_again());
	assert_int_equal(record->service[1].starts, 3);
	assert_int_equal(record_find(record, 1)->service, 1);
}

static void forgets_what_was_not_sealed(void **state)
{
	(void)state;
	begin("a", "bc");
	record->service[1].starts = 3;
	assert_false(begin_again());
	assert_int_equal(record->service[1].starts, 0);
}

static void notices_each_bit(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < sizeof(struct record) * 8; bit += 61) {
		begin("a", "bc");
		record_crash(0, CRASH_HUNG);
		record_seal();
		kept[bit / 64] ^= 1ull << bit % 64;
		assert_false(begin_again());
	}
}

static void is_not_that_of_other_services(void **state)
{
	(void)state;
	begin("a", "bc");
	assert_true(begin_again());
	set_names("ab", "c");
	assert_false(begin_again());
}

/* Each is out of its range, under a seal that is right. */
static void does_not_believe_what_cannot_be(void **state)
{
	(void)state;
	begin("a", "bc");

	uint64_t *const wrong[] = { &record->service[31].state, &record->crash[15].service,
				    &record->crash[15].cause,	&record->crash[15].evidence.depth,
				    &record->event[31].service, &record->event[31].kind };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		*wrong[i] = 33;
		record_seal();
		assert_false(begin_again());
		assert_int_equal(*wrong[i], 0);
	}
}

static void knows_the_last_crashes_only(void **state)
{
	(void)state;
	begin("a", "bc");
	assert_null(record_find(record, 1));
	for (unsigned i = 0; i < RECORD_CRASHES + 2; i++)
		record_crash(i % 2, CRASH_FAULT);
	assert_null(record_find(record, 0));
	assert_null(record_find(record, 2));
	assert_int_equal(record_find(record, 3)->number, 3);
	assert_int_equal(record_find(record, RECORD_CRASHES + 2)->number, RECORD_CRASHES + 2);
	assert_null(record_find(record, RECORD_CRASHES + 3));
}

static void needs_room(void **state)
{
	(void)state;
	expect_panic(assert_false(record_begin(kept, sizeof(struct record))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_new_where_there_was_anything),
		cmocka_unit_test(keeps_what_was_sealed),
		cmocka_unit_test(forgets_what_was_not_sealed),
		cmocka_unit_test(notices_each_bit),
		cmocka_unit_test(is_not_that_of_other_services),
		cmocka_unit_test(does_not_believe_what_cannot_be),
		cmocka_unit_test(knows_the_last_crashes_only),
		cmocka_unit_test(needs_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
