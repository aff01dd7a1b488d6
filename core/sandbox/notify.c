/* SPDX-License-Identifier: MIT */
/*
 * The receiving thread. For each notification: read the path out of the caller's memory,
 * see what the kernel is going to do with it (inspect.c), and either let the call on at once
 * or hand it over. A path in another process's memory can change after it was read, so
 * nothing here decides anything: a call that is let on meets the mounts, and a call that is
 * held is let on only after the mounts were changed, or not changed.
 *
 * The thread gives up the capabilities that override file modes, so that what it finds out
 * about files holds for the sandbox, which has none.
 */
#include "core/sandbox/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/sandbox/access_table.h"
#include "core/sandbox/attribution.h"
#include "core/sandbox/connect_address.h"
#include "core/sandbox/inspect.h"
#include "core/sandbox/refused_calls.h"

#define STACK_SIZE (128 * 1024)
#define OBJECTS_MOST 65536 /* distinct objects between two takes */

struct notifier {
	int listener;
	int wake; /* eventfd: notices wait */
	const struct masks *masks;   /* atomic */
	struct inspector inspector; /* the thread's */
	struct path_call_index calls;
	pthread_t thread;
	bool stopping; /* atomic */
	bool rehearsing; /* atomic */
	bool unix_stubs;
	uint64_t listening[65536 / 64]; /* a bit a port, atomic */

	pthread_mutex_t lock; /* all below */
	struct notice *first, **last;
	struct access_table *accesses;
	struct notifier_counts counts;
};

void notice_free(struct notice *notice)
{
	free(notice->object);
	free(notice->place);
	free(notice->rule);
	free(notice->mask);
	free(notice->exe);
	free(notice);
}

/* --- reading the caller --- */

/* Copies a string out of another process, page by page: the next page may not be there. */
static bool read_string(pid_t pid, uint64_t address, char *out, size_t size)
{
	size_t have = 0;

	while (have < size) {
		size_t chunk = 4096 - ((address + have) & 4095);
		struct iovec local, remote;
		ssize_t got;

		if (chunk > size - have)
			chunk = size - have;
		local = (struct iovec){ out + have, chunk };
		remote = (struct iovec){ (void *)(uintptr_t)(address + have), chunk };
		got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
		if (got <= 0)
			return false;
		if (memchr(out + have, '\0', (size_t)got))
			return true;
		have += (size_t)got;
	}
	return false;
}

static bool read_bytes(pid_t pid, uint64_t address, void *out, size_t size)
{
	struct iovec local = { out, size };
	struct iovec remote = { (void *)(uintptr_t)address, size };

	return process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

/* Makes a path absolute by the caller's working directory or directory descriptor. */
static bool make_absolute(pid_t pid, bool has_dirfd, int dirfd, char path[PATH_MAX])
{
	char link[64], base[PATH_MAX], joined[PATH_MAX * 2];
	ssize_t length;

	if (path[0] == '/')
		return true;
	if (path[0] == '\0')
		return false;
	if (has_dirfd && dirfd != AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", pid, dirfd);
	else
		snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
	length = readlink(link, base, sizeof(base) - 1);
	if (length <= 0 || base[0] != '/')
		return false;
	base[length] = '\0';
	if (snprintf(joined, sizeof(joined), "%s/%s", base, path) >= PATH_MAX)
		return false;
	strcpy(path, joined);
	return true;
}

static bool read_path(const struct seccomp_notif *call, int dirfd_at, int path_at, char path[PATH_MAX])
{
	pid_t pid = (pid_t)call->pid;
	int dirfd = dirfd_at == NO_ARGUMENT ? AT_FDCWD : (int)call->data.args[dirfd_at];

	return read_string(pid, call->data.args[path_at], path, PATH_MAX) &&
	       make_absolute(pid, dirfd_at != NO_ARGUMENT, dirfd, path);
}

static bool read_intent(const struct seccomp_notif *call, const struct path_call *entry,
			struct intent *intent, uint64_t *open_flags)
{
	uint64_t flags = entry->flags == NO_ARGUMENT ? 0 : call->data.args[entry->flags];

	*open_flags = 0;

	if (entry->effect != EFFECT_OPEN) {
		*intent = (struct intent){ .effect = entry->effect,
					   .no_follow = strcmp(entry->name, "lchown") == 0 ||
							(flags & AT_SYMLINK_NOFOLLOW),
					   .truncates = strcmp(entry->name, "truncate") == 0 };
		return true;
	}
	if (strcmp(entry->name, "creat") == 0)
		flags = O_CREAT | O_WRONLY | O_TRUNC;
	if (strcmp(entry->name, "openat2") == 0) {
		struct open_how how;

		if (call->data.args[3] < sizeof(how.flags) ||
		    !read_bytes((pid_t)call->pid, call->data.args[2], &how, sizeof(how.flags)))
			return false;
		flags = how.flags;
	}
	/* O_PATH only looks a name up, like stat(2). */
	if (flags & O_PATH)
		return false;
	*intent = intent_of_open(flags);
	*open_flags = flags;
	return true;
}

/* --- handing over --- */

static void hand_over(struct notifier *n, const struct seccomp_notif *call, struct notice *notice)
{
	/* Once it is in the list it is the taker's. */
	enum notice_type type = notice->type;
	bool rehearsed = type != NOTICE_REFUSED &&
			 __atomic_load_n(&n->rehearsing, __ATOMIC_ACQUIRE);
	uint64_t one = 1;

	notice->id = call->id;
	notice->pid = (pid_t)call->pid;
	pthread_mutex_lock(&n->lock);
	*n->last = notice;
	n->last = &notice->next;
	pthread_mutex_unlock(&n->lock);
	if (!rehearsed)
		(void)!write(n->wake, &one, sizeof(one));
	else if (type == NOTICE_UNIX)
		notifier_fail(n, call->id, EPERM);
	else
		notifier_continue(n, call->id);
}

void notifier_rehearse(struct notifier *n, bool on)
{
	__atomic_store_n(&n->rehearsing, on, __ATOMIC_RELEASE);
}

/*
 * A directory or file that the call makes and that could be made in its stead, with its mode: the
 * umask is the caller's. A file that its maker could not open again, or that must not be there
 * already, only the call itself can make.
 */
static mode_t what_it_makes(const struct seccomp_notif *call, const struct path_call *entry,
			    uint64_t open_flags)
{
	pid_t pid = (pid_t)call->pid;
	uint64_t mode = call->data.args[entry->path + 1];
	int mask = process_umask(pid);

	if (mask < 0)
		return 0;
	if (entry->effect == EFFECT_CREATE && strncmp(entry->name, "mkdir", 5) == 0)
		return S_IFDIR | ((mode_t)mode & 01777 & ~(mode_t)mask);
	if (entry->effect != EFFECT_OPEN || (open_flags & O_EXCL) || !(open_flags & O_CREAT))
		return 0;
	if (strcmp(entry->name, "openat2") == 0) {
		struct open_how how;

		if (call->data.args[3] < sizeof(how) ||
		    !read_bytes(pid, call->data.args[2], &how, sizeof(how)))
			return 0;
		mode = how.mode;
	} else if (strcmp(entry->name, "creat") != 0) {
		mode = call->data.args[entry->path + 2];
	}
	mode &= 0777 & ~(uint64_t)mask;
	return (mode & 0600) == 0600 ? S_IFREG | (mode_t)mode : 0;
}

static void hand_over_path(struct notifier *n, const struct seccomp_notif *call,
			   const struct path_call *entry, const struct finding *finding,
			   uint64_t open_flags)
{
	struct notice *notice = xcalloc(1, sizeof(*notice));

	notice->type = NOTICE_FILE;
	notice->kind = finding->kind;
	notice->object = xstrdup(finding->object);
	notice->place = xstrdup(finding->place);
	notice->syscall = entry->name;
	notice->is_open = entry->effect == EFFECT_OPEN;
	notice->open_flags = open_flags;
	notice->error = finding->error;
	notice->is_directory = finding->is_directory;
	notice->by_parent = finding->by_parent;
	if (finding->by_parent && !finding->mask)
		notice->makes = what_it_makes(call, entry, open_flags);
	notice->origin = finding->mask ? finding->mask->origin : ORIGIN_BASE;
	notice->rule = finding->mask ? xstrdup(finding->mask->rule) : NULL;
	notice->mask = finding->mask ? xstrdup(finding->mask->target) : NULL;
	notice->mask_is_directory = finding->mask && finding->mask->is_directory;
	hand_over(n, call, notice);
}

static void add_access(struct notifier *n, pid_t pid, const struct finding *finding)
{
	int64_t now = clock_wall_ms();

	pthread_mutex_lock(&n->lock);
	access_table_add(n->accesses, finding->kind, VERDICT_ALLOW, finding->object, pid, 0,
			 finding->created, now);
	pthread_mutex_unlock(&n->lock);
}

static void count_unreadable(struct notifier *n)
{
	pthread_mutex_lock(&n->lock);
	n->counts.unreadable++;
	pthread_mutex_unlock(&n->lock);
}

/*
 * True if the call was handed over and stays held. A rename has two paths: the first that is
 * refused is asked about; once it is granted the call meets the mounts, and the program's next
 * try is asked about the second.
 */
static bool look_at(struct notifier *n, const struct seccomp_notif *call,
		    const struct path_call *entry)
{
	struct finding finding;
	struct intent intent;
	uint64_t open_flags;
	char path[PATH_MAX];

	if (!read_intent(call, entry, &intent, &open_flags))
		return false;
	/* A link makes a new name; what it is made from stays. */
	if (entry->effect != EFFECT_LINK) {
		errno = 0;
		if (!read_path(call, entry->dirfd, entry->path, path)) {
			/* Else the call names nothing, and the kernel refuses it for that. */
			if (errno == EPERM || errno == EACCES)
				count_unreadable(n);
			return false;
		}
		inspect_path(&n->inspector, path, &intent, &finding);
		if (finding.outcome == OUTCOME_REFUSED) {
			hand_over_path(n, call, entry, &finding, open_flags);
			return true;
		}
		if (finding.outcome == OUTCOME_PLAIN)
			add_access(n, (pid_t)call->pid, &finding);
	}
	if (entry->second_path == NO_ARGUMENT ||
	    (entry->effect == EFFECT_RENAME && finding.outcome == OUTCOME_FAILS))
		return false;
	if (!read_path(call, entry->second_dirfd, entry->second_path, path))
		return false;
	intent = (struct intent){ .effect = EFFECT_CREATE };
	inspect_path(&n->inspector, path, &intent, &finding);
	if (finding.outcome == OUTCOME_REFUSED) {
		hand_over_path(n, call, entry, &finding, 0);
		return true;
	}
	if (finding.outcome == OUTCOME_PLAIN)
		add_access(n, (pid_t)call->pid, &finding);
	return false;
}

/* --- calls that are about no path --- */

static bool is_unix_socket(const struct seccomp_notif *call)
{
	return call->data.nr == SYS_socket && (int)call->data.args[0] == AF_UNIX;
}

/* What the kernel itself says of the caller's type and protocol goes for the stub too. */
static bool give_stub(struct notifier *n, const struct seccomp_notif *call)
{
	int type = (int)call->data.args[1], kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
	int pair[2];

	/* Of datagram sockets even an end of a pair could be connected anew. */
	if (kind == SOCK_DGRAM)
		type = (type & (SOCK_CLOEXEC | SOCK_NONBLOCK)) | SOCK_SEQPACKET;
	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, (int)call->data.args[2], pair) < 0) {
		notifier_fail(n, call->id, errno);
		return true;
	}
	close(pair[1]);
	if (notifier_inject(n, call->id, pair[0], type & SOCK_CLOEXEC) < 0)
		notifier_fail(n, call->id, EMFILE);
	close(pair[0]);
	return true;
}

/* True if the call was one of those, and was answered. */
static bool refuse(struct notifier *n, const struct seccomp_notif *call)
{
	const struct refused_call *entry = refused_call_find(call->data.nr, (const uint64_t *)call->data.args);
	struct notice *notice;

	if (!entry)
		return false;
	if (n->unix_stubs && is_unix_socket(call))
		return give_stub(n, call);
	notice = xcalloc(1, sizeof(*notice));
	notice->type = NOTICE_REFUSED;
	/* Once it is answered the caller may end. */
	notice->exe = process_executable((pid_t)call->pid);
	notifier_fail(n, call->id, entry->error);
	notice->kind = entry->kind;
	notice->object = xstrdup(entry->shown);
	notice->syscall = entry->name;
	notice->error = entry->error;
	hand_over(n, call, notice);
	return true;
}

bool notifier_has_listening(const struct notifier *n, int port)
{
	return __atomic_load_n(&n->listening[port / 64], __ATOMIC_ACQUIRE) >> (port % 64) & 1;
}

void notifier_clear_listening(struct notifier *n, int port)
{
	__atomic_and_fetch(&n->listening[port / 64], ~((uint64_t)1 << (port % 64)), __ATOMIC_RELEASE);
}

void notifier_set_listening(struct notifier *n, int port)
{
	__atomic_or_fetch(&n->listening[port / 64], (uint64_t)1 << (port % 64), __ATOMIC_RELEASE);
}

/*
 * A path as the program sees it, absolute; or the name of an abstract socket behind an "@". The
 * address may lack its NUL (unix(7)).
 */
static bool unix_path(const struct seccomp_notif *call, const struct sockaddr_storage *address,
		      size_t length, char path[PATH_MAX])
{
	struct sockaddr_un un;
	size_t most;

	memset(&un, 0, sizeof(un));
	memcpy(&un, address, length < sizeof(un) ? length : sizeof(un));
	if (length <= offsetof(struct sockaddr_un, sun_path))
		return false;
	most = length - offsetof(struct sockaddr_un, sun_path);
	if (most > sizeof(un.sun_path))
		most = sizeof(un.sun_path);
	if (un.sun_path[0] == '\0') {
		snprintf(path, PATH_MAX, "@%.*s", (int)most - 1, un.sun_path + 1);
		return true;
	}
	snprintf(path, PATH_MAX, "%.*s", (int)most, un.sun_path);
	return make_absolute((pid_t)call->pid, false, 0, path);
}

/* connect(2) and bind(2) have the same arguments. */
static bool hand_over_unix(struct notifier *n, const struct seccomp_notif *call,
			   const struct sockaddr_storage *address, size_t length)
{
	struct notice *notice;
	char path[PATH_MAX];

	/* Without a name there is nothing to judge: a stub goes nowhere by itself. */
	if (!unix_path(call, address, length, path))
		return false;
	notice = xcalloc(1, sizeof(*notice));
	notice->type = NOTICE_UNIX;
	notice->kind = call->data.nr == SYS_bind ? ACCESS_BIND : ACCESS_UNIX;
	notice->syscall = call->data.nr == SYS_bind ? "bind" : "connect";
	notice->object = xstrdup(path);
	notice->descriptor = (int)call->data.args[0];
	hand_over(n, call, notice);
	return true;
}

/*
 * True if it stays held until somebody listens on the port. What it was to connect to is decided
 * when the connection comes out at the other side, whatever this memory says by then.
 */
static bool look_at_address(struct notifier *n, const struct seccomp_notif *call)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	size_t length = call->data.args[2] < sizeof(address) ? call->data.args[2] : sizeof(address);
	struct notice *notice;
	int port;

	if (length < sizeof(sa_family_t) ||
	    !read_bytes((pid_t)call->pid, call->data.args[1], &address, length))
		return false;
	if (address.ss_family == AF_UNIX && n->unix_stubs)
		return hand_over_unix(n, call, &address, length);
	port = call->data.nr == SYS_connect ? connect_port(&address, length) : 0;
	if (!port || notifier_has_listening(n, port))
		return false;
	notice = xcalloc(1, sizeof(*notice));
	notice->type = NOTICE_CONNECT;
	notice->kind = ACCESS_CONNECT;
	notice->syscall = "connect";
	notice->port = port;
	hand_over(n, call, notice);
	return true;
}

int notifier_continue(struct notifier *n, uint64_t id)
{
	struct seccomp_notif_resp response = { .id = id,
					       .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

	return ioctl(n->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int notifier_succeed(struct notifier *n, uint64_t id)
{
	struct seccomp_notif_resp response = { .id = id };

	return ioctl(n->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int notifier_fail(struct notifier *n, uint64_t id, int error)
{
	struct seccomp_notif_resp response = { .id = id, .error = -error };

	return ioctl(n->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int notifier_replace(struct notifier *n, uint64_t id, int file, int descriptor, bool close_on_exec)
{
	struct seccomp_notif_addfd add = { .id = id,
					   .flags = SECCOMP_ADDFD_FLAG_SETFD,
					   .srcfd = (unsigned)file,
					   .newfd = (unsigned)descriptor,
					   .newfd_flags = close_on_exec ? O_CLOEXEC : 0 };
	struct seccomp_notif_resp response = { .id = id };

	if (ioctl(n->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0)
		return -1;
	return ioctl(n->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int notifier_inject(struct notifier *n, uint64_t id, int file, bool close_on_exec)
{
	struct seccomp_notif_addfd add = { .id = id,
					   .flags = SECCOMP_ADDFD_FLAG_SEND,
					   .srcfd = (unsigned)file,
					   .newfd_flags = close_on_exec ? O_CLOEXEC : 0 };

	return ioctl(n->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0 ? -1 : 0;
}

bool notifier_is_waiting(struct notifier *n, uint64_t id)
{
	return ioctl(n->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

/* --- the thread --- */

/* Effective only: nothing of this thread needs them, and its answers must not rest on them. */
static void give_up_overrides(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return;
	data[0].effective &= ~((1u << CAP_DAC_OVERRIDE) | (1u << CAP_DAC_READ_SEARCH) |
			       (1u << CAP_FOWNER));
	syscall(SYS_capset, &header, data);
}

static void wake_up(int number)
{
	(void)number;
}

/*
 * Kernels before 6.12 leave a receiver asleep when the last program has ended, so the owner
 * interrupts it: by a signal that only this thread has unblocked.
 */
static void accept_interruption(void)
{
	struct sigaction action = { .sa_handler = wake_up };
	sigset_t only;

	sigaction(SIGRTMIN, &action, NULL);
	sigemptyset(&only);
	sigaddset(&only, SIGRTMIN);
	pthread_sigmask(SIG_UNBLOCK, &only, NULL);
}

/* False where the call is to be let on now. */
static bool is_held(struct notifier *n, const struct seccomp_notif *call)
{
	const struct path_call *entry = path_call_find(&n->calls, call->data.nr);

	if (entry)
		return look_at(n, call, entry);
	if (call->data.nr == SYS_connect || call->data.nr == SYS_bind)
		return look_at_address(n, call);
	return refuse(n, call);
}

static void *receive(void *argument)
{
	struct notifier *n = argument;
	struct seccomp_notif call;

	prctl(PR_SET_NAME, "srt-top-notify");
	give_up_overrides();
	accept_interruption();
	while (!__atomic_load_n(&n->stopping, __ATOMIC_ACQUIRE)) {
		memset(&call, 0, sizeof(call));
		if (ioctl(n->listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) {
			struct pollfd end = { .fd = n->listener, .events = POLLIN };

			/* ENOENT: the caller was killed in between. At the end of the last
			 * one the listener hangs up. */
			if (errno != EINTR && errno != ENOENT)
				return NULL;
			if (poll(&end, 1, 0) > 0 && (end.revents & POLLHUP))
				return NULL;
			continue;
		}
		__atomic_add_fetch(&n->counts.received, 1, __ATOMIC_RELAXED);
		n->inspector.masks = __atomic_load_n(&n->masks, __ATOMIC_ACQUIRE);
		if (!is_held(n, &call))
			notifier_continue(n, call.id);
	}
	return NULL;
}

int notifier_start(struct notifier **out, const struct notifier_request *request, struct err *e)
{
	struct notifier *n = xcalloc(1, sizeof(*n));
	pthread_attr_t attributes;
	sigset_t all, before;
	int result;

	n->listener = request->listener;
	n->inspector = (struct inspector){ .root = request->root, .masks = request->masks };
	n->masks = request->masks;
	n->unix_stubs = request->unix_stubs;
	n->last = &n->first;
	n->accesses = access_table_new(OBJECTS_MOST);
	path_call_index_make(&n->calls);
	pthread_mutex_init(&n->lock, NULL);
	n->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (n->wake < 0) {
		err_errno(e, "eventfd");
		access_table_free(n->accesses);
		free(n);
		return -1;
	}
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	result = pthread_create(&n->thread, &attributes, receive, n);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (result) {
		errno = result;
		err_errno(e, "starting the notification thread");
		close(n->wake);
		access_table_free(n->accesses);
		free(n);
		return -1;
	}
	*out = n;
	return 0;
}

void notifier_set_masks(struct notifier *n, const struct masks *masks)
{
	__atomic_store_n(&n->masks, masks, __ATOMIC_RELEASE);
}

void notifier_free(struct notifier *n)
{
	struct notice *notice;
	struct timespec soon;

	if (!n)
		return;
	__atomic_store_n(&n->stopping, true, __ATOMIC_RELEASE);
	do {
		/* Again until it is gone: the signal may come just before the thread sleeps. */
		pthread_kill(n->thread, SIGRTMIN);
		clock_gettime(CLOCK_REALTIME, &soon);
		soon.tv_nsec += 2000000;
		if (soon.tv_nsec >= 1000000000) {
			soon.tv_nsec -= 1000000000;
			soon.tv_sec++;
		}
	} while (pthread_timedjoin_np(n->thread, NULL, &soon) == ETIMEDOUT);
	for (notice = n->first; notice;) {
		struct notice *next = notice->next;

		notice_free(notice);
		notice = next;
	}
	access_table_free(n->accesses);
	pthread_mutex_destroy(&n->lock);
	close(n->wake);
	free(n);
}

int notifier_fd(const struct notifier *n)
{
	return n->wake;
}

struct notice *notifier_take(struct notifier *n)
{
	struct notice *taken;
	uint64_t count;

	(void)!read(n->wake, &count, sizeof(count));
	pthread_mutex_lock(&n->lock);
	taken = n->first;
	n->first = NULL;
	n->last = &n->first;
	pthread_mutex_unlock(&n->lock);
	return taken;
}

void notifier_take_accesses(struct notifier *n, struct access_row **rows, size_t *count)
{
	pthread_mutex_lock(&n->lock);
	access_table_take(n->accesses, rows, count);
	pthread_mutex_unlock(&n->lock);
}

struct notifier_counts notifier_counts(struct notifier *n)
{
	struct notifier_counts counts;

	pthread_mutex_lock(&n->lock);
	counts = n->counts;
	pthread_mutex_unlock(&n->lock);
	return counts;
}
