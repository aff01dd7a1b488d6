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

#include "core/base/mem.h"
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
	struct part host; /* of the text, or canonical */
	int port;	  /* ANY_PORT if none is given */
	char canonical[HOST_TEXT_SIZE];
};

static struct part whole(const char *text)
{
	return (struct part){ text, strlen(text) };
}

static bool part_has(struct part part, char c)
{
	return memchr(part.text, c, part.length) != NULL;
}

static bool part_is(struct part part, const char *text)
{
	return part.length == strlen(text) && memcmp(part.text, text, part.length) == 0;
}

static bool part_is_address(struct part part, int family)
{
	unsigned char address[sizeof(struct in6_addr)];
	char copy[INET6_ADDRSTRLEN];

	if (part.length >= sizeof(copy))
		return false;
	memcpy(copy, part.text, part.length);
	copy[part.length] = '\0';
	return inet_pton(family, copy, address) == 1;
}

/* An IPv6 address with or without a zone. */
static bool part_is_ipv6(struct part part)
{
	static const char zone[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:";
	const char *percent = memchr(part.text, '%', part.length);
	size_t length = percent ? (size_t)(percent - part.text) : part.length;

	if (percent && (length + 1 == part.length ||
			length + 1 + strspn(percent + 1, zone) < part.length))
		return false;
	return part_is_address((struct part){ part.text, length }, AF_INET6);
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

/* The host without its zone, in the form that hosts are judged in where it has one. */
static void take_host(struct entry *entry, struct part text)
{
	const char *percent = memchr(text.text, '%', text.length);

	if (percent)
		text.length = (size_t)(percent - text.text);
	entry->host = text;
	if (host_of_authority(text.text, text.length, entry->canonical))
		entry->host = whole(entry->canonical);
}

/* "[host]" and what follows it: a port, nothing, or else it is no bracketed host at all. */
static void split_bracketed(const char *text, const char *close, struct entry *entry)
{
	const char *rest = close + 1;
	int port = *rest == ':' ? parse_port(rest + 1) : -1;

	if (*rest && port < 0)
		return;
	if (*rest)
		entry->port = port;
	take_host(entry, (struct part){ text + 1, (size_t)(close - text) - 1 });
}

/*
 * Never fails: what is no host with a port stays whole, and is then no valid pattern for the
 * colon in it. *entry must not be copied: it may point into itself.
 */
static void split_entry(const char *text, struct entry *entry)
{
	const char *colon = strchr(text, ':');
	int port;

	entry->host = whole(text);
	entry->port = ANY_PORT;
	if (text[0] == '[') {
		const char *close = strchr(text, ']');

		if (close)
			split_bracketed(text, close, entry);
	} else if (colon && strchr(colon + 1, ':')) {
		take_host(entry, entry->host);
	} else if (colon) {
		port = parse_port(colon + 1);
		if (port < 0)
			return;
		entry->port = port;
		entry->host.length = (size_t)(colon - text);
	}
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

/* How upstream's message begins: what a script may look for. */
#define INVALID "Invalid domain pattern. "

static const char *pattern_error(struct part host)
{
	if (host.length == 0)
		return INVALID "A domain cannot be empty";
	if (part_is_ipv6(host) || part_is(host, "localhost"))
		return NULL;
	if (part_has(host, '/'))
		return INVALID "Expected a host name, not a URL or a path";
	if (part_has(host, ':'))
		return INVALID "Expected a host without what follows the colon: a port is a number "
			       "from 1 to 65535 at the end of a list entry";
	if (is_wildcard(host)) {
		struct part parent = { host.text + 2, host.length - 2 };

		if (count_labels(parent) < 2)
			return INVALID "A wildcard must cover a name of at least two parts, as in "
				       "*.example.com";
		return NULL;
	}
	if (part_has(host, '*'))
		return INVALID "A wildcard may only be the whole first part, as in *.example.com";
	if (!part_has(host, '.'))
		return INVALID "Expected a full domain name, localhost or an IP address";
	if (host.text[0] == '.' || host.text[host.length - 1] == '.')
		return INVALID "A domain cannot begin or end with a dot";
	return NULL;
}

const char *domain_host_pattern_error(const char *pattern)
{
	return pattern_error(whole(pattern));
}

static const char *entry_error(const char *text, bool deny)
{
	const char *colon = strchr(text, ':');
	struct entry entry;

	if (text[0] != '[' && colon && strchr(colon + 1, ':'))
		return INVALID "An IPv6 address must be written in brackets";
	split_entry(text, &entry);
	return deny && part_is(entry.host, "*") ? NULL : pattern_error(entry.host);
}

const char *domain_allow_entry_error(const char *entry_text)
{
	return entry_error(entry_text, false);
}

const char *domain_deny_entry_error(const char *entry_text)
{
	return entry_error(entry_text, true);
}

/*
 * Takes the last character off, in lower case. The Kelvin sign is the one character beyond ASCII
 * whose lower case is ASCII.
 */
static char take_last(struct part *part)
{
	static const char kelvin[] = "\xe2\x84\xaa";

	if (part->length >= 3 && memcmp(part->text + part->length - 3, kelvin, 3) == 0) {
		part->length -= 3;
		return 'k';
	}
	return ascii_lower(part->text[--part->length]);
}

static bool is_same_ascii(struct part a, struct part b)
{
	char last = a.text[a.length - 1];

	return last == b.text[b.length - 1] && (unsigned char)last < 0x80;
}

/* True if `host` ends with `suffix`, compared without case; *left gets how much is before it. */
static bool ends_with(struct part host, struct part suffix, size_t *left)
{
	/* Mostly the bytes are the same already; those of longer characters are looked at below. */
	while (suffix.length && host.length && is_same_ascii(host, suffix)) {
		host.length--;
		suffix.length--;
	}
	while (suffix.length)
		if (host.length == 0 || take_last(&host) != take_last(&suffix))
			return false;
	*left = host.length;
	return true;
}

/* Below "*.parent": the dot makes it strict, since no canonical host begins with one. */
static bool is_below(struct part host, struct part wildcard)
{
	struct part dotted = { wildcard.text + 1, wildcard.length - 1 };
	size_t left;

	return ends_with(host, dotted, &left);
}

static bool is_same(struct part a, struct part b)
{
	size_t left;

	return ends_with(a, b, &left) && left == 0;
}

static bool pattern_matches(struct part pattern, struct part host)
{
	if (part_is(pattern, "*"))
		return true;
	if (!is_wildcard(pattern))
		return is_same(host, pattern);
	return is_below(host, pattern) && !part_is_address(host, AF_INET) && !part_is_ipv6(host);
}

static bool entry_matches(const char *entry_text, struct part canonical_host, int port)
{
	struct entry entry;

	split_entry(entry_text, &entry);
	if (entry.port != ANY_PORT && entry.port != port)
		return false;
	return pattern_matches(entry.host, canonical_host);
}

bool domain_entry_matches(const char *entry_text, const char *canonical_host, int port)
{
	return entry_matches(entry_text, whole(canonical_host), port);
}

char *domain_entry_host(const char *entry_text)
{
	struct entry entry;

	split_entry(entry_text, &entry);
	return xstrndup(entry.host.text, entry.host.length);
}

bool domain_entry_covers(const char *entry_text, const char *host_pattern)
{
	struct part wanted = whole(host_pattern);
	struct entry entry;

	split_entry(entry_text, &entry);
	if (!is_wildcard(wanted))
		return pattern_matches(entry.host, wanted);
	if (!is_wildcard(entry.host))
		return false;
	return is_same(wanted, entry.host) ||
	       is_below((struct part){ wanted.text + 2, wanted.length - 2 }, entry.host);
}

static const char *find_match(const struct strings *entries, const char *canonical_host, int port)
{
	struct part host = whole(canonical_host);

	for (size_t i = 0; i < entries->count; i++)
		if (entry_matches(entries->items[i], host, port))
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
