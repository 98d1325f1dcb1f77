/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Requests that are done once, on both sides; and the state that this is kept in. */
/* links: services/lib/service/requests.c services/lib/service/kept.c tests/unit/panic_stub.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kept.h"
#include "panic_stub.h"
#include "requests.h"

static void numbers_ascend_even_if_time_does_not(void **state)
{
	(void)state;
	assert_int_equal(request_new(100, 0).number, 100);
	assert_int_equal(request_new(100, 100).number, 101);
	assert_int_equal(request_new(5, 100).number, 101);
}

static void asks_again_only_if_the_server_died_and_not_for_ever(void **state)
{
	struct request r = request_new(1, 0);
	unsigned asked = 1;

	(void)state;
	assert_false(request_again(&r, OK));
	assert_false(request_again(&r, ERR_FULL));
	while (request_again(&r, ERR_PEER_DIED))
		asked++;
	assert_int_equal(asked, REQUEST_ATTEMPTS);
}

static void keeps_requests_until_they_are_answered(void **state)
{
	static struct requests r;
	uint8_t bytes[REQUEST_BYTES], again[REQUEST_BYTES];
	word_t number[REQUESTS_MAX];

	(void)state;
	for (unsigned i = 0; i < REQUESTS_MAX; i++) {
		memset(bytes, (int)i, sizeof(bytes));
		number[i] = requests_add(&r, 1000, bytes);
		assert_int_equal(number[i], 1000 + i);
	}
	assert_int_equal(requests_add(&r, 1000, bytes), 0);
	assert_true(requests_answered(&r, number[0]));
	assert_false(requests_answered(&r, number[0]));
	assert_false(requests_answered(&r, 0));
	assert_false(requests_answered(&r, 5));
	memset(bytes, 99, sizeof(bytes));
	assert_int_equal(requests_add(&r, 2000, bytes), 2000); /* in the first place again */

	for (unsigned i = 1; i < REQUESTS_MAX; i++) {
		assert_int_equal(requests_next(&r, number[i] - 1, again), number[i]);
		assert_int_equal(again[0], i);
		assert_int_equal(again[REQUEST_BYTES - 1], i);
	}
	assert_int_equal(requests_next(&r, number[REQUESTS_MAX - 1], again), 2000);
	assert_int_equal(again[0], 99);
	assert_int_equal(requests_next(&r, 0, again), number[1]);
	assert_int_equal(requests_next(&r, 2000, again), 0);
}

static void answers_the_same_request_alike_and_an_older_one_not(void **state)
{
	static struct answers a;
	struct message m, answer = { .label = ERR_FULL, .nwords = 2, .word = { 4, 2 } };

	(void)state;
	assert_int_equal(answers_find(&a, 7, 50, &m), ERR_WOULD_BLOCK);
	answers_keep(&a, 7, 50, &answer);
	assert_int_equal(answers_find(&a, 7, 50, &m), OK);
	assert_int_equal(m.label, ERR_FULL);
	assert_int_equal(m.nwords, 2);
	assert_int_equal(m.word[0], 4);
	assert_int_equal(m.word[1], 2);
	assert_int_equal(answers_find(&a, 7, 49, &m), ERR_BAD_REQUEST);
	assert_int_equal(answers_find(&a, 7, 51, &m), ERR_WOULD_BLOCK);
	assert_int_equal(answers_find(&a, 8, 50, &m), ERR_WOULD_BLOCK);
	for (word_t client = 100; client < 100 + ANSWERS_MAX - 1; client++)
		answers_keep(&a, client, 1, &answer);
	assert_int_equal(answers_find(&a, 8, 50, &m), ERR_FULL);
	assert_int_equal(answers_find(&a, 100, 2, &m), ERR_WOULD_BLOCK);
	answers_keep(&a, 7, 60, &answer);
	assert_int_equal(answers_find(&a, 7, 50, &m), ERR_BAD_REQUEST);
}

/* --- kept state ---------------------------------------------------------------------------- */

enum { STATE = 24, COPY = STATE + sizeof(struct kept_copy) };

static uint8_t pages[2 * COPY] __attribute__((aligned(16)));
static const struct start_info *start;
static uint8_t now[STATE];
static struct kept kept;

/* Another instance begins, and finds this; 0: it finds nothing. */
static uint8_t found(void)
{
	static struct start_info info;

	info.kept = (vaddr_t)pages;
	info.kept_bytes = sizeof(pages);
	start = &info;
	memset(now, 0, sizeof(now));
	if (!kept_begin(&kept, start, now, sizeof(now)))
		return 0;
	for (unsigned i = 1; i < STATE; i++)
		assert_int_equal(now[i], now[0]);
	return now[0];
}

static void commit(uint8_t what)
{
	memset(now, what, sizeof(now));
	kept_commit(&kept);
}

static void finds_what_was_committed_last(void **state)
{
	(void)state;
	memset(pages, 0, sizeof(pages));
	assert_int_equal(found(), 0);
	for (uint8_t i = 1; i < 10; i++) {
		commit(i);
		now[3] = 99; /* not committed */
		assert_int_equal(found(), i);
	}
}

/* As if it died in the middle of a commit: after any byte of the copy that this changes. */
static void finds_a_whole_state_wherever_a_commit_was_cut(void **state)
{
	uint8_t before[sizeof(pages)], after[sizeof(pages)];

	(void)state;
	memset(pages, 0, sizeof(pages));
	assert_int_equal(found(), 0);
	commit(1);
	commit(2);
	memcpy(before, pages, sizeof(pages));
	commit(3);
	memcpy(after, pages, sizeof(pages));
	for (unsigned cut = 0; cut < sizeof(pages); cut++) {
		memcpy(pages, before, sizeof(pages));
		memcpy(pages, after, cut);
		assert_in_range(found(), 2, 3);
		memcpy(pages, after, sizeof(pages));
		memcpy(pages, before, cut);
		assert_in_range(found(), 2, 3);
	}
}

static void does_not_believe_what_is_damaged(void **state)
{
	(void)state;
	memset(pages, 0, sizeof(pages));
	assert_int_equal(found(), 0);
	commit(1);
	commit(2);
	pages[COPY - 1] ^= 1; /* of the first copy, which has the even number */
	assert_int_equal(found(), 1);
	pages[2 * COPY - 1] ^= 1;
	assert_int_equal(found(), 0);
	memset(pages, 0xff, sizeof(pages));
	assert_int_equal(found(), 0);
}

static void panics_if_there_is_too_little(void **state)
{
	uint64_t large[(2 * COPY) / 8] = { 0 };

	(void)state;
	(void)found();
	expect_panic((void)!kept_begin(&kept, start, large, sizeof(large)));
	expect_panic((void)!kept_begin(&kept, start, large, 9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_ascend_even_if_time_does_not),
		cmocka_unit_test(asks_again_only_if_the_server_died_and_not_for_ever),
		cmocka_unit_test(keeps_requests_until_they_are_answered),
		cmocka_unit_test(answers_the_same_request_alike_and_an_older_one_not),
		cmocka_unit_test(finds_what_was_committed_last),
		cmocka_unit_test(finds_a_whole_state_wherever_a_commit_was_cut),
		cmocka_unit_test(does_not_believe_what_is_damaged),
		cmocka_unit_test(panics_if_there_is_too_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
