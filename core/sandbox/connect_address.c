/* SPDX-License-Identifier: MIT */
#include "core/sandbox/connect_address.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* 127.0.0.0/8, and 0.0.0.0, which the kernel takes for the same. */
static bool stays_inside(uint32_t four)
{
	return four >> 24 == 127 || four == INADDR_ANY;
}

static bool six_stays_inside(const struct in6_addr *six)
{
	uint32_t four;

	if (IN6_IS_ADDR_LOOPBACK(six) || IN6_IS_ADDR_UNSPECIFIED(six))
		return true;
	if (!IN6_IS_ADDR_V4MAPPED(six))
		return false;
	memcpy(&four, six->s6_addr + 12, sizeof(four));
	return stays_inside(ntohl(four));
}

int connect_port(const struct sockaddr_storage *address, size_t length)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	if (address->ss_family == AF_INET && length >= sizeof(four)) {
		memcpy(&four, address, sizeof(four));
		return stays_inside(ntohl(four.sin_addr.s_addr)) ? 0 : ntohs(four.sin_port);
	}
	/* Without the scope the kernel takes it too (RFC 2133). */
	if (address->ss_family == AF_INET6 && length >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
		memset(&six, 0, sizeof(six));
		memcpy(&six, address, length < sizeof(six) ? length : sizeof(six));
		return six_stays_inside(&six.sin6_addr) ? 0 : ntohs(six.sin6_port);
	}
	return 0;
}
