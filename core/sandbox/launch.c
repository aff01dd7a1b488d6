/* SPDX-License-Identifier: MIT */
#include "core/sandbox/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/base/switches.h"
#include "core/shim/protocol.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64) /* Linux 6.6 */
#endif
#define NOTIFY_SYNC_WAKE_UP 1UL
#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH (1UL << 4) /* Linux 5.7 */
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif

/* "{ "child-pid": 123, … }" is written once the namespaces are made. */
static pid_t read_child(int fd)
{
	char text[1024];
	size_t length = 0;
	const char *key;
	int pid = 0;

	while (length < sizeof(text) - 1) {
		ssize_t got = read(fd, text + length, sizeof(text) - 1 - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += (size_t)got;
		if (memchr(text, '}', length))
			break;
	}
	text[length] = '\0';
	key = strstr(text, "\"child-pid\"");
	return key && sscanf(key, "\"child-pid\" : %d", &pid) == 1 ? pid : 0;
}

static int open_process(struct sandbox *sandbox, struct err *e)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d", sandbox->init);
	close_fd(&sandbox->process);
	sandbox->process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return sandbox->process < 0 ? err_errno(e, "opening the sandbox's first process") : 0;
}

/* What the child does between vfork(2) and execve(2), in the memory of its parent. */
static _Noreturn void execute_bwrap(char **words, const struct launch_request *request,
				    const int *inherited, size_t inherited_count, volatile int *error)
{
	const struct sigaction by_default = { .sa_handler = SIG_DFL };

	for (size_t i = 0; i < inherited_count; i++)
		if (inherited[i] >= 0 && fcntl(inherited[i], F_SETFD, 0) < 0)
			goto failed;
	for (int i = 0; request->stdio && i < 2; i++)
		if (dup2(request->stdio[i], i) < 0)
			goto failed;
	/* Of what we ignore it inherits this alone; handlers end with its exec. */
	sigaction(SIGPIPE, &by_default, NULL);
	sigprocmask(SIG_SETMASK, request->signal_mask, NULL);
	execve(words[0], words, request->environment->items);
failed:
	*error = errno;
	_exit(127);
}

/*
 * Of the descriptors only the shim's socket and executable are inherited; bwrap hands them on. The
 * child shares our memory until it executes, which spares copying page tables. posix_spawn(3) does the
 * same, but looks at each of the 64 signals twice, and the start waits for that.
 */
static __attribute__((noinline)) int spawn_bwrap(pid_t *pid, char **words,
						 const struct launch_request *request,
						 const int *inherited, size_t inherited_count)
{
	volatile int error = 0;
	pid_t child = vfork();

	if (child == 0)
		execute_bwrap(words, request, inherited, inherited_count, &error);
	if (child < 0)
		return errno;
	*pid = child;
	if (error)
		waitpid(child, NULL, 0);
	return error;
}

/* What bwrap, and behind it the shim, inherit. */
enum {
	INHERIT_SHIM,
	INHERIT_SOCKET,
	INHERIT_WORDS,
	INHERIT_INFO,
	INHERIT_INFO_READ, /* so that bwrap does not end of SIGPIPE, half way, where we are gone */
	INHERIT_FILE,
	INHERIT_LIFELINE, /* the shim closes it when bwrap has done its work */
	INHERIT_COUNT
};

static void add_words(struct strings *words, const struct launch_request *request,
		      const int inherited[INHERIT_COUNT])
{
	if (request->before)
		strings_copy(words, request->before);
	launch_options(words, request->bwrap, &request->allow);
	strings_add(words, "--args");
	strings_addf(words, "%d", inherited[INHERIT_WORDS]);
	if (inherited[INHERIT_INFO] >= 0) {
		strings_add(words, "--info-fd");
		strings_addf(words, "%d", inherited[INHERIT_INFO]);
	}
	strings_add(words, "--");
	strings_addf(words, "/proc/self/fd/%d", inherited[INHERIT_SHIM]);
	strings_addf(words, "%d", inherited[INHERIT_SOCKET]);
	for (char *const *word = request->command; *word; word++)
		strings_add(words, *word);
}

static int make_pipe(int *read_end, int *write_end, struct err *e)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_errno(e, "pipe");
	*read_end = pair[0];
	*write_end = pair[1];
	return 0;
}

int sandbox_spawn(struct sandbox *sandbox, const struct launch_request *request, struct err *e)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	_cleanup_close_ int socket = -1, info = -1, words_read = -1;
	int pair[2], on = 1, error;

	sandbox_init(sandbox);
	if (make_pipe(&words_read, &sandbox->words, e) < 0 ||
	    (request->early && make_pipe(&sandbox->info, &info, e) < 0))
		return -1;
	if (request->with_file) {
		sandbox->file = memfd_create("srt-top-file", MFD_CLOEXEC);
		if (sandbox->file < 0)
			return err_errno(e, "memfd_create");
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(e, "socketpair");
	sandbox->shim_socket = pair[0];
	socket = pair[1];
	/* The kernel then says, in our own numbers, which process is pid 1 inside. */
	setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	{
		const int inherited[INHERIT_COUNT] = { [INHERIT_SHIM] = request->shim,
						       [INHERIT_SOCKET] = socket,
						       [INHERIT_WORDS] = words_read,
						       [INHERIT_INFO] = info,
						       [INHERIT_INFO_READ] = sandbox->info,
						       [INHERIT_FILE] = sandbox->file,
						       [INHERIT_LIFELINE] = request->lifeline };

		add_words(&words, request, inherited);
		error = spawn_bwrap(&sandbox->bwrap, words.items, request, inherited, INHERIT_COUNT);
	}
	if (error) {
		sandbox->bwrap = -1;
		errno = error;
		return err_errno(e, "%s", request->bwrap);
	}
	return 0;
}

/* A bwrap that has ended is reported by what the shim says, or does not. */
static int give_words(struct sandbox *sandbox, const struct launch_plan *plan, struct err *e)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	launch_mounts(&words, plan->mounts, &plan->allow);
	if (plan->file) {
		if (write_all(sandbox->file, plan->file->text, strlen(plan->file->text)) < 0 ||
		    lseek(sandbox->file, 0, SEEK_SET) < 0)
			return err_errno(e, "writing %s", plan->file->path);
		strings_add(&words, "--ro-bind-data");
		strings_addf(&words, "%d", sandbox->file);
		strings_add(&words, plan->file->path);
	}
	for (size_t i = 0; i < words.count; i++)
		buf_add(&text, words.items[i], strlen(words.items[i]) + 1);
	write_all(sandbox->words, text.data, text.length);
	close_fd(&sandbox->words);
	close_fd(&sandbox->file);
	if (sandbox->info < 0)
		return 0;
	sandbox->init = read_child(sandbox->info);
	close_fd(&sandbox->info);
	/* Where it says nothing it has failed, and what it said of that is on standard error. */
	return sandbox->init ? open_process(sandbox, e) : 0;
}

/* For tests: as on a kernel that does not know them. */
static int32_t flags_to_spare(void)
{
	return (int32_t)((is_switched_off("wait-killable-recv") ? SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
								: 0) |
			 (is_switched_off("tsync-esrch") ? SECCOMP_FILTER_FLAG_TSYNC_ESRCH : 0));
}

static int send_filter(struct sandbox *sandbox, const struct launch_plan *plan, struct err *e)
{
	struct filter_request filter = plan->filter;
	_cleanup_free_ struct sock_filter *program = NULL;
	_cleanup_buf_ struct buf packet = BUF_EMPTY;
	struct shim_message head = { .type = SHIM_FILTER,
				     .value = flags_to_spare(),
				     .ports = { SANDBOX_HTTP_PORT, SANDBOX_SOCKS_PORT },
				     .null_fd = plan->null_fd };
	size_t count;

	if (plan->before_filter && plan->before_filter(plan->arg, &filter, e) < 0)
		return -1;
	if (filter_build(&program, &count, &filter, e) < 0)
		return -1;
	if (count > SHIM_FILTER_MOST)
		return err_set(e, "the seccomp filter has %zu instructions: too many", count);
	buf_add(&packet, &head, sizeof(head));
	buf_add(&packet, program, count * sizeof(*program));
	/* A shim that is gone already is reported by what comes back, or does not. */
	send_fds(sandbox->shim_socket, packet.data, packet.length, NULL, 0);
	return 0;
}

static int failure(const struct shim_message *message, ssize_t got, struct err *e)
{
	if (got >= (ssize_t)sizeof(*message) && message->type == SHIM_FAILED &&
	    message->step == SHIM_STEP_LISTEN)
		return err_set(e, "listening inside the sandbox: %s", strerror(message->value));
	if (got >= (ssize_t)sizeof(*message) && message->type == SHIM_FAILED &&
	    message->step == SHIM_STEP_SECCOMP)
		return err_code(e, ERR_UNSUPPORTED,
				"seccomp user notification is not to be had: %s%s", strerror(message->value),
				message->value == EBUSY ? " (already inside a sandbox that uses it)" : "");
	if (got >= (ssize_t)sizeof(*message) && message->type == SHIM_FAILED)
		return err_set(e, "the sandbox's first process failed: %s", strerror(message->value));
	return err_code(e, ERR_UNSUPPORTED,
			"bubblewrap could not build the sandbox ('srt-top doctor' tells what is missing)");
}

static int take_listeners(struct sandbox *sandbox, struct err *e)
{
	struct shim_message message = { 0 };
	int fds[4] = { -1, -1, -1, -1 };
	size_t count = ARRAY_LENGTH(fds);
	ssize_t got = recv_fds(sandbox->shim_socket, &message, sizeof(message), fds, &count,
			       &sandbox->init);

	sandbox->listener = fds[0];
	sandbox->http_listener = fds[1];
	sandbox->socks_listener = fds[2];
	sandbox->socket_diag = fds[3];
	if (got < (ssize_t)sizeof(message) || message.type != SHIM_LISTENER ||
	    count < ARRAY_LENGTH(fds) - 1)
		return failure(&message, got, e);
	if (is_switched_off("socket-diag"))
		close_fd(&sandbox->socket_diag);
	sandbox->listener_flags = (unsigned long)message.value;
	/* Without it a notification costs a wake-up on another CPU. */
	sandbox->sync_wake_up =
		!is_switched_off("sync-wake-up") &&
		ioctl(sandbox->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, NOTIFY_SYNC_WAKE_UP) == 0;
	return 0;
}

static int open_inside(struct sandbox *sandbox, struct err *e)
{
	if (open_process(sandbox, e) < 0)
		return -1;
	sandbox->root = openat(sandbox->process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return sandbox->root < 0 ? err_errno(e, "opening the sandbox's root") : 0;
}

int sandbox_open_namespace(const struct sandbox *sandbox, const char *name, struct err *e)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "ns/%.20s", name);
	fd = openat(sandbox->process, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_errno(e, "opening the sandbox's %s namespace", name) : fd;
}

void sandbox_init(struct sandbox *sandbox)
{
	*sandbox = (struct sandbox){ .bwrap = -1,
				     .words = -1,
				     .info = -1,
				     .file = -1,
				     .shim_socket = -1,
				     .listener = -1,
				     .http_listener = -1,
				     .socks_listener = -1,
				     .socket_diag = -1,
				     .root = -1,
				     .process = -1 };
}

int sandbox_build(struct sandbox *sandbox, const struct launch_plan *plan, struct err *e)
{
	bool late = plan->before_filter != NULL;

	if (give_words(sandbox, plan, e) < 0 || (!late && send_filter(sandbox, plan, e) < 0) ||
	    plan->meanwhile(plan->arg, e) < 0 || (late && send_filter(sandbox, plan, e) < 0) ||
	    take_listeners(sandbox, e) < 0)
		return -1;
	return open_inside(sandbox, e);
}

int sandbox_go(struct sandbox *sandbox, bool covered, struct err *e)
{
	struct shim_message message = { .type = SHIM_GO, .value = covered };

	if (send_fds(sandbox->shim_socket, &message, sizeof(message), NULL, 0) < 0)
		return err_errno(e, "starting the program");
	return 0;
}

void sandbox_end(struct sandbox *sandbox)
{
	/* Without its words it would build something else, and say that the shim is not to be found there. */
	if (sandbox->words >= 0 && sandbox->bwrap > 0)
		kill(sandbox->bwrap, SIGKILL);
	/* The shim takes the end of its socket for ours. */
	shutdown(sandbox->shim_socket, SHUT_RDWR);
}

void sandbox_signal(struct sandbox *sandbox, int number)
{
	struct shim_message message = { .type = SHIM_SIGNAL, .value = number };

	send_fds(sandbox->shim_socket, &message, sizeof(message), NULL, 0);
}

void sandbox_close(struct sandbox *sandbox)
{
	close_fd(&sandbox->words);
	close_fd(&sandbox->info);
	close_fd(&sandbox->file);
	close_fd(&sandbox->shim_socket);
	close_fd(&sandbox->listener);
	close_fd(&sandbox->http_listener);
	close_fd(&sandbox->socks_listener);
	close_fd(&sandbox->socket_diag);
	close_fd(&sandbox->root);
	close_fd(&sandbox->process);
}
