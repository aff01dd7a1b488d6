/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/log_files.h"

static char directory[] = "/tmp/srt-top-logs.XXXXXX";

static char *path_of(const char *name)
{
	return xasprintf("%s/%s", directory, name);
}

static void make(const char *name, int64_t time_s)
{
	_cleanup_free_ char *path = path_of(name);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	const struct timespec times[2] = { { .tv_sec = time_s }, { .tv_sec = time_s } };

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(futimens(fd, times), 0);
}

static bool is_there(const char *name)
{
	_cleanup_free_ char *path = path_of(name);

	return access(path, F_OK) == 0;
}

static void setup(void)
{
	strcpy(directory, "/tmp/srt-top-logs.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	make("1.log", 1000);
	make("2.log", 2000);
	make("3.log", 3000);
}

static void teardown(void)
{
	static const char *const names[] = { "1.log", "2.log", "3.log", "4.log.new", "notes.log", "5.text" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		_cleanup_free_ char *path = path_of(names[i]);

		unlink(path);
	}
	rmdir(directory);
}

START_TEST(the_newest_stay)
{
	ck_assert_uint_eq(log_files_prune(directory, 2, 0), 1);
	ck_assert(!is_there("1.log") && is_there("2.log") && is_there("3.log"));
	ck_assert_uint_eq(log_files_prune(directory, 2, 0), 0);
}
END_TEST

START_TEST(what_is_too_old_goes_however_few_there_are)
{
	ck_assert_uint_eq(log_files_prune(directory, 20, 2500), 2);
	ck_assert(!is_there("1.log") && !is_there("2.log") && is_there("3.log"));
}
END_TEST

START_TEST(what_is_still_written_stays)
{
	_cleanup_free_ char *path = path_of("1.log");
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(flock(fd, LOCK_SH), 0);
	ck_assert_uint_eq(log_files_prune(directory, 0, 0), 2);
	ck_assert(is_there("1.log"));
}
END_TEST

START_TEST(only_logs_are_removed)
{
	make("4.log.new", 1);
	make("notes.log", 1);
	make("5.text", 1);
	ck_assert_uint_eq(log_files_prune(directory, 0, 0), 4);
	ck_assert(is_there("notes.log") && is_there("5.text") && !is_there("4.log.new"));
	ck_assert_uint_eq(log_files_prune("/nonexistent", 0, 0), 0);
}
END_TEST

static Suite *log_files_suite(void)
{
	Suite *suite = suite_create("log_files");
	TCase *tests = tcase_create("log_files");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, the_newest_stay);
	tcase_add_test(tests, what_is_too_old_goes_however_few_there_are);
	tcase_add_test(tests, what_is_still_written_stays);
	tcase_add_test(tests, only_logs_are_removed);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(log_files_suite)
