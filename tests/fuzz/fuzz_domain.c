/* SPDX-License-Identifier: MIT */
/*
 * Two lines: a host and an entry. A canonical host is a fixed point and passes every property
 * that matching, endpoints and parents rely on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_endpoint(const char *canonical)
{
	_cleanup_buf_ struct buf endpoint = BUF_EMPTY;
	char host[HOST_TEXT_SIZE];
	int port;

	domain_format_endpoint(&endpoint, canonical, 443);
	require(domain_split_endpoint(buf_text(&endpoint), host, &port));
	require(port == 443 && strcmp(host, canonical) == 0);
}

static void check_rules(const char *object)
{
	enum scope scopes[SCOPE_COUNT];
	size_t count = rule_scopes(ACCESS_CONNECT, object, false, scopes);

	for (size_t i = 0; i < count; i++) {
		struct rule rule = { 0 };
		struct err e;

		require(rule_make(&rule, "s", ACCESS_CONNECT, object, false, VERDICT_ALLOW,
				  scopes[i], DURATION_ONCE, &e) == 0);
		rule_free(&rule);
	}
}

static void check_lists(const char *canonical, const char *entry)
{
	struct strings allowed = STRINGS_EMPTY, denied = STRINGS_EMPTY;
	enum domain_verdict before, after;

	strings_add(&allowed, entry);
	before = domain_lists_judge(&allowed, &denied, canonical, 443, NULL);
	strings_add(&denied, entry);
	after = domain_lists_judge(&allowed, &denied, canonical, 443, NULL);
	require(after != DOMAIN_ALLOWED);
	require((before == DOMAIN_ALLOWED) == (after == DOMAIN_DENIED));
	strings_free(&allowed);
	strings_free(&denied);
}

static void check_canonical(const char *canonical, const char *entry)
{
	char again[HOST_TEXT_SIZE];
	const char *parent = domain_parent(canonical);

	require(host_canonical(canonical, again) && strcmp(again, canonical) == 0);
	require(strspn(canonical, "abcdefghijklmnopqrstuvwxyz0123456789._-:") == strlen(canonical));
	require(!parent || (parent > canonical && parent[-1] == '.' && strchr(parent, '.')));
	check_endpoint(canonical);
	check_lists(canonical, entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *host = xstrndup((const char *)data, size);
	char canonical[HOST_TEXT_SIZE], split[HOST_TEXT_SIZE];
	char *line = strchr(host, '\n');
	const char *entry = line ? line + 1 : "";
	int port;

	if (line)
		*line = '\0';
	if (!domain_allow_entry_error(entry))
		require(!domain_deny_entry_error(entry));
	(void)domain_host_pattern_error(entry);
	(void)domain_entry_covers(entry, host);
	check_rules(host);
	if (domain_split_endpoint(host, split, &port))
		require(port >= 1 && port <= 65535);
	if (host_canonical(host, canonical))
		check_canonical(canonical, entry);
	return 0;
}
