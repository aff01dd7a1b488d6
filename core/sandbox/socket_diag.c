/* SPDX-License-Identifier: MIT */
#include "core/sandbox/socket_diag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>

struct request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 body;
};

/* Address and port in network order. */
static void take_end(const struct sockaddr *address, __be32 where[4], __be16 *port)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	if (address->sa_family == AF_INET) {
		memcpy(&four, address, sizeof(four));
		memcpy(where, &four.sin_addr, sizeof(four.sin_addr));
		*port = four.sin_port;
	} else {
		memcpy(&six, address, sizeof(six));
		memcpy(where, &six.sin6_addr, sizeof(six.sin6_addr));
		*port = six.sin6_port;
	}
}

/* One datagram of the kernel's: its length, 0 where there is none. */
static size_t take_reply(int diag, void *bytes, size_t size)
{
	struct sockaddr_nl from = { .nl_pid = 0 };
	socklen_t from_size = sizeof(from);
	ssize_t got = recvfrom(diag, bytes, size, MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);

	/* Nobody but the kernel can send here without being its administrator; all the same. */
	return got < 0 || from.nl_pid != 0 ? 0 : (size_t)got;
}

static enum socket_diag_answer read_answer(int diag, unsigned long *inode)
{
	union {
		struct nlmsghdr header;
		char bytes[1024];
	} reply;
	size_t length = take_reply(diag, &reply, sizeof(reply));

	if (length >= NLMSG_LENGTH(sizeof(struct nlmsgerr)) && reply.header.nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *error = NLMSG_DATA(&reply.header);

		return error->error == -ENOENT ? SOCKET_DIAG_NONE : SOCKET_DIAG_UNKNOWN;
	}
	if (length >= NLMSG_LENGTH(sizeof(struct inet_diag_msg)) &&
	    reply.header.nlmsg_type == SOCK_DIAG_BY_FAMILY) {
		const struct inet_diag_msg *found = NLMSG_DATA(&reply.header);

		*inode = found->idiag_inode;
		return SOCKET_DIAG_FOUND;
	}
	return SOCKET_DIAG_UNKNOWN;
}

enum socket_diag_answer socket_diag_inode(int diag, const struct sockaddr *own,
					  const struct sockaddr *peer, unsigned long *inode)
{
	struct request request = {
		.header = { .nlmsg_len = sizeof(request),
			    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			    .nlmsg_flags = NLM_F_REQUEST },
		.body = { .sdiag_family = (uint8_t)own->sa_family,
			  .sdiag_protocol = IPPROTO_TCP,
			  .idiag_states = ~0U,
			  .id = { .idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } } },
	};

	*inode = 0;
	if (own->sa_family != peer->sa_family ||
	    (own->sa_family != AF_INET && own->sa_family != AF_INET6))
		return SOCKET_DIAG_UNKNOWN;
	take_end(own, request.body.id.idiag_src, &request.body.id.idiag_sport);
	take_end(peer, request.body.id.idiag_dst, &request.body.id.idiag_dport);
	/* The kernel answers before the call returns. */
	if (send(diag, &request, sizeof(request), MSG_DONTWAIT) != (ssize_t)sizeof(request))
		return SOCKET_DIAG_UNKNOWN;
	return read_answer(diag, inode);
}

#define STATE_LISTEN 10 /* enum tcp_state of netinet/tcp.h, which the kernel's headers do without */

static void tell_listener(const struct inet_diag_msg *message, socket_diag_listener_fn *found, void *arg)
{
	struct in6_addr address = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	if (message->idiag_family == AF_INET)
		memcpy(&address.s6_addr[12], message->id.idiag_src, 4);
	else
		memcpy(&address, message->id.idiag_src, sizeof(address));
	found(arg, &address, ntohs(message->id.idiag_sport));
}

bool socket_diag_listeners(int diag, int family, socket_diag_listener_fn *found, void *arg)
{
	const struct request request = {
		.header = { .nlmsg_len = sizeof(request),
			    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .sdiag_family = (uint8_t)family,
			  .sdiag_protocol = IPPROTO_TCP,
			  .idiag_states = 1U << STATE_LISTEN },
	};

	if (send(diag, &request, sizeof(request), MSG_DONTWAIT) != (ssize_t)sizeof(request))
		return false;
	/* Every part is written when the one before it is taken. */
	for (;;) {
		union {
			struct nlmsghdr header;
			char bytes[8192];
		} reply;
		size_t length = take_reply(diag, &reply, sizeof(reply));

		if (!length)
			return false;
		for (const struct nlmsghdr *h = &reply.header; NLMSG_OK(h, length); h = NLMSG_NEXT(h, length)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return true;
			if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
			    h->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
				return false;
			tell_listener(NLMSG_DATA(h), found, arg);
		}
	}
}
