/* SPDX-License-Identifier: MIT */
/*
 * Both ends of the broker's socket. The broker's side is a loop over requests, each
 * carried out before the next is read, so replies come in the order of the requests.
 * It never decides anything: what may be granted was decided by the supervisor, which
 * is the only one that can reach this socket. The supervisor waits until a request is taken, so this
 * side never waits until a reply is: replies that find no room are kept.
 */
#include "core/sandbox/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/base/switches.h"
#include "core/sandbox/broker_protocol.h"

#define GRANT_TEXT_MOST (4 * 1024 * 1024)

struct broker {
	pid_t pid;
	int socket;
};

/* --- the broker's side --- */

struct pin {
	uint32_t number;
	int fd;
};

/* A grant that was carried out. */
struct made {
	uint32_t number; /* its pin's */
	int pinned;
	bool writable;
	struct grant_mounts mounts;
};

struct kept_reply {
	struct kept_reply *next;
	int fd; /* our own copy, -1 = none */
	char message[offsetof(struct broker_message, text) + 64];
};

struct broker_side {
	int socket;
	struct kept_reply *first_kept, **last_kept;
	int sandbox;	      /* mount namespace to grant into */
	int network;	      /* the sandbox's network namespace */
	int relay;	      /* our own, -1 where no network was made */
	int error;	      /* nothing can be granted: why, and what failed */
	const char *failed_step;
	const char *mask_place; /* NULL = masks are not seen */
	int *masks;		/* made, and not mounted yet */
	size_t mask_count;
	struct pin *pins;
	size_t pin_count, pin_capacity;
	struct made *made;
	size_t made_count, made_capacity;
};

static bool send_kept(struct broker_side *side)
{
	while (side->first_kept) {
		struct kept_reply *kept = side->first_kept;
		struct broker_message message = { 0 };

		memcpy(&message, kept->message, sizeof(kept->message));
		if (send_fds(side->socket, &message, sizeof(message), &kept->fd, kept->fd >= 0) < 0 &&
		    errno == EAGAIN)
			return false;
		side->first_kept = kept->next;
		close_fd(&kept->fd);
		free(kept);
	}
	side->last_kept = &side->first_kept;
	return true;
}

static void send_reply(struct broker_side *side, const struct broker_message *answer, int fd)
{
	struct kept_reply *kept;

	if (!side->first_kept &&
	    (send_fds(side->socket, answer, sizeof(*answer), &fd, fd >= 0) == 0 || errno != EAGAIN))
		return;
	kept = xcalloc(1, sizeof(*kept));
	kept->fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
	memcpy(kept->message, answer, sizeof(kept->message));
	kept->message[sizeof(kept->message) - 1] = '\0';
	*side->last_kept = kept;
	side->last_kept = &kept->next;
}

/* Waits for a request while what was kept goes out. False at the end. */
static bool wait_for_request(struct broker_side *side)
{
	for (;;) {
		struct pollfd waiting = { .fd = side->socket, .events = POLLIN };

		if (!send_kept(side))
			waiting.events |= POLLOUT;
		if (poll(&waiting, 1, -1) < 0 && errno != EINTR)
			return false;
		if (waiting.revents & (POLLIN | POLLHUP | POLLERR))
			return true;
	}
}

static void reply_with(struct broker_side *side, const struct broker_message *request,
		       enum broker_reply_type type, int error, const char *step, bool flag, int fd)
{
	struct broker_message answer = { .type = BROKER_MESSAGE_REPLY,
					 .reply_type = type,
					 .serial = request->serial,
					 .pin = request->pin,
					 .error = error,
					 .flag = flag };

	snprintf(answer.text, sizeof(answer.text), "%s", step);
	send_reply(side, &answer, fd);
}

static void reply_network(struct broker_side *side, const int sockets[BROKER_SOCKETS],
			  bool shares_ports, int error, const char *step)
{
	struct broker_message answer = { .type = BROKER_MESSAGE_REPLY,
					 .reply_type = BROKER_NETWORK,
					 .flag = shares_ports,
					 .error = error };
	size_t count = 0;

	/* Those that may be missing are the last ones. */
	while (!error && count < BROKER_SOCKETS && sockets[count] >= 0)
		count++;
	snprintf(answer.text, sizeof(answer.text), "%s", step);
	send_fds(side->socket, &answer, sizeof(answer), sockets, count);
}

static void reply(struct broker_side *side, const struct broker_message *request,
		  enum broker_reply_type type, int error, const char *step, bool flag)
{
	reply_with(side, request, type, error, step, flag, -1);
}

static void reply_made(struct broker_side *side, const struct broker_message *request,
		       bool is_directory, bool was_made)
{
	struct broker_message answer = { .type = BROKER_MESSAGE_REPLY,
					 .reply_type = BROKER_PINNED,
					 .serial = request->serial,
					 .pin = request->pin,
					 .flag = is_directory,
					 .was_made = was_made };

	send_reply(side, &answer, -1);
}

/* The connection is the supervisor's alone: see broker_masks.c. */
static void make_mask_files(struct broker_side *side, const struct broker_sandbox *sandbox)
{
	struct broker_message answer = { .type = BROKER_MESSAGE_REPLY,
					 .reply_type = BROKER_MASKS,
					 .error = side->error };
	const char *step = side->failed_step;
	_cleanup_close_ int fd = -1, context = -1;

	if (!side->error)
		fd = broker_make_mask_files(sandbox->mask_device, &context, &step);
	if (!side->error && fd < 0)
		answer.error = errno;
	else if (!side->error)
		side->mask_place = sandbox->mask_place;
	snprintf(answer.text, sizeof(answer.text), "%s", step);
	send_fds(side->socket, &answer, sizeof(answer), &fd, fd >= 0);
	/* What could fail is done; the rest need not be waited for. */
	close_fd(&fd);
	if (side->mask_place && broker_mount_mask_files(context, side->mask_place) < 0)
		side->mask_place = NULL;
}

/* While bwrap is at work; the supervisor serves it by now, or soon. */
static void make_masks(struct broker_side *side, size_t count)
{
	side->masks = xmalloc((count + 1) * sizeof(*side->masks));
	side->mask_count = count;
	for (size_t i = 0; i < count; i++)
		side->masks[i] = -1;
	broker_make_masks(side->masks, count, side->mask_place);
}

static struct pin *find_pin(struct broker_side *side, uint32_t number)
{
	for (size_t i = 0; i < side->pin_count; i++)
		if (side->pins[i].number == number)
			return &side->pins[i];
	return NULL;
}

static void remove_pin(struct broker_side *side, uint32_t number)
{
	struct pin *pin = find_pin(side, number);

	if (!pin)
		return;
	close(pin->fd);
	*pin = side->pins[--side->pin_count];
}

/* Takes the descriptor. */
static void keep_pin(struct broker_side *side, uint32_t number, int fd)
{
	remove_pin(side, number);
	grow_array(side->pins, side->pin_count, side->pin_capacity);
	side->pins[side->pin_count++] = (struct pin){ number, fd };
}

static int open_exactly(const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
				.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static void handle_pin(struct broker_side *side, const struct broker_message *request)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (side->error) {
		reply(side, request, BROKER_PINNED, side->error, side->failed_step, false);
		return;
	}
	fd = open_exactly(request->text);
	if (fd < 0 || fstat(fd, &st) < 0) {
		reply(side, request, BROKER_PINNED, errno, "finding the object", false);
		return;
	}
	keep_pin(side, request->pin, steal_fd(&fd));
	reply(side, request, BROKER_PINNED, 0, "", S_ISDIR(st.st_mode));
}

static int make_in(int parent, const char *name, mode_t makes)
{
	int fd;

	if (S_ISDIR(makes))
		return mkdirat(parent, name, makes & 07777);
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, makes & 07777);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static void handle_make(struct broker_side *side, const struct broker_message *request)
{
	const struct pin *parent = find_pin(side, request->parent);
	mode_t before, makes = (mode_t)request->flag;
	_cleanup_close_ int fd = -1;
	int result = -1;
	struct stat st;

	errno = ENOENT;
	if (parent && request->text[0] && !strchr(request->text, '/')) {
		before = umask(0);
		result = make_in(parent->fd, request->text, makes);
		umask(before);
	}
	if (result == 0 || errno == EEXIST)
		fd = openat(parent->fd, request->text, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0) {
		reply(side, request, BROKER_PINNED, errno, "making it", false);
		return;
	}
	if ((st.st_mode & S_IFMT) != (makes & S_IFMT)) {
		reply(side, request, BROKER_PINNED, EEXIST, "making it", false);
		return;
	}
	keep_pin(side, request->pin, steal_fd(&fd));
	reply_made(side, request, S_ISDIR(st.st_mode), result == 0);
}

/* The memfd's text: target NUL mask NUL in_place NUL (type NUL source NUL target NUL)… */
static int read_order(struct grant_order *order, char *text, size_t length)
{
	size_t capacity = 0, at = 0;
	const char *fields[3];

	*order = (struct grant_order){ 0 };
	for (size_t field = 0; at < length; field++) {
		const char *end = memchr(text + at, '\0', length - at);

		if (!end)
			return -1;
		if (field == 0) {
			order->target = text + at;
		} else if (field == 1) {
			order->mask = text + at;
		} else if (field == 2) {
			order->in_place = text + at;
		} else {
			fields[field % 3] = text + at;
			if (field % 3 == 2) {
				grow_array(order->below, order->below_count, capacity);
				order->below[order->below_count++] = (struct grant_item){
					(enum mount_type)atoi(fields[0]), fields[1], fields[2]
				};
			}
		}
		at = (size_t)(end - text) + 1;
	}
	return order->in_place ? 0 : -1;
}

/* Reads what came with a grant. Free *text and order->below. */
static int take_order(const struct broker_side *side, struct grant_order *order, char **text, int text_fd)
{
	off_t length = text_fd >= 0 ? lseek(text_fd, 0, SEEK_END) : -1;

	if (length <= 0 || length > GRANT_TEXT_MOST)
		return -1;
	*text = xmalloc((size_t)length);
	if (pread(text_fd, *text, (size_t)length, 0) != length)
		return -1;
	if (read_order(order, *text, (size_t)length) < 0)
		return -1;
	order->mask_place = side->mask_place;
	return 0;
}

static void handle_grant(struct broker_side *side, const struct broker_message *request, int text_fd)
{
	_cleanup_free_ char *text = NULL;
	struct grant_order order = { 0 };
	struct made made = { .number = request->pin, .pinned = -1, .writable = request->flag };
	struct pin *pin = find_pin(side, request->pin);
	char step[64] = "reading the request";
	int error = EPROTO;

	if (pin && take_order(side, &order, &text, text_fd) == 0)
		error = broker_do_grant(pin->fd, side->sandbox, request->flag, &order, &made.mounts,
					step);
	if (!error) {
		/* The pin goes with its question; the grant outlives both. */
		made.pinned = fcntl(pin->fd, F_DUPFD_CLOEXEC, 3);
		grow_array(side->made, side->made_count, side->made_capacity);
		side->made[side->made_count++] = made;
	}
	free(order.below);
	reply(side, request, BROKER_GRANTED, error, error ? step : "", false);
}

static void handle_revoke(struct broker_side *side, const struct broker_message *request, int text_fd)
{
	_cleanup_free_ char *text = NULL;
	struct grant_order order = { 0 };
	struct made *made = NULL;
	char step[64] = "finding the grant";
	bool covered = false;
	int error = ENOENT;

	for (size_t i = 0; i < side->made_count; i++)
		if (side->made[i].number == request->pin)
			made = &side->made[i];
	if (made && take_order(side, &order, &text, text_fd) == 0)
		error = broker_do_revoke(made->pinned, side->sandbox, &made->mounts, made->writable,
					 request->flag, &order, &covered, step);
	if (made && !error) {
		close_fd(&made->pinned);
		close_fd(&made->mounts.tree);
		close_fd(&made->mounts.place);
		*made = side->made[--side->made_count];
	}
	free(order.below);
	reply(side, request, BROKER_REVOKED, error, error ? step : "", covered);
}

static size_t count_masks(const struct grant_order *order)
{
	size_t count = 0;

	for (size_t i = 0; i < order->below_count; i++)
		count += broker_is_mask(&order->below[i]);
	return count;
}

static void handle_mask(struct broker_side *side, const struct broker_message *request, int text_fd)
{
	_cleanup_free_ char *text = NULL;
	struct grant_order order = { 0 };
	const char *step = "making the masks";
	int error = EPROTO;

	if (side->masks && take_order(side, &order, &text, text_fd) == 0 &&
	    count_masks(&order) == side->mask_count)
		error = broker_do_mask(side->masks, side->sandbox, &order, &step);
	for (size_t i = 0; i < side->mask_count; i++)
		close_fd(&side->masks[i]);
	free(side->masks);
	side->masks = NULL;
	side->mask_count = 0;
	free(order.below);
	reply(side, request, BROKER_MASKED, error, error ? step : "", false);
}

static void handle_fetch(struct broker_side *side, const struct broker_message *request)
{
	struct pin *pin = find_pin(side, request->pin);

	if (pin)
		reply_with(side, request, BROKER_FETCHED, 0, "", false, pin->fd);
	else
		reply(side, request, BROKER_FETCHED, ENOENT, "finding the object", false);
}

/* A socket that is passed on is not kept. */
static void handle_socket(struct broker_side *side, const struct broker_message *request,
			  enum broker_reply_type type)
{
	_cleanup_close_ int fd = -1;

	errno = ENETDOWN;
	if (side->relay >= 0 && type == BROKER_LISTENING)
		fd = broker_open_listener((int)request->flag);
	else if (type == BROKER_SOCKET)
		fd = broker_open_socket_inside(side->network, side->relay, (int)request->flag);
	reply_with(side, request, type, fd < 0 ? errno : 0, fd < 0 ? "making a socket" : "", false, fd);
}

static void handle_network(struct broker_side *side, const struct broker_message *request)
{
	const struct broker_network wanted = { .with_local_dns = request->flag,
					       .without_veth = request->pin };
	int sockets[BROKER_SOCKETS], error = side->error;
	const char *step = side->failed_step;
	bool shares_ports = false;

	for (size_t i = 0; i < BROKER_SOCKETS; i++)
		sockets[i] = -1;
	if (!error && broker_build_network(sockets, side->network, &wanted, &side->relay,
					   &shares_ports, &step) < 0)
		error = errno;
	if (error)
		close_fd(&side->relay);
	reply_network(side, sockets, shares_ports, error, step);
	/*
	 * Whoever closes a packet socket last waits for all processors (synchronize_net()): that is
	 * to be this process at its end, which nobody waits for.
	 */
	for (size_t i = 0; i < BROKER_SOCKETS; i++)
		if (i != BROKER_TAP)
			close_fd(&sockets[i]);
}

static void handle(struct broker_side *side, const struct broker_message *request, int *fd)
{
	switch (request->type) {
	case BROKER_MESSAGE_PIN:
		handle_pin(side, request);
		break;
	case BROKER_MESSAGE_MAKE:
		handle_make(side, request);
		break;
	case BROKER_MESSAGE_UNPIN:
		remove_pin(side, request->pin);
		break;
	case BROKER_MESSAGE_FETCH:
		handle_fetch(side, request);
		break;
	case BROKER_MESSAGE_GRANT:
		handle_grant(side, request, *fd);
		break;
	case BROKER_MESSAGE_REVOKE:
		handle_revoke(side, request, *fd);
		break;
	case BROKER_MESSAGE_NETWORK:
		handle_network(side, request);
		break;
	case BROKER_MESSAGE_MASK:
		handle_mask(side, request, *fd);
		break;
	case BROKER_MESSAGE_LISTEN:
		handle_socket(side, request, BROKER_LISTENING);
		break;
	case BROKER_MESSAGE_SOCKET:
		handle_socket(side, request, BROKER_SOCKET);
		break;
	default:
		break;
	}
}

/* A pin is a descriptor, and many questions may be open. */
static void allow_many_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* The program's standard streams, and all that the supervisor has open, are not for the broker. */
static int keep_only(int *kept[], size_t count)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int low = 3;

	/* Out of the way first, then to 3, 4, … in order: all above is closed at once. */
	for (size_t i = 0; i < count; i++) {
		int up = fcntl(*kept[i], F_DUPFD_CLOEXEC, 3 + (int)count);

		if (up < 0)
			return -1;
		*kept[i] = up;
	}
	/* Before anything can take the number that `null` has. */
	for (int fd = 0; fd < 3; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			return -1;
	for (size_t i = 0; i < count; i++) {
		if (dup3(*kept[i], low, O_CLOEXEC) < 0)
			return -1;
		*kept[i] = low++;
	}
	return close_range((unsigned)low, ~0U, 0);
}

/*
 * Joins the user namespace that owns the sandbox's mounts, and takes a copy of the host's mounts
 * there: pins and clones come from it, since open_tree() wants a tree that its caller's user
 * namespace owns. bwrap may have put the program into a further one, so it is the mount
 * namespace that is asked (NS_GET_USERNS, Linux 4.9).
 */
static int take_own_tree(struct broker_side *side)
{
	_cleanup_close_ int owner = ioctl(side->sandbox, NS_GET_USERNS);

	side->failed_step = "joining the sandbox's user namespace";
	if (owner < 0 || setns(owner, CLONE_NEWUSER) < 0)
		return -1;
	side->failed_step = "copying the host's mounts";
	return unshare(CLONE_NEWNS);
}

static void end_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

static _Noreturn void broker_main(int socket, const struct broker_sandbox *where, pid_t parent)
{
	struct broker_sandbox sandbox = *where;
	struct broker_side side = { .socket = socket, .relay = -1 };
	struct broker_message message = { 0 };

	end_with(parent);
	prctl(PR_SET_NAME, "srt-top-broker");
	/* Ctrl-C is for the program; the broker ends when its socket does. */
	for (int number = 1; number < 32; number++)
		if (number != SIGCHLD)
			signal(number, SIG_IGN);
	if (keep_only((int *[]){ &side.socket, &sandbox.mount_namespace,
				 &sandbox.network_namespace }, 3) < 0)
		_exit(1);
	side.sandbox = sandbox.mount_namespace;
	side.network = sandbox.network_namespace;
	allow_many_descriptors();
	if (take_own_tree(&side) < 0)
		side.error = errno;
	/* Joining reset these: it would let other processes of this user in. */
	prctl(PR_SET_DUMPABLE, 0);
	end_with(parent);
	if (sandbox.mask_device)
		make_mask_files(&side, &sandbox);
	if (side.mask_place)
		make_masks(&side, sandbox.mask_count);
	side.last_kept = &side.first_kept;
	set_nonblocking(side.socket, true);
	while (wait_for_request(&side)) {
		int fd = -1;
		size_t count = 1;
		ssize_t got = recv_fds(side.socket, &message, sizeof(message), &fd, &count, NULL);

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got <= 0)
			break;
		message.text[sizeof(message.text) - 1] = '\0';
		if (got == (ssize_t)sizeof(message))
			handle(&side, &message, count ? &fd : &(int){ -1 });
		if (count)
			close_fd(&fd);
	}
	_exit(0);
}

/* --- the supervisor's side --- */

int broker_start(struct broker **broker, const struct broker_sandbox *sandbox, struct err *e)
{
	int pair[2];
	pid_t parent = getpid(), pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(e, "socketpair");
	errno = EAGAIN;
	pid = is_switched_off("broker") ? -1 : fork();
	if (pid < 0) {
		err_errno(e, "fork");
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	if (pid == 0) {
		close(pair[0]);
		broker_main(pair[1], sandbox, parent);
	}
	close(pair[1]);
	*broker = xcalloc(1, sizeof(**broker));
	(*broker)->pid = pid;
	(*broker)->socket = pair[0];
	return 0;
}

void broker_free(struct broker *broker)
{
	if (!broker)
		return;
	/* It ends by itself at the end of its socket: nobody has to wait while the kernel takes its
	 * namespaces apart. If it is still at it when we leave, init reaps it. */
	close_fd(&broker->socket);
	waitpid(broker->pid, NULL, WNOHANG);
	free(broker);
}

int broker_fd(const struct broker *broker)
{
	return broker->socket;
}

static int request(struct broker *broker, const struct broker_message *message, int fd, struct err *e)
{
	if (send_fds(broker->socket, message, sizeof(*message), &fd, fd >= 0 ? 1 : 0) < 0)
		return err_errno(e, "asking the broker");
	return 0;
}

int broker_pin(struct broker *broker, uint64_t serial, uint32_t pin, const char *path, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_PIN, .serial = serial, .pin = pin };

	if (strlen(path) >= sizeof(message.text))
		return err_set(e, "the path is too long");
	strcpy(message.text, path);
	return request(broker, &message, -1, e);
}

int broker_make(struct broker *broker, uint64_t serial, uint32_t pin, uint32_t parent,
		const char *name, mode_t makes, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_MAKE,
					  .serial = serial,
					  .pin = pin,
					  .parent = parent,
					  .flag = makes };

	snprintf(message.text, sizeof(message.text), "%s", name);
	return request(broker, &message, -1, e);
}

void broker_unpin(struct broker *broker, uint32_t pin)
{
	struct broker_message message = { .type = BROKER_MESSAGE_UNPIN, .pin = pin };

	request(broker, &message, -1, NULL);
}

static void add_field(struct buf *text, const char *field)
{
	buf_add(text, field, strlen(field) + 1);
}

static void add_item(struct buf *text, enum mount_type type, const struct mount *mount)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)type);
	add_field(text, number);
	add_field(text, mount->source ? mount->source : "");
	add_field(text, mount->target);
}

static int send_order(struct broker *broker, const struct broker_message *message,
		      const struct broker_grant *grant, struct err *e)
{
	_cleanup_close_ int fd = memfd_create("srt-top-grant", MFD_CLOEXEC);
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	add_field(&text, grant->target);
	add_field(&text, grant->mask ? grant->mask : "");
	add_field(&text, grant->in_place ? grant->in_place : "");
	for (size_t i = 0; i < grant->pin_count; i++)
		add_item(&text, GRANT_PIN, &grant->pins[i]);
	for (size_t i = 0; i < grant->below_count; i++)
		add_item(&text, grant->below[i].type, &grant->below[i]);
	if (fd < 0 || write_all(fd, text.data, text.length) < 0)
		return err_errno(e, "writing the grant");
	if (text.length > GRANT_TEXT_MOST)
		return err_set(e, "the grant would need too many mounts");
	return request(broker, message, fd, e);
}

int broker_grant(struct broker *broker, uint64_t serial, const struct broker_grant *grant,
		 struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_GRANT,
					  .serial = serial,
					  .pin = grant->pin,
					  .flag = grant->writable };

	return send_order(broker, &message, grant, e);
}

int broker_revoke(struct broker *broker, uint64_t serial, const struct broker_grant *grant,
		  bool hidden, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_REVOKE,
					  .serial = serial,
					  .pin = grant->pin,
					  .flag = hidden };

	return send_order(broker, &message, grant, e);
}

int broker_mask(struct broker *broker, const struct mount *mounts, size_t count, struct err *e)
{
	const struct broker_message message = { .type = BROKER_MESSAGE_MASK };
	const struct broker_grant all = { .target = "/", .below = mounts, .below_count = count };

	return send_order(broker, &message, &all, e);
}

int broker_fetch(struct broker *broker, uint64_t serial, uint32_t pin, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_FETCH, .serial = serial, .pin = pin };

	return request(broker, &message, -1, e);
}

int broker_make_network(struct broker *broker, const struct broker_network *network, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_NETWORK,
					  .flag = network->with_local_dns,
					  .pin = network->without_veth };

	return request(broker, &message, -1, e);
}

int broker_listen(struct broker *broker, uint64_t serial, int port, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_LISTEN,
					  .serial = serial,
					  .flag = (uint32_t)port };

	return request(broker, &message, -1, e);
}

int broker_socket_inside(struct broker *broker, uint64_t serial, int family, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_SOCKET,
					  .serial = serial,
					  .flag = (uint32_t)family };

	return request(broker, &message, -1, e);
}

int broker_wait(struct broker *broker, struct broker_reply *reply)
{
	struct broker_message message;
	int fds[BROKER_SOCKETS];
	size_t count = ARRAY_LENGTH(fds);
	ssize_t got = recv_fds(broker->socket, &message, sizeof(message), fds, &count, NULL);

	if (got != (ssize_t)sizeof(message) || message.type != BROKER_MESSAGE_REPLY) {
		for (size_t i = 0; got > 0 && i < count; i++)
			close(fds[i]);
		return -1;
	}
	message.text[sizeof(message.text) - 1] = '\0';
	*reply = (struct broker_reply){ .type = message.reply_type,
					.serial = message.serial,
					.is_directory = message.flag,
					.was_made = message.was_made,
					.covered = message.flag,
					.shares_ports = message.flag,
					.fd = -1,
					.error = message.error };
	for (size_t i = 0; i < BROKER_SOCKETS; i++)
		reply->sockets[i] = reply->type == BROKER_NETWORK && i < count ? fds[i] : -1;
	if (reply->type != BROKER_NETWORK && count)
		reply->fd = fds[0];
	snprintf(reply->step, sizeof(reply->step), "%.63s", message.text);
	return 0;
}

int broker_read(struct broker *broker, struct broker_reply *reply)
{
	struct pollfd waiting = { .fd = broker->socket, .events = POLLIN };

	if (poll(&waiting, 1, 0) <= 0)
		return 0;
	return broker_wait(broker, reply) < 0 ? -1 : 1;
}
