/* SPDX-License-Identifier: MIT */
#include "core/sandbox/caller_links.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

/* A process that stands in `directory`, and waits. */
static pid_t start_standing_in(const char *directory)
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (chdir(directory) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	ck_assert_int_eq((int)read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

START_TEST(links_lead_where_the_thread_is)
{
	struct caller_links links;
	char path[PATH_MAX];
	/* Far from the numbers that are kept open. */
	int opened = open("/usr", O_PATH | O_CLOEXEC), fd = fcntl(opened, F_DUPFD_CLOEXEC, 500);
	int pipes[2];

	caller_links_init(&links);
	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(chdir("/dev"), 0);
	ck_assert(caller_links_read(&links, getpid(), AT_FDCWD, path));
	ck_assert_str_eq(path, "/dev");
	ck_assert(caller_links_read(&links, getpid(), fd, path));
	ck_assert_str_eq(path, "/usr");
	/* What changes is seen at once. */
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert(caller_links_read(&links, getpid(), AT_FDCWD, path));
	ck_assert_str_eq(path, "/");
	ck_assert(!caller_links_read(&links, getpid(), pipes[0], path));
	close(opened);
	close(fd);
	ck_assert(!caller_links_read(&links, getpid(), fd, path));
	caller_links_close(&links);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

/* The same slot, and even the same number: a thread that ended says nothing for another one. */
START_TEST(ended_thread_is_not_taken_for_another)
{
	struct caller_links links;
	char path[PATH_MAX];
	pid_t first = start_standing_in("/usr"), second = start_standing_in("/dev");
	struct caller_link_place *place = &links.items[(size_t)first % CALLER_LINKS_KEPT];

	caller_links_init(&links);
	ck_assert(caller_links_read(&links, first, AT_FDCWD, path));
	ck_assert_str_eq(path, "/usr");
	ck_assert_int_ge(place->itself, 0);
	end(first);
	ck_assert(!caller_links_read(&links, first, AT_FDCWD, path));

	/* As if the number were the second one's now. */
	first = start_standing_in("/usr");
	place = &links.items[(size_t)second % CALLER_LINKS_KEPT];
	ck_assert(caller_links_read(&links, first, AT_FDCWD, path));
	if (place != &links.items[(size_t)first % CALLER_LINKS_KEPT]) {
		*place = links.items[(size_t)first % CALLER_LINKS_KEPT];
		links.items[(size_t)first % CALLER_LINKS_KEPT] =
			(struct caller_link_place){ .itself = -1, .descriptors = -1 };
	}
	place->thread = second;
	end(first);
	ck_assert(caller_links_read(&links, second, AT_FDCWD, path));
	ck_assert_str_eq(path, "/dev");
	end(second);
	caller_links_close(&links);
}
END_TEST

static Suite *caller_links_suite(void)
{
	Suite *suite = suite_create("caller_links");
	TCase *tests = tcase_create("caller_links");

	tcase_add_test(tests, links_lead_where_the_thread_is);
	tcase_add_test(tests, ended_thread_is_not_taken_for_another);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(caller_links_suite)
