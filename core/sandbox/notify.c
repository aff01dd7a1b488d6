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
#include <sched.h>
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
	bool stopped;  /* the owner's: the thread was joined */
	bool stopping; /* atomic */
	bool rehearsing; /* atomic */
	bool unix_stubs;
	uint64_t listening[65536 / 64]; /* a bit a port, atomic */
	/*
	 * Each access is added by the thread without a lock: it takes the table out while it writes
	 * (then this is NULL), and the owner puts the empty one in its place when it wants the rows.
	 */
	struct access_table *accesses; /* atomic */
	struct access_table *spare;    /* the owner's, empty */
	struct notifier_counts counts; /* atomic, each */

	bool paused; /* atomic; changed under the lock */
	pthread_cond_t resumed;
	pthread_mutex_t lock; /* all below */
	struct notice *first, **last;
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
		/* Most paths are short. */
		if (chunk > 512)
			chunk = 512;
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

/* The path of the caller's working directory or directory descriptor. */
static bool read_base(pid_t pid, bool has_dirfd, int dirfd, char base[PATH_MAX])
{
	char link[64];
	ssize_t length;

	if (has_dirfd && dirfd != AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", pid, dirfd);
	else
		snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
	length = readlink(link, base, PATH_MAX - 1);
	if (length <= 0 || base[0] != '/')
		return false;
	base[length] = '\0';
	return true;
}

/* Makes a path absolute; an empty one becomes the descriptor's own. */
static bool make_absolute(pid_t pid, bool has_dirfd, int dirfd, char path[PATH_MAX])
{
	char base[PATH_MAX];
	size_t length, path_length;

	if (path[0] == '/')
		return true;
	if (!read_base(pid, has_dirfd, dirfd, base))
		return false;
	length = strlen(base);
	path_length = strlen(path);
	if (path_length && strcmp(base, "/") != 0)
		base[length++] = '/';
	if (length + path_length >= PATH_MAX)
		return false;
	memmove(path + length, path, path_length + 1);
	memcpy(path, base, length);
	return true;
}

/* What the text of a call says before its path is made absolute. */
struct named {
	bool readable; /* false: the caller's memory is closed to us */
	bool empty;    /* of the descriptor itself */
	bool plain;    /* one name in the directory: neither "." nor "..", no slash */
	char path[PATH_MAX];
};

static bool is_plain_name(const char *text)
{
	return *text && !strchr(text, '/') && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

/* False where it is no path, or the caller's memory says nothing. */
static bool read_named(const struct seccomp_notif *call, const struct path_call *entry,
		       bool may_be_empty, int dirfd_at, int path_at, struct named *named)
{
	pid_t pid = (pid_t)call->pid;
	int dirfd = dirfd_at == NO_ARGUMENT ? AT_FDCWD : (int)call->data.args[dirfd_at];
	uint64_t address = path_at == NO_ARGUMENT ? 0 : call->data.args[path_at];

	named->readable = true;
	named->path[0] = '\0';
	if (!address) {
		may_be_empty = path_at == NO_ARGUMENT || (entry->traits & TRAIT_NULL_PATH);
	} else if (!read_string(pid, address, named->path, PATH_MAX)) {
		/* By other errors the call names nothing, and the kernel refuses it for that. */
		named->readable = errno != EPERM && errno != EACCES;
		return false;
	}
	named->empty = !named->path[0];
	named->plain = is_plain_name(named->path);
	return (!named->empty || may_be_empty) &&
	       make_absolute(pid, dirfd_at != NO_ARGUMENT, dirfd, named->path);
}

static bool intent_of_openat2(const struct seccomp_notif *call, uint64_t *flags)
{
	struct open_how how;

	if (call->data.args[3] < sizeof(how.flags) ||
	    !read_bytes((pid_t)call->pid, call->data.args[2], &how, sizeof(how.flags)))
		return false;
	*flags = how.flags;
	return true;
}

static struct intent intent_of_call(const struct seccomp_notif *call, const struct path_call *entry,
				    uint64_t flags)
{
	struct intent intent = { .effect = entry->effect };
	uint64_t mode = entry->traits & TRAIT_NEEDS_MODE ? call->data.args[entry->mode] : 0;
	bool renames = entry->effect == EFFECT_RENAME;

	intent.no_follow = (entry->traits & TRAIT_NO_FOLLOW) ||
			   (entry->traits & TRAIT_FOLLOW_FLAG ? !(flags & AT_SYMLINK_FOLLOW)
							      : !renames && (flags & AT_SYMLINK_NOFOLLOW));
	intent.read = (entry->traits & TRAIT_NEEDS_READ) || (mode & R_OK);
	intent.write = (entry->traits & TRAIT_NEEDS_WRITE) || (mode & W_OK);
	intent.search = (entry->traits & TRAIT_NEEDS_SEARCH) || (mode & X_OK);
	intent.directory = (entry->traits & TRAIT_DIRECTORY) ||
			   (entry->effect == EFFECT_REMOVE && (flags & AT_REMOVEDIR));
	intent.owner = entry->effect == EFFECT_CHANGE && !intent.write;
	intent.no_replace = renames && (flags & RENAME_NOREPLACE);
	intent.exchange = renames && (flags & RENAME_EXCHANGE);
	return intent;
}

static bool read_intent(const struct seccomp_notif *call, const struct path_call *entry,
			struct intent *intent, uint64_t *flags)
{
	*flags = entry->flags == NO_ARGUMENT ? 0 : call->data.args[entry->flags];
	if (entry->effect != EFFECT_OPEN) {
		/* int and unsigned int: the upper half is whatever the caller left there. */
		*flags &= 0xffffffffu;
		*intent = intent_of_call(call, entry, *flags);
		return true;
	}
	if (call->data.nr == SYS_openat2) {
		if (!intent_of_openat2(call, flags))
			return false;
	} else if (entry->flags == NO_ARGUMENT) {
		*flags = O_CREAT | O_WRONLY | O_TRUNC;
	} else {
		*flags &= 0xffffffffu;
	}
	*intent = intent_of_open(*flags);
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
	bool makes_directory = entry->effect == EFFECT_CREATE && strncmp(entry->name, "mkdir", 5) == 0;
	pid_t pid = (pid_t)call->pid;
	uint64_t mode;
	int mask;

	if (!makes_directory && (entry->effect != EFFECT_OPEN || (open_flags & O_EXCL) ||
				 !(open_flags & O_CREAT)))
		return 0;
	mask = process_umask(pid);
	if (mask < 0)
		return 0;
	if (makes_directory)
		return S_IFDIR |
		       ((mode_t)call->data.args[entry->path + 1] & 01777 & ~(mode_t)mask);
	if (strcmp(entry->name, "openat2") == 0) {
		struct open_how how;

		if (call->data.args[3] < sizeof(how) ||
		    !read_bytes(pid, call->data.args[2], &how, sizeof(how)))
			return 0;
		mode = how.mode;
	} else {
		mode = call->data.args[entry->path + (strcmp(entry->name, "creat") == 0 ? 1 : 2)];
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
	notice->no_grant = finding->no_grant;
	notice->origin = finding->mask ? finding->mask->origin : ORIGIN_BASE;
	notice->rule = finding->mask ? xstrdup(finding->mask->rule) : NULL;
	notice->mask = finding->mask ? xstrdup(finding->mask->target) : NULL;
	notice->mask_is_directory = finding->mask && finding->mask->is_directory;
	hand_over(n, call, notice);
}

static struct access_table *borrow_table(struct notifier *n)
{
	/* Never NULL here: the owner only ever puts another table in the place of one. */
	return __atomic_exchange_n(&n->accesses, NULL, __ATOMIC_ACQ_REL);
}

static void give_table_back(struct notifier *n, struct access_table *table)
{
	__atomic_store_n(&n->accesses, table, __ATOMIC_RELEASE);
}

static void add_access(struct notifier *n, pid_t pid, const struct finding *finding)
{
	struct access_table *table = borrow_table(n);

	access_table_add(table, finding->kind, VERDICT_ALLOW, finding->object, pid, 0,
			 finding->created, clock_wall_ms());
	/* Its next calls are another program's. */
	if (finding->kind == ACCESS_EXEC)
		access_table_forget(table, pid);
	give_table_back(n, table);
}

static void count_unreadable(struct notifier *n)
{
	__atomic_add_fetch(&n->counts.unreadable, 1, __ATOMIC_RELAXED);
}

/* A rename or a link. True if the call was handed over and stays held. */
static bool look_at_pair(struct notifier *n, const struct seccomp_notif *call,
			 const struct path_call *entry, const struct intent *intent, uint64_t flags)
{
	struct finding first, second;
	struct named old, new;
	bool empty = entry->effect == EFFECT_LINK && (flags & AT_EMPTY_PATH);
	struct finding *refused;

	if (!read_named(call, entry, empty, entry->dirfd, entry->path, &old) ||
	    !read_named(call, entry, false, entry->second_dirfd, entry->second_path, &new)) {
		if (!old.readable)
			count_unreadable(n);
		return false;
	}
	inspect_pair(&n->inspector, (pid_t)call->pid, old.path, new.path, intent, &first, &second);
	/*
	 * The first that is refused is asked about; once it is granted the call meets the mounts, and
	 * the program's next try is asked about the second.
	 */
	refused = first.outcome == OUTCOME_REFUSED	? &first
		  : second.outcome == OUTCOME_REFUSED ? &second
						       : NULL;
	if (refused) {
		hand_over_path(n, call, entry, refused, 0);
		return true;
	}
	if (first.outcome == OUTCOME_PLAIN)
		add_access(n, (pid_t)call->pid, &first);
	if (second.outcome == OUTCOME_PLAIN)
		add_access(n, (pid_t)call->pid, &second);
	return false;
}

/*
 * A look at one name in a directory, whose path the kernel told and so has no symlink in it, that
 * does not follow the name either: where the plan hides nothing there it cannot be refused.
 */
static bool cannot_be_refused(const struct notifier *n, const struct intent *intent,
			      const struct named *named)
{
	return intent->effect == EFFECT_LOOK && intent->no_follow && named->plain && !intent->read &&
	       !intent->write && !intent->search &&
	       !plan_tree_hides(n->inspector.masks->tree, named->path);
}

/* True if the call was handed over and stays held. */
static bool look_at(struct notifier *n, const struct seccomp_notif *call,
		    const struct path_call *entry)
{
	struct finding finding;
	struct intent intent;
	struct named named;
	uint64_t flags;
	bool may_be_empty, opens = entry->effect == EFFECT_OPEN;

	if (!read_intent(call, entry, &intent, &flags))
		return false;
	if (entry->second_path != NO_ARGUMENT)
		return look_at_pair(n, call, entry, &intent, flags);
	may_be_empty = !opens && entry->flags != NO_ARGUMENT && (flags & AT_EMPTY_PATH);
	if (!read_named(call, entry, may_be_empty, entry->dirfd, entry->path, &named)) {
		if (!named.readable)
			count_unreadable(n);
		return false;
	}
	/* Of an open descriptor, what it says was decided when it was opened. */
	if (named.empty && intent.effect == EFFECT_LOOK && !intent.write)
		return false;
	if (named.empty)
		intent.no_follow = true;
	if (cannot_be_refused(n, &intent, &named))
		return false;
	inspect_path(&n->inspector, (pid_t)call->pid, named.path, &intent, &finding);
	if (finding.outcome == OUTCOME_REFUSED) {
		hand_over_path(n, call, entry, &finding, opens ? flags : 0);
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
	return path[0] && make_absolute((pid_t)call->pid, false, 0, path);
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

static void wait_while_paused(struct notifier *n)
{
	if (!__atomic_load_n(&n->paused, __ATOMIC_ACQUIRE))
		return;
	pthread_mutex_lock(&n->lock);
	while (__atomic_load_n(&n->paused, __ATOMIC_ACQUIRE))
		pthread_cond_wait(&n->resumed, &n->lock);
	pthread_mutex_unlock(&n->lock);
}

static void *receive(void *argument)
{
	struct notifier *n = argument;
	struct seccomp_notif call;
	struct timespec now;

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
		wait_while_paused(n);
		n->inspector.masks = __atomic_load_n(&n->masks, __ATOMIC_ACQUIRE);
		clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
		known_places_refresh(n->inspector.known, now.tv_sec, n->inspector.masks);
		if (!is_held(n, &call))
			notifier_continue(n, call.id);
	}
	return NULL;
}

/* All but the thread. */
static void release(struct notifier *n)
{
	access_table_free(n->accesses);
	access_table_free(n->spare);
	known_places_free(n->inspector.known);
	pthread_mutex_destroy(&n->lock);
	pthread_cond_destroy(&n->resumed);
	close_fd(&n->wake);
	free(n);
}

int notifier_start(struct notifier **out, const struct notifier_request *request, struct err *e)
{
	struct notifier *n = xcalloc(1, sizeof(*n));
	pthread_attr_t attributes;
	sigset_t all, before;
	int result;

	n->listener = request->listener;
	n->inspector = (struct inspector){ .root = request->root,
					   .masks = request->masks,
					   .known = known_places_new() };
	n->masks = request->masks;
	n->unix_stubs = request->unix_stubs;
	n->last = &n->first;
	n->accesses = access_table_new(OBJECTS_MOST);
	n->spare = access_table_new(OBJECTS_MOST);
	path_call_index_make(&n->calls);
	pthread_mutex_init(&n->lock, NULL);
	pthread_cond_init(&n->resumed, NULL);
	n->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (n->wake < 0) {
		err_errno(e, "eventfd");
		release(n);
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
		release(n);
		return -1;
	}
	*out = n;
	return 0;
}

void notifier_set_masks(struct notifier *n, const struct masks *masks)
{
	__atomic_store_n(&n->masks, masks, __ATOMIC_RELEASE);
}

void notifier_set_paused(struct notifier *n, bool paused)
{
	pthread_mutex_lock(&n->lock);
	__atomic_store_n(&n->paused, paused, __ATOMIC_RELEASE);
	pthread_cond_signal(&n->resumed);
	pthread_mutex_unlock(&n->lock);
}

void notifier_stop(struct notifier *n)
{
	struct timespec soon;

	if (n->stopped)
		return;
	__atomic_store_n(&n->stopping, true, __ATOMIC_RELEASE);
	notifier_set_paused(n, false);
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
	n->stopped = true;
}

void notifier_free(struct notifier *n)
{
	struct notice *notice;

	if (!n)
		return;
	notifier_stop(n);
	for (notice = n->first; notice;) {
		struct notice *next = notice->next;

		notice_free(notice);
		notice = next;
	}
	release(n);
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
	struct access_table *table;

	/* The thread has it for less than a system call. */
	for (;;) {
		table = __atomic_load_n(&n->accesses, __ATOMIC_RELAXED);
		if (table && __atomic_compare_exchange_n(&n->accesses, &table, n->spare, false,
							 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			break;
		sched_yield();
	}
	access_table_take(table, rows, count);
	n->spare = table;
}

struct notifier_counts notifier_counts(struct notifier *n)
{
	return (struct notifier_counts){
		.received = __atomic_load_n(&n->counts.received, __ATOMIC_RELAXED),
		.unreadable = __atomic_load_n(&n->counts.unreadable, __ATOMIC_RELAXED),
	};
}
