/* SPDX-License-Identifier: MIT */
#include "core/sandbox/socket_owner.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static unsigned long inode_of(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

static int open_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* A process that has what we have, and waits. */
static pid_t start_heir(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

START_TEST(the_next_socket_is_found_where_the_last_one_was)
{
	struct socket_owner owner = SOCKET_OWNER_NONE;
	int first = open_socket(), directory, second;

	ck_assert(socket_owner_find(&owner, getpid(), inode_of(first)));
	ck_assert_int_eq(owner.pid, getpid());
	ck_assert_int_eq(owner.descriptor, first);
	directory = owner.directory;
	close(first);
	second = open_socket();
	ck_assert(socket_owner_find(&owner, getpid(), inode_of(second)));
	ck_assert_int_eq(owner.directory, directory);
	ck_assert_int_eq(owner.descriptor, second);
	close(second);
	socket_owner_forget(&owner);
}
END_TEST

START_TEST(it_is_found_under_another_number_of_the_same_process)
{
	struct socket_owner owner = SOCKET_OWNER_NONE;
	int fd = open_socket(), other = open_socket(), directory;

	ck_assert(socket_owner_find(&owner, getpid(), inode_of(fd)));
	directory = owner.directory;
	ck_assert(socket_owner_find(&owner, getpid(), inode_of(other)));
	ck_assert_int_eq(owner.directory, directory);
	ck_assert_int_eq(owner.descriptor, other);
	close(fd);
	close(other);
	socket_owner_forget(&owner);
}
END_TEST

/* One that has ended holds nothing, whoever has its number by now. */
START_TEST(the_owner_may_be_another_process_by_now)
{
	struct socket_owner owner = SOCKET_OWNER_NONE;
	int fd = open_socket();
	unsigned long inode = inode_of(fd);
	pid_t heir = start_heir();
	_cleanup_free_ char *exe = NULL;

	close(fd);
	ck_assert(socket_owner_find(&owner, getpid(), inode));
	ck_assert_int_eq(owner.pid, heir);
	exe = socket_owner_executable(&owner);
	ck_assert_ptr_nonnull(exe);
	end(heir);
	ck_assert_ptr_null(socket_owner_executable(&owner));
	ck_assert(!socket_owner_find(&owner, getpid(), inode));
	fd = open_socket();
	ck_assert(socket_owner_find(&owner, getpid(), inode_of(fd)));
	ck_assert_int_eq(owner.pid, getpid());
	close(fd);
	socket_owner_forget(&owner);
}
END_TEST

START_TEST(what_is_no_socket_has_no_owner)
{
	struct socket_owner owner = SOCKET_OWNER_NONE;

	ck_assert(!socket_owner_find(&owner, getpid(), 0));
	ck_assert_ptr_null(socket_owner_executable(&owner));
	socket_owner_forget(&owner);
}
END_TEST

static Suite *socket_owner_suite(void)
{
	Suite *suite = suite_create("socket_owner");
	TCase *tests = tcase_create("socket_owner");

	tcase_add_test(tests, the_next_socket_is_found_where_the_last_one_was);
	tcase_add_test(tests, it_is_found_under_another_number_of_the_same_process);
	tcase_add_test(tests, the_owner_may_be_another_process_by_now);
	tcase_add_test(tests, what_is_no_socket_has_no_owner);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(socket_owner_suite)
