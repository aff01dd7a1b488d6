/* SPDX-License-Identifier: MIT */
#include "core/session/runtime_dir.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "core/base/mem.h"

#include "tests/lib/unit.h"

static char root[64];

static void make_root(void)
{
	strcpy(root, "/tmp/srt-top-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	unsetenv("SRT_TOP_RUNTIME_DIR");
	unsetenv("XDG_RUNTIME_DIR");
	unsetenv("SRT_TOP_DB");
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_CONFIG_HOME");
	setenv("HOME", "/home/somebody/", 1);
}

static void remove_root(void)
{
	_cleanup_free_ char *command = xasprintf("rm -rf %s", root);

	ck_assert_int_eq(system(command), 0);
}

static char *below_root(const char *name)
{
	return xasprintf("%s/%s", root, name);
}

START_TEST(chosen_directory_is_made_private)
{
	_cleanup_free_ char *wanted = below_root("a/b");
	_cleanup_free_ char *got = NULL;
	struct stat st;
	struct err e;

	setenv("SRT_TOP_RUNTIME_DIR", wanted, 1);
	got = runtime_dir(&e);
	ck_assert_str_eq(got, wanted);
	ck_assert_int_eq(stat(got, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0700);
}
END_TEST

START_TEST(directory_open_to_others_is_refused)
{
	_cleanup_free_ char *path = below_root("open");
	struct err e = { 0 };

	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(chmod(path, 0755), 0);
	setenv("SRT_TOP_RUNTIME_DIR", path, 1);
	ck_assert_ptr_null(runtime_dir(&e));
	ck_assert_ptr_nonnull(strstr(e.message, "chmod 700"));
}
END_TEST

START_TEST(symlink_in_place_of_the_directory_is_refused)
{
	_cleanup_free_ char *target = below_root("target");
	_cleanup_free_ char *path = below_root("link");
	struct err e;

	ck_assert_int_eq(mkdir(target, 0700), 0);
	ck_assert_int_eq(symlink(target, path), 0);
	setenv("SRT_TOP_RUNTIME_DIR", path, 1);
	ck_assert_ptr_null(runtime_dir(&e));
}
END_TEST

START_TEST(directory_of_the_login_session_is_used)
{
	_cleanup_free_ char *wanted = below_root("srt-top");
	_cleanup_free_ char *got = NULL;
	struct err e;

	setenv("XDG_RUNTIME_DIR", root, 1);
	got = runtime_dir(&e);
	ck_assert_str_eq(got, wanted);
}
END_TEST

START_TEST(login_session_of_nobody_is_passed_over)
{
	_cleanup_free_ char *missing = below_root("missing");
	_cleanup_free_ char *wanted = xasprintf("/tmp/srt-top-%u", (unsigned)geteuid());
	_cleanup_free_ char *got = NULL;
	struct err e;

	setenv("XDG_RUNTIME_DIR", missing, 1);
	got = runtime_dir(&e);
	ck_assert_str_eq(got, wanted);
}
END_TEST

static void make_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

START_TEST(sockets_alone_are_listed_in_order)
{
	_cleanup_free_ char *second = below_root("2-b.sock");
	_cleanup_free_ char *first = below_root("1-a.sock");
	_cleanup_free_ char *other = below_root("3-c.lock");
	_cleanup_free_ char *file = below_root("4-d.sock");
	_cleanup_strings_ struct strings paths = STRINGS_EMPTY;
	struct err e;

	setenv("SRT_TOP_RUNTIME_DIR", root, 1);
	make_socket(second);
	make_socket(first);
	make_socket(other);
	close(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	ck_assert_int_eq(runtime_dir_sockets(&paths, &e), 0);
	ck_assert_uint_eq(paths.count, 2);
	ck_assert_str_eq(paths.items[0], first);
	ck_assert_str_eq(paths.items[1], second);
}
END_TEST

START_TEST(empty_directory_has_no_sockets)
{
	_cleanup_strings_ struct strings paths = STRINGS_EMPTY;
	struct err e;

	setenv("SRT_TOP_RUNTIME_DIR", root, 1);
	ck_assert_int_eq(runtime_dir_sockets(&paths, &e), 0);
	ck_assert_uint_eq(paths.count, 0);
}
END_TEST

static const struct {
	const char *variable, *value, *path;
} databases[] = {
	{ "SRT_TOP_DB", "/x/y.db", "/x/y.db" },
	{ "SRT_TOP_DB", "", "/home/somebody/.local/state/srt-top/srt-top.db" },
	{ "XDG_STATE_HOME", "/state/", "/state/srt-top/srt-top.db" },
	{ "XDG_STATE_HOME", "state", "/home/somebody/.local/state/srt-top/srt-top.db" },
	{ "HOME", "/", "/.local/state/srt-top/srt-top.db" },
};

START_TEST(database_lies_where_the_environment_says)
{
	_cleanup_free_ char *path = NULL;

	setenv(databases[_i].variable, databases[_i].value, 1);
	path = database_path();
	ck_assert_str_eq(path, databases[_i].path);
}
END_TEST

START_TEST(relative_choice_is_made_absolute)
{
	_cleanup_free_ char *path = NULL;

	ck_assert_int_eq(chdir("/usr"), 0);
	setenv("SRT_TOP_DB", "x.db", 1);
	path = database_path();
	ck_assert_str_eq(path, "/usr/x.db");
}
END_TEST

START_TEST(home_is_never_relative)
{
	_cleanup_free_ char *home = home_dir();
	_cleanup_free_ char *config = config_dir();
	_cleanup_free_ char *fallback = NULL;

	ck_assert_str_eq(home, "/home/somebody");
	ck_assert_str_eq(config, "/home/somebody/.config/srt-top");
	setenv("HOME", "here", 1);
	fallback = home_dir();
	ck_assert_int_eq(fallback[0], '/');
}
END_TEST

static Suite *runtime_dir_suite(void)
{
	Suite *suite = suite_create("runtime_dir");
	TCase *tests = tcase_create("runtime_dir");

	tcase_add_checked_fixture(tests, make_root, remove_root);
	tcase_add_test(tests, chosen_directory_is_made_private);
	tcase_add_test(tests, directory_open_to_others_is_refused);
	tcase_add_test(tests, symlink_in_place_of_the_directory_is_refused);
	tcase_add_test(tests, directory_of_the_login_session_is_used);
	tcase_add_test(tests, login_session_of_nobody_is_passed_over);
	tcase_add_test(tests, sockets_alone_are_listed_in_order);
	tcase_add_test(tests, empty_directory_has_no_sockets);
	tcase_add_loop_test(tests, database_lies_where_the_environment_says, 0,
			    (int)ARRAY_LENGTH(databases));
	tcase_add_test(tests, relative_choice_is_made_absolute);
	tcase_add_test(tests, home_is_never_relative);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(runtime_dir_suite)
