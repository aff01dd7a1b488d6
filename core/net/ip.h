/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_IP_H
#define CORE_NET_IP_H

/*
 * IP addresses and ranges of them. Every address is 16 bytes, IPv4 in its mapped form
 * (::ffff:a.b.c.d), so that the two spellings of one address cannot be judged differently. Pure.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct ip {
	uint8_t bytes[16];
};

struct ip_range {
	struct ip base;
	int prefix; /* of the 128 bits */
};

struct ip ip_from_v4(const void *four_bytes);
/* False for other families than AF_INET and AF_INET6. */
bool ip_from_sockaddr(struct ip *ip, const struct sockaddr *address);
/* A literal without brackets and zone. */
bool ip_from_text(struct ip *ip, const char *text);
/* True for IPv4 in either spelling. */
bool ip_is_v4(const struct ip *ip);
bool ip_equal(const struct ip *a, const struct ip *b);
/* 127.0.0.0/8 and ::1. */
bool ip_is_loopback(const struct ip *ip);

/* "a.b.c.d", "10.0.0.0/8", "fc00::/7". False where malformed, *range is undefined then. */
bool ip_range_parse(struct ip_range *range, const char *text);
bool ip_range_covers(const struct ip_range *range, const struct ip *ip);
/* The same for a text that is known to be a range. False for any other. */
bool ip_in(const struct ip *ip, const char *range);

#endif
