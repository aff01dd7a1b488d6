/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/kept_log.h"

#define MOST (200 * 1024)
#define LINES 100000

static char directory[] = "/tmp/srt-top-log.XXXXXX";
static char *path;

static void setup(void)
{
	strcpy(directory, "/tmp/srt-top-log.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	path = xasprintf("%s/7.log", directory);
}

static void teardown(void)
{
	unlink(path);
	rmdir(directory);
	free(path);
}

/* Prints numbered lines into a log, as a server would. */
static void print_lines(int lines)
{
	int ends[2], status;
	pid_t writer;

	ck_assert_int_eq(pipe(ends), 0);
	writer = fork();
	if (writer == 0) {
		FILE *out = fdopen(ends[1], "w");

		close(ends[0]);
		for (int i = 1; i <= lines; i++)
			fprintf(out, "line %d\n", i);
		_exit(fclose(out) == 0 ? 0 : 1);
	}
	close(ends[1]);
	ck_assert_int_eq(kept_log_run(ends[0], path, MOST), 0);
	close(ends[0]);
	waitpid(writer, &status, 0);
	ck_assert_int_eq(status, 0);
}

START_TEST(the_newest_lines_stay_and_the_size_is_bounded)
{
	_cleanup_free_ char *text = NULL;
	struct err e;
	struct stat st;
	size_t length;
	int first, expected;

	print_lines(LINES);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_le(st.st_size, MOST);
	ck_assert_int_ge(st.st_size, MOST / 4);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(read_small_file(&text, &length, path, MOST, &e), 0);
	/* Whole lines without a gap, up to the last. */
	ck_assert_int_eq(sscanf(text, "line %d\n", &first), 1);
	expected = first;
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		_cleanup_free_ char *wanted = xasprintf("line %d", expected++);

		ck_assert_str_eq(line, wanted);
	}
	ck_assert_int_eq(expected, LINES + 1);
}
END_TEST

START_TEST(what_is_short_stays_as_it_is)
{
	_cleanup_free_ char *text = NULL;
	struct err e;

	print_lines(2);
	print_lines(1);
	ck_assert_int_eq(read_small_file(&text, NULL, path, MOST, &e), 0);
	ck_assert_str_eq(text, "line 1\nline 2\nline 1\n");
}
END_TEST

START_TEST(no_link_is_followed)
{
	int input = open("/dev/null", O_RDONLY);

	ck_assert_int_eq(symlink("/dev/null", path), 0);
	ck_assert_int_lt(kept_log_run(input, path, MOST), 0);
	close(input);
}
END_TEST

/* As log_files_prune() finds out which logs are in use, the one that replaces a full log too. */
START_TEST(a_log_is_locked_while_it_is_written)
{
	_cleanup_free_ char *block = NULL;
	int ends[2], status;
	bool locked = false;
	pid_t logger;

	ck_assert_int_eq(pipe(ends), 0);
	logger = fork();
	if (logger == 0) {
		close(ends[1]);
		_exit(kept_log_run(ends[0], path, MOST / 4) == 0 ? 0 : 1);
	}
	close(ends[0]);
	block = xcalloc(1, MOST);
	memset(block, '\n', MOST);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(write_all(ends[1], block, MOST), 0);
	/* It may just be replaced. */
	for (int i = 0; i < 100000 && !locked; i++) {
		_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

		locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0;
	}
	ck_assert(locked);
	close(ends[1]);
	waitpid(logger, &status, 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

static Suite *kept_log_suite(void)
{
	Suite *suite = suite_create("kept_log");
	TCase *tests = tcase_create("kept_log");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, the_newest_lines_stay_and_the_size_is_bounded);
	tcase_add_test(tests, what_is_short_stays_as_it_is);
	tcase_add_test(tests, no_link_is_followed);
	tcase_add_test(tests, a_log_is_locked_while_it_is_written);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(kept_log_suite)
