/* SPDX-License-Identifier: MIT */
#include "core/net/dial.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/stream.h"

#define NEXT_ATTEMPT_MS 250

struct attempt {
	struct dial *dial;
	int fd;
	struct event *writable;
};

struct dial {
	struct event_base *base;
	struct sockaddr_storage addresses[DIAL_ADDRESSES_MOST];
	size_t count;
	size_t started;
	size_t running;
	struct attempt attempts[DIAL_ADDRESSES_MOST];
	struct event next; /* starts another attempt */
	struct event deadline;
	int error; /* of the first attempt that failed */
	dial_done done;
	void *arg;
};

static void attempt_end(struct attempt *attempt)
{
	if (attempt->writable)
		event_free(attempt->writable);
	attempt->writable = NULL;
	close_fd(&attempt->fd);
}

void dial_cancel(struct dial *dial)
{
	for (size_t i = 0; i < dial->started; i++)
		attempt_end(&dial->attempts[i]);
	event_del(&dial->next);
	event_del(&dial->deadline);
	free(dial);
}

static void finish(struct dial *dial, int fd, int error)
{
	dial_done done = dial->done;
	void *arg = dial->arg;

	dial_cancel(dial);
	done(arg, fd, error);
}

static void on_writable(evutil_socket_t fd, short what, void *arg);

enum attempt_outcome { ATTEMPT_FAILED, ATTEMPT_RUNS, ATTEMPT_CONNECTED };

/* Within a host the connection is there as soon as the call has returned that makes it. */
static enum attempt_outcome attempt_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	/* The second call only asks (connect(2), POSIX.1-2017): Linux says 0, others EISCONN. */
	for (int i = 0; i < 2; i++) {
		if (connect(fd, address, size) == 0 || errno == EISCONN)
			return ATTEMPT_CONNECTED;
		if (errno != EINPROGRESS && errno != EALREADY && errno != EINTR)
			return ATTEMPT_FAILED;
	}
	return ATTEMPT_RUNS;
}

/* With errno where it failed. */
static enum attempt_outcome attempt_start(struct attempt *attempt, const struct sockaddr *address)
{
	socklen_t size = address->sa_family == AF_INET ? sizeof(struct sockaddr_in)
						       : sizeof(struct sockaddr_in6);
	enum attempt_outcome outcome;
	int on = 1;

	attempt->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (attempt->fd < 0)
		return ATTEMPT_FAILED;
	setsockopt(attempt->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	stream_keep_urgent(attempt->fd);
	outcome = attempt_connect(attempt->fd, address, size);
	if (outcome != ATTEMPT_RUNS)
		return outcome;
	attempt->writable = event_new(attempt->dial->base, attempt->fd, EV_WRITE, on_writable, attempt);
	if (!attempt->writable || event_add(attempt->writable, NULL) < 0) {
		errno = ENOMEM;
		return ATTEMPT_FAILED;
	}
	return ATTEMPT_RUNS;
}

static void attempt_failed(struct attempt *attempt, int error)
{
	if (!attempt->dial->error)
		attempt->dial->error = error;
	attempt_end(attempt);
}

/* Begins one more attempt. Returns the socket where that one has connected already, else -1. */
static int begin(struct dial *dial)
{
	struct timeval delay = clock_timeval(NEXT_ATTEMPT_MS);

	while (dial->started < dial->count) {
		const struct sockaddr *address =
			(const struct sockaddr *)&dial->addresses[dial->started];
		struct attempt *attempt = &dial->attempts[dial->started++];

		*attempt = (struct attempt){ .dial = dial };
		switch (attempt_start(attempt, address)) {
		case ATTEMPT_CONNECTED:
			return steal_fd(&attempt->fd);
		case ATTEMPT_RUNS:
			dial->running++;
			if (dial->started < dial->count)
				event_add(&dial->next, &delay);
			return -1;
		case ATTEMPT_FAILED:
			attempt_failed(attempt, errno);
			break;
		}
	}
	return -1;
}

/* Begins one more attempt; ends the dial where it has connected, or none is left. */
static void advance(struct dial *dial)
{
	int fd = begin(dial);

	if (fd >= 0)
		finish(dial, fd, 0);
	else if (!dial->running)
		finish(dial, -1, dial->error ? dial->error : ECONNREFUSED);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *attempt = arg;
	struct dial *dial = attempt->dial;
	socklen_t size = sizeof(int);
	int error = 0;

	(void)what;
	if (getsockopt((int)fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	if (!error) {
		finish(dial, steal_fd(&attempt->fd), 0);
		return;
	}
	attempt_failed(attempt, error);
	dial->running--;
	advance(dial);
}

static void on_next(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	advance(arg);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, -1, ETIMEDOUT);
}

/* The first address keeps its place; then the families take turns. */
static void order_addresses(struct dial *dial, const struct sockaddr_storage *from, size_t count)
{
	bool taken[64] = { false };
	sa_family_t family = count ? from[0].ss_family : AF_INET;

	if (count > ARRAY_LENGTH(taken))
		count = ARRAY_LENGTH(taken);
	while (dial->count < DIAL_ADDRESSES_MOST) {
		size_t pick = count;

		for (size_t i = count; i-- > 0;)
			if (!taken[i] && (from[i].ss_family == family || pick == count ||
					  from[pick].ss_family != family))
				pick = i;
		if (pick == count)
			break;
		taken[pick] = true;
		dial->addresses[dial->count++] = from[pick];
		family = from[pick].ss_family == AF_INET ? AF_INET6 : AF_INET;
	}
}

struct dial *dial_start(struct event_base *base, const struct sockaddr_storage *addresses,
			size_t count, int timeout_ms, int *fd, dial_done done, void *arg)
{
	struct dial *dial = xcalloc(1, sizeof(*dial));
	struct timeval timeout = clock_timeval(timeout_ms), at_once = { 0, 0 };

	dial->base = base;
	dial->done = done;
	dial->arg = arg;
	order_addresses(dial, addresses, count);
	evtimer_assign(&dial->next, base, on_next, dial);
	evtimer_assign(&dial->deadline, base, on_deadline, dial);
	*fd = begin(dial);
	if (*fd >= 0) {
		dial_cancel(dial);
		return NULL;
	}
	event_add(&dial->deadline, &timeout);
	/* Bad news waits for the loop, too. */
	if (!dial->running)
		event_add(&dial->next, &at_once);
	return dial;
}

int dial_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return steal_fd(&fd);
}
