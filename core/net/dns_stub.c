/* SPDX-License-Identifier: MIT */
/*
 * Every answer costs a token. Where none is left, the sockets are not read any more until a timer
 * has brought some back: the kernel's buffers fill and drop what a flood brings, and the loop
 * belongs to the others meanwhile.
 */
#include "core/net/dns_stub_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/net/dns_zone.h"

#define ANSWERS_PER_SECOND 10000
#define BURST 2000
#define TCP_CLIENTS 64
#define TCP_IDLE_MS 10000
#define DATAGRAMS_PER_TURN 64
#define REFILL_MS 10
#define TOKEN 1000

static void arm(struct event *timer, int ms)
{
	struct timeval delay = clock_timeval(ms);

	event_add(timer, &delay);
}

static void fill(struct dns_stub *stub)
{
	int64_t now = clock_mono_ms(), passed = now - stub->filled_ms;
	int64_t most = (int64_t)stub->limits.burst * TOKEN;

	stub->filled_ms = now;
	/* A rest of a minute fills any bucket; more must not overflow. */
	stub->tokens += (passed < 60000 ? passed : 60000) * stub->limits.answers_per_second;
	if (stub->tokens > most)
		stub->tokens = most;
}

static void watch_datagrams(struct dns_stub *stub, bool on)
{
	for (struct dns_socket *s = stub->sockets; s; s = s->next) {
		if (s->is_tcp)
			continue;
		if (on)
			event_add(s->event, NULL);
		else
			event_del(s->event);
	}
}

/* The least time in which a token comes, but no tick of the clock for every single one. */
static int refill_ms(const struct dns_stub *stub)
{
	int one = TOKEN / stub->limits.answers_per_second + 1;

	return one > REFILL_MS ? one : REFILL_MS;
}

bool dns_stub_take_token(struct dns_stub *stub)
{
	if (!stub->is_paused && stub->tokens < TOKEN)
		fill(stub);
	if (!stub->is_paused && stub->tokens >= TOKEN) {
		stub->tokens -= TOKEN;
		return true;
	}
	if (!stub->is_paused) {
		stub->is_paused = true;
		stub->counters.throttled++;
		watch_datagrams(stub, false);
		dns_tcp_pause(stub);
		arm(stub->refill, refill_ms(stub));
	}
	return false;
}

static void on_refill(evutil_socket_t fd, short what, void *arg)
{
	struct dns_stub *stub = arg;

	(void)fd;
	(void)what;
	fill(stub);
	if (stub->tokens < TOKEN) {
		arm(stub->refill, refill_ms(stub));
		return;
	}
	stub->is_paused = false;
	watch_datagrams(stub, true);
	dns_tcp_resume(stub);
}

static void on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dns_tcp_set_accepting(arg, true);
}

size_t dns_stub_answer(struct dns_stub *stub, const uint8_t *bytes, size_t length, size_t limit,
		       uint8_t out[DNS_ANSWER_MOST])
{
	struct dns_outcome outcome;
	struct dns_query query;

	if (!dns_query_parse(&query, bytes, length)) {
		stub->counters.dropped++;
		return 0;
	}
	dns_zone_answer(&query, stub->names, &outcome);
	if (outcome.is_full && stub->callbacks->full)
		stub->callbacks->full(stub->owner, query.name);
	if (outcome.first_asked && stub->callbacks->asked)
		stub->callbacks->asked(stub->owner, outcome.first_asked, query.type,
				       outcome.answer.rcode);
	stub->counters.answers++;
	return dns_answer_write(&query, &outcome.answer, limit ? limit : dns_udp_limit(&query),
				out);
}

/* Room for one address, aligned as control messages are. */
union control {
	char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct cmsghdr align;
};

/*
 * Turns what tells the address that a datagram came to into what tells the one that the reply
 * leaves from. No interface: the route decides, as for any other packet to the client. False where
 * there is none.
 */
static bool turn_around(struct msghdr *message)
{
	struct cmsghdr *h = CMSG_FIRSTHDR(message);

	if (!h || (message->msg_flags & MSG_CTRUNC))
		return false;
	if (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo info;

		memcpy(&info, CMSG_DATA(h), sizeof(info));
		info = (struct in_pktinfo){ .ipi_spec_dst = info.ipi_addr };
		memcpy(CMSG_DATA(h), &info, sizeof(info));
		message->msg_controllen = CMSG_SPACE(sizeof(info));
		return true;
	}
	if (h->cmsg_level == IPPROTO_IPV6 && h->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo info;

		memcpy(&info, CMSG_DATA(h), sizeof(info));
		/* A link-local address (RFC 4291, 2.5.6) is none without its interface. */
		if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
			info.ipi6_ifindex = 0;
		memcpy(CMSG_DATA(h), &info, sizeof(info));
		message->msg_controllen = CMSG_SPACE(sizeof(info));
		return true;
	}
	return false;
}

static void answer_datagram(struct dns_stub *stub, int fd, struct msghdr *message, size_t length)
{
	uint8_t out[DNS_ANSWER_MOST];
	size_t answered;

	if (!turn_around(message)) {
		stub->counters.dropped++;
		return;
	}
	answered = dns_stub_answer(stub, message->msg_iov->iov_base, length, 0, out);
	if (answered == 0)
		return;
	*message->msg_iov = (struct iovec){ .iov_base = out, .iov_len = answered };
	message->msg_flags = 0;
	/* A full buffer is a loss as any other on the way: the client asks again. */
	if (sendmsg(fd, message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		stub->counters.dropped++;
}

static void on_datagram(evutil_socket_t fd, short what, void *arg)
{
	struct dns_stub *stub = ((struct dns_socket *)arg)->stub;

	(void)what;
	for (int i = 0; i < DATAGRAMS_PER_TURN; i++) {
		struct sockaddr_storage client;
		/* One byte more than is taken, to know what is too long. */
		uint8_t in[DNS_QUERY_MOST + 1];
		union control control;
		struct iovec data = { .iov_base = in, .iov_len = sizeof(in) };
		struct msghdr message = {
			.msg_name = &client,
			.msg_namelen = sizeof(client),
			.msg_iov = &data,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};
		ssize_t got;

		if (!dns_stub_take_token(stub))
			return;
		got = recvmsg((int)fd, &message, MSG_DONTWAIT);
		if (got < 0) {
			stub->tokens += TOKEN;
			if (errno == EAGAIN || errno == EWOULDBLOCK)
				return;
			continue; /* an error of an earlier answer: taken with it */
		}
		answer_datagram(stub, (int)fd, &message, (size_t)got);
	}
}

struct dns_stub *dns_stub_new(struct event_base *base, struct names *names,
			      const struct dns_stub_callbacks *callbacks, void *owner,
			      const struct dns_stub_limits *limits, struct err *e)
{
	struct dns_stub *stub = xcalloc(1, sizeof(*stub));
	struct dns_stub_limits *l = &stub->limits;

	stub->base = base;
	stub->names = names;
	stub->callbacks = callbacks;
	stub->owner = owner;
	if (limits)
		*l = *limits;
	if (l->answers_per_second <= 0)
		l->answers_per_second = ANSWERS_PER_SECOND;
	if (l->burst <= 0)
		l->burst = BURST;
	if (l->tcp_clients <= 0)
		l->tcp_clients = TCP_CLIENTS;
	if (l->tcp_idle_ms <= 0)
		l->tcp_idle_ms = TCP_IDLE_MS;
	stub->tokens = (int64_t)l->burst * TOKEN;
	stub->filled_ms = clock_mono_ms();
	stub->refill = evtimer_new(base, on_refill, stub);
	stub->accept_again = evtimer_new(base, on_accept_again, stub);
	if (!stub->refill || !stub->accept_again) {
		err_set(e, "cannot make the timers of the name server");
		dns_stub_free(stub);
		return NULL;
	}
	return stub;
}

void dns_stub_free(struct dns_stub *stub)
{
	if (!stub)
		return;
	while (stub->clients)
		dns_client_close(stub->clients);
	while (stub->sockets) {
		struct dns_socket *s = stub->sockets;

		stub->sockets = s->next;
		event_free(s->event);
		close_fd(&s->fd);
		free(s);
	}
	if (stub->refill)
		event_free(stub->refill);
	if (stub->accept_again)
		event_free(stub->accept_again);
	free(stub);
}

static int add_socket(struct dns_stub *stub, int taken, bool is_tcp, struct err *e)
{
	_cleanup_close_ int fd = taken;
	struct dns_socket *s;
	struct event *event;

	if (set_nonblocking(fd, true) < 0)
		return err_errno(e, "cannot set up a socket of the name server");
	s = xcalloc(1, sizeof(*s));
	event = event_new(stub->base, fd, EV_READ | EV_PERSIST,
			  is_tcp ? dns_tcp_accept : on_datagram, s);
	if (!event || ((is_tcp || !stub->is_paused) && event_add(event, NULL) < 0)) {
		if (event)
			event_free(event);
		free(s);
		return err_set(e, "cannot watch a socket of the name server");
	}
	*s = (struct dns_socket){ .stub = stub, .next = stub->sockets, .event = event,
				  .fd = steal_fd(&fd), .is_tcp = is_tcp };
	stub->sockets = s;
	return 0;
}

/* The socket's family, where it is one that is served and of that type; else -1 with *e. */
static int family_of(int fd, int type, struct err *e)
{
	int family = 0, found = 0;
	socklen_t size = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &found, &size) < 0)
		return err_errno(e, "cannot ask a socket for its type");
	if ((family != AF_INET && family != AF_INET6) || found != type)
		return err_set(e, "not a socket that a name server can use");
	return family;
}

int dns_stub_add_udp(struct dns_stub *stub, int taken, struct err *e)
{
	_cleanup_close_ int fd = taken;
	int family = family_of(fd, SOCK_DGRAM, e), on = 1;

	if (family < 0)
		return -1;
	/* On an IPv6 socket this tells of IPv4 datagrams too, in mapped form. */
	if (family == AF_INET ? setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on))
			      : setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)))
		return err_errno(e, "cannot learn the addresses that are asked");
#ifdef IPV6_FREEBIND
	/* Linux 4.15. Without it a reply leaves from no address but one of an interface, as IPv4's may. */
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on));
#endif
	return add_socket(stub, steal_fd(&fd), false, e);
}

int dns_stub_add_tcp(struct dns_stub *stub, int taken, struct err *e)
{
	_cleanup_close_ int fd = taken;

	if (family_of(fd, SOCK_STREAM, e) < 0)
		return -1;
	return add_socket(stub, steal_fd(&fd), true, e);
}

const struct dns_stub_counters *dns_stub_counters(const struct dns_stub *stub)
{
	return &stub->counters;
}
