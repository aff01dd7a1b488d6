/* SPDX-License-Identifier: MIT */
/*
 * Every address is handled as 16 bytes, IPv4 in its mapped form (::ffff:a.b.c.d), so that the
 * two spellings of one address cannot be judged differently. An IPv6 address that carries an
 * IPv4 one for a translator or tunnel is judged by both; the second look only adds denials.
 */
#include "core/net/address_check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "core/policy/domain.h"

struct ip {
	uint8_t bytes[16];
};

struct range {
	const char *base;
	int prefix;
};

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

const char *address_class_words(enum address_class class)
{
	static const char *const words[ADDRESS_CLASS_COUNT] = {
		[ADDRESS_PERMITTED] = "a permitted address",
		[ADDRESS_DENY_LISTED] = "a deny-listed address",
		[ADDRESS_NOT_LOOPBACK] = "a non-loopback address",
		[ADDRESS_LOOPBACK] = "a loopback address",
		[ADDRESS_UNSPECIFIED] = "an unspecified address",
		[ADDRESS_LINK_LOCAL] = "a link-local address",
		[ADDRESS_MULTICAST] = "a multicast address",
		[ADDRESS_BROADCAST] = "the broadcast address",
		[ADDRESS_METADATA] = "a cloud metadata address",
		[ADDRESS_LISTED] = "a listed address",
		[ADDRESS_OWN] = "one of this host's addresses",
	};

	return words[class];
}

static struct ip ip_from_v4(const void *four_bytes)
{
	struct ip ip;

	memcpy(ip.bytes, mapped_prefix, 12);
	memcpy(ip.bytes + 12, four_bytes, 4);
	return ip;
}

static bool ip_from_sockaddr(struct ip *ip, const struct sockaddr *address)
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
		memcpy(ip->bytes, &in6.sin6_addr, 16);
		return true;
	}
	return false;
}

static bool ip_from_text(struct ip *ip, const char *text, bool *is_v4)
{
	uint8_t four[4];

	*is_v4 = inet_pton(AF_INET, text, four) == 1;
	if (*is_v4)
		*ip = ip_from_v4(four);
	else if (inet_pton(AF_INET6, text, ip->bytes) != 1)
		return false;
	return true;
}

static bool ip_is_v4(const struct ip *ip)
{
	return memcmp(ip->bytes, mapped_prefix, 12) == 0;
}

static bool ip_equal(const struct ip *a, const struct ip *b)
{
	return memcmp(a->bytes, b->bytes, 16) == 0;
}

static bool ip_has_prefix(const struct ip *ip, const struct ip *base, int bits)
{
	int whole = bits / 8, rest = bits % 8;

	if (memcmp(ip->bytes, base->bytes, (size_t)whole) != 0)
		return false;
	return rest == 0 || ((ip->bytes[whole] ^ base->bytes[whole]) >> (8 - rest)) == 0;
}

static bool ip_in_range(const struct ip *ip, const char *base_text, int prefix)
{
	struct ip base;
	bool is_v4;

	if (!ip_from_text(&base, base_text, &is_v4))
		return false;
	return ip_has_prefix(ip, &base, is_v4 ? prefix + 96 : prefix);
}

/* The IPv4 address that an IPv6 one carries. Mapped ones are IPv4 already. */
static bool carried_v4(const struct ip *ip, struct ip *v4)
{
	static const struct range low32[] = {
		{ "::", 96 },	       /* IPv4-compatible */
		{ "::ffff:0:0:0", 96 }, /* translated */
		{ "64:ff9b::", 96 },   /* NAT64 */
	};
	static const struct ip unspecified, loopback = { .bytes = { [15] = 1 } };

	if (ip_is_v4(ip) || ip_equal(ip, &unspecified) || ip_equal(ip, &loopback))
		return false;
	if (ip_in_range(ip, "2002::", 16)) { /* 6to4 */
		*v4 = ip_from_v4(ip->bytes + 2);
		return true;
	}
	for (size_t i = 0; i < sizeof(low32) / sizeof(low32[0]); i++) {
		if (ip_in_range(ip, low32[i].base, low32[i].prefix)) {
			*v4 = ip_from_v4(ip->bytes + 12);
			return true;
		}
	}
	return false;
}

static bool is_loopback(const struct ip *ip)
{
	return ip_in_range(ip, "127.0.0.0", 8) || ip_in_range(ip, "::1", 128);
}

static bool is_metadata(const struct ip *ip)
{
	static const char *const services[] = {
		"100.100.100.200",  "168.63.129.16", "192.0.0.192",
		"fd20:ce::254",	    "fd00:42::42",   "fd00:c1::a9fe:a9fe",
		"fd00:a9fe:a9fe::1", "fd00:100::100:200",
	};

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (ip_in_range(ip, services[i], strchr(services[i], ':') ? 128 : 32))
			return true;
	return ip_in_range(ip, "fd00:ec2::", 32);
}

/* An IP literal among the entries of a domain list. Patterns that match names as well, "*" and
 * "*.parent", say nothing about addresses. */
static bool literal_is_listed(const struct strings *entries, const struct ip *ip, int port)
{
	char text[INET6_ADDRSTRLEN], canonical[HOST_TEXT_SIZE];

	if (!entries || entries->count == 0)
		return false;
	if (ip_is_v4(ip))
		inet_ntop(AF_INET, ip->bytes + 12, text, sizeof(text));
	else
		inet_ntop(AF_INET6, ip->bytes, text, sizeof(text));
	if (!host_canonical(text, canonical))
		return false;
	for (size_t i = 0; i < entries->count; i++)
		if (entries->items[i][0] != '*' &&
		    domain_entry_matches(entries->items[i], canonical, port))
			return true;
	return false;
}

/* An entry of deniedResolvedAddresses: address or CIDR. One that cannot be read covers all. */
static bool entry_covers(const char *entry, const struct ip *ip)
{
	char base_text[INET6_ADDRSTRLEN];
	size_t length = strcspn(entry, "/");
	struct ip base;
	bool is_v4;
	int prefix = 0;

	if (length >= sizeof(base_text))
		return true;
	memcpy(base_text, entry, length);
	base_text[length] = '\0';
	if (!ip_from_text(&base, base_text, &is_v4))
		return true;
	if (entry[length] == '/') {
		const char *digits = entry + length + 1;

		if (!*digits || strlen(digits) > 3 || digits[strspn(digits, "0123456789")])
			return true;
		for (; *digits; digits++)
			prefix = prefix * 10 + (*digits - '0');
		if (is_v4)
			prefix += 96;
		if (prefix > 128)
			return true;
	} else {
		prefix = 128;
	}
	return ip_has_prefix(ip, &base, prefix);
}

static bool address_is_listed(const struct strings *entries, const struct ip *ip)
{
	for (size_t i = 0; entries && i < entries->count; i++)
		if (entry_covers(entries->items[i], ip))
			return true;
	return false;
}

static bool is_own(const struct address_rules *rules, const struct ip *ip)
{
	for (size_t i = 0; i < rules->own_count; i++) {
		struct ip own;

		if (ip_from_sockaddr(&own, (const struct sockaddr *)&rules->own[i]) &&
		    ip_equal(&own, ip))
			return true;
	}
	return false;
}

static enum address_class classify(const struct address_rules *rules, const struct ip *ip)
{
	if (!rules->allow_local && is_loopback(ip))
		return ADDRESS_LOOPBACK;
	if (ip_in_range(ip, "0.0.0.0", 8) || ip_in_range(ip, "::", 128))
		return ADDRESS_UNSPECIFIED;
	if (ip_in_range(ip, "169.254.0.0", 16) || ip_in_range(ip, "fe80::", 10))
		return ADDRESS_LINK_LOCAL;
	if (ip_in_range(ip, "224.0.0.0", 4) || ip_in_range(ip, "ff00::", 8))
		return ADDRESS_MULTICAST;
	if (ip_in_range(ip, "255.255.255.255", 32))
		return ADDRESS_BROADCAST;
	if (is_metadata(ip))
		return ADDRESS_METADATA;
	if (address_is_listed(rules->denied_addresses, ip))
		return ADDRESS_LISTED;
	if (!rules->allow_local && is_own(rules, ip))
		return ADDRESS_OWN;
	return ADDRESS_PERMITTED;
}

static bool name_is_local(const char *name)
{
	static const char suffix[] = ".localhost";
	size_t length = strlen(name);

	return strcmp(name, "localhost") == 0 ||
	       (length > sizeof(suffix) - 1 &&
		strcmp(name + length - (sizeof(suffix) - 1), suffix) == 0);
}

enum address_class address_check(const struct address_rules *rules, const char *name, int port,
				 const struct sockaddr *address)
{
	enum address_class class;
	struct ip ip, v4;
	bool carries;

	if (!ip_from_sockaddr(&ip, address))
		return ADDRESS_UNSPECIFIED;
	carries = carried_v4(&ip, &v4);
	if (literal_is_listed(rules->denied, &ip, port) ||
	    (carries && literal_is_listed(rules->denied, &v4, port)))
		return ADDRESS_DENY_LISTED;
	if (literal_is_listed(rules->allowed, &ip, port))
		return ADDRESS_PERMITTED;
	if (name_is_local(name))
		return is_loopback(&ip) ? ADDRESS_PERMITTED : ADDRESS_NOT_LOOPBACK;
	class = classify(rules, &ip);
	if (class == ADDRESS_PERMITTED && carries)
		class = classify(rules, &v4);
	return class;
}

void address_refusal_words(struct buf *out, unsigned classes)
{
	const char *before = "resolved to ";

	for (int class = ADDRESS_PERMITTED + 1; class < ADDRESS_CLASS_COUNT; class++) {
		if (!(classes & 1U << class))
			continue;
		buf_adds(out, before);
		buf_adds(out, address_class_words((enum address_class)class));
		before = " / ";
	}
}
