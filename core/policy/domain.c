/* SPDX-License-Identifier: MIT */
/*
 * Entries of allowedDomains and deniedDomains: their grammar, which is upstream's down to what it
 * lets pass unchecked, and their matching. An entry is taken apart once, by split_entry(), so that
 * the grammar and the matcher cannot disagree about where its port begins.
 */
#include "core/policy/domain.h"

#include <arpa/inet.h>
#include <libpsl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/policy/host.h"

#define PORT_MOST 65535
#define PORT_DIGITS_MOST 5
#define ANY_PORT 0

/* A part of an entry's text. */
struct part {
	const char *text;
	size_t length;
};

struct entry {
	struct part host; /* without brackets and zone */
	bool bracketed;
	int port; /* ANY_PORT if none is given */
};

static bool part_has(struct part part, char c)
{
	return memchr(part.text, c, part.length) != NULL;
}

static bool part_is(struct part part, const char *text)
{
	return part.length == strlen(text) && memcmp(part.text, text, part.length) == 0;
}

static bool part_is_ipv6(struct part part)
{
	unsigned char address[sizeof(struct in6_addr)];
	char copy[INET6_ADDRSTRLEN];

	if (part.length >= sizeof(copy))
		return false;
	memcpy(copy, part.text, part.length);
	copy[part.length] = '\0';
	return inet_pton(AF_INET6, copy, address) == 1;
}

static bool is_wildcard(struct part part)
{
	return part.length >= 2 && part.text[0] == '*' && part.text[1] == '.';
}

/* [1-9][0-9]{0,4} up to 65535, or -1. */
static int parse_port(const char *text)
{
	size_t length = strspn(text, "0123456789");
	int port = 0;

	if (length == 0 || length > PORT_DIGITS_MOST || text[length] || text[0] == '0')
		return -1;
	for (size_t i = 0; i < length; i++)
		port = port * 10 + (text[i] - '0');
	return port <= PORT_MOST ? port : -1;
}

/* Takes the port after a host's end: nothing, or ":port". */
static const char *take_port(struct entry *entry, const char *rest)
{
	entry->port = ANY_PORT;
	if (!*rest)
		return NULL;
	entry->port = *rest == ':' ? parse_port(rest + 1) : -1;
	return entry->port < 0 ? "The port must be a number from 1 to 65535" : NULL;
}

static const char *split_entry(const char *text, struct entry *entry)
{
	const char *colon = strchr(text, ':');
	const char *close;

	entry->bracketed = text[0] == '[';
	if (entry->bracketed) {
		close = strchr(text, ']');
		if (!close)
			return "The bracket is not closed";
		entry->host = (struct part){ text + 1, strcspn(text + 1, "%]") };
		return take_port(entry, close + 1);
	}
	if (colon && strchr(colon + 1, ':'))
		return "An IPv6 address must be written in brackets";
	entry->host = (struct part){ text, strcspn(text, ":") };
	return take_port(entry, text + entry->host.length);
}

/* How many parts between dots; 0 if one of them is empty. */
static size_t count_labels(struct part name)
{
	size_t count = 1, label = 0;

	for (size_t i = 0; i < name.length; i++, label++) {
		if (name.text[i] != '.')
			continue;
		if (label == 0)
			return 0;
		count++;
		label = (size_t)-1;
	}
	return label ? count : 0;
}

static const char *pattern_error(struct part host)
{
	if (host.length == 0)
		return "A domain cannot be empty";
	if (part_is_ipv6(host) || part_is(host, "localhost"))
		return NULL;
	if (part_has(host, '/'))
		return "Expected a host name, not a URL or a path";
	if (part_has(host, ':'))
		return "Expected a host name without a port";
	if (is_wildcard(host)) {
		struct part parent = { host.text + 2, host.length - 2 };

		if (count_labels(parent) < 2)
			return "A wildcard must cover a name of at least two parts, as in "
			       "*.example.com";
		return NULL;
	}
	if (part_has(host, '*'))
		return "A wildcard may only be the whole first part, as in *.example.com";
	if (!part_has(host, '.'))
		return "Expected a full domain name, localhost or an IP address";
	if (host.text[0] == '.' || host.text[host.length - 1] == '.')
		return "A domain cannot begin or end with a dot";
	return NULL;
}

const char *domain_host_pattern_error(const char *pattern)
{
	struct part host = { pattern, strlen(pattern) };
	struct entry entry;

	if (pattern[0] == '[') {
		const char *error = split_entry(pattern, &entry);

		if (error || entry.port != ANY_PORT)
			return "Expected a host name without a port";
		host = entry.host;
	}
	return pattern_error(host);
}

const char *domain_allow_entry_error(const char *entry_text)
{
	struct entry entry;
	const char *error = split_entry(entry_text, &entry);

	return error ? error : pattern_error(entry.host);
}

const char *domain_deny_entry_error(const char *entry_text)
{
	struct entry entry;
	const char *error = split_entry(entry_text, &entry);

	if (!error && !entry.bracketed && part_is(entry.host, "*"))
		return NULL;
	return error ? error : pattern_error(entry.host);
}

/* True if `host` ends with `suffix`, compared without case (of ASCII). */
static bool ends_with(struct part host, struct part suffix)
{
	const char *tail;

	if (host.length < suffix.length)
		return false;
	tail = host.text + host.length - suffix.length;
	for (size_t i = 0; i < suffix.length; i++)
		if (ascii_lower(tail[i]) != ascii_lower(suffix.text[i]))
			return false;
	return true;
}

/* Strictly below "*.parent". */
static bool is_below(struct part host, struct part wildcard)
{
	struct part dotted = { wildcard.text + 1, wildcard.length - 1 };

	return host.length > dotted.length && ends_with(host, dotted);
}

static bool is_same(struct part a, struct part b)
{
	return a.length == b.length && ends_with(a, b);
}

static bool pattern_matches(struct part pattern, const char *canonical_host)
{
	struct part host = { canonical_host, strlen(canonical_host) };
	char text[HOST_TEXT_SIZE], canonical[HOST_TEXT_SIZE];

	if (part_is(pattern, "*"))
		return true;
	if (is_wildcard(pattern))
		return !host_is_address(canonical_host) && is_below(host, pattern);
	if (!part_is_ipv6(pattern))
		return is_same(host, pattern);
	snprintf(text, sizeof(text), "%.*s", (int)pattern.length, pattern.text);
	return host_canonical(text, canonical) && strcmp(canonical, canonical_host) == 0;
}

bool domain_entry_matches(const char *entry_text, const char *canonical_host, int port)
{
	struct entry entry;

	if (split_entry(entry_text, &entry))
		return false;
	if (entry.port != ANY_PORT && entry.port != port)
		return false;
	return pattern_matches(entry.host, canonical_host);
}

bool domain_entry_covers(const char *entry_text, const char *host_pattern)
{
	struct part wanted = { host_pattern, strlen(host_pattern) };
	char canonical[HOST_TEXT_SIZE];
	struct entry entry;

	if (split_entry(entry_text, &entry))
		return false;
	if (part_is(entry.host, "*"))
		return true;
	if (is_wildcard(wanted)) {
		struct part below = { wanted.text + 1, wanted.length - 1 };

		return is_wildcard(entry.host) &&
		       (is_same(wanted, entry.host) || is_below(below, entry.host));
	}
	if (host_canonical(host_pattern, canonical) && host_is_address(canonical))
		return pattern_matches(entry.host, canonical);
	return is_wildcard(entry.host) ? is_below(wanted, entry.host) : is_same(wanted, entry.host);
}

static const char *find_match(const struct strings *entries, const char *canonical_host, int port)
{
	for (size_t i = 0; i < entries->count; i++)
		if (domain_entry_matches(entries->items[i], canonical_host, port))
			return entries->items[i];
	return NULL;
}

enum domain_verdict domain_lists_judge(const struct strings *allowed, const struct strings *denied,
				       const char *canonical_host, int port, const char **entry)
{
	enum domain_verdict verdict = DOMAIN_DENIED;
	const char *match = find_match(denied, canonical_host, port);

	if (!match) {
		match = find_match(allowed, canonical_host, port);
		verdict = match ? DOMAIN_ALLOWED : DOMAIN_NOT_LISTED;
	}
	if (entry)
		*entry = match;
	return verdict;
}

const char *domain_parent(const char *canonical_host)
{
	const psl_ctx_t *suffixes = psl_builtin();
	const char *dot = strchr(canonical_host, '.');

	/* Without the list nothing tells a domain from a public suffix. */
	if (!suffixes || !dot || host_is_address(canonical_host))
		return NULL;
	if (count_labels((struct part){ dot + 1, strlen(dot + 1) }) < 2)
		return NULL;
	return psl_is_public_suffix2(suffixes, dot + 1, PSL_TYPE_ANY) ? NULL : dot + 1;
}

void domain_format_endpoint(struct buf *out, const char *canonical_host, int port)
{
	bool bracket = strchr(canonical_host, ':') != NULL;

	buf_addf(out, bracket ? "[%s]:%d" : "%s:%d", canonical_host, port);
}

bool domain_split_endpoint(const char *endpoint, char host[HOST_TEXT_SIZE], int *port)
{
	struct part name = { endpoint, strcspn(endpoint, ":") };
	const char *rest = endpoint + name.length;
	int number;

	if (endpoint[0] == '[') {
		name = (struct part){ endpoint + 1, strcspn(endpoint + 1, "]") };
		rest = name.text + name.length;
		if (*rest != ']' || !part_has(name, ':'))
			return false;
		rest++;
	}
	if (name.length == 0 || name.length >= HOST_TEXT_SIZE || *rest != ':')
		return false;
	number = parse_port(rest + 1);
	if (number < 0)
		return false;
	memcpy(host, name.text, name.length);
	host[name.length] = '\0';
	*port = number;
	return true;
}
