/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LIB_DESCRIPTORS_H
#define TESTS_LIB_DESCRIPTORS_H

/*
 * Running out of descriptors. The limit is set by another process, so that the kernel keeps it: of a
 * program's own setrlimit(2) valgrind only makes believe, and what accept(2) brings beyond it is lost.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/unit.h"

struct descriptor_limit {
	pid_t other; /* its own limit stays */
	int socket;
};

/* Takes the soft limit (getrlimit(2)) of this process down, until lift_limit(). */
static inline struct descriptor_limit limit_descriptors(rlim_t most)
{
	struct descriptor_limit limit;
	pid_t self = getpid();
	char byte = 0;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	limit.other = fork();
	ck_assert_int_ge(limit.other, 0);
	if (limit.other == 0) {
		struct rlimit before, lower;

		close(pair[0]);
		if (prlimit(self, RLIMIT_NOFILE, NULL, &before) < 0)
			_exit(EXIT_FAILURE);
		lower = (struct rlimit){ .rlim_cur = most, .rlim_max = before.rlim_max };
		if (prlimit(self, RLIMIT_NOFILE, &lower, NULL) < 0 || write(pair[1], "", 1) != 1)
			_exit(EXIT_FAILURE);
		/* Or its end, where a test has failed in between. */
		(void)!read(pair[1], &byte, 1);
		_exit(prlimit(self, RLIMIT_NOFILE, &before, NULL) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	close(pair[1]);
	limit.socket = pair[0];
	ck_assert_int_eq(read(limit.socket, &byte, 1), 1);
	return limit;
}

static inline void lift_limit(const struct descriptor_limit *limit)
{
	int status;

	close(limit->socket);
	ck_assert_int_eq(waitpid(limit->other, &status, 0), limit->other);
	ck_assert_int_eq(status, 0);
}

#endif
