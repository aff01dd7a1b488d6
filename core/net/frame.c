/* SPDX-License-Identifier: MIT */
#include "core/net/frame.h"

#include <linux/if_ether.h>
#include <string.h>

#define TCP_FLAGS 13
#define TCP_SYN 0x02
#define TCP_ACK 0x10
#define ICMP_ECHO_REQUEST 8
#define ICMPV6_ECHO_REQUEST 128

static unsigned read16(const unsigned char *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

/* The transport header: at least the ports have to be there. */
static bool parse_ports(struct frame *frame, const unsigned char *bytes, size_t length)
{
	/* The kernel's own messages are not the program's doing. */
	if (frame->protocol == IPPROTO_ICMP)
		return length > 0 && bytes[0] == ICMP_ECHO_REQUEST;
	if (frame->protocol == IPPROTO_ICMPV6)
		return length > 0 && bytes[0] == ICMPV6_ECHO_REQUEST;
	if (length < 4)
		return false;
	if (frame->protocol == IPPROTO_TCP &&
	    (length <= TCP_FLAGS || (bytes[TCP_FLAGS] & (TCP_SYN | TCP_ACK)) != TCP_SYN))
		return false;
	if (frame->protocol != IPPROTO_TCP && frame->protocol != IPPROTO_UDP)
		return false;
	frame->from_port = (int)read16(bytes);
	frame->port = (int)read16(bytes + 2);
	return true;
}

static bool parse_four(struct frame *frame, const unsigned char *bytes, size_t length)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	size_t header;

	if (length < 20 || bytes[0] >> 4 != 4)
		return false;
	header = (size_t)(bytes[0] & 15) * 4;
	/* Later fragments have no ports. */
	if (header < 20 || header > length || (read16(bytes + 6) & 0x1fff) != 0)
		return false;
	frame->protocol = bytes[9];
	if (!parse_ports(frame, bytes + header, length - header))
		return false;
	memcpy(&to.sin_addr, bytes + 16, 4);
	to.sin_port = htons((in_port_t)frame->port);
	memcpy(&frame->to, &to, sizeof(to));
	return true;
}

static bool parse_six(struct frame *frame, const unsigned char *bytes, size_t length)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };

	if (length < 40 || bytes[0] >> 4 != 6)
		return false;
	frame->protocol = bytes[6];
	if (!parse_ports(frame, bytes + 40, length - 40))
		return false;
	memcpy(&to.sin6_addr, bytes + 24, 16);
	to.sin6_port = htons((in_port_t)frame->port);
	memcpy(&frame->to, &to, sizeof(to));
	return true;
}

bool frame_parse(struct frame *frame, const unsigned char *bytes, size_t length)
{
	*frame = (struct frame){ .protocol = 0 };
	if (length < ETH_HLEN)
		return false;
	switch (read16(bytes + 12)) {
	case ETH_P_IP:
		return parse_four(frame, bytes + ETH_HLEN, length - ETH_HLEN);
	case ETH_P_IPV6:
		return parse_six(frame, bytes + ETH_HLEN, length - ETH_HLEN);
	}
	return false;
}
