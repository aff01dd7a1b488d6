/* SPDX-License-Identifier: MIT */
/*
 * The first process inside a sandbox (pid 1 of its pid namespace, `bwrap --as-pid-1`).
 *
 *   srt-shim SOCKET PROGRAM ARGUMENT…
 *
 * It closes every descriptor but the socket, opens the listeners that the supervisor asks for in
 * the sandbox's network namespace, installs the seccomp filter that it sends (so that no process
 * in the sandbox is without it, this one included), hands all of that out, waits for "go", and
 * starts the program as its child. Then it reaps, passes signals on and exits as the program
 * did. It is static and reads no file: no policy can keep it from starting.
 *
 * Nothing here may make a call that the filter refuses or notifies after the filter is
 * installed, apart from the child's exec and the self-test, which are meant to be seen.
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "core/shim/protocol.h"
#include "core/shim/shim.h"
#include "core/shim/syscalls.h"

#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH (1UL << 4) /* Linux 5.7 */
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* The kernel's sigset_t: one bit a signal. */
typedef uint64_t signal_set;

#define FDS_MOST (2 + SHIM_PORTS_MOST)

static union {
	struct shim_message message;
	char bytes[sizeof(struct shim_message) + SHIM_FILTER_MOST * sizeof(struct sock_filter)];
} incoming;

static int say(int sock, const struct shim_message *message, const int *fds, size_t fd_count)
{
	struct iovec part = { .iov_base = (void *)message, .iov_len = sizeof(*message) };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(FDS_MOST * sizeof(int))];
	} control = { 0 };
	struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd_count) {
		packet.msg_control = control.space;
		packet.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		for (size_t i = 0; i < fd_count; i++)
			((int *)(void *)CMSG_DATA(&control.header))[i] = fds[i];
	}
	return (int)syscall3(SYS_sendmsg, sock, (long)&packet, MSG_NOSIGNAL);
}

static _Noreturn void give_up(int sock, enum shim_step step, int error)
{
	struct shim_message message = { .type = SHIM_FAILED, .value = error, .step = step };

	say(sock, &message, NULL, 0);
	shim_exit(SHIM_EXIT_FAILED);
}

static long hear(int sock)
{
	long got;

	do {
		got = syscall6(SYS_recvfrom, sock, (long)incoming.bytes, sizeof(incoming.bytes), 0,
			       0, 0);
	} while (got == -EINTR);
	return got;
}

static void close_all_but(int keep)
{
	struct rlimit limit = { 1024, 1024 };

	if (keep > 3)
		syscall3(SYS_close_range, 3, keep - 1, 0);
	if (syscall3(SYS_close_range, keep + 1, (long)~0U, 0) == 0)
		return;
	/* Before Linux 5.9: the table's size is the only bound known without reading /proc. */
	syscall4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)&limit);
	for (int fd = 3; (rlim_t)fd < limit.rlim_max && fd < 1 << 20; fd++)
		if (fd != keep)
			shim_close(fd);
}

/* Newer flags first; each older kernel refuses what it does not know with EINVAL. */
static int install_filter(const struct sock_fprog *program, unsigned long without,
			  unsigned long *used)
{
	static const unsigned long attempts[] = {
		SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC |
			SECCOMP_FILTER_FLAG_TSYNC_ESRCH | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC |
			SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
		SECCOMP_FILTER_FLAG_NEW_LISTENER,
	};
	long result = -EINVAL;

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]) && result == -EINVAL; i++) {
		if (attempts[i] & without)
			continue;
		*used = attempts[i];
		result = syscall3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (long)attempts[i],
				  (long)program);
	}
	return (int)result;
}

/*
 * The first message: ports to listen on, the number that /dev/null is to have inside, and the
 * filter. *null is opened now: once the filter is there, an open would be notified.
 */
static void prepare(int sock, int *null, int *null_number)
{
	long got = hear(sock);
	size_t bytes = got > (long)sizeof(struct shim_message)
			       ? (size_t)got - sizeof(struct shim_message)
			       : 0;
	struct shim_message reply = { .type = SHIM_LISTENER };
	struct sock_fprog program;
	int fds[FDS_MOST];
	size_t count = 1;
	unsigned long used = 0;
	long result;

	if (bytes == 0 || incoming.message.type != SHIM_FILTER ||
	    bytes % sizeof(struct sock_filter) != 0)
		give_up(sock, SHIM_STEP_PROTOCOL, EPROTO);
	for (size_t i = 0; i < SHIM_PORTS_MOST && incoming.message.ports[i]; i++) {
		fds[count] = listener_open(incoming.message.ports[i]);
		if (fds[count] < 0)
			give_up(sock, SHIM_STEP_LISTEN, -fds[count]);
		count++;
	}
	/* It can do without. */
	fds[count] = socket_diag_open();
	if (fds[count] >= 0)
		count++;
	*null_number = incoming.message.null_fd;
	if (*null_number) {
		*null = (int)syscall4(SYS_openat, AT_FDCWD, (long)"/dev/null", O_RDONLY | O_CLOEXEC,
				      0);
		if (*null < 0)
			give_up(sock, SHIM_STEP_LISTEN, -*null);
	}
	program.len = (unsigned short)(bytes / sizeof(struct sock_filter));
	program.filter = (struct sock_filter *)(void *)(incoming.bytes + sizeof(struct shim_message));
	result = syscall5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (result == 0)
		result = install_filter(&program, (unsigned long)incoming.message.value, &used);
	if (result < 0)
		give_up(sock, SHIM_STEP_SECCOMP, (int)-result);
	fds[0] = (int)result;
	reply.value = (int32_t)used;
	if (say(sock, &reply, fds, count) < 0)
		shim_exit(SHIM_EXIT_FAILED);
	for (size_t i = 0; i < count; i++)
		shim_close(fds[i]);
}

/* Returns the calls that were not refused. */
static unsigned run_self_test(int sock, long got)
{
	struct shim_message reply = { .type = SHIM_TESTED };

	if (got == (long)sizeof(incoming.bytes))
		got--;
	incoming.bytes[got] = '\0';
	reply.value = (int32_t)self_test_make_calls((unsigned)incoming.message.value,
						    incoming.bytes + sizeof(struct shim_message));
	say(sock, &reply, NULL, 0);
	return (unsigned)reply.value;
}

/* What was mounted over it since is seen by its name alone. Where that fails nothing comes bare. */
static void enter_directory_anew(void)
{
	static char path[4096];

	if (syscall3(SYS_getcwd, (long)path, sizeof(path), 0) > 0 && path[0] == '/')
		syscall3(SYS_chdir, (long)path, 0, 0);
}

/* "go" may have been said before the answer to a test was heard: nothing starts where one failed. */
static void wait_for_go(int sock)
{
	unsigned refused_not = 0;

	for (;;) {
		long got = hear(sock);

		if (got < (long)sizeof(struct shim_message))
			shim_exit(SHIM_EXIT_FAILED);
		if (incoming.message.type == SHIM_GO && !refused_not) {
			if (incoming.message.value)
				enter_directory_anew();
			return;
		}
		if (incoming.message.type != SHIM_TEST)
			shim_exit(SHIM_EXIT_FAILED);
		refused_not |= run_self_test(sock, got);
	}
}

static void set_mask(const signal_set *set, signal_set *before)
{
	syscall4(SYS_rt_sigprocmask, SIG_SETMASK, (long)set, (long)before, sizeof(*set));
}

static int status_of(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return 128 + WTERMSIG(wait_status);
	return WEXITSTATUS(wait_status);
}

/*
 * The supervisor hears of it first: it has time to finish while the kernel takes the namespaces
 * apart.
 */
static _Noreturn void end(int sock, int status)
{
	struct shim_message message = { .type = SHIM_ENDED, .value = status };

	say(sock, &message, NULL, 0);
	shim_exit(status);
}

/* Reaps everything; returns only while the program runs. */
static void reap(int sock, int program)
{
	for (;;) {
		int status = 0;
		long ended = syscall4(SYS_wait4, -1, (long)&status, WNOHANG, 0);

		if (ended == program)
			end(sock, status_of(status));
		if (ended <= 0)
			return;
	}
}

static _Noreturn void watch(int sock, int signals, int program)
{
	struct pollfd fds[2] = { { .fd = sock, .events = POLLIN },
				 { .fd = signals, .events = POLLIN } };

	for (;;) {
		long result;

		reap(sock, program);
		result = syscall5(SYS_ppoll, (long)fds, 2, 0, 0, 0);
		if (result < 0 && result != -EINTR)
			shim_exit(SHIM_EXIT_FAILED);
		if (fds[1].revents & POLLIN) {
			struct signalfd_siginfo info;

			syscall3(SYS_read, signals, (long)&info, sizeof(info));
		}
		if (fds[0].revents) {
			long got = hear(sock);

			if (got <= 0)
				shim_exit(SHIM_EXIT_FAILED);
			if (got >= (long)sizeof(struct shim_message) &&
			    incoming.message.type == SHIM_SIGNAL)
				syscall2(SYS_kill, program, incoming.message.value);
			/* Of the network, before the program has one. */
			if (got >= (long)sizeof(struct shim_message) &&
			    incoming.message.type == SHIM_TEST && run_self_test(sock, got))
				shim_exit(SHIM_EXIT_FAILED);
		}
	}
}

static int number_of(const char *text)
{
	int number = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || number > 1 << 24)
			return -1;
		number = number * 10 + (*text - '0');
	}
	return number;
}

/*
 * A new process goes to a processor that has nothing to do, and to wake that one takes longer than all
 * that is still to be done here, most of all in a virtual machine; this one is free in a moment. The
 * program itself runs where it wants to.
 */
struct processors {
	unsigned long bits[128]; /* more than Linux can be built for */
	long size;
};

static void stay_on_this_processor(struct processors *before)
{
	static unsigned long here[sizeof(before->bits) / sizeof(before->bits[0])];
	unsigned number = 0;

	before->size = syscall3(SYS_sched_getaffinity, 0, sizeof(before->bits), (long)before->bits);
	if (before->size <= 0 || syscall3(SYS_getcpu, (long)&number, 0, 0) < 0 ||
	    number >= (unsigned long)before->size * 8) {
		before->size = 0;
		return;
	}
	here[number / (8 * sizeof(here[0]))] = 1UL << number % (8 * sizeof(here[0]));
	if (syscall3(SYS_sched_setaffinity, 0, before->size, (long)here) < 0)
		before->size = 0;
}

static void run_anywhere(const struct processors *before)
{
	if (before->size > 0)
		syscall3(SYS_sched_setaffinity, 0, before->size, (long)before->bits);
}

/* What the program's process needs. It may share our memory: nothing of this changes once it runs. */
struct child {
	char **words, **environment;
	signal_set mask;
	int null, null_number;
	struct processors processors;
};

static _Noreturn void run_program(void *arg)
{
	const struct child *child = arg;
	int error;

	run_anywhere(&child->processors);
	if (child->null_number && child->null_number == child->null)
		syscall3(SYS_fcntl, child->null, F_SETFD, 0);
	else if (child->null_number)
		syscall3(SYS_dup3, child->null, child->null_number, 0);
	set_mask(&child->mask, NULL);
	error = program_execute(child->words, child->environment);
	program_complain(child->words[0], error);
	shim_exit(error == ENOENT ? 127 : 126);
}

_Noreturn void shim_run(int argc, char **argv, char **environment)
{
	static struct child child;
	signal_set all = ~(signal_set)0, children = (signal_set)1 << (SIGCHLD - 1);
	struct shim_message started = { .type = SHIM_STARTED };
	int sock = argc >= 3 ? number_of(argv[1]) : -1;
	long program, signals;

	if (sock < 3 || syscall1(SYS_getpid, 0) != 1) {
		static const char usage[] = "srt-shim: this program is started by srt-top\n";

		syscall3(SYS_write, 2, (long)usage, sizeof(usage) - 1);
		shim_exit(SHIM_EXIT_FAILED);
	}
	set_mask(&all, &child.mask);
	close_all_but(sock);
	syscall3(SYS_fcntl, sock, F_SETFD, FD_CLOEXEC);
	syscall5(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* It was run from a descriptor, whose number would be its name. */
	syscall5(SYS_prctl, PR_SET_NAME, (long)"srt-shim", 0, 0, 0);
	signals = syscall4(SYS_signalfd4, -1, (long)&children, sizeof(children),
			   SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		give_up(sock, SHIM_STEP_FORK, (int)-signals);

	child.words = argv + 2;
	child.environment = environment;
	prepare(sock, &child.null, &child.null_number);
	wait_for_go(sock);
	stay_on_this_processor(&child.processors);
	program = process_start(run_program, &child);
	run_anywhere(&child.processors);
	if (program < 0)
		give_up(sock, SHIM_STEP_FORK, (int)-program);
	started.value = (int32_t)program;
	say(sock, &started, NULL, 0);
	watch(sock, (int)signals, (int)program);
}
