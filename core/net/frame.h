/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_FRAME_H
#define CORE_NET_FRAME_H

/* What a packet was after, off the start of its Ethernet frame. Pure; every byte is hostile. */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct frame {
	/* IPPROTO_TCP (the first packet of a connection), _UDP, _ICMP or _ICMPV6 (an echo request) */
	int protocol;
	struct sockaddr_storage to; /* with the port; 0 for ICMP */
	int port;      /* the same */
	int from_port; /* 0 for ICMP */
};

/* IPv4 (RFC 791) and IPv6 (RFC 8200, without extension headers). False for anything else. */
bool frame_parse(struct frame *frame, const unsigned char *bytes, size_t length);

#endif
