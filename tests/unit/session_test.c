/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Sessions of fsd, and what they have open. */
/* links: services/fsd/session.c tests/unit/panic_stub.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "session.h"

static const struct node root, node;
static struct sessions sessions;

static struct session *begin(word_t badge)
{
	assert_int_equal(session_begin(&sessions, badge, &root), OK);
	return session_of(&sessions, badge);
}

static int setup(void **state)
{
	(void)state;
	sessions = (struct sessions){ 0 };
	return 0;
}

static void open_all(struct session *s)
{
	word_t file;

	for (word_t i = 0; i < SESSION_FILES_MAX; i++) {
		assert_int_equal(session_open(s, &node, &file), OK);
		assert_int_equal(file, i);
	}
	assert_int_equal(session_open(s, &node, &file), ERR_TOO_MANY);
}

static void sessions_are_told_apart_by_badges(void **state)
{
	(void)state;
	assert_null(session_of(&sessions, 1));
	for (word_t badge = 1; badge <= SESSIONS_MAX; badge++)
		assert_int_equal(begin(badge)->badge, badge);
	assert_int_equal(session_begin(&sessions, SESSIONS_MAX + 1, &root), ERR_TOO_MANY);
	assert_null(session_of(&sessions, 0));
}

static void a_file_is_open_until_it_is_closed(void **state)
{
	struct session *s = begin(1);
	const struct node *found;
	word_t file;

	(void)state;
	assert_int_equal(session_file(s, 0, &found), ERR_BAD_FILE);
	assert_int_equal(session_open(s, &node, &file), OK);
	assert_int_equal(session_file(s, file, &found), OK);
	assert_ptr_equal(found, &node);
	assert_int_equal(session_close(s, file), OK);
	assert_int_equal(session_close(s, file), ERR_BAD_FILE);
	assert_int_equal(session_close(s, SESSION_FILES_MAX), ERR_BAD_FILE);
}

static void who_begins_anew_has_no_files_open(void **state)
{
	struct session *s = begin(1), *other = begin(2);
	const struct node *found;
	word_t file;

	(void)state;
	open_all(s);
	assert_int_equal(session_open(other, &node, &file), OK);
	session_close_all(s);
	for (word_t i = 0; i < SESSION_FILES_MAX; i++)
		assert_int_equal(session_file(s, i, &found), ERR_BAD_FILE);
	open_all(s);
	assert_int_equal(session_file(other, file, &found), OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sessions_are_told_apart_by_badges, setup),
		cmocka_unit_test_setup(a_file_is_open_until_it_is_closed, setup),
		cmocka_unit_test_setup(who_begins_anew_has_no_files_open, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
