/* SPDX-License-Identifier: MIT */
/*
 * drive_shim SHIM FILTER CALLS PROGRAM ARGUMENT…
 *
 * Plays the supervisor for a shim that is pid 1 of a namespace of its own, with a seccomp filter
 * that refuses keyctl(2) (FILTER "refuses") or nothing ("allows"): says "test" and "go" in one
 * breath, as the supervisor does, and prints what is answered, a word and a number a line. With the filter
 * "allows-late" it says "go" first, and "test" when the program has started.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/shim/protocol.h"

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void say(int sock, enum shim_message_type type, int value, const void *more, size_t size)
{
	char packet[sizeof(struct shim_message) + 1024];
	struct shim_message message = { .type = type, .value = value };

	memcpy(packet, &message, sizeof(message));
	memcpy(packet + sizeof(message), more, size);
	if (send(sock, packet, sizeof(message) + size, MSG_NOSIGNAL) < 0)
		die("send");
}

static void send_filter(int sock, int refuses)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refuses ? SYS_keyctl : 0xffffffff, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	say(sock, SHIM_FILTER, 0, program, sizeof(program));
}

static void run_shim(int sock, char **argv)
{
	char number[16], *words[64] = { argv[1], number };
	size_t count = 2;

	snprintf(number, sizeof(number), "%d", sock);
	for (char **word = argv + 4; *word && count < 63; word++)
		words[count++] = *word;
	execv(words[0], words);
	die(words[0]);
}

static void test(int sock, const char *calls)
{
	say(sock, SHIM_TEST, atoi(calls), "/nonexistent", sizeof("/nonexistent"));
}

static void print_answers(int sock, const char *late)
{
	static const char *const names[] = { [SHIM_LISTENER] = "listener", [SHIM_FAILED] = "failed",
					     [SHIM_STARTED] = "started",   [SHIM_TESTED] = "tested",
					     [SHIM_ENDED] = "ended" };
	struct shim_message message;

	while (recv(sock, &message, sizeof(message), 0) == (ssize_t)sizeof(message)) {
		if (message.type < sizeof(names) / sizeof(*names) && names[message.type])
			printf("%s %d\n", names[message.type],
			       message.type == SHIM_LISTENER ? 0 : message.value);
		if (late && message.type == SHIM_STARTED)
			test(sock, late);
	}
}

int main(int argc, char **argv)
{
	int pair[2], status = 0, late;
	pid_t shim;

	if (argc < 5)
		return 2;
	if (unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
		die("unshare");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
		die("socketpair");
	shim = fork();
	if (shim == 0) {
		close(pair[0]);
		run_shim(pair[1], argv);
	}
	close(pair[1]);
	send_filter(pair[0], strcmp(argv[2], "refuses") == 0);
	late = strcmp(argv[2], "allows-late") == 0;
	if (!late)
		test(pair[0], argv[3]);
	say(pair[0], SHIM_GO, 0, "", 0);
	print_answers(pair[0], late ? argv[3] : NULL);
	if (shim < 0 || waitpid(shim, &status, 0) < 0)
		die("waitpid");
	printf("exit %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return 0;
}
