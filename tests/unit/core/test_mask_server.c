/* SPDX-License-Identifier: MIT */
/* A socket pair stands for the FUSE connection: a packet for each request and reply. */
#include "core/sandbox/mask_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/sandbox/caller_state.h"
#include "core/sandbox/fuse_protocol.h"
#include "tests/lib/unit.h"

#define WAIT_MS 10000
#define FIRST 1 /* what is held first, and then again in its place */
#define ROUND (1ULL << 32)

static struct mask_server *server;
static int kernel;    /* the other end */
static char pipes[2][96], directory[64];
static pid_t program; /* waits in an open(2) of the first pipe, then of the second */
static uint64_t unique;
static union {
	struct fuse_out_header header;
	unsigned char bytes[8192];
} reply;

static pid_t start_program(size_t first, int flags)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (size_t i = first; i < ARRAY_LENGTH(pipes); i++)
			(void)!open(pipes[i], flags | O_CLOEXEC);
		for (;;)
			syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

static void wait_until_it_opens(pid_t pid, const char *path)
{
	struct seccomp_data call;

	while (!caller_state_read(pid, &call) || call.nr != SYS_openat || call.args[1] != (uintptr_t)path)
		sched_yield();
}

static void begin(void)
{
	const struct filter_request filter = { .level = WATCH_REFUSED, .no_reads = true, .no_directories = true };
	int pair[2];
	struct err e;

	strcpy(directory, "/tmp/srt-top-unit.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	for (size_t i = 0; i < ARRAY_LENGTH(pipes); i++) {
		snprintf(pipes[i], sizeof(pipes[i]), "%s/%zu", directory, i);
		ck_assert_int_eq(mkfifo(pipes[i], 0600), 0);
	}
	/* It has no end of the connection. */
	program = start_program(0, O_RDONLY);
	wait_until_it_opens(program, pipes[0]);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	kernel = pair[1];
	ck_assert_int_eq(mask_server_start(&server, pair[0], &filter, &e), 0);
}

static void end(void)
{
	mask_server_free(server);
	kill(program, SIGKILL);
	waitpid(program, NULL, 0);
	close(kernel);
	for (size_t i = 0; i < ARRAY_LENGTH(pipes); i++)
		unlink(pipes[i]);
	rmdir(directory);
}

static void ask_with(enum fuse_opcode opcode, uint64_t node, pid_t pid, const void *body, size_t size)
{
	struct {
		struct fuse_in_header header;
		unsigned char body[256];
	} request = { .header = { .len = (uint32_t)(sizeof(request.header) + size),
				  .opcode = opcode,
				  .unique = ++unique,
				  .nodeid = node,
				  .pid = (uint32_t)pid } };

	if (size)
		memcpy(request.body, body, size);
	ck_assert_int_eq(write(kernel, &request, request.header.len), request.header.len);
}

/* The error of the reply. */
static int answer(void)
{
	struct pollfd there = { .fd = kernel, .events = POLLIN };

	ck_assert_int_eq(poll(&there, 1, WAIT_MS), 1);
	ck_assert_int_ge(read(kernel, &reply, sizeof(reply)), (ssize_t)sizeof(reply.header));
	ck_assert_uint_eq(reply.header.unique, unique);
	return -reply.header.error;
}

static const struct fuse_entry_out *look_up(uint64_t node, pid_t pid, const char *name)
{
	ask_with(FUSE_LOOKUP, node, pid, name, strlen(name) + 1);
	return answer() ? NULL : (const void *)(reply.bytes + sizeof(reply.header));
}

/* What the program finds of that name below a mask. */
static uint64_t seeming(const char *name)
{
	uint64_t mask = look_up(FUSE_ROOT_ID, getpid(), "mask")->nodeid;
	const struct fuse_entry_out *entry = look_up(mask, program, name);

	ck_assert_ptr_nonnull(entry);
	return entry->nodeid;
}

static void must_be_held(uint64_t masked)
{
	while (!mask_server_is_waiting(server, masked))
		sched_yield();
}

static void open_and_be_held(const char *name, uint64_t masked)
{
	static const struct fuse_open_in in;

	ask_with(FUSE_OPENDIR, seeming(name), program, &in, sizeof(in));
	must_be_held(masked);
}

START_TEST(a_held_open_is_let_go_by_its_number_alone)
{
	open_and_be_held("key", FIRST);
	mask_server_answer(server, 0, true);
	mask_server_answer(server, FIRST + 1, true);
	mask_server_answer(server, ROUND | FIRST, true);
	ck_assert(mask_server_is_waiting(server, FIRST));
	mask_server_answer(server, FIRST, false);
	ck_assert_int_eq(answer(), ENOENT);
	/* The next one has its place, and another number. */
	open_and_be_held("key", ROUND | FIRST);
	ck_assert(!mask_server_is_waiting(server, FIRST));
	mask_server_answer(server, FIRST, true);
	ck_assert(mask_server_is_waiting(server, ROUND | FIRST));
	mask_server_answer(server, ROUND | FIRST, false);
	ck_assert_int_eq(answer(), ENOENT);
}
END_TEST

START_TEST(a_call_is_told_to_look_again_once)
{
	open_and_be_held("key", FIRST);
	mask_server_answer(server, FIRST, true);
	ck_assert_int_eq(answer(), ESTALE);
	/* The same call: the kernel would not look a third time. */
	open_and_be_held("other", ROUND | FIRST);
	mask_server_answer(server, ROUND | FIRST, true);
	ck_assert_int_eq(answer(), EINTR);
	/* It has ended by that. */
	open_and_be_held("key", 2 * ROUND | FIRST);
	mask_server_answer(server, 2 * ROUND | FIRST, true);
	ck_assert_int_eq(answer(), ESTALE);
	/* Refused is refused, whatever came before. */
	open_and_be_held("key", 3 * ROUND | FIRST);
	mask_server_answer(server, 3 * ROUND | FIRST, false);
	ck_assert_int_eq(answer(), ENOENT);
}
END_TEST

START_TEST(another_call_of_the_thread_is_told_anew)
{
	int other_end;

	open_and_be_held("key", FIRST);
	mask_server_answer(server, FIRST, true);
	ck_assert_int_eq(answer(), ESTALE);
	other_end = open(pipes[0], O_WRONLY | O_CLOEXEC);
	wait_until_it_opens(program, pipes[1]);
	open_and_be_held("key", ROUND | FIRST);
	mask_server_answer(server, ROUND | FIRST, true);
	ck_assert_int_eq(answer(), ESTALE);
	close(other_end);
}
END_TEST

START_TEST(what_was_opened_once_is_another_call_next_time)
{
	static const struct fuse_open_in in;

	int file;

	for (uint64_t round = 0; round < 3; round++) {
		uint64_t mask = look_up(FUSE_ROOT_ID, getpid(), "mask")->nodeid;

		file = memfd_create("file", MFD_CLOEXEC);
		open_and_be_held("key", round * ROUND | FIRST);
		ck_assert_int_eq(mask_server_open_once(server, round * ROUND | FIRST, "/mask",
						       "/mask/key", file), 0);
		ck_assert_int_eq(answer(), ESTALE);
		ask_with(FUSE_OPEN, look_up(mask, program, "key")->nodeid, program, &in, sizeof(in));
		ck_assert_int_eq(answer(), 0);
	}
	/* Nobody waits under this number, and the file is closed; a directory is no file. */
	file = memfd_create("file", MFD_CLOEXEC);
	ck_assert_int_eq(mask_server_open_once(server, FIRST, "/mask", "/mask/key", file), -1);
	ck_assert_int_eq(fcntl(file, F_GETFD), -1);
	open_and_be_held("key", 3 * ROUND | FIRST);
	ck_assert_int_eq(mask_server_open_once(server, 3 * ROUND | FIRST, "/mask", "/mask/key",
					       open("/", O_PATH | O_CLOEXEC)), -1);
	ck_assert(mask_server_is_waiting(server, 3 * ROUND | FIRST));
}
END_TEST

static void must_not_be_there(pid_t pid)
{
	uint64_t mask = look_up(FUSE_ROOT_ID, getpid(), "mask")->nodeid;

	ck_assert_ptr_null(look_up(mask, pid, "key"));
	ck_assert_int_eq(-reply.header.error, ENOENT);
}

static void *open_pipe(void *arg)
{
	*(pid_t *)arg = gettid();
	(void)!open(pipes[1], O_RDONLY | O_CLOEXEC);
	return NULL;
}

START_TEST(names_are_there_for_opens_that_nobody_else_sees)
{
	pid_t writer, sleeper, own = 0;
	struct seccomp_data call = { 0 };
	pthread_t thread;

	must_not_be_there(0);
	must_not_be_there(-1);
	/* In some other call; and in an open that is notified. */
	must_not_be_there(getpid());
	sleeper = start_program(ARRAY_LENGTH(pipes), 0);
	while (!caller_state_read(sleeper, &call) || call.nr != SYS_ppoll)
		sched_yield();
	must_not_be_there(sleeper);
	kill(sleeper, SIGKILL);
	waitpid(sleeper, NULL, 0);
	writer = start_program(1, O_WRONLY);
	wait_until_it_opens(writer, pipes[1]);
	must_not_be_there(writer);
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	must_not_be_there(writer);
	/* One of the server's own threads would wait for itself. */
	ck_assert_int_eq(pthread_create(&thread, NULL, open_pipe, &own), 0);
	while (!__atomic_load_n(&own, __ATOMIC_ACQUIRE))
		sched_yield();
	wait_until_it_opens(own, pipes[1]);
	must_not_be_there(own);
	close(open(pipes[1], O_WRONLY | O_CLOEXEC));
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(what_cannot_be_read_is_answered_too)
{
	ask_with(FUSE_LOOKUP, FUSE_ROOT_ID, program, "mask", 4);
	ck_assert_int_eq(answer(), EIO);
	ask_with(FUSE_READ, FUSE_ROOT_ID, program, "short", 5);
	ck_assert_int_eq(answer(), EIO);
	/* Less than a header is nobody's. */
	ck_assert_int_eq(write(kernel, "x", 1), 1);
	seeming("key");
}
END_TEST

static void interrupt(uint64_t which)
{
	const struct fuse_interrupt_in in = { .unique = which };
	uint64_t before = unique;

	ask_with(FUSE_INTERRUPT, 0, 0, &in, sizeof(in));
	/* It has no answer; the next request has. */
	seeming("key");
	unique = before;
}

START_TEST(who_was_interrupted_and_dies_is_let_go)
{
	open_and_be_held("key", FIRST);
	interrupt(unique);
	ck_assert(mask_server_is_waiting(server, FIRST));
	kill(program, SIGKILL);
	waitpid(program, NULL, 0);
	ck_assert(!mask_server_is_waiting(server, FIRST));
	ck_assert_int_eq(answer(), EINTR);
	ck_assert(!mask_server_is_waiting(server, FIRST));
}
END_TEST

START_TEST(another_one_was_interrupted)
{
	open_and_be_held("key", FIRST);
	interrupt(unique + 1000);
	kill(program, SIGKILL);
	waitpid(program, NULL, 0);
	/* The kernel says so if it wants it back. */
	ck_assert(mask_server_is_waiting(server, FIRST));
}
END_TEST

START_TEST(what_is_not_refused_by_us_is_refused_by_the_mask)
{
	static const struct fuse_open_in in;
	struct notifier *notifier;
	uint64_t node;
	struct err e;

	/* This one knows of no mask, so nothing is to be asked about. */
	ck_assert_int_eq(notifier_start(&notifier, &e), 0);
	mask_server_watch(server, notifier);
	node = seeming("key");
	for (int i = 0; i < 3; i++) {
		ask_with(FUSE_OPENDIR, node, program, &in, sizeof(in));
		ck_assert_int_eq(answer(), ENOENT);
	}
	/* The mask itself is there, and shows nothing. */
	node = look_up(FUSE_ROOT_ID, getpid(), "mask")->nodeid;
	ask_with(FUSE_OPENDIR, node, program, &in, sizeof(in));
	ck_assert_int_eq(answer(), 0);
	notifier_stop(notifier);
	mask_server_free(server);
	server = NULL;
	notifier_free(notifier);
}
END_TEST

/* So many cannot be threads; what comes behind them is refused, and holds nothing up. */
START_TEST(more_than_can_be_held)
{
	static const struct fuse_open_in in;
	struct pollfd there = { .fd = kernel, .events = POLLIN };
	uint64_t node = seeming("key"), asked = 0;

	do
		ask_with(FUSE_OPENDIR, node, program, &in, sizeof(in));
	while (poll(&there, 1, 0) == 0 && ++asked < 100000);
	/* The answer may come behind some that were asked meanwhile: those are refused, too. */
	ck_assert_uint_gt(asked, 60000);
	ck_assert_uint_lt(asked, 100000);
	ck_assert_int_gt(read(kernel, &reply, sizeof(reply)), 0);
	ck_assert_int_eq(reply.header.error, -ENOENT);
}
END_TEST

/* What waits when it ends is answered by the end of the connection. */
START_TEST(the_end_comes_while_one_waits)
{
	char byte;

	open_and_be_held("key", FIRST);
	mask_server_free(server);
	server = NULL;
	ck_assert_int_eq(read(kernel, &byte, 1), 0);
}
END_TEST

static Suite *mask_server_suite(void)
{
	Suite *suite = suite_create("mask_server");
	TCase *tests = tcase_create("mask_server");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, a_held_open_is_let_go_by_its_number_alone);
	tcase_add_test(tests, a_call_is_told_to_look_again_once);
	tcase_add_test(tests, another_call_of_the_thread_is_told_anew);
	tcase_add_test(tests, what_was_opened_once_is_another_call_next_time);
	tcase_add_test(tests, names_are_there_for_opens_that_nobody_else_sees);
	tcase_add_test(tests, what_cannot_be_read_is_answered_too);
	tcase_add_test(tests, who_was_interrupted_and_dies_is_let_go);
	tcase_add_test(tests, another_one_was_interrupted);
	tcase_add_test(tests, what_is_not_refused_by_us_is_refused_by_the_mask);
	tcase_add_test(tests, more_than_can_be_held);
	tcase_add_test(tests, the_end_comes_while_one_waits);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(mask_server_suite)
