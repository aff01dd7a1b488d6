/* SPDX-License-Identifier: MIT */
/*
 * Unix sockets with a path. A program gets stubs for sockets, which the kernel lets connect to
 * nothing. When it wants to connect one, the path is resolved here, in the sandbox's tree, to the
 * socket itself; that socket is what is judged, asked about and, if allowed, connected to by us.
 * The connection takes the stub's place. What the program's memory says by then is of no account.
 *
 * To be a server itself a program would need a socket that can be connected to, and so one that
 * can connect: that is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/session/name_services.h"
#include "core/session/supervisor_parts.h"

#define HOST_TABLE_MOST (4 * 1024 * 1024)

/* --- what a path leads to --- */

static int open_inside(const struct supervisor *s, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };

	return (int)syscall(SYS_openat2, s->sandbox.root, path, &how, sizeof(how));
}

static bool is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static char *path_of(int fd)
{
	char link[64], path[4096];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	return length > 0 && path[0] == '/' ? xstrndup(path, (size_t)length) : NULL;
}

/*
 * The socket, as a descriptor, or -1 with what connect(2) says. One that a mask hides inside is
 * looked for on the host: whether it may be seen is a part of the question.
 */
static int find_socket(const struct supervisor *s, const char *path)
{
	_cleanup_close_ int fd = open_inside(s, path);
	bool hidden = fd < 0 ? errno == ENOENT : !is_socket(fd);
	int error = fd < 0 ? errno : ECONNREFUSED;

	if (hidden) {
		close_fd(&fd);
		fd = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
		if (fd >= 0 && !is_socket(fd))
			close_fd(&fd);
	}
	if (fd < 0) {
		errno = error;
		return -1;
	}
	if (syscall(SYS_faccessat2, fd, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) < 0) {
		errno = EACCES;
		return -1;
	}
	return steal_fd(&fd);
}

/* --- deciding --- */

/* What the settings file hides, and what is our own, nobody is asked about. */
static const char *fixed_by(const struct supervisor *s, const char *path)
{
	const struct mount *mount = mount_plan_find(&s->plan, path);

	for (size_t i = 0; i < s->own.count; i++)
		if (path_is_below(path, s->own.items[i]))
			return "srt-top's own";
	if ((mount->type == MOUNT_MASK_DIR || mount->type == MOUNT_MASK_FILE) &&
	    mount->origin != ORIGIN_SENSITIVE)
		return mount->rule;
	return NULL;
}

static const char *allowed_by_settings(const struct supervisor *s, const char *path)
{
	const struct strings *allowed = &s->options->settings->allow_unix_sockets;

	for (size_t i = 0; i < allowed->count; i++) {
		_cleanup_free_ char *entry = path_absolute(allowed->items[i], s->home, s->cwd);

		if (path_is_below(path, entry))
			return allowed->items[i];
	}
	return NULL;
}

static void judge(struct supervisor *s, const char *path, struct judgement *judgement)
{
	const char *entry = allowed_by_settings(s, path);
	struct refused_file file = { .kind = ACCESS_UNIX,
				     .object = path,
				     .fixed = fixed_by(s, path),
				     .entry = fixed_by(s, path) };

	judge_file(judgement, s->options->mode, &s->rules, &file);
	rule_hits_count(s, judgement->matched);
	if (entry && !file.fixed && !judgement->matched) {
		judgement->verdict = VERDICT_ALLOW;
		snprintf(judgement->why, sizeof(judgement->why), "the settings file");
		snprintf(judgement->rule, sizeof(judgement->rule), "allowUnixSockets %s", entry);
	} else if (!judgement->matched && judgement->verdict == VERDICT_DENY && !file.fixed) {
		snprintf(judgement->why, sizeof(judgement->why), "no rule allows this socket");
	}
}

static struct access_event make_event(struct supervisor *s, const struct notice *notice,
				      const char *object)
{
	struct access_event event = { .time_ms = clock_wall_ms(),
				      .kind = notice->kind,
				      .object = (char *)object,
				      .verdict = VERDICT_DENY,
				      .syscall = (char *)notice->syscall,
				      .error = EACCES,
				      .count = 1 };

	supervisor_attribute(s, notice, &event);
	return event;
}

static void record(struct supervisor *s, const struct access_event *event)
{
	supervisor_event(s, event);
	journal_access(s->journal, event->kind, event->object, event->verdict, event->exe,
		       event->verdict == VERDICT_ALLOW ? 0 : event->error, false, event->time_ms);
	if (event->verdict == VERDICT_ALLOW)
		s->allowed++;
	else
		s->denied++;
	s->changed = true;
}

static void refuse(struct supervisor *s, const struct notice *notice, struct access_event *event,
		   const char *why)
{
	event->why = (char *)why;
	record(s, event);
	notifier_fail(s->notifier, notice->id, event->error);
}

/* --- connecting --- */

/* The flags of the caller's descriptor: O_NONBLOCK, and O_CLOEXEC, which is not the file's. */
static unsigned descriptor_flags(pid_t pid, int descriptor)
{
	char path[64];
	_cleanup_free_ char *text = NULL;
	const char *line;
	unsigned flags = 0;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, descriptor);
	if (read_small_file(&text, NULL, path, 4096, NULL) < 0)
		return 0;
	line = strstr(text, "flags:");
	if (line)
		sscanf(line, "flags: %o", &flags);
	return flags;
}

static int connect_to(int socket_file, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	/* One that takes no more connections now is no reason for us to wait. */
	_cleanup_close_ int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", socket_file);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return steal_fd(&fd);
}

void unix_release(struct supervisor *s, struct waiter *waiter, bool allow)
{
	unsigned flags = descriptor_flags(waiter->pid, waiter->descriptor);
	_cleanup_close_ int fd = -1;

	errno = EACCES;
	if (allow) {
		fd = connect_to(waiter->socket, SOCK_STREAM);
		if (fd < 0 && errno == EPROTOTYPE)
			fd = connect_to(waiter->socket, SOCK_SEQPACKET);
	}
	if (fd >= 0)
		set_nonblocking(fd, flags & O_NONBLOCK);
	if (fd < 0 || notifier_replace(s->notifier, waiter->notification, fd, waiter->descriptor,
				       flags & O_CLOEXEC) < 0)
		notifier_fail(s->notifier, waiter->notification, errno);
	close_fd(&waiter->socket);
}

static void ask(struct supervisor *s, struct waiter *waiter, struct access_event *event,
		const struct judgement *judgement)
{
	struct asked *asked = question_find(s, ACCESS_UNIX, event->object);
	enum scope scopes[SCOPE_COUNT];
	bool fresh;

	if (asked) {
		asked->question.event.count++;
	} else {
		size_t count = rule_scopes(ACCESS_UNIX, event->object, false, scopes);
		struct access_event copy;

		event->verdict = VERDICT_ASK;
		event->why = (char *)judgement->why;
		access_event_copy(&copy, journal_event(s->journal, event, &fresh));
		asked = question_add(s, &copy, scopes, count, false);
		access_event_free(&copy);
		supervisor_tell_event(s, &asked->question.event);
	}
	question_hold(asked, waiter);
	if (!question_hold_ms(s))
		question_refuse_for_now(asked, "nobody is attached to answer");
}

/* Nobody is asked, and nothing told: C libraries try it for every name. */
static bool is_replaced(const struct supervisor *s, const char *object)
{
	return s->options->full_network && name_services_has(object) &&
	       !allowed_by_settings(s, object);
}

static void connection_wanted(struct supervisor *s, const struct notice *notice)
{
	struct waiter waiter = { .notification = notice->id,
				 .socket = find_socket(s, notice->object),
				 .descriptor = notice->descriptor,
				 .pid = notice->pid };
	_cleanup_free_ char *object = waiter.socket < 0 ? NULL : path_of(waiter.socket);
	struct judgement judgement;
	struct access_event event;

	/* What would fail on the host as well is no refusal of ours. */
	if (!object) {
		notifier_fail(s->notifier, notice->id, waiter.socket < 0 ? errno : ECONNREFUSED);
		close_fd(&waiter.socket);
		return;
	}
	if (is_replaced(s, object)) {
		notifier_fail(s->notifier, notice->id, ENOENT);
		close_fd(&waiter.socket);
		return;
	}
	judge(s, object, &judgement);
	event = make_event(s, notice, object);
	event.rule = judgement.rule[0] ? judgement.rule : NULL;
	if (judgement.verdict == VERDICT_ASK && !question_find(s, ACCESS_UNIX, object) &&
	    !question_make_room(s)) {
		refuse(s, notice, &event, "not asked about: too many questions are open");
		close_fd(&waiter.socket);
	} else if (judgement.verdict == VERDICT_ASK) {
		ask(s, &waiter, &event, &judgement);
	} else if (judgement.verdict == VERDICT_ALLOW) {
		event.verdict = VERDICT_ALLOW;
		event.error = 0;
		event.why = judgement.why;
		record(s, &event);
		unix_release(s, &waiter, true);
	} else {
		refuse(s, notice, &event, judgement.why);
		close_fd(&waiter.socket);
	}
}

/* The sandbox has a network namespace of its own, and so none of the host's abstract sockets. */
static bool is_on_host(const char *abstract)
{
	_cleanup_free_ char *text = NULL, *end = xasprintf(" %s\n", abstract);

	return read_small_file(&text, NULL, "/proc/net/unix", HOST_TABLE_MOST, NULL) == 0 &&
	       strstr(text, end);
}

static void abstract_wanted(struct supervisor *s, const struct notice *notice)
{
	struct access_event event;

	if (!is_on_host(notice->object)) {
		notifier_fail(s->notifier, notice->id, ECONNREFUSED);
		return;
	}
	event = make_event(s, notice, notice->object);
	event.error = ECONNREFUSED;
	refuse(s, notice, &event, "abstract sockets of the host are closed");
}

static void binding_wanted(struct supervisor *s, const struct notice *notice)
{
	_cleanup_free_ char *directory = path_parent(notice->object);
	_cleanup_close_ int fd = notice->object[0] == '/' ? open_inside(s, directory) : -1;
	struct access_event event;

	if (notice->object[0] == '/' && fd < 0) {
		notifier_fail(s->notifier, notice->id, errno);
		return;
	}
	event = make_event(s, notice, notice->object);
	refuse(s, notice, &event, "a program cannot be the server of a unix socket");
}

void unix_wanted(struct supervisor *s, const struct notice *notice)
{
	if (notice->kind == ACCESS_BIND)
		binding_wanted(s, notice);
	else if (notice->object[0] == '@')
		abstract_wanted(s, notice);
	else
		connection_wanted(s, notice);
}
