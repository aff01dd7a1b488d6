/* SPDX-License-Identifier: MIT */
#include "core/sandbox/caller_state.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"

/* It goes to sleep right behind what woke us. */
#define TRIES_MOST 2000

bool caller_state_parse(struct seccomp_data *call, const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || number < 0 || number > INT32_MAX)
		return false;
	*call = (struct seccomp_data){ .nr = (int)number };
	for (size_t i = 0; i < ARRAY_LENGTH(call->args); i++) {
		const char *at = end;

		call->args[i] = strtoull(at, &end, 16);
		if (end == at)
			return false;
	}
	return true;
}

static ssize_t read_text(pid_t thread, const char *name, char *text, size_t size)
{
	_cleanup_close_ int fd = -1;
	char path[64];
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/%d/%s", thread, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, text, size - 1);
	if (got >= 0)
		text[got] = '\0';
	return got;
}

bool caller_state_read(pid_t thread, struct seccomp_data *call)
{
	char text[256];

	for (unsigned tries = 0; tries < TRIES_MOST; tries++) {
		if (read_text(thread, "syscall", text, sizeof(text)) <= 0)
			return false;
		errno = 0;
		if (strncmp(text, "running", 7) != 0)
			return caller_state_parse(call, text);
		sched_yield();
	}
	return false;
}

bool caller_state_is_dying(const char *status)
{
	static const char *const fields[] = { "\nSigPnd:", "\nShdPnd:" };

	for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
		const char *at = strstr(status, fields[i]);

		/* A signal that ends the whole process is SIGKILL to each of its threads. */
		if (at && strtoull(at + strlen(fields[i]), NULL, 16) & (1ULL << (SIGKILL - 1)))
			return true;
	}
	return false;
}

bool caller_state_dies(pid_t thread)
{
	char text[4096];

	return read_text(thread, "status", text, sizeof(text)) <= 0 || caller_state_is_dying(text);
}
