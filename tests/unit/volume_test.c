/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * fsd without its messages: the tree over an archive, paths in it, and what the
 * requests of a session come to.
 */
/* links: services/lib/kozo-sys/cpio.c services/fsd/volume.c services/fsd/session.c services/fsd/request.c tests/unit/panic_stub.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "newc.h"
#include "panic_stub.h"
#include "proto_fs_server.h"
#include "request.h"
#include "session.h"
#include "volume.h"

/* The handlers alone are under test: nothing here sends or receives. */
struct ipc_buffer *kozo_ipc_buffer(void)
{
	static struct ipc_buffer buffer;

	return &buffer;
}

static struct volume volume;
static uint8_t *block; /* the archive that is mounted */

static enum volume_result mount(size_t size)
{
	free(block);
	block = newc_copy(size);
	return volume_mount(&volume, block, size);
}

static int teardown(void **state)
{
	(void)state;
	free(block);
	block = NULL;
	return 0;
}

static void make_sample(void)
{
	newc_begin();
	newc_entry(".", NEWC_DIRECTORY, NULL, 0);
	newc_file("init", "the first program");
	newc_entry("etc", 0040711, NULL, 0);
	newc_file("etc/motd", "hello, world\n");
	newc_file("usr/share/doc/readme", "made by its name alone");
	newc_file("empty", "");
	newc_entry("etc/link", NEWC_LINK, "motd", 4);
	newc_end();
}

static int mount_sample(void **state)
{
	(void)state;
	make_sample();
	return mount(newc.size) == VOLUME_OK ? 0 : -1;
}

/* --- the tree --------------------------------------------------------------- */

static const struct node *find(const char *path)
{
	const struct node *node = NULL;

	assert_int_equal(volume_resolve(&volume, &volume.node[0], path, strlen(path), &node), OK);
	return node;
}

static void holds_files_and_directories(void **state)
{
	(void)state;
	assert_false(find("etc/motd")->directory);
	assert_int_equal(find("etc/motd")->size, 13);
	assert_memory_equal(find("etc/motd")->data, "hello, world\n", 13);
	assert_int_equal(find("etc/motd")->mode, 0644);
	assert_int_equal(find("etc/motd")->mtime, NEWC_MTIME);
	assert_true(find("etc")->directory);
	assert_int_equal(find("etc")->mode, 0711);
	assert_int_equal(find("empty")->size, 0);
}

static void makes_directories_that_only_names_imply(void **state)
{
	(void)state;
	assert_true(find("usr")->directory);
	assert_true(find("usr/share/doc")->directory);
	assert_int_equal(find("usr")->mode, 0555);
	assert_int_equal(find("usr/share/doc/readme")->size, 22);
}

static void lets_the_later_of_two_files_count(void **state)
{
	(void)state;
	newc_begin();
	newc_file("a", "first");
	newc_file("b", "other");
	newc_file("a", "second");
	newc_entry("d", NEWC_DIRECTORY, NULL, 0);
	newc_entry("d", 0040700, NULL, 0);
	newc_end();
	assert_int_equal(mount(newc.size), VOLUME_OK);
	assert_int_equal(volume.count, 4);
	assert_int_equal(find("a")->size, 6);
	assert_memory_equal(find("a")->data, "second", 6);
	assert_int_equal(find("d")->mode, 0700);
}

static void refuses_an_archive_it_cannot_serve(void **state)
{
	static char long_name[FS_NAME_MAX + 2];
	/* clang-format off */
	static const struct {
		const char *first, *second;
		enum volume_result want;
	} archives[] = {
		{ "a",		"a/b",		VOLUME_CONFLICT },
		{ "a/b",	"a",		VOLUME_CONFLICT },
		{ "a",		"",		VOLUME_CONFLICT },
		{ "a",		"/",		VOLUME_CONFLICT },
		{ "a",		"..",		VOLUME_BAD_NAME },
		{ "a",		"b/../c",	VOLUME_BAD_NAME },
		{ "a",		"b/./c",	VOLUME_BAD_NAME },
		{ "a",		long_name,	VOLUME_BAD_NAME },
	};
	/* clang-format on */

	(void)state;
	memset(long_name, 'x', FS_NAME_MAX + 1);
	for (size_t i = 0; i < sizeof(archives) / sizeof(archives[0]); i++) {
		newc_begin();
		newc_file(archives[i].first, "");
		newc_file(archives[i].second, "");
		newc_end();
		assert_int_equal(mount(newc.size), archives[i].want);
		assert_true(strlen(volume_text(archives[i].want)) > 0);
	}
}

static void takes_a_name_as_long_as_can_be(void **state)
{
	char name[FS_NAME_MAX + 1];

	(void)state;
	memset(name, 'x', FS_NAME_MAX);
	name[FS_NAME_MAX] = '\0';
	newc_begin();
	newc_file(name, "");
	newc_end();
	assert_int_equal(mount(newc.size), VOLUME_OK);
	assert_int_equal(find(name)->name_length, FS_NAME_MAX);
}

static void refuses_more_files_than_it_can_hold(void **state)
{
	(void)state;
	newc_begin();
	for (unsigned i = 1; i <= VOLUME_NODES_MAX; i++) {
		char name[32];

		snprintf(name, sizeof(name), "dir%u/file%u", i % 8, i);
		newc_file(name, "");
	}
	newc_end();
	assert_int_equal(mount(newc.size), VOLUME_TOO_MANY);
	assert_int_equal(volume.count, VOLUME_NODES_MAX);
}

static void refuses_an_archive_that_is_cut_short(void **state)
{
	(void)state;
	make_sample();
	for (size_t size = 0; size < newc.size - 124; size++)
		assert_int_equal(mount(size), VOLUME_DAMAGED);
}

/* --- paths ------------------------------------------------------------------ */

static void resolves_paths(void **state)
{
	/* clang-format off */
	static const struct {
		const char *root, *path;
		status_t want;
		const char *found; /* from the volume's own root */
	} paths[] = {
		{ "",		"",			OK, "" },
		{ "",		"/",			OK, "" },
		{ "",		"///",			OK, "" },
		{ "",		".",			OK, "" },
		{ "",		"..",			OK, "" },
		{ "",		"init",			OK, "init" },
		{ "",		"/init",		OK, "init" },
		{ "",		"./init",		OK, "init" },
		{ "",		"//etc///motd",		OK, "etc/motd" },
		{ "",		"etc/./motd",		OK, "etc/motd" },
		{ "",		"etc/../etc/motd",	OK, "etc/motd" },
		{ "",		"etc/",			OK, "etc" },
		{ "",		"etc/..",		OK, "" },
		{ "",		"../../../init",	OK, "init" },
		{ "",		"usr/share/../..",	OK, "" },

		{ "etc",	"motd",			OK, "etc/motd" },
		{ "etc",	"/motd",		OK, "etc/motd" },
		{ "etc",	"..",			OK, "etc" },
		{ "etc",	"../motd",		OK, "etc/motd" },
		{ "etc",	"../../etc/motd",	ERR_NOT_FOUND, NULL },
		{ "etc",	"../init",		ERR_NOT_FOUND, NULL },
		{ "usr",	"share/doc/../../..",	OK, "usr" },
		{ "usr/share",	"doc/../../init",	ERR_NOT_FOUND, NULL },

		{ "",		"nothing",		ERR_NOT_FOUND, NULL },
		{ "",		"ini",			ERR_NOT_FOUND, NULL },
		{ "",		"init2",		ERR_NOT_FOUND, NULL },
		{ "",		"...",			ERR_NOT_FOUND, NULL },
		{ "",		"nothing/..",		ERR_NOT_FOUND, NULL },
		{ "",		"etc/link",		ERR_NOT_FOUND, NULL },
		{ "",		"init/",		ERR_NOT_DIR, NULL },
		{ "",		"init/.",		ERR_NOT_DIR, NULL },
		{ "",		"init/..",		ERR_NOT_DIR, NULL },
		{ "",		"init/x",		ERR_NOT_DIR, NULL },
		{ "",		"etc/motd//",		ERR_NOT_DIR, NULL },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct node *node = NULL;

		assert_int_equal(volume_resolve(&volume, find(paths[i].root), paths[i].path,
						strlen(paths[i].path), &node),
				 paths[i].want);
		assert_ptr_equal(node, paths[i].found ? find(paths[i].found) : NULL);
	}
}

static void refuses_a_malformed_path(void **state)
{
	char path[FS_NAME_MAX + 1];
	const struct node *node = NULL;
	const struct node *root = &volume.node[0];

	(void)state;
	memset(path, 'x', sizeof(path));
	assert_int_equal(volume_resolve(&volume, root, path, sizeof(path), &node), ERR_BAD_NAME);
	assert_int_equal(volume_resolve(&volume, root, path, sizeof(path) - 1, &node),
			 ERR_NOT_FOUND);
	assert_int_equal(volume_resolve(&volume, root, "init", 5, &node), ERR_BAD_NAME);
	assert_int_equal(volume_resolve(&volume, root, "init/x\0y", 8, &node), ERR_BAD_NAME);
	assert_null(node);
}

static void does_not_read_beyond_the_end_of_a_path(void **state)
{
	const struct node *node;
	char *path = malloc(8);

	(void)state;
	assert_non_null(path);
	memcpy(path, "etc/motd", 8);
	assert_int_equal(volume_resolve(&volume, &volume.node[0], path, 8, &node), OK);
	free(path);
}

static void lists_a_directory_in_the_order_of_the_archive(void **state)
{
	static const char *const want[] = { "init", "etc", "usr", "empty" };
	const struct node *entry;
	word_t cursor = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(volume_entry(&volume, find(""), cursor, &entry), OK);
		assert_ptr_equal(entry, find(want[i]));
		cursor = volume_number(&volume, entry);
	}
	assert_int_equal(volume_entry(&volume, find(""), cursor, &entry), ERR_END);
}

static void ends_a_list_at_a_cursor_from_elsewhere(void **state)
{
	const struct node *entry;
	const word_t foreign[] = { volume_number(&volume, find("init")),
				   volume_number(&volume, find("etc")), volume.count,
				   VOLUME_NODES_MAX, ~0ull };

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		assert_int_equal(volume_entry(&volume, find("etc"), foreign[i], &entry), ERR_END);
}

/* --- sessions and requests ---------------------------------------------------- */

static struct sessions sessions;

static struct fs_context begin(word_t badge, const char *root)
{
	assert_int_equal(session_begin(&sessions, badge, find(root)), OK);
	return (struct fs_context){ &volume, session_of(&sessions, badge) };
}

static int mount_and_forget(void **state)
{
	memset(&sessions, 0, sizeof(sessions));
	return mount_sample(state);
}

static status_t open_path(struct fs_context *context, const char *path, word_t *file)
{
	word_t size;

	return fs_on_open(context, path, strlen(path), file, &size);
}

static void knows_a_client_by_its_badge(void **state)
{
	struct fs_context first = begin(7, ""), second = begin(~0ull, "etc");

	(void)state;
	assert_ptr_not_equal(first.session, second.session);
	assert_ptr_equal(session_of(&sessions, 7), first.session);
	assert_null(session_of(&sessions, 0));
	assert_null(session_of(&sessions, 8));
	expect_panic((void)!session_begin(&sessions, 7, find("")));
}

static void has_room_for_so_many_clients(void **state)
{
	(void)state;
	for (word_t badge = 1; badge <= SESSIONS_MAX; badge++)
		begin(badge, "");
	assert_int_equal(session_begin(&sessions, 99, find("")), ERR_TOO_MANY);
	assert_null(session_of(&sessions, 99));
}

static void has_room_for_so_many_open_files(void **state)
{
	struct fs_context context = begin(1, ""), other = begin(2, "");
	word_t file = 99;

	(void)state;
	for (word_t i = 0; i < SESSION_FILES_MAX; i++)
		assert_int_equal(open_path(&context, "init", &file), OK);
	assert_int_equal(open_path(&context, "init", &file), ERR_TOO_MANY);
	assert_int_equal(open_path(&other, "init", &file), OK);
	assert_int_equal(fs_on_close(&context, 3), OK);
	assert_int_equal(open_path(&context, "init", &file), OK);
	assert_int_equal(file, 3);
}

static void refuses_a_file_that_is_not_open_in_the_session(void **state)
{
	struct fs_context context = begin(1, ""), other = begin(2, "");
	const word_t wrong[] = { 1, SESSION_FILES_MAX, ~0ull };
	char data[FS_READ_MAX];
	size_t length = 0;
	word_t file;

	(void)state;
	assert_int_equal(open_path(&context, "init", &file), OK);
	assert_int_equal(file, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(fs_on_read(&context, wrong[i], 0, 1, data, &length), ERR_BAD_FILE);
		assert_int_equal(fs_on_close(&context, wrong[i]), ERR_BAD_FILE);
	}
	assert_int_equal(fs_on_read(&other, file, 0, 1, data, &length), ERR_BAD_FILE);
	assert_int_equal(fs_on_close(&context, file), OK);
	assert_int_equal(fs_on_read(&context, file, 0, 1, data, &length), ERR_BAD_FILE);
	assert_int_equal(fs_on_close(&context, file), ERR_BAD_FILE);
}

static void opens_only_files_below_the_session_s_root(void **state)
{
	struct fs_context context = begin(1, "etc");
	word_t file;

	(void)state;
	assert_int_equal(open_path(&context, "motd", &file), OK);
	assert_int_equal(open_path(&context, "../init", &file), ERR_NOT_FOUND);
	assert_int_equal(open_path(&context, "", &file), ERR_IS_DIR);
	assert_int_equal(open_path(&context, "..", &file), ERR_IS_DIR);
}

static void reads_what_there_is_and_no_more(void **state)
{
	/* clang-format off */
	static const struct {
		word_t offset, length;
		status_t want;
		const char *data;
	} reads[] = {
		{ 0,	13,		OK,	"hello, world\n" },
		{ 0,	FS_READ_MAX,	OK,	"hello, world\n" },
		{ 7,	5,		OK,	"world" },
		{ 7,	100,		OK,	"world\n" },
		{ 12,	1,		OK,	"\n" },
		{ 13,	1,		OK,	"" },
		{ 14,	1,		OK,	"" },
		{ ~0ull, 1,		OK,	"" },
		{ ~0ull, FS_READ_MAX,	OK,	"" },
		{ 0,	0,		OK,	"" },
		{ 0,	FS_READ_MAX + 1, ERR_BAD_ARG, "" },
		{ 0,	~0ull,		ERR_BAD_ARG, "" },
	};
	/* clang-format on */
	struct fs_context context = begin(1, "");
	word_t file;

	(void)state;
	assert_int_equal(open_path(&context, "etc/motd", &file), OK);
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		char data[FS_READ_MAX];
		size_t length = 0;

		assert_int_equal(
			fs_on_read(&context, file, reads[i].offset, reads[i].length, data, &length),
			reads[i].want);
		assert_int_equal(length, strlen(reads[i].data));
		assert_memory_equal(data, reads[i].data, length);
	}
}

static void tells_what_a_name_is(void **state)
{
	struct fs_context context = begin(1, "");
	word_t type, size, mode, mtime;

	(void)state;
	assert_int_equal(fs_on_stat(&context, "etc/motd", 8, &type, &size, &mode, &mtime), OK);
	assert_int_equal(type, FS_TYPE_FILE);
	assert_int_equal(size, 13);
	assert_int_equal(mode, 0644);
	assert_int_equal(mtime, NEWC_MTIME);
	assert_int_equal(fs_on_stat(&context, "", 0, &type, &size, &mode, &mtime), OK);
	assert_int_equal(type, FS_TYPE_DIR);
	assert_int_equal(fs_on_stat(&context, "x", 1, &type, &size, &mode, &mtime), ERR_NOT_FOUND);
}

static void lists_one_entry_a_request(void **state)
{
	struct fs_context context = begin(1, "");
	word_t next = 0, type, size;
	char name[FS_NAME_MAX];
	size_t length = 0;

	(void)state;
	assert_int_equal(fs_on_list(&context, 0, "etc", 3, &next, &type, &size, name, &length), OK);
	assert_int_equal(length, 4);
	assert_memory_equal(name, "motd", 4);
	assert_int_equal(type, FS_TYPE_FILE);
	assert_int_equal(size, 13);
	assert_int_equal(fs_on_list(&context, next, "etc", 3, &next, &type, &size, name, &length),
			 ERR_END);
	assert_int_equal(fs_on_list(&context, 0, "init", 4, &next, &type, &size, name, &length),
			 ERR_NOT_DIR);
	assert_int_equal(fs_on_list(&context, 0, "x", 1, &next, &type, &size, name, &length),
			 ERR_NOT_FOUND);
}

static void answers_a_ping_with_the_bits_inverted(void **state)
{
	struct fs_context context = begin(1, "");
	word_t answer;

	(void)state;
	assert_int_equal(fs_on_ping(&context, 0xff, &answer), OK);
	assert_true(answer == 0xffffffffffffff00);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(holds_files_and_directories, mount_sample),
		cmocka_unit_test_setup(makes_directories_that_only_names_imply, mount_sample),
		cmocka_unit_test(lets_the_later_of_two_files_count),
		cmocka_unit_test(refuses_an_archive_it_cannot_serve),
		cmocka_unit_test(takes_a_name_as_long_as_can_be),
		cmocka_unit_test(refuses_more_files_than_it_can_hold),
		cmocka_unit_test(refuses_an_archive_that_is_cut_short),
		cmocka_unit_test_setup(resolves_paths, mount_sample),
		cmocka_unit_test_setup(refuses_a_malformed_path, mount_sample),
		cmocka_unit_test_setup(does_not_read_beyond_the_end_of_a_path, mount_sample),
		cmocka_unit_test_setup(lists_a_directory_in_the_order_of_the_archive, mount_sample),
		cmocka_unit_test_setup(ends_a_list_at_a_cursor_from_elsewhere, mount_sample),
		cmocka_unit_test_setup(knows_a_client_by_its_badge, mount_and_forget),
		cmocka_unit_test_setup(has_room_for_so_many_clients, mount_and_forget),
		cmocka_unit_test_setup(has_room_for_so_many_open_files, mount_and_forget),
		cmocka_unit_test_setup(refuses_a_file_that_is_not_open_in_the_session,
				       mount_and_forget),
		cmocka_unit_test_setup(opens_only_files_below_the_session_s_root, mount_and_forget),
		cmocka_unit_test_setup(reads_what_there_is_and_no_more, mount_and_forget),
		cmocka_unit_test_setup(tells_what_a_name_is, mount_and_forget),
		cmocka_unit_test_setup(lists_one_entry_a_request, mount_and_forget),
		cmocka_unit_test_setup(answers_a_ping_with_the_bits_inverted, mount_and_forget),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
