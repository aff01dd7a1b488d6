/* SPDX-License-Identifier: MIT */
/*
 * A "run" here is a struct placeholders, of this process or of a forked one. The test process is
 * the reaper of what its children leave behind, so that it can wait for a sweeper's end.
 */
#include "core/sandbox/placeholders.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/placeholder_mark.h"
#include "tests/lib/unit.h"

static char *root;

static void make_root(void)
{
	char template[] = "/tmp/test-placeholders-XXXXXX";

	root = path_real(mkdtemp(template));
	ck_assert_int_eq(chdir(root), 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void remove_root(void)
{
	_cleanup_free_ char *command = xasprintf("rm -rf %s", root);

	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(system(command), 0);
	free(root);
}

/* "name" or "name/" for a directory; *result gets the type that the plan has afterwards. */
static int hold_as(struct placeholders *held, const char *name, enum mount_type *result)
{
	size_t length = strlen(name);
	bool directory = name[length - 1] == '/';
	struct mount_plan plan = { 0 };
	_cleanup_free_ char *bare = xstrndup(name, length - directory);
	_cleanup_free_ char *path = path_join(root, bare);
	struct err e = { 0 };
	int got;

	mount_plan_add(&plan, directory ? MOUNT_PLACEHOLDER_DIR : MOUNT_PLACEHOLDER_FILE,
		       ORIGIN_SETTINGS, NULL, path, NULL);
	plan.items[0].created_on_host = true;
	got = placeholders_hold(held, &plan, NULL, &e);
	if (result)
		*result = plan.items[0].type;
	mount_plan_free(&plan);
	return got;
}

static int hold(struct placeholders *held, const char *name)
{
	return hold_as(held, name, NULL);
}

static bool is_there(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0;
}

static ino_t inode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(lstat(name, &st), 0);
	return st.st_ino;
}

static void set_mark(const char *name)
{
	const struct timespec time = { PLACEHOLDER_SECONDS, PLACEHOLDER_NANOSECONDS };

	ck_assert_int_eq(utimensat(AT_FDCWD, name, (struct timespec[]){ time, time },
				   AT_SYMLINK_NOFOLLOW), 0);
}

static void make_file(const char *name, mode_t mode, const char *text)
{
	int fd = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static const char *const kinds[] = { "f", "d/" };

static void cut(char *out, const char *name)
{
	snprintf(out, 16, "%.*s", (int)strcspn(name, "/"), name);
}

START_TEST(it_is_made_marked_and_removed)
{
	struct placeholders held = PLACEHOLDERS_NONE;
	char name[16];
	struct stat st;
	bool directory;

	cut(name, kinds[_i]);
	umask(077);
	ck_assert_int_eq(hold(&held, kinds[_i]), 0);
	ck_assert_int_eq(lstat(name, &st), 0);
	ck_assert(placeholder_is_marked(&st));
	ck_assert_int_eq(st.st_mode, _i ? S_IFDIR | 0755 : S_IFREG | 0444);
	ck_assert(placeholder_is_at(name, &directory));
	ck_assert_int_eq(directory, _i);
	placeholders_release(&held);
	ck_assert(!is_there(name));
}
END_TEST

START_TEST(the_last_of_several_runs_removes_it)
{
	struct placeholders first = PLACEHOLDERS_NONE, second = PLACEHOLDERS_NONE;
	struct placeholders third = PLACEHOLDERS_NONE;
	char name[16];
	ino_t inode;

	cut(name, kinds[_i]);
	ck_assert_int_eq(hold(&first, kinds[_i]), 0);
	inode = inode_of(name);
	ck_assert_int_eq(hold(&second, kinds[_i]), 0);
	placeholders_release(&first);
	ck_assert_int_eq(inode_of(name), inode);
	ck_assert_int_eq(hold(&third, kinds[_i]), 0);
	placeholders_release(&second);
	ck_assert_int_eq(inode_of(name), inode);
	placeholders_release(&third);
	ck_assert(!is_there(name));
}
END_TEST

START_TEST(a_run_holds_a_name_once)
{
	struct placeholders held = PLACEHOLDERS_NONE;

	ck_assert_int_eq(hold(&held, "f"), 0);
	ck_assert_int_eq(hold(&held, "f"), 0);
	ck_assert_uint_eq(held.count, 1);
	/* Somebody took it away: then it is made again. */
	ck_assert_int_eq(unlink("f"), 0);
	ck_assert_int_eq(hold(&held, "f"), 0);
	ck_assert(is_there("f"));
	placeholders_release(&held);
	ck_assert(!is_there("f"));
}
END_TEST

START_TEST(the_kind_that_is_there_counts)
{
	struct placeholders first = PLACEHOLDERS_NONE, second = PLACEHOLDERS_NONE;
	enum mount_type type;

	ck_assert_int_eq(hold(&first, "x/"), 0);
	ck_assert_int_eq(hold_as(&second, "x", &type), 0);
	ck_assert_int_eq(type, MOUNT_PLACEHOLDER_DIR);
	ck_assert_int_eq(hold(&first, "y"), 0);
	ck_assert_int_eq(hold_as(&second, "y/", &type), 0);
	ck_assert_int_eq(type, MOUNT_PLACEHOLDER_FILE);
	placeholders_release(&first);
	placeholders_release(&second);
	ck_assert(!is_there("x") && !is_there("y"));
}
END_TEST

START_TEST(anybodys_own_empty_file_is_no_placeholder)
{
	struct placeholders held = PLACEHOLDERS_NONE;
	ino_t inode;

	make_file("f", 0444, "");
	mkdir("d", 0755);
	mkdir("sticky", 0);
	ck_assert_int_eq(chmod("sticky", 01777), 0);
	ck_assert_int_eq(symlink("nowhere", "link"), 0);
	inode = inode_of("f");
	ck_assert_int_eq(hold(&held, "f"), 1);
	ck_assert_int_eq(hold(&held, "d/"), 1);
	ck_assert_int_eq(hold(&held, "d"), 1);
	ck_assert_int_eq(hold(&held, "sticky/"), 1);
	ck_assert_int_eq(hold(&held, "link"), 1);
	placeholders_release(&held);
	ck_assert_int_eq(inode_of("f"), inode);
	ck_assert(is_there("d") && is_there("sticky") && is_there("link"));
	ck_assert(!is_there("nowhere"));
}
END_TEST

START_TEST(what_is_put_into_it_meanwhile_stays)
{
	struct placeholders held = PLACEHOLDERS_NONE, second = PLACEHOLDERS_NONE;
	int fd;

	ck_assert_int_eq(hold(&held, "f"), 0);
	ck_assert_int_eq(hold(&held, "touched"), 0);
	ck_assert_int_eq(hold(&held, "d/"), 0);
	ck_assert_int_eq(hold(&second, "f"), 0);
	ck_assert_int_eq(chmod("f", 0644), 0);
	fd = open("f", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(write(fd, "mine", 4), 4);
	close(fd);
	ck_assert_int_eq(utimensat(AT_FDCWD, "touched", NULL, 0), 0);
	make_file("d/mine", 0644, "");
	placeholders_release(&held);
	placeholders_release(&second);
	ck_assert(is_there("f") && is_there("touched") && is_there("d/mine"));
	ck_assert(!placeholder_is_at("f", NULL) && !placeholder_is_at("touched", NULL) &&
		  !placeholder_is_at("d", NULL));
}
END_TEST

START_TEST(what_is_put_in_its_place_stays)
{
	struct placeholders held = PLACEHOLDERS_NONE;

	ck_assert_int_eq(hold(&held, "f"), 0);
	ck_assert_int_eq(hold(&held, "marked"), 0);
	ck_assert_int_eq(hold(&held, "d/"), 0);
	make_file("new", 0644, "");
	ck_assert_int_eq(rename("new", "f"), 0);
	make_file("new", 0644, "");
	set_mark("new");
	ck_assert_int_eq(rename("new", "marked"), 0);
	ck_assert_int_eq(rmdir("d"), 0);
	ck_assert_int_eq(mkdir("d", 0755), 0);
	placeholders_release(&held);
	ck_assert(is_there("f") && is_there("marked") && is_there("d"));
}
END_TEST

START_TEST(only_what_is_empty_and_alone_is_one)
{
	make_file("text", 0444, "text");
	make_file("linked", 0444, "");
	make_file("good", 0644, "");
	make_file("executable", 01555, "");
	make_file("born", 01400, "");
	ck_assert_int_eq(link("linked", "other"), 0);
	ck_assert_int_eq(mkdir("full", 0755), 0);
	ck_assert_int_eq(mkdir("full/er", 0755), 0);
	ck_assert_int_eq(symlink("good", "link"), 0);
	set_mark("text");
	set_mark("linked");
	set_mark("good");
	set_mark("full");
	ck_assert(!placeholder_is_at("text", NULL));
	ck_assert(!placeholder_is_at("linked", NULL));
	ck_assert(!placeholder_is_at("full", NULL));
	ck_assert(!placeholder_is_at("link", NULL));
	ck_assert(!placeholder_is_at("executable", NULL));
	ck_assert(!placeholder_is_at("none", NULL));
	ck_assert(placeholder_is_at("good", NULL));
	ck_assert(placeholder_is_at("born", NULL));
}
END_TEST

/* Between two calls of the run that makes it another one finds it unmarked. */
START_TEST(a_new_one_is_found_before_it_is_marked)
{
	struct placeholders held = PLACEHOLDERS_NONE;
	struct stat st;

	make_file("f", 01400, "");
	ck_assert_int_eq(mkdir("d", 0), 0);
	ck_assert_int_eq(chmod("d", 01555), 0);
	ck_assert(placeholder_is_at("f", NULL) && placeholder_is_at("d", NULL));
	ck_assert_int_eq(hold(&held, "f"), 0);
	ck_assert_int_eq(hold(&held, "d/"), 0);
	ck_assert(stat("f", &st) == 0 && placeholder_is_marked(&st));
	ck_assert(stat("d", &st) == 0 && placeholder_is_marked(&st));
	placeholders_release(&held);
	ck_assert(!is_there("f") && !is_there("d"));
}
END_TEST

START_TEST(nothing_is_made_through_a_link)
{
	struct placeholders held = PLACEHOLDERS_NONE;

	ck_assert_int_eq(mkdir("real", 0755), 0);
	ck_assert_int_eq(symlink("real", "link"), 0);
	ck_assert_int_eq(hold(&held, "link/f"), 1);
	ck_assert_int_eq(hold(&held, "gone/f"), 1);
	ck_assert(!is_there("real/f"));
	placeholders_release(&held);
}
END_TEST

START_TEST(its_directory_may_move)
{
	struct placeholders held = PLACEHOLDERS_NONE;

	ck_assert_int_eq(mkdir("a", 0755), 0);
	ck_assert_int_eq(hold(&held, "a/f"), 0);
	ck_assert_int_eq(rename("a", "b"), 0);
	ck_assert_int_eq(mkdir("a", 0755), 0);
	make_file("a/f", 0444, "");
	set_mark("a/f");
	placeholders_release(&held);
	ck_assert(!is_there("b/f"));
	ck_assert(is_there("a/f"));
}
END_TEST

START_TEST(only_what_lies_within_is_held)
{
	struct placeholders held = PLACEHOLDERS_NONE;
	struct mount_plan plan = { 0 };
	_cleanup_free_ char *in = path_join(root, "in");
	const char *names[] = { "in/f", "out/f", "in/existing" };

	mkdir("in", 0755);
	mkdir("out", 0755);
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		_cleanup_free_ char *path = path_join(root, names[i]);

		mount_plan_add(&plan, i == 2 ? MOUNT_RO_BIND : MOUNT_PLACEHOLDER_FILE,
			       ORIGIN_SETTINGS, NULL, path, NULL);
		plan.items[i].created_on_host = i < 2;
	}
	ck_assert_int_eq(placeholders_hold(&held, &plan, in, NULL), 0);
	ck_assert(is_there("in/f") && !is_there("out/f") && !is_there("in/existing"));
	placeholders_release(&held);
	mount_plan_free(&plan);
}
END_TEST

START_TEST(many_names_leave_descriptors_for_the_rest)
{
	struct placeholders held = PLACEHOLDERS_NONE;
	struct mount_plan plan = { 0 };
	struct rlimit limit, after;
	int fd;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 64;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (int i = 0; i < 300; i++) {
		_cleanup_free_ char *path = xasprintf("%s/f%d", root, i);

		mount_plan_add(&plan, MOUNT_PLACEHOLDER_FILE, ORIGIN_SETTINGS, NULL, path, NULL);
		plan.items[i].created_on_host = true;
	}
	ck_assert_int_eq(placeholders_hold(&held, &plan, NULL, NULL), 0);
	ck_assert_uint_eq(held.count, 300);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &after), 0);
	ck_assert_uint_eq(after.rlim_cur, 64);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_lt(fd, 32);
	close(fd);
	ck_assert(is_there("f299"));
	placeholders_release(&held);
	ck_assert(!is_there("f0") && !is_there("f299"));
	mount_plan_free(&plan);
}
END_TEST

START_TEST(without_placeholders_there_is_no_sweeper)
{
	struct placeholders held = PLACEHOLDERS_NONE;
	struct mount_plan plan = { 0 };

	mount_plan_add(&plan, MOUNT_RO_BIND, ORIGIN_SETTINGS, "/", "/", NULL);
	ck_assert_int_eq(placeholders_hold(&held, &plan, NULL, NULL), 0);
	ck_assert_int_eq(held.sweeper.socket, -1);
	ck_assert_int_eq(placeholders_lifeline(&held), -1);
	placeholders_release(&held);
	mount_plan_free(&plan);
}
END_TEST

/* --- crashes --- */

/* Waits for everything that was started, whoever's child it was. */
static void wait_for_all(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

/* A run that dies by SIGKILL while it holds the names; its sweeper too, if wanted. */
static void crash(bool sweeper_too)
{
	pid_t child = fork();

	if (child == 0) {
		struct placeholders held = PLACEHOLDERS_NONE;

		if (hold(&held, "f") != 0 || hold(&held, "d/") != 0)
			_exit(1);
		if (sweeper_too) {
			kill(held.sweeper.pid, SIGKILL);
			waitpid(held.sweeper.pid, NULL, 0);
		}
		kill(getpid(), SIGKILL);
	}
}

START_TEST(the_sweeper_cleans_up_after_a_crash)
{
	crash(false);
	wait_for_all();
	ck_assert(!is_there("f") && !is_there("d"));
}
END_TEST

START_TEST(the_sweeper_leaves_what_another_run_holds)
{
	struct placeholders held = PLACEHOLDERS_NONE;
	pid_t sweeper;

	ck_assert_int_eq(hold(&held, "f"), 0);
	sweeper = held.sweeper.pid;
	crash(false);
	/* Both children of the crash, and not our own sweeper. */
	for (int ended = 0; ended < 2;)
		ended += waitpid(-1, NULL, 0) > 0;
	ck_assert_int_eq(kill(sweeper, 0), 0);
	ck_assert(is_there("f") && !is_there("d"));
	placeholders_release(&held);
	ck_assert(!is_there("f"));
}
END_TEST

START_TEST(what_a_crash_leaves_is_taken_over)
{
	struct placeholders held = PLACEHOLDERS_NONE;
	ino_t inode;

	crash(true);
	wait_for_all();
	ck_assert(is_there("f") && is_there("d"));
	inode = inode_of("f");
	ck_assert_int_eq(hold(&held, "f"), 0);
	ck_assert_int_eq(hold(&held, "d/"), 0);
	ck_assert_int_eq(inode_of("f"), inode);
	placeholders_release(&held);
	ck_assert(!is_there("f") && !is_there("d"));
}
END_TEST

/* The "sandbox" sees its supervisor die, looks whether the name is still there, and ends. */
static _Noreturn void be_the_sandbox(int supervisor_alive)
{
	char byte;

	(void)!read(supervisor_alive, &byte, 1);
	for (int i = 0; i < 2000; i++) {
		sched_yield();
		if (!is_there("f"))
			_exit(1);
	}
	_exit(0);
}

static int run_with_sandbox(int *alive, bool by_lifeline)
{
	struct placeholders held = PLACEHOLDERS_NONE;
	pid_t sandbox;

	if (hold(&held, "f") != 0)
		return 1;
	sandbox = fork();
	if (sandbox == 0) {
		close(alive[1]);
		close(held.sweeper.socket);
		if (!by_lifeline)
			close(placeholders_lifeline(&held));
		be_the_sandbox(alive[0]);
	}
	if (!by_lifeline)
		placeholders_guard(&held, sandbox);
	return kill(getpid(), SIGKILL);
}

START_TEST(the_sweeper_waits_for_the_sandbox)
{
	int alive[2], status, failures = 0;

	ck_assert_int_eq(pipe(alive), 0);
	if (fork() == 0)
		_exit(run_with_sandbox(alive, _i));
	close(alive[0]);
	close(alive[1]);
	while (waitpid(-1, &status, 0) > 0)
		failures += WIFEXITED(status) && WEXITSTATUS(status);
	ck_assert_int_eq(failures, 0);
	ck_assert(!is_there("f"));
}
END_TEST

static int count_links(pid_t pid, const char *wanted)
{
	int count = 0;

	for (int fd = 0; fd < 64; fd++) {
		_cleanup_free_ char *link = xasprintf("/proc/%d/fd/%d", pid, fd);
		char target[4096];
		ssize_t length = readlink(link, target, sizeof(target) - 1);

		if (length < 0)
			continue;
		target[length] = '\0';
		count += strstr(target, wanted) != NULL;
	}
	return count;
}

START_TEST(the_sweeper_keeps_nothing_else_open)
{
	struct placeholders held = PLACEHOLDERS_NONE;
	_cleanup_close_ int bystander = open("bystander", O_CREAT | O_RDWR, 0600);
	_cleanup_close_ int output = fcntl(1, F_DUPFD_CLOEXEC, 3);
	int pipes[2];

	ck_assert_int_ge(bystander, 0);
	ck_assert_int_ge(output, 0);
	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(dup2(pipes[1], 1), 1);
	close(pipes[1]);
	ck_assert_int_eq(hold(&held, "f"), 0);
	/* It has closed what is not its own when the first name has arrived. */
	while (count_links(held.sweeper.pid, "/f") == 0)
		sched_yield();
	ck_assert_int_eq(count_links(held.sweeper.pid, "bystander"), 0);
	ck_assert_int_eq(count_links(held.sweeper.pid, "pipe:"), 1); /* the lifeline */
	ck_assert_int_eq(getsid(held.sweeper.pid), held.sweeper.pid);
	placeholders_release(&held);
	/* The results of the tests are told there, where all run in one process. */
	ck_assert_int_eq(dup2(output, 1), 1);
	close(pipes[0]);
}
END_TEST

/* --- many at once --- */

#define RUNS 8
#define ROUNDS 500

/* Lets a child that has stopped itself go on to where it makes this system call. */
static void go_on_to(pid_t child, uint64_t call)
{
	struct __ptrace_syscall_info info = { 0 };
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)PTRACE_O_TRACESYSGOOD);
	do {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFSTOPPED(status));
		ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof(info), &info);
	} while (info.op != PTRACE_SYSCALL_INFO_ENTRY || info.entry.nr != call);
}

/* Not marked, not locked, and not handed to the sweeper yet. */
START_TEST(the_sweeper_knows_of_what_was_just_made)
{
	pid_t child = fork();

	if (child == 0) {
		struct placeholders held = PLACEHOLDERS_NONE;

		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		hold(&held, kinds[_i]);
		_exit(0);
	}
	go_on_to(child, SYS_flock);
	ck_assert(is_there("f") || is_there("d"));
	kill(child, SIGKILL);
	wait_for_all();
	ck_assert(!is_there("f") && !is_there("d"));
}
END_TEST

/* Exactly between the look at the name and the lock, the last run before removes it. */
START_TEST(what_is_locked_is_what_the_name_leads_to)
{
	struct placeholders before = PLACEHOLDERS_NONE;
	char name[16];
	pid_t child;
	int status;

	cut(name, kinds[_i]);
	ck_assert_int_eq(hold(&before, kinds[_i]), 0);
	child = fork();
	if (child == 0) {
		struct placeholders held = PLACEHOLDERS_NONE;
		struct stat named, own;

		held.sweeper.socket = open("/dev/null", O_RDONLY | O_CLOEXEC);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		if (hold(&held, kinds[_i]) != 0)
			_exit(1);
		if (fstat(held.items[0].item.fd, &own) < 0 || lstat(name, &named) < 0 ||
		    own.st_ino != named.st_ino)
			_exit(2);
		placeholders_release(&held);
		_exit(0);
	}
	go_on_to(child, SYS_flock);
	placeholders_release(&before);
	ck_assert(!is_there(name));
	ck_assert_int_eq(ptrace(PTRACE_DETACH, child, NULL, NULL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert(!is_there(name));
}
END_TEST

static void take_and_leave(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct placeholders held = PLACEHOLDERS_NONE;
		struct stat named, own;

		/* Without a sweeper each time: that is not what is to be hurried. */
		held.sweeper.socket = open("/dev/null", O_RDONLY | O_CLOEXEC);
		for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
			if (hold(&held, kinds[i]) != 0)
				_exit(2);
		for (size_t i = 0; i < held.count; i++) {
			sched_yield();
			if (lstat(held.items[i].path, &named) < 0)
				_exit(3);
			if (fstat(held.items[i].item.fd, &own) < 0 || own.st_ino != named.st_ino)
				_exit(4);
		}
		placeholders_release(&held);
	}
	_exit(0);
}

START_TEST(nobody_takes_anothers_away)
{
	pid_t runs[RUNS];
	int status;

	for (int i = 0; i < RUNS; i++) {
		runs[i] = fork();
		if (runs[i] == 0)
			take_and_leave();
	}
	for (int i = 0; i < RUNS; i++) {
		ck_assert_int_eq(waitpid(runs[i], &status, 0), runs[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert(!is_there("f") && !is_there("d"));
}
END_TEST

/* --- two users --- */

#define OTHER_USER 12345

/* Until then it has not noticed that its supervisor has gone. */
static void wait_until_it_waits_for_a_lock(pid_t pid)
{
	_cleanup_free_ char *wanted = xasprintf(" %d ", pid);
	char line[256];
	bool found = false;

	for (int i = 0; !found; i++) {
		FILE *locks = fopen("/proc/locks", "re");

		while (!found && fgets(line, sizeof(line), locks))
			found = strstr(line, "->") && strstr(line, wanted);
		fclose(locks);
		ck_assert_int_lt(i, 100000);
	}
}

/* In a child, another user joins what root holds, and tells by a byte; then waits for one. */
static pid_t join_as_other(const struct placeholders *of_root, int *joined, int *go)
{
	pid_t child = fork();

	if (child == 0) {
		struct placeholders held = PLACEHOLDERS_NONE;
		char byte = 0;

		close(go[1]);
		close(of_root->sweeper.socket);
		close(placeholders_lifeline(of_root));
		if (setresuid(OTHER_USER, OTHER_USER, OTHER_USER) < 0 || hold(&held, "w/f") != 0 ||
		    hold(&held, "w/d/") != 0)
			_exit(1);
		(void)!write(joined[1], &byte, 1);
		(void)!read(go[0], &byte, 1);
		placeholders_release(&held);
		_exit(0);
	}
	return child;
}

START_TEST(root_and_a_user_share_one)
{
	struct placeholders held = PLACEHOLDERS_NONE;
	int joined[2], go[2], status;
	bool sticky = _i;
	pid_t child, sweeper;
	char byte;

	if (geteuid() != 0)
		return;
	chmod(root, 0755);
	ck_assert_int_eq(mkdir("w", 0755), 0);
	/* The user's own directory; or one like /tmp, where he cannot remove what is root's. */
	if (!sticky)
		ck_assert_int_eq(chown("w", OTHER_USER, OTHER_USER), 0);
	else
		ck_assert_int_eq(chmod("w", 01777), 0);
	ck_assert(pipe2(joined, O_CLOEXEC) == 0 && pipe2(go, O_CLOEXEC) == 0);
	umask(077);
	ck_assert_int_eq(hold(&held, "w/f"), 0);
	ck_assert_int_eq(hold(&held, "w/d/"), 0);
	child = join_as_other(&held, joined, go);
	close(joined[1]);
	ck_assert_int_eq(read(joined[0], &byte, 1), 1);
	sweeper = held.sweeper.pid;
	placeholders_release(&held);
	ck_assert(is_there("w/f") && is_there("w/d"));
	if (sticky)
		wait_until_it_waits_for_a_lock(sweeper);
	close(go[1]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	wait_for_all();
	ck_assert(!is_there("w/f") && !is_there("w/d"));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("placeholders");
	TCase *one = tcase_create("one"), *crashes = tcase_create("crashes");
	TCase *many = tcase_create("many");

	skip_without_openat2();
	tcase_add_checked_fixture(one, make_root, remove_root);
	tcase_add_loop_test(one, it_is_made_marked_and_removed, 0, 2);
	tcase_add_loop_test(one, the_last_of_several_runs_removes_it, 0, 2);
	tcase_add_test(one, a_run_holds_a_name_once);
	tcase_add_test(one, the_kind_that_is_there_counts);
	tcase_add_test(one, anybodys_own_empty_file_is_no_placeholder);
	tcase_add_test(one, what_is_put_into_it_meanwhile_stays);
	tcase_add_test(one, what_is_put_in_its_place_stays);
	tcase_add_test(one, only_what_is_empty_and_alone_is_one);
	tcase_add_test(one, a_new_one_is_found_before_it_is_marked);
	tcase_add_test(one, nothing_is_made_through_a_link);
	tcase_add_test(one, its_directory_may_move);
	tcase_add_test(one, only_what_lies_within_is_held);
	tcase_add_test(one, many_names_leave_descriptors_for_the_rest);
	tcase_add_test(one, without_placeholders_there_is_no_sweeper);
	suite_add_tcase(suite, one);
	tcase_add_checked_fixture(crashes, make_root, remove_root);
	tcase_add_test(crashes, the_sweeper_cleans_up_after_a_crash);
	tcase_add_test(crashes, the_sweeper_leaves_what_another_run_holds);
	tcase_add_test(crashes, what_a_crash_leaves_is_taken_over);
	tcase_add_loop_test(crashes, the_sweeper_waits_for_the_sandbox, 0, 2);
	tcase_add_test(crashes, the_sweeper_keeps_nothing_else_open);
	suite_add_tcase(suite, crashes);
	tcase_add_checked_fixture(many, make_root, remove_root);
	tcase_set_timeout(many, 60);
	tcase_add_loop_test(many, the_sweeper_knows_of_what_was_just_made, 0, 2);
	tcase_add_loop_test(many, what_is_locked_is_what_the_name_leads_to, 0, 2);
	tcase_add_test(many, nobody_takes_anothers_away);
	tcase_add_loop_test(many, root_and_a_user_share_one, 0, 2);
	suite_add_tcase(suite, many);
	return suite;
}

RUN_SUITE(make_suite)
