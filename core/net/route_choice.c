/* SPDX-License-Identifier: MIT */
#include "core/net/route_choice.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/policy/host.h"

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static char *lowered(const char *text, size_t length)
{
	char *copy = xstrndup(text, length);

	for (char *c = copy; *c; c++)
		*c = ascii_lower(*c);
	return copy;
}

static void add_range(struct no_proxy *list, const struct ip_range *range)
{
	grow_array(list->ranges, list->range_count, list->range_capacity);
	list->ranges[list->range_count++] = *range;
}

/* "[v6]" and "[v6]:port" become v6, "*.name" becomes ".name". In place. */
static char *unwrap(char *entry)
{
	char *end = entry[0] == '[' ? strchr(entry, ']') : NULL;

	if (end && end > entry + 1 &&
	    (!end[1] || (end[1] == ':' && end[2] && !end[2 + strspn(end + 2, "0123456789")]))) {
		*end = '\0';
		entry++;
	}
	if (strncmp(entry, "*.", 2) == 0)
		entry++;
	return entry;
}

static void add_entry(struct no_proxy *list, const char *text, size_t length)
{
	_cleanup_free_ char *copy = lowered(text, length);
	char *entry = copy, *colon;
	struct ip_range range;

	if (strcmp(entry, "*") == 0) {
		list->all = true;
		return;
	}
	if (strchr(entry, '/')) {
		if (ip_range_parse(&range, entry))
			add_range(list, &range);
		return;
	}
	entry = unwrap(entry);
	if (ip_range_parse(&range, entry)) {
		add_range(list, &range);
		return;
	}
	colon = strrchr(entry, ':');
	if (colon && colon[1] && !colon[1 + strspn(colon + 1, "0123456789")])
		*colon = '\0'; /* ports are not looked at */
	if (*entry)
		strings_add(&list->suffixes, entry);
}

void no_proxy_parse(struct no_proxy *list, const char *text)
{
	*list = (struct no_proxy){ 0 };
	while (*text) {
		size_t length = strcspn(text, ","), from = 0, to = length;

		while (from < to && is_space(text[from]))
			from++;
		while (to > from && is_space(text[to - 1]))
			to--;
		if (to > from)
			add_entry(list, text + from, to - from);
		text += length + (text[length] == ',');
	}
}

void no_proxy_free(struct no_proxy *list)
{
	strings_free(&list->suffixes);
	free(list->ranges);
	*list = (struct no_proxy){ 0 };
}

/* "x.com" and ".x.com" cover x.com and what is below it. */
static bool suffix_matches(const char *suffix, const char *host)
{
	suffix += suffix[0] == '.';
	return *suffix && host_is_in(host, suffix);
}

bool no_proxy_matches(const struct no_proxy *list, const char *host)
{
	struct ip ip;

	if (strcmp(host, "localhost") == 0 || list->all)
		return true;
	if (ip_from_text(&ip, host)) {
		if (ip_is_loopback(&ip))
			return true;
		for (size_t i = 0; i < list->range_count; i++)
			if (ip_range_covers(&list->ranges[i], &ip))
				return true;
	}
	for (size_t i = 0; i < list->suffixes.count; i++)
		if (suffix_matches(list->suffixes.items[i], host))
			return true;
	return false;
}

/* The value of the first of two variables that is set, be it empty. */
static const char *variable(char *const *environment, const char *upper, const char *lower)
{
	const char *const names[] = { upper, lower };

	for (size_t i = 0; environment && i < ARRAY_LENGTH(names); i++) {
		size_t length = strlen(names[i]);

		for (char *const *word = environment; *word; word++)
			if (strncmp(*word, names[i], length) == 0 && (*word)[length] == '=')
				return *word + length + 1;
	}
	return NULL;
}

static int read_parent(struct proxy_url *url, bool *found, const char *setting,
		       const char *from_environment, const char *name, struct err *e)
{
	const char *text = setting ? setting : from_environment;

	if (!text || !*text)
		return 0;
	if (!proxy_url_parse(url, text)) {
		if (!setting)
			return 0;
	} else if (!url->https) {
		*found = true;
		return 0;
	}
	return err_set(e,
		       "%s names a parent proxy by a URL other than http://: one that is spoken to "
		       "in TLS or by another protocol is not supported",
		       setting ? "network.parentProxy" : name);
}

int route_rules_read(struct route_rules *rules, const struct settings *settings,
		     char *const *environment, struct err *e)
{
	const char *no_proxy = settings->parent_no_proxy;

	*rules = (struct route_rules){ .socket_path = xstrdup(settings->mitm_socket_path) };
	strings_copy(&rules->socket_domains, &settings->mitm_domains);
	if (!no_proxy)
		no_proxy = variable(environment, "NO_PROXY", "no_proxy");
	no_proxy_parse(&rules->no_proxy, no_proxy ? no_proxy : "");
	if (read_parent(&rules->http, &rules->has_http, settings->parent_http,
			variable(environment, "HTTP_PROXY", "http_proxy"), "HTTP_PROXY", e) < 0)
		return -1;
	return read_parent(&rules->https, &rules->has_https, settings->parent_https,
			   variable(environment, "HTTPS_PROXY", "https_proxy"), "HTTPS_PROXY", e);
}

void route_rules_free(struct route_rules *rules)
{
	free(rules->socket_path);
	strings_free(&rules->socket_domains);
	proxy_url_free(&rules->http);
	proxy_url_free(&rules->https);
	no_proxy_free(&rules->no_proxy);
	*rules = (struct route_rules)ROUTE_RULES_EMPTY;
}

/* Host patterns have no port, so a colon means an IPv6 address, in brackets or not. */
static bool pattern_matches(const char *pattern, const char *host)
{
	char canonical[HOST_TEXT_SIZE];

	if (!strchr(pattern, ':'))
		return domain_entry_matches(pattern, host, 0);
	return host_canonical(pattern, canonical) && strcmp(canonical, host) == 0;
}

struct route route_choose(const struct route_rules *rules, const char *canonical_host, bool opaque)
{
	struct route route = { .kind = ROUTE_DIRECT };

	for (size_t i = 0; rules->socket_path && i < rules->socket_domains.count; i++)
		if (pattern_matches(rules->socket_domains.items[i], canonical_host))
			return (struct route){ .kind = ROUTE_UNIX_SOCKET,
					       .socket_path = rules->socket_path };
	if ((!rules->has_http && !(opaque && rules->has_https)) ||
	    no_proxy_matches(&rules->no_proxy, canonical_host))
		return route;
	route.kind = ROUTE_PARENT;
	route.parent = opaque && rules->has_https ? &rules->https : &rules->http;
	return route;
}
