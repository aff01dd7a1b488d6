/* SPDX-License-Identifier: MIT */
#include "core/sandbox/broker_side.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"

/* The connection is the supervisor's alone: see broker_masks.c. */
void broker_prepare_mask_files(struct broker_side *side, const struct broker_sandbox *sandbox)
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
void broker_prepare_masks(struct broker_side *side, size_t count)
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
		broker_answer(side, request, BROKER_PINNED, side->error, side->failed_step, false);
		return;
	}
	fd = open_exactly(request->text);
	if (fd < 0 || fstat(fd, &st) < 0) {
		broker_answer(side, request, BROKER_PINNED, errno, "finding the object", false);
		return;
	}
	keep_pin(side, request->pin, steal_fd(&fd));
	broker_answer(side, request, BROKER_PINNED, 0, "", S_ISDIR(st.st_mode));
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
		broker_answer(side, request, BROKER_PINNED, errno, "making it", false);
		return;
	}
	if ((st.st_mode & S_IFMT) != (makes & S_IFMT)) {
		broker_answer(side, request, BROKER_PINNED, EEXIST, "making it", false);
		return;
	}
	keep_pin(side, request->pin, steal_fd(&fd));
	broker_answer_made(side, request, S_ISDIR(st.st_mode), result == 0);
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

	if (length <= 0 || length > BROKER_ORDER_MOST)
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
	broker_answer(side, request, BROKER_GRANTED, error, error ? step : "", false);
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
	broker_answer(side, request, BROKER_REVOKED, error, error ? step : "", covered);
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
	broker_answer(side, request, BROKER_MASKED, error, error ? step : "", false);
}

static void handle_fetch(struct broker_side *side, const struct broker_message *request)
{
	struct pin *pin = find_pin(side, request->pin);

	if (pin)
		broker_answer_with(side, request, BROKER_FETCHED, 0, "", false, pin->fd);
	else
		broker_answer(side, request, BROKER_FETCHED, ENOENT, "finding the object", false);
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
	broker_answer_with(side, request, type, fd < 0 ? errno : 0, fd < 0 ? "making a socket" : "", false, fd);
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
	broker_answer_network(side, sockets, shares_ports, error, step);
	/*
	 * Whoever closes a packet socket last waits for all processors (synchronize_net()): that is
	 * to be this process at its end, which nobody waits for.
	 */
	for (size_t i = 0; i < BROKER_SOCKETS; i++)
		if (i != BROKER_TAP)
			close_fd(&sockets[i]);
}

void broker_handle(struct broker_side *side, const struct broker_message *request, int *fd)
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
