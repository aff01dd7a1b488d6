/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_ROUTE_CHOICE_H
#define CORE_NET_ROUTE_CHOICE_H

/*
 * Which way a permitted destination is reached: through the unix socket of network.mitmProxy,
 * through a parent proxy, or directly. Pure; proxy_route.c goes the way.
 */
#include "core/base/err.h"
#include "core/net/ip.h"
#include "core/policy/settings.h"
#include "core/policy/url.h"

/* A NO_PROXY list, taken apart. */
struct no_proxy {
	bool all;
	struct strings suffixes; /* lower case; with a leading dot where they were given with one */
	struct ip_range *ranges;
	size_t range_count, range_capacity;
};

void no_proxy_parse(struct no_proxy *list, const char *text);
void no_proxy_free(struct no_proxy *list);
/* The host is canonical. Loopback addresses and "localhost" always match. */
bool no_proxy_matches(const struct no_proxy *list, const char *host);

enum route_kind { ROUTE_DIRECT, ROUTE_UNIX_SOCKET, ROUTE_PARENT };

struct route {
	enum route_kind kind;
	const char *socket_path;	/* ROUTE_UNIX_SOCKET; borrowed from the rules */
	const struct proxy_url *parent; /* ROUTE_PARENT; borrowed likewise */
};

struct route_rules {
	char *socket_path; /* NULL: no mitmProxy */
	struct strings socket_domains;
	bool has_http, has_https;
	struct proxy_url http, https;
	struct no_proxy no_proxy;
};

#define ROUTE_RULES_EMPTY { 0 }

/*
 * From the settings and, where they leave a parent proxy's URL or its exceptions open, from the
 * variables of `environment` (NULL = none): HTTP_PROXY, HTTPS_PROXY, NO_PROXY or their names in
 * lower case. A variable that holds no URL of a proxy is ignored. 0, or -1 with *e for a parent
 * that would have to be spoken to in TLS and for a setting that cannot be followed; *rules is to
 * be freed in either case.
 */
int route_rules_read(struct route_rules *rules, const struct settings *settings,
		     char *const *environment, struct err *e);
void route_rules_free(struct route_rules *rules);

/*
 * `opaque`: the destination gets a tunnel, or is asked for in an https URL. Those go to the parent
 * for https, or else to the one for http; plain requests know the latter alone.
 */
struct route route_choose(const struct route_rules *rules, const char *canonical_host, bool opaque);

#endif
