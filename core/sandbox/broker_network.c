/* SPDX-License-Identifier: MIT */
/*
 * A network that leads to the supervisor alone. bwrap made the sandbox's network namespace S,
 * with nothing in it but `lo`; the broker, in the user namespace that owns S, makes a second one,
 * R, and a veth pair between them:
 *
 *	S: lo, eth0 198.19.255.2 ── veth ── up0 198.19.255.1 :R
 *	   default via .1                   every address is local ("AnyIP")
 *
 * Whatever address a program in S connects to, the packets arrive in R as if they were for R
 * itself. R has no listener but those that the supervisor asks for, so all else is refused by the
 * kernel at once: a TCP reset, or an ICMP error for a connected UDP socket. Sockets keep the
 * namespace they were made in, so the supervisor serves from outside the ones made here.
 *
 * The program holds no capability over either namespace, and cannot reach R at all.
 *
 * Why it is a second namespace, and not AnyIP on S's own `lo`: there a listener of ours takes the
 * port away from the program's own servers. Where the kernel has no veth, that is what remains.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/veth.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/sandbox/broker_protocol.h"
#include "core/sandbox/netlink.h"

#ifndef IN6_ADDR_GEN_MODE_NONE
#define IN6_ADDR_GEN_MODE_NONE 1
#endif

#define LOOPBACK_INDEX 1
#define VETH_INDEX 2 /* at both ends: each has its own numbers */
#define MTU 65535
#define BACKLOG 4096
#define DNS_PORT 53
#define CARRIER_MS 1000

/* One end of the pair. */
struct end {
	const char *name;
	unsigned char mac[6];
	const char *four, *six;
};

static const struct end relay_end = {
	"up0", { 2, 0, 0, 0, 0, 1 }, BROKER_RELAY_ADDRESS, "fd00:5372:74ff::1"
};
static const struct end sandbox_end_of_pair = {
	"eth0", { 2, 0, 0, 0, 0, 2 }, "198.19.255.2", "fd00:5372:74ff::2"
};

static void set_up(struct netlink_batch *batch, int index)
{
	const struct ifinfomsg body = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };

	netlink_request(batch, "bringing an interface up", false, RTM_NEWLINK, 0, &body, sizeof(body));
}

static void add_pair(struct netlink_batch *batch, int sandbox_namespace)
{
	const struct ifinfomsg ours = { .ifi_index = VETH_INDEX }, theirs = { .ifi_index = VETH_INDEX };
	const uint32_t mtu = MTU;
	size_t info, data, peer;

	netlink_request(batch, "making a veth pair", false, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
			&ours, sizeof(ours));
	netlink_attribute(batch, IFLA_IFNAME, relay_end.name, strlen(relay_end.name) + 1);
	netlink_attribute(batch, IFLA_ADDRESS, relay_end.mac, sizeof(relay_end.mac));
	netlink_attribute(batch, IFLA_MTU, &mtu, sizeof(mtu));
	info = netlink_nest(batch, IFLA_LINKINFO);
	netlink_attribute(batch, IFLA_INFO_KIND, "veth", 4);
	data = netlink_nest(batch, IFLA_INFO_DATA);
	peer = netlink_nest_with(batch, VETH_INFO_PEER, &theirs, sizeof(theirs));
	netlink_attribute(batch, IFLA_IFNAME, sandbox_end_of_pair.name,
			  strlen(sandbox_end_of_pair.name) + 1);
	netlink_attribute(batch, IFLA_ADDRESS, sandbox_end_of_pair.mac, sizeof(sandbox_end_of_pair.mac));
	netlink_attribute(batch, IFLA_MTU, &mtu, sizeof(mtu));
	netlink_attribute(batch, IFLA_NET_NS_FD, &sandbox_namespace, sizeof(sandbox_namespace));
	netlink_nest_end(batch, peer);
	netlink_nest_end(batch, data);
	netlink_nest_end(batch, info);
}

/* Before the interface is up: no link-local address, so no router solicitations either. */
static void no_generated_addresses(struct netlink_batch *batch)
{
	const struct ifinfomsg body = { .ifi_index = VETH_INDEX };
	const uint8_t mode = IN6_ADDR_GEN_MODE_NONE;
	size_t families, six;

	netlink_request(batch, "switching generated addresses off", true, RTM_NEWLINK, 0, &body,
			sizeof(body));
	families = netlink_nest(batch, IFLA_AF_SPEC);
	six = netlink_nest(batch, AF_INET6);
	netlink_attribute(batch, IFLA_INET6_ADDR_GEN_MODE, &mode, sizeof(mode));
	netlink_nest_end(batch, six);
	netlink_nest_end(batch, families);
}

static size_t parse_address(int family, const char *text, unsigned char out[16])
{
	inet_pton(family, text, out);
	return family == AF_INET ? 4 : 16;
}

/* IPv6 steps are optional: a host may have it switched off. */
static void add_address(struct netlink_batch *batch, int family, const char *text)
{
	struct ifaddrmsg body = { .ifa_family = (uint8_t)family,
				  .ifa_prefixlen = family == AF_INET ? 30 : 64,
				  .ifa_flags = family == AF_INET ? 0 : IFA_F_NODAD,
				  .ifa_index = VETH_INDEX };
	unsigned char address[16];
	size_t length = parse_address(family, text, address);

	netlink_request(batch, "adding an address", family == AF_INET6, RTM_NEWADDR,
			NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	netlink_attribute(batch, IFA_LOCAL, address, length);
	netlink_attribute(batch, IFA_ADDRESS, address, length);
}

static void add_neighbour(struct netlink_batch *batch, int family, const char *text,
			  const unsigned char mac[6])
{
	struct ndmsg body = { .ndm_family = (uint8_t)family,
			      .ndm_ifindex = VETH_INDEX,
			      .ndm_state = NUD_PERMANENT };
	unsigned char address[16];
	size_t length = parse_address(family, text, address);

	netlink_request(batch, "adding a neighbour", family == AF_INET6, RTM_NEWNEIGH,
			NLM_F_CREATE | NLM_F_REPLACE, &body, sizeof(body));
	netlink_attribute(batch, NDA_DST, address, length);
	netlink_attribute(batch, NDA_LLADDR, mac, 6);
}

/*
 * The table is MAIN for the local route too: for IPv6, table LOCAL is looked up first, and answers
 * to S would go to R's own `lo`.
 */
static void add_default_route(struct netlink_batch *batch, int family, const char *gateway)
{
	struct rtmsg body = { .rtm_family = (uint8_t)family,
			      .rtm_table = RT_TABLE_MAIN,
			      .rtm_protocol = RTPROT_STATIC,
			      .rtm_scope = gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_HOST,
			      .rtm_type = gateway ? RTN_UNICAST : RTN_LOCAL };
	const uint32_t index = gateway ? VETH_INDEX : LOOPBACK_INDEX;
	unsigned char address[16];

	netlink_request(batch, "adding the default route", family == AF_INET6, RTM_NEWROUTE,
			NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	if (gateway)
		netlink_attribute(batch, RTA_GATEWAY, address,
				  parse_address(family, gateway, address));
	netlink_attribute(batch, RTA_OIF, &index, sizeof(index));
}

static void configure_end(struct netlink_batch *batch, const struct end *own, const struct end *other)
{
	static const int families[] = { AF_INET, AF_INET6 };

	no_generated_addresses(batch);
	set_up(batch, VETH_INDEX);
	for (size_t i = 0; i < ARRAY_LENGTH(families); i++) {
		bool four = families[i] == AF_INET;

		add_address(batch, families[i], four ? own->four : own->six);
		add_neighbour(batch, families[i], four ? other->four : other->six, other->mac);
	}
}

/* Of whichever namespace the process is in. What a kernel does not have needs no switch. */
static void write_switch(const char *path, const char *value)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, value, strlen(value));
}

/* A socket of the namespace that the process is in, for all addresses of both families. */
static int open_any_socket(int type, int port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	_cleanup_close_ int fd = -1;
	int off = 0, on = 1;

	for (int family = AF_INET6; fd < 0; family = AF_INET) {
		bool is_six = family == AF_INET6;

		fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd >= 0) {
			setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
			if (is_six)
				setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
			if (bind(fd, is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four,
				 is_six ? sizeof(six) : sizeof(four)) < 0)
				close_fd(&fd);
		}
		if (!is_six)
			break;
	}
	if (fd < 0)
		return -1;
	if (type == SOCK_STREAM && listen(fd, BACKLOG) < 0)
		return -1;
	return steal_fd(&fd);
}

/*
 * Sees what nothing in R serves: the first packet of a TCP connection, UDP but for DNS, ICMP. It is
 * filtered before it is bound, so that no other packet is ever in it.
 */
static int open_tap(int interface_index)
{
	static struct sock_filter program[] = {
		/* 0 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		/* 1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 13),
		/* 2 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + 9),
		/* 3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 23, 0),
		/* 4 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),
		/* 5 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 4),
		/* 6: a first fragment, or whole */
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 14 + 6),
		/* 7 */ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 18, 0),
		/* 8 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, 14 + 2),
		/* 9 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DNS_PORT, 16, 17),
		/* 10 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 15),
		/* 11 */ BPF_STMT(BPF_LD | BPF_B | BPF_IND, 14 + 13),
		/* 12 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
		/* 13 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 13, 12),
		/* 14 */ BPF_STMT(BPF_MISC | BPF_TAX, 0),
		/* 15 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 10),
		/* 16 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + 6),
		/* 17 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 2),
		/* 18 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 14 + 40 + 2),
		/* 19 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DNS_PORT, 6, 7),
		/* 20 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 3),
		/* 21 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + 40 + 13),
		/* 22 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
		/* 23 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 3, 2),
		/* 24 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + 40),
		/* 25: an echo request; the kernel's own neighbour messages are not the program's */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 128, 1, 0),
		/* 26 */ BPF_STMT(BPF_RET | BPF_K, 0),
		/* 27 */ BPF_STMT(BPF_RET | BPF_K, BROKER_TAP_BYTES),
	};
	const struct sock_fprog filter = { ARRAY_LENGTH(program), program };
	const struct sockaddr_ll address = { .sll_family = AF_PACKET,
					     .sll_protocol = htons(ETH_P_ALL),
					     .sll_ifindex = interface_index };
	_cleanup_close_ int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1;

	/* Linux 4.20; the reader looks for itself, too. */
	if (fd >= 0)
		setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return steal_fd(&fd);
}

/* Every address is S's own. */
static int configure_loopback(int sandbox_netlink, const char **step)
{
	struct netlink_batch batch = { .length = 0 };

	add_default_route(&batch, AF_INET, NULL);
	add_default_route(&batch, AF_INET6, NULL);
	return netlink_send(sandbox_netlink, &batch, step);
}

static int configure(int sandbox_namespace, int relay_netlink, int sandbox_netlink,
		     const char **step)
{
	struct netlink_batch batch = { .length = 0 };

	set_up(&batch, LOOPBACK_INDEX);
	add_pair(&batch, sandbox_namespace);
	configure_end(&batch, &relay_end, &sandbox_end_of_pair);
	add_default_route(&batch, AF_INET, NULL);
	add_default_route(&batch, AF_INET6, NULL);
	if (netlink_send(relay_netlink, &batch, step) < 0)
		return -1;
	configure_end(&batch, &sandbox_end_of_pair, &relay_end);
	add_default_route(&batch, AF_INET, relay_end.four);
	add_default_route(&batch, AF_INET6, relay_end.six);
	if (netlink_send(sandbox_netlink, &batch, step) < 0)
		return -1;
	/* Otherwise the first answer may be lost, and a resolver asks again after five seconds. */
	netlink_await_operational(relay_netlink, VETH_INDEX, CARRIER_MS);
	return 0;
}

int broker_build_network(int sockets[BROKER_SOCKETS], int sandbox_namespace,
			 const struct broker_network *wanted, int *relay_namespace,
			 bool *shares_ports, const char **step)
{
	_cleanup_close_ int relay_netlink = -1, sandbox_netlink = -1;
	int result;

	*step = "joining the sandbox's network namespace";
	if (setns(sandbox_namespace, CLONE_NEWNET) < 0)
		return -1;
	sandbox_netlink = netlink_open();
	/* Of what the program sends: see stream_set_near_options(). */
	write_switch("/proc/sys/net/ipv4/tcp_congestion_control", "reno");
	if (wanted->with_local_dns && !wanted->without_veth) {
		*step = "listening for names inside";
		sockets[BROKER_LOCAL_DNS_UDP] = open_any_socket(SOCK_DGRAM, DNS_PORT);
		sockets[BROKER_LOCAL_DNS_TCP] = open_any_socket(SOCK_STREAM, DNS_PORT);
		if (sockets[BROKER_LOCAL_DNS_UDP] < 0 || sockets[BROKER_LOCAL_DNS_TCP] < 0)
			return -1;
	}
	*step = "making a network namespace";
	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	*relay_namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	relay_netlink = netlink_open();
	if (*relay_namespace < 0 || relay_netlink < 0 || sandbox_netlink < 0)
		return -1;
	/* Otherwise the whole Internet would answer to ping. */
	write_switch("/proc/sys/net/ipv4/icmp_echo_ignore_all", "1");
	write_switch("/proc/sys/net/ipv6/icmp/echo_ignore_all", "1");
	errno = EOPNOTSUPP;
	result = wanted->without_veth ? -1 : configure(sandbox_namespace, relay_netlink,
						       sandbox_netlink, step);
	*shares_ports = result < 0 && errno == EOPNOTSUPP;
	if (*shares_ports) {
		close_fd(relay_namespace);
		*relay_namespace = fcntl(sandbox_namespace, F_DUPFD_CLOEXEC, 3);
		*step = "joining the sandbox's network namespace";
		if (*relay_namespace < 0 || setns(*relay_namespace, CLONE_NEWNET) < 0)
			return -1;
		result = configure_loopback(sandbox_netlink, step);
	}
	if (result < 0)
		return -1;
	*step = "listening for names";
	sockets[BROKER_DNS_UDP] = open_any_socket(SOCK_DGRAM, DNS_PORT);
	sockets[BROKER_DNS_TCP] = open_any_socket(SOCK_STREAM, DNS_PORT);
	if (sockets[BROKER_DNS_UDP] < 0 || sockets[BROKER_DNS_TCP] < 0)
		return -1;
	*step = "watching for packets";
	sockets[BROKER_TAP] = open_tap(*shares_ports ? LOOPBACK_INDEX : VETH_INDEX);
	return sockets[BROKER_TAP] < 0 ? -1 : 0;
}

int broker_open_listener(int port)
{
	return open_any_socket(SOCK_STREAM, port);
}

int broker_open_socket_inside(int sandbox_namespace, int relay_namespace, int family)
{
	int fd, error;

	if (setns(sandbox_namespace, CLONE_NEWNET) < 0)
		return -1;
	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	error = errno;
	/* What comes next is to be made in R. */
	if (relay_namespace >= 0 && setns(relay_namespace, CLONE_NEWNET) < 0)
		_exit(1);
	errno = error;
	return fd;
}
