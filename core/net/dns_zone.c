/* SPDX-License-Identifier: MIT */
#include "core/net/dns_zone.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/host.h"

#define IPV6_NIBBLES 32

/* These and all names below them. */
static const char *const nonexistent[] = {
	"invalid", /* RFC 6761, 6.4 */
	"onion",   /* RFC 7686 */
	"alt",	   /* RFC 9476 */
	/* Asked by browsers before they go around the system's resolver: here they should not. */
	"use-application-dns.net",
};

/* "4.3.2.1" of 4.3.2.1.in-addr.arpa (RFC 1035, 3.5). */
static bool parse_reverse_ipv4(const char *labels, size_t length, struct in_addr *address)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr reversed;

	if (length >= sizeof(text))
		return false;
	memcpy(text, labels, length);
	text[length] = '\0';
	if (inet_pton(AF_INET, text, &reversed) != 1)
		return false;
	address->s_addr = __builtin_bswap32(reversed.s_addr);
	return true;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A hexadecimal digit a label, the last of the address first (RFC 3596, 2.5). */
static bool parse_reverse_ipv6(const char *labels, size_t length, struct in6_addr *address)
{
	if (length != 2 * IPV6_NIBBLES - 1)
		return false;
	memset(address, 0, sizeof(*address));
	for (int i = 0; i < IPV6_NIBBLES; i++) {
		int value = nibble(labels[2 * i]);

		if (value < 0 || (i && labels[2 * i - 1] != '.'))
			return false;
		address->s6_addr[15 - i / 2] |= (uint8_t)(value << 4 * (i & 1));
	}
	return true;
}

/*
 * A name below arpa. One that is no whole address is an inner node for all we know: without data,
 * but there (RFC 8020). So is ipv4only.arpa, which says that there is no NAT64 (RFC 8880, 7.1).
 */
static void answer_arpa(const struct dns_query *query, const char *name,
			const struct names *names, struct dns_answer *answer)
{
	struct in6_addr ipv6;
	struct in_addr ipv4;
	bool is_loopback;
	int64_t index;
	size_t length;

	if (host_is_below(name, "in-addr.arpa", &length) && parse_reverse_ipv4(name, length, &ipv4)) {
		is_loopback = ipv4.s_addr == htonl(INADDR_LOOPBACK);
		index = names_index_of_ipv4(ipv4);
	} else if (host_is_below(name, "ip6.arpa", &length) &&
		   parse_reverse_ipv6(name, length, &ipv6)) {
		is_loopback = IN6_IS_ADDR_LOOPBACK(&ipv6);
		index = names_index_of_ipv6(&ipv6);
	} else {
		return;
	}
	answer->target = is_loopback ? "localhost"
		       : index >= 0 ? names_at(names, (uint32_t)index)
				    : NULL;
	if (!answer->target)
		answer->rcode = DNS_NXDOMAIN;
	else if (query->type == DNS_PTR)
		answer->type = DNS_PTR;
}

/* RFC 6761, 6.3. */
static void answer_localhost(const struct dns_query *query, struct dns_answer *answer)
{
	uint32_t ipv4 = htonl(INADDR_LOOPBACK);

	if (query->type == DNS_A) {
		answer->type = DNS_A;
		memcpy(answer->address, &ipv4, sizeof(ipv4));
	} else if (query->type == DNS_AAAA) {
		answer->type = DNS_AAAA;
		memcpy(answer->address, &in6addr_loopback, sizeof(in6addr_loopback));
	}
}

static void answer_host(const struct dns_query *query, uint32_t index, struct dns_answer *answer)
{
	struct in6_addr ipv6;
	struct in_addr ipv4;

	if (index == 0) {
		answer->rcode = DNS_SERVFAIL;
	} else if (query->type == DNS_A) {
		answer->type = DNS_A;
		names_ipv4(index, &ipv4);
		memcpy(answer->address, &ipv4, sizeof(ipv4));
	} else if (query->type == DNS_AAAA) {
		answer->type = DNS_AAAA;
		names_ipv6(index, &ipv6);
		memcpy(answer->address, &ipv6, sizeof(ipv6));
	}
}

static bool is_nonexistent(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(nonexistent); i++)
		if (host_is_in(name, nonexistent[i]))
			return true;
	return false;
}

void dns_zone_answer(const struct dns_query *query, struct names *names,
		     struct dns_outcome *outcome)
{
	struct dns_answer *answer = &outcome->answer;
	char name[HOST_TEXT_SIZE];
	uint32_t index;
	bool is_new;

	*outcome = (struct dns_outcome){ .answer = { .rcode = query->rcode } };
	if (query->rcode != DNS_NOERROR || !query->name[0])
		return; /* the root is there, and has nothing that is asked for */
	if (!query->name_is_plain || !host_canonical(query->name, name) || host_is_address(name)) {
		answer->rcode = DNS_NXDOMAIN;
		return;
	}
	if (host_is_in(name, "localhost")) {
		answer_localhost(query, answer);
		return;
	}
	if (host_is_in(name, "arpa") && !host_is_in(name, "home.arpa")) { /* RFC 8375: those are hosts */
		answer_arpa(query, name, names, answer);
		return;
	}
	/* Also what does not exist: whoever watches the session wants to know of it, once. */
	index = names_allot(names, name, &is_new);
	outcome->is_full = index == 0;
	if (is_new)
		outcome->first_asked = names_at(names, index);
	if (is_nonexistent(name))
		answer->rcode = DNS_NXDOMAIN;
	else
		answer_host(query, index, answer);
}
