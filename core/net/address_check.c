/* SPDX-License-Identifier: MIT */
/*
 * An IPv6 address that carries an IPv4 one for a translator or tunnel is judged by both; the
 * second look only adds denials.
 */
#include "core/net/address_check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/ip.h"
#include "core/policy/domain.h"
#include "core/policy/host.h"

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

/* The IPv4 address that an IPv6 one carries. Mapped ones are IPv4 already. */
static bool carried_v4(const struct ip *ip, struct ip *v4)
{
	static const char *const low32[] = {
		"::/96",	    /* IPv4-compatible */
		"::ffff:0:0:0/96", /* translated */
		"64:ff9b::/96",	    /* NAT64 */
	};
	static const struct ip unspecified, loopback = { .bytes = { [15] = 1 } };

	if (ip_is_v4(ip) || ip_equal(ip, &unspecified) || ip_equal(ip, &loopback))
		return false;
	if (ip_in(ip, "2002::/16")) { /* 6to4 */
		*v4 = ip_from_v4(ip->bytes + 2);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(low32); i++) {
		if (ip_in(ip, low32[i])) {
			*v4 = ip_from_v4(ip->bytes + 12);
			return true;
		}
	}
	return false;
}

static bool is_metadata(const struct ip *ip)
{
	static const char *const services[] = {
		"100.100.100.200",  "168.63.129.16",	 "192.0.0.192",
		"fd20:ce::254",	    "fd00:42::42",	 "fd00:c1::a9fe:a9fe",
		"fd00:a9fe:a9fe::1", "fd00:100::100:200", "fd00:ec2::/32",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(services); i++)
		if (ip_in(ip, services[i]))
			return true;
	return false;
}

static bool is_public(const struct ip *ip)
{
	static const char *const special[] = {
		"0.0.0.0/8",	   "10.0.0.0/8",      "100.64.0.0/10",	"127.0.0.0/8",
		"169.254.0.0/16",  "172.16.0.0/12",   "192.0.0.0/24",	"192.0.2.0/24",
		"192.88.99.0/24",  "192.168.0.0/16",  "198.18.0.0/15",	"198.51.100.0/24",
		"203.0.113.0/24",  "224.0.0.0/4",     "240.0.0.0/4",	"2001::/23",
		"2001:db8::/32",   "3fff::/20",
	};

	/* All of IPv6 that is given out. */
	if (!ip_is_v4(ip) && !ip_in(ip, "2000::/3"))
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(special); i++)
		if (ip_in(ip, special[i]))
			return false;
	return !is_metadata(ip);
}

bool address_is_public(const struct sockaddr *address)
{
	struct ip ip, v4;

	if (!ip_from_sockaddr(&ip, address))
		return false;
	return carried_v4(&ip, &v4) ? is_public(&v4) : is_public(&ip);
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
	struct ip_range range;

	return !ip_range_parse(&range, entry) || ip_range_covers(&range, ip);
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
	if (!rules->allow_local && ip_is_loopback(ip))
		return ADDRESS_LOOPBACK;
	if (ip_in(ip, "0.0.0.0/8") || ip_in(ip, "::/128"))
		return ADDRESS_UNSPECIFIED;
	if (ip_in(ip, "169.254.0.0/16") || ip_in(ip, "fe80::/10"))
		return ADDRESS_LINK_LOCAL;
	if (ip_in(ip, "224.0.0.0/4") || ip_in(ip, "ff00::/8"))
		return ADDRESS_MULTICAST;
	if (ip_in(ip, "255.255.255.255/32"))
		return ADDRESS_BROADCAST;
	if (is_metadata(ip))
		return ADDRESS_METADATA;
	if (address_is_listed(rules->denied_addresses, ip))
		return ADDRESS_LISTED;
	if (!rules->allow_local && is_own(rules, ip))
		return ADDRESS_OWN;
	return ADDRESS_PERMITTED;
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
	if (host_is_in(name, "localhost"))
		return ip_is_loopback(&ip) ? ADDRESS_PERMITTED : ADDRESS_NOT_LOOPBACK;
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
