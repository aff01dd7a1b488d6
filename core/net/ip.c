/* SPDX-License-Identifier: MIT */
#include "core/net/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define MAPPED_BITS 96
#define IP_BITS 128

static const uint8_t mapped_prefix[MAPPED_BITS / 8] = { [10] = 0xff, [11] = 0xff };

struct ip ip_from_v4(const void *four_bytes)
{
	struct ip ip;

	memcpy(ip.bytes, mapped_prefix, sizeof(mapped_prefix));
	memcpy(ip.bytes + sizeof(mapped_prefix), four_bytes, 4);
	return ip;
}

bool ip_from_sockaddr(struct ip *ip, const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		*ip = ip_from_v4(&in.sin_addr);
		return true;
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, address, sizeof(in6));
		memcpy(ip->bytes, &in6.sin6_addr, sizeof(ip->bytes));
		return true;
	}
	return false;
}

bool ip_from_text(struct ip *ip, const char *text)
{
	uint8_t four[4];

	if (inet_pton(AF_INET, text, four) != 1)
		return inet_pton(AF_INET6, text, ip->bytes) == 1;
	*ip = ip_from_v4(four);
	return true;
}

bool ip_is_v4(const struct ip *ip)
{
	return memcmp(ip->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool ip_is_loopback(const struct ip *ip)
{
	return ip_in(ip, "127.0.0.0/8") || ip_in(ip, "::1");
}

/* One to three digits up to `most`, or -1. */
static int parse_prefix(const char *digits, int most)
{
	size_t length = strspn(digits, "0123456789");
	int prefix = 0;

	if (length == 0 || length > 3 || digits[length])
		return -1;
	for (; *digits; digits++)
		prefix = prefix * 10 + (*digits - '0');
	return prefix <= most ? prefix : -1;
}

bool ip_range_parse(struct ip_range *range, const char *text)
{
	char address[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "/");
	bool is_short;

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	if (!ip_from_text(&range->base, address))
		return false;
	range->prefix = IP_BITS;
	if (!text[length])
		return true;
	is_short = strchr(address, ':') == NULL;
	range->prefix = parse_prefix(text + length + 1, is_short ? IP_BITS - MAPPED_BITS : IP_BITS);
	if (range->prefix < 0)
		return false;
	if (is_short)
		range->prefix += MAPPED_BITS;
	/* A mapped base means an IPv4 range: it cannot reach beyond them. */
	return range->prefix >= MAPPED_BITS || !ip_is_v4(&range->base);
}

bool ip_range_covers(const struct ip_range *range, const struct ip *ip)
{
	int whole = range->prefix / 8, rest = range->prefix % 8;

	if (memcmp(ip->bytes, range->base.bytes, (size_t)whole) != 0)
		return false;
	return rest == 0 || ((ip->bytes[whole] ^ range->base.bytes[whole]) >> (8 - rest)) == 0;
}

bool ip_in(const struct ip *ip, const char *text)
{
	struct ip_range range;

	return ip_range_parse(&range, text) && ip_range_covers(&range, ip);
}
