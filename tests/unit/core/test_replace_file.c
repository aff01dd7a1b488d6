/* SPDX-License-Identifier: MIT */
#include "core/base/replace_file.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/io.h"
#include "core/base/mem.h"

#include "tests/lib/unit.h"

static char root[64];
static char *path;

static void make_root(void)
{
	strcpy(root, "/tmp/srt-top-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	path = xasprintf("%s/file", root);
	umask(022);
}

static void remove_root(void)
{
	_cleanup_free_ char *command = xasprintf("rm -rf %s", root);

	ck_assert_int_eq(system(command), 0);
	free(path);
}

static int write_text(const char *at, const char *text, struct err *e)
{
	return replace_file(at, text, strlen(text), e);
}

static void check_file(const char *at, const char *text, mode_t mode)
{
	_cleanup_free_ char *got = NULL;
	struct stat st;
	struct err e;

	ck_assert_int_eq(read_small_file(&got, NULL, at, 1000, &e), 0);
	ck_assert_str_eq(got, text);
	ck_assert_int_eq(stat(at, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, mode);
}

static size_t count_names(void)
{
	DIR *directory = opendir(root);
	size_t count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2;
}

START_TEST(new_file_is_made_with_the_umask)
{
	struct err e;

	ck_assert_int_eq(write_text(path, "one", &e), 0);
	check_file(path, "one", 0644);
	ck_assert_uint_eq(count_names(), 1);
}
END_TEST

START_TEST(existing_file_is_replaced_and_keeps_its_mode)
{
	struct err e;

	ck_assert_int_eq(write_text(path, "one and more", &e), 0);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(write_text(path, "two", &e), 0);
	check_file(path, "two", 0600);
	ck_assert_uint_eq(count_names(), 1);
}
END_TEST

START_TEST(symlink_is_not_followed_nor_replaced)
{
	_cleanup_free_ char *target = xasprintf("%s/target", root);
	struct stat st;
	struct err e;

	ck_assert_int_eq(write_text(target, "safe", &e), 0);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert_int_eq(write_text(path, "evil", &e), -1);
	check_file(target, "safe", 0644);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_uint_eq(count_names(), 2);
}
END_TEST

START_TEST(directory_and_missing_parent_are_refused)
{
	_cleanup_free_ char *slash = xasprintf("%s/", root);
	_cleanup_free_ char *deep = xasprintf("%s/no/file", root);
	struct err e = { .message = "" };

	ck_assert_int_eq(write_text(root, "x", &e), -1);
	ck_assert_int_eq(write_text(slash, "x", &e), -1);
	ck_assert_int_eq(write_text(deep, "x", &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, deep));
}
END_TEST

START_TEST(relative_name_is_below_the_working_directory)
{
	struct err e;

	ck_assert_int_eq(chdir(root), 0);
	ck_assert_int_eq(write_text("file", "one", &e), 0);
	check_file(path, "one", 0644);
}
END_TEST

static Suite *replace_file_suite(void)
{
	Suite *suite = suite_create("replace_file");
	TCase *tests = tcase_create("replace_file");

	tcase_add_checked_fixture(tests, make_root, remove_root);
	tcase_add_test(tests, new_file_is_made_with_the_umask);
	tcase_add_test(tests, existing_file_is_replaced_and_keeps_its_mode);
	tcase_add_test(tests, symlink_is_not_followed_nor_replaced);
	tcase_add_test(tests, directory_and_missing_parent_are_refused);
	tcase_add_test(tests, relative_name_is_below_the_working_directory);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(replace_file_suite)
