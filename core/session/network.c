/* SPDX-License-Identifier: MIT */
/*
 * The network of a session, as its supervisor serves it.
 *
 *   names       A program's resolver asks the stub, which gives every name addresses of its own.
 *   connect(2)  is notified: if nobody listens on that port yet, the broker makes a listener for
 *		 it in R, and the call goes on. What arrives there is taken by the proxy, which knows
 *		 the destination from the socket and asks for a verdict on the name.
 *   the rest    UDP, ICMP and connections that were not notified meet nobody in R and are refused by
 *		 the kernel at once. The tap has seen the packet, so there is an event.
 *
 * A notification only ever opens a port of ours: what it said of the destination decides nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/switches.h"
#include "core/net/dns_stub.h"
#include "core/net/frame.h"
#include "core/policy/domain.h"
#include "core/sandbox/attribution.h"
#include "core/sandbox/connect_address.h"
#include "core/session/name_services.h"
#include "core/session/supervisor_parts.h"
#include "core/shim/protocol.h"

#define DNS_PORT 53
#define RESOLVER_FILE "/etc/resolv.conf"
#define FRAMES_AT_ONCE 64
/* What is more waits in the tap's buffer, and is lost there: a flood is no reason to be busy. */
#define FRAMES_A_SECOND 1000
#define TAP_REST_MS 100

/* Calls that wait until somebody listens on a port. */
struct wish {
	struct wish *next;
	int port;
	uint64_t *calls;
	size_t count, capacity;
};

struct call {
	uint64_t id;
	int port; /* that it connects to; 0 = it makes a socket */
};

struct network {
	struct supervisor *supervisor;
	struct names *names;
	struct dns_stub *stub;
	bool shares_ports; /* no veth: see broker_network.c */
	int tap;
	struct event *tap_event;
	struct wish *wishes;
	int listeners; /* that there are, or are asked for */
	struct event *tap_again;
	int64_t frames_since_ms;
	int frames;
	bool made, open;    /* the program's calls do not wait any more: with one, or without */
	struct call *waiting; /* until then */
	size_t waiting_count, waiting_capacity;
	bool testing; /* the first packet of each kind to SHIM_TEST_PORT is the self-test's */
	bool saw_connect, saw_datagram;
};

static void wish_free(struct wish *wish)
{
	free(wish->calls);
	free(wish);
}

void network_free(struct network *network)
{
	if (!network)
		return;
	while (network->wishes) {
		struct wish *next = network->wishes->next;

		wish_free(network->wishes);
		network->wishes = next;
	}
	if (network->tap_event)
		event_free(network->tap_event);
	if (network->tap_again)
		event_free(network->tap_again);
	close_fd(&network->tap);
	free(network->waiting);
	if (network->stub)
		dns_stub_free(network->stub);
	names_free(network->names);
	free(network);
}

/* --- who is connected to --- */

static void format_address(const struct sockaddr *address, char host[HOST_TEXT_SIZE])
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	host[0] = '\0';
	if (address->sa_family == AF_INET) {
		memcpy(&four, address, sizeof(four));
		inet_ntop(AF_INET, &four.sin_addr, host, HOST_TEXT_SIZE);
		return;
	}
	memcpy(&six, address, sizeof(six));
	if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr))
		inet_ntop(AF_INET, six.sin6_addr.s6_addr + 12, host, HOST_TEXT_SIZE);
	else
		inet_ntop(AF_INET6, &six.sin6_addr, host, HOST_TEXT_SIZE);
}

void network_name_address(const struct network *network, const struct sockaddr *address,
			  char host[HOST_TEXT_SIZE])
{
	int64_t index = names_index_of(address);
	const char *name = index > 0 ? names_at(network->names, (uint32_t)index) : NULL;

	if (name)
		snprintf(host, HOST_TEXT_SIZE, "%s", name);
	else
		format_address(address, host);
}

/* --- the tap --- */

static void report(struct network *network, struct access_event *event)
{
	struct supervisor *s = network->supervisor;

	event->time_ms = clock_wall_ms();
	event->kind = ACCESS_CONNECT;
	event->verdict = VERDICT_DENY;
	event->count = 1;
	supervisor_event(s, event);
	s->denied++;
	s->changed = true;
}

static void report_frame(struct network *network, const struct frame *frame)
{
	struct supervisor *s = network->supervisor;
	_cleanup_buf_ struct buf object = BUF_EMPTY;
	_cleanup_free_ char *exe = NULL;
	struct access_event event = { 0 };
	char host[HOST_TEXT_SIZE];

	network_name_address(network, (const struct sockaddr *)&frame->to, host);
	if (frame->port)
		domain_format_endpoint(&object, host, frame->port);
	else
		buf_adds(&object, host);
	event.object = object.data;
	switch (frame->protocol) {
	case IPPROTO_UDP:
		event.why = (char *)"UDP leads nowhere, but for names";
		break;
	case IPPROTO_TCP:
		event.why = (char *)"nobody listens: the connection was not notified";
		break;
	default:
		event.why = (char *)"ICMP leads nowhere";
	}
	if (frame->from_port)
		event.pid = connections_find_owner(s,
						   frame->protocol == IPPROTO_UDP ? SOCKET_UDP : SOCKET_TCP,
						   -1, frame->from_port, true, &exe);
	event.exe = exe;
	report(network, &event);
}

/* Connections that a listener takes, queries over TCP, and, without veth, our own answers and what
 * the program says to itself. */
static bool is_served(const struct network *network, const struct frame *frame)
{
	if (frame->protocol == IPPROTO_TCP)
		return notifier_has_listening(network->supervisor->notifier, frame->port) ||
		       (network->shares_ports && !connect_port(&frame->to, sizeof(frame->to)));
	return network->shares_ports &&
	       (frame->from_port == DNS_PORT ||
		(frame->port && !connect_port(&frame->to, sizeof(frame->to))));
}

/* Counts one. False where it is one too many: the tap then rests for a while. */
static bool take_frame(struct network *network)
{
	const struct timeval rest = { .tv_usec = TAP_REST_MS * 1000 };
	int64_t now = clock_mono_ms();

	if (now - network->frames_since_ms >= TAP_REST_MS) {
		network->frames_since_ms = now;
		network->frames = 0;
	}
	if (network->frames++ < FRAMES_A_SECOND * TAP_REST_MS / 1000)
		return true;
	event_del(network->tap_event);
	event_add(network->tap_again, &rest);
	return false;
}

static void on_tap_again(evutil_socket_t fd, short what, void *arg)
{
	struct network *network = arg;
	struct access_event event = { .object = (char *)"*",
				      .why = (char *)"more packets than are shown one by one" };
	struct tpacket_stats lost = { 0 };
	socklen_t size = sizeof(lost);

	(void)fd;
	(void)what;
	/* Reading it starts it anew. */
	if (getsockopt(network->tap, SOL_PACKET, PACKET_STATISTICS, &lost, &size) == 0 && lost.tp_drops)
		report(network, &event);
	event_add(network->tap_event, NULL);
}

/* Whether it is a packet of the self-test's, and not the program's own. */
static bool is_test(struct network *network, const struct frame *frame)
{
	bool *seen = frame->protocol == IPPROTO_TCP   ? &network->saw_connect
		     : frame->protocol == IPPROTO_UDP ? &network->saw_datagram
						      : NULL;

	if (!network->testing || frame->port != SHIM_TEST_PORT || !seen || *seen)
		return false;
	*seen = true;
	self_test_progress(network->supervisor);
	return true;
}

static void on_tap(evutil_socket_t fd, short what, void *arg)
{
	struct network *network = arg;
	unsigned char bytes[BROKER_TAP_BYTES];
	struct frame frame;

	(void)what;
	for (int i = 0; i < FRAMES_AT_ONCE; i++) {
		struct sockaddr_ll from = { .sll_pkttype = 0 };
		socklen_t size = sizeof(from);
		ssize_t got;

		if (!take_frame(network))
			return;
		got = recvfrom(fd, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *)&from, &size);
		if (got <= 0)
			return;
		/* What we said ourselves. */
		if (from.sll_pkttype == PACKET_OUTGOING)
			continue;
		if (!frame_parse(&frame, bytes, (size_t)got))
			continue;
		if (!is_test(network, &frame) && !is_served(network, &frame))
			report_frame(network, &frame);
	}
}

/* --- starting --- */

/*
 * Every name exists here, so a search list would make "a.example" out of what it finds first,
 * "a.example.search.list": what is shown in place of the host's resolver configuration has none.
 * Names of one label reach the host's own resolver, which applies the host's list.
 */
bool network_resolver_file(struct supervisor *s, struct launch_file *file, char path[PATH_MAX])
{
	const struct mount *mount;

	if (!s->options->full_network || !realpath(RESOLVER_FILE, path))
		return false;
	/* Where it is hidden there is nothing to put it on. */
	mount = mount_plan_find(&s->plan, path);
	if (mount->type == MOUNT_MASK_DIR || mount->type == MOUNT_MASK_FILE)
		return false;
	s->shows_resolver = true;
	*file = (struct launch_file){ .path = path, .text = "nameserver " BROKER_RELAY_ADDRESS "\n" };
	return true;
}

void network_hide_name_services(struct supervisor *s, struct strings *words)
{
	/* Without that setting they are judged like any other: see unix_sockets.c. */
	if (!s->options->full_network || !s->options->settings->allow_all_unix_sockets)
		return;
	for (size_t i = 0; i < name_service_count; i++) {
		const struct mount *mount = mount_plan_find(&s->plan, name_services[i]);

		if (mount->type == MOUNT_MASK_DIR || mount->type == MOUNT_MASK_FILE ||
		    access(name_services[i], F_OK) < 0)
			continue;
		strings_add(words, "--ro-bind");
		strings_add(words, "/dev/null");
		strings_add(words, name_services[i]);
	}
}

static void on_names_full(void *owner, const char *name)
{
	struct access_event event = { .object = (char *)"*",
				      .why = (char *)"more names were asked for than a session may have" };

	(void)name;
	report(owner, &event);
}

static int serve_names(struct network *network, int sockets[BROKER_SOCKETS], struct err *e)
{
	static const struct dns_stub_callbacks callbacks = { .full = on_names_full };
	struct supervisor *s = network->supervisor;
	static const enum broker_socket udp[] = { BROKER_DNS_UDP, BROKER_LOCAL_DNS_UDP };
	static const enum broker_socket tcp[] = { BROKER_DNS_TCP, BROKER_LOCAL_DNS_TCP };

	network->stub = dns_stub_new(s->base, network->names, &callbacks, network, NULL, e);
	if (!network->stub)
		return -1;
	for (size_t i = 0; i < ARRAY_LENGTH(udp); i++)
		if (sockets[udp[i]] >= 0 &&
		    (dns_stub_add_udp(network->stub, steal_fd(&sockets[udp[i]]), e) < 0 ||
		     dns_stub_add_tcp(network->stub, steal_fd(&sockets[tcp[i]]), e) < 0))
			return -1;
	return 0;
}

static void want_listener(struct network *network, int port, uint64_t call);

bool network_is_open(const struct network *network)
{
	return network->open;
}

void network_open(struct network *network)
{
	struct supervisor *s = network->supervisor;

	network->open = true;
	notifier_has_network(s->notifier);
	for (size_t i = 0; i < network->waiting_count; i++) {
		const struct call *call = &network->waiting[i];

		if (call->port)
			want_listener(network, call->port, call->id);
		else
			notifier_continue(s->notifier, call->id);
	}
	network->waiting_count = 0;
}

/* The program goes on without: connections lead nowhere. */
static void give_up(struct network *network, const struct err *e)
{
	_cleanup_free_ char *why = xasprintf("there is no network: %s ('--network proxy' does without)",
					     e->message);
	struct access_event event = { .object = (char *)"*", .why = why };

	if (network->supervisor->options->only_self_test) {
		supervisor_fail(network->supervisor, e);
		return;
	}
	report(network, &event);
	network_open(network);
}

static void begin(struct supervisor *s)
{
	const struct broker_network wanted = { /* Without the file the C library asks 127.0.0.1. */
					       .with_local_dns = !s->shows_resolver,
					       .without_veth = is_switched_off("veth") };
	bool switched_off = is_switched_off("network");
	struct broker *broker = switched_off ? NULL : supervisor_broker(s);
	struct err e;

	s->network = xcalloc(1, sizeof(*s->network));
	*s->network = (struct network){ .supervisor = s, .names = names_new(0, 0), .tap = -1 };
	if (switched_off)
		err_set(&e, "it is switched off");
	else if (!broker)
		err_set(&e, "the broker process cannot be started");
	if (!broker || broker_make_network(broker, &wanted, &e) < 0)
		give_up(s->network, &e);
}

/* False where it does not have to: there is a network, or there will be none. */
static bool waits_for_network(struct supervisor *s, uint64_t id, int port)
{
	struct network *network;

	if (!s->network)
		begin(s);
	network = s->network;
	if (network->open)
		return false;
	grow_array(network->waiting, network->waiting_count, network->waiting_capacity);
	network->waiting[network->waiting_count++] = (struct call){ .id = id, .port = port };
	return true;
}

void network_needed(struct supervisor *s, uint64_t call)
{
	if (!waits_for_network(s, call, 0))
		notifier_continue(s->notifier, call);
}

static int take_network(struct network *network, struct broker_reply *reply, struct err *e)
{
	struct supervisor *s = network->supervisor;

	if (reply->error) {
		errno = reply->error;
		return err_errno(e, "%s", reply->step);
	}
	network->shares_ports = reply->shares_ports;
	network->tap = steal_fd(&reply->sockets[BROKER_TAP]);
	if (serve_names(network, reply->sockets, e) < 0)
		return -1;
	notifier_set_listening(s->notifier, DNS_PORT);
	network->tap_event = event_new(s->base, network->tap, EV_READ | EV_PERSIST, on_tap, network);
	network->tap_again = evtimer_new(s->base, on_tap_again, network);
	event_add(network->tap_event, NULL);
	network->made = true;
	network->testing = true;
	return 0;
}

void network_made(struct supervisor *s, struct broker_reply *reply)
{
	struct err e;

	/* Opened when the test is over. */
	if (take_network(s->network, reply, &e) < 0)
		give_up(s->network, &e);
	else
		self_test_network(s);
	for (size_t i = 0; i < BROKER_SOCKETS; i++)
		close_fd(&reply->sockets[i]);
}

bool network_saw_tests(const struct network *network)
{
	return network->saw_connect && network->saw_datagram;
}

void network_end_tests(struct network *network, bool *no_connect, bool *no_datagram)
{
	network->testing = false;
	*no_connect = !network->saw_connect;
	*no_datagram = !network->saw_datagram;
}

bool network_shares_ports(const struct network *network)
{
	return network->shares_ports;
}

/* --- listeners --- */

static void let_on(struct network *network, struct wish *wish)
{
	struct wish **at = &network->wishes;

	while (*at != wish)
		at = &(*at)->next;
	*at = wish->next;
	for (size_t i = 0; i < wish->count; i++)
		notifier_continue(network->supervisor->notifier, wish->calls[i]);
	wish_free(wish);
}

static struct wish *find_wish(struct network *network, int port)
{
	for (struct wish *wish = network->wishes; wish; wish = wish->next)
		if (wish->port == port)
			return wish;
	return NULL;
}

/*
 * Descriptors are bounded, ports are many: for one more, the one that was used the longest ago is
 * closed, and becomes a notice again when it is wanted again.
 */
static bool has_room(struct network *network)
{
	struct supervisor *s = network->supervisor;
	int port;

	if (network->listeners < s->listeners_most)
		return true;
	port = proxy_drop_direct(s->proxy);
	if (port < 0)
		return false;
	notifier_clear_listening(s->notifier, port);
	network->listeners--;
	return true;
}

static void want_listener(struct network *network, int port, uint64_t call)
{
	struct supervisor *s = network->supervisor;
	struct wish *wish = find_wish(network, port);

	/* Without a listener it is refused by the kernel, and the tap says so. */
	if (!network->made || notifier_has_listening(s->notifier, port) ||
	    (!wish && !has_room(network))) {
		notifier_continue(s->notifier, call);
		return;
	}
	if (!wish) {
		wish = xcalloc(1, sizeof(*wish));
		wish->port = port;
		wish->next = network->wishes;
		network->wishes = wish;
	}
	grow_array(wish->calls, wish->count, wish->capacity);
	wish->calls[wish->count++] = call;
	if (wish->count > 1)
		return;
	/* The serial number of a listener is its port. */
	network->listeners++;
	if (broker_listen(s->broker, (uint64_t)port, port, NULL) < 0) {
		network->listeners--;
		let_on(network, wish);
	}
}

void network_wanted(struct supervisor *s, const struct notice *notice)
{
	/* It is notified for other reasons, too. */
	if (!s->options->full_network)
		notifier_continue(s->notifier, notice->id);
	else if (!waits_for_network(s, notice->id, notice->port))
		want_listener(s->network, notice->port, notice->id);
}

void network_broker_reply(struct supervisor *s, struct broker_reply *reply)
{
	struct network *network = s->network;
	struct wish *wish = network ? find_wish(network, (int)reply->serial) : NULL;

	if (!wish)
		return;
	if (!reply->error && proxy_add_direct(s->proxy, steal_fd(&reply->fd), NULL) == 0)
		notifier_set_listening(s->notifier, wish->port);
	else
		network->listeners--;
	let_on(network, wish);
}

void network_broker_gone(struct supervisor *s)
{
	struct err e;

	if (s->network && !s->network->made && !s->network->open) {
		err_set(&e, "the broker process has ended");
		give_up(s->network, &e);
	}
	while (s->network && s->network->wishes)
		let_on(s->network, s->network->wishes);
}
