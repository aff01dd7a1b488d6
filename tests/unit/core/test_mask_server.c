/* SPDX-License-Identifier: MIT */
/* A socket pair stands for the FUSE connection: a packet for each request and reply. */
#include "core/sandbox/mask_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
static char pipes[2][64], directory[64];
static pid_t program; /* waits in an open(2) of the first pipe, then of the second */
static uint64_t unique;
static union {
	struct fuse_out_header header;
	unsigned char bytes[8192];
} reply;

static pid_t start_program(int flags)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (size_t i = 0; i < ARRAY_LENGTH(pipes); i++)
			(void)!open(pipes[i], flags | O_CLOEXEC);
		for (;;)
			pause();
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
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	kernel = pair[1];
	program = start_program(O_RDONLY);
	wait_until_it_opens(program, pipes[0]);
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

	for (uint64_t round = 0; round < 3; round++) {
		int file = memfd_create("file", MFD_CLOEXEC);
		uint64_t mask = look_up(FUSE_ROOT_ID, getpid(), "mask")->nodeid;

		open_and_be_held("key", round * ROUND | FIRST);
		ck_assert_int_eq(mask_server_open_once(server, round * ROUND | FIRST, "/mask",
						       "/mask/key", file), 0);
		ck_assert_int_eq(answer(), ESTALE);
		ask_with(FUSE_OPEN, look_up(mask, program, "key")->nodeid, program, &in, sizeof(in));
		ck_assert_int_eq(answer(), 0);
	}
	/* Nobody waits under this number, and the file is no file. */
	ck_assert_int_eq(mask_server_open_once(server, FIRST, "/mask", "/mask/key",
					       memfd_create("file", MFD_CLOEXEC)), -1);
	open_and_be_held("key", 3 * ROUND | FIRST);
	ck_assert_int_eq(mask_server_open_once(server, 3 * ROUND | FIRST, "/mask", "/mask/key",
					       open("/", O_PATH | O_CLOEXEC)), -1);
	ck_assert(mask_server_is_waiting(server, 3 * ROUND | FIRST));
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
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(mask_server_suite)
