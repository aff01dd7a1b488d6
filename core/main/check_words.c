/* SPDX-License-Identifier: MIT */
/* A heading and a fact a row; a list goes on in rows without a heading. */
#include "core/main/check.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/main/report.h"
#include "core/policy/path.h"
#include "core/policy/settings_hints.h"
#include "core/policy/url.h"

/* Lines of one list: the rest is counted. */
#define LISTED_MOST 100

static void add_row(struct table *table, const char *heading, const char *fact)
{
	table_add(table, heading);
	table_add(table, fact);
}

static void add_list(struct table *table, const char *heading, const struct strings *facts)
{
	for (size_t i = 0; i < facts->count && i < LISTED_MOST; i++)
		add_row(table, i ? "" : heading, facts->items[i]);
	if (facts->count > LISTED_MOST) {
		table_add(table, "");
		table_addf(table, "and %zu more", facts->count - LISTED_MOST);
	}
}

/* How many places an entry of a list comes to on this machine. */
static size_t count_places(const struct check *check, const char *list, const char *entry)
{
	_cleanup_free_ char *rule = xasprintf("%s %s", list, entry);
	size_t count = 0;

	for (size_t i = 0; i < check->plan.count; i++)
		count += check->plan.items[i].rule && strcmp(check->plan.items[i].rule, rule) == 0;
	return count;
}

static void add_hiding(struct strings *facts, const struct check *check, const char *list,
		       const char *entry, const char *mark)
{
	size_t places = count_places(check, list, entry);

	if (places > 1)
		strings_addf(facts, "%s%s: %zu places now", entry, mark, places);
	else
		strings_addf(facts, "%s%s%s", entry, mark,
			     places ? "" : ": nothing of this name is there now");
}

static const char *literal_mark(const struct settings_path *entry)
{
	return entry->literal ? " (to the letter)" : "";
}

static void add_hidden(struct table *table, const struct check *check)
{
	const struct settings *settings = check->settings;
	_cleanup_strings_ struct strings facts = STRINGS_EMPTY;

	for (size_t i = 0; i < settings->deny_read.count; i++) {
		const struct settings_path *entry = &settings->deny_read.items[i];

		add_hiding(&facts, check, "denyRead", entry->path, literal_mark(entry));
	}
	for (size_t i = 0; i < settings->credential_files.count; i++)
		if (settings->credential_files.items[i].mode == CREDENTIAL_DENY)
			add_hiding(&facts, check, "credentials.files",
				   settings->credential_files.items[i].name, " (credential)");
	for (size_t i = 0; i < check->plan.count; i++)
		if (check->plan.items[i].rule &&
		    strncmp(check->plan.items[i].rule, "default ", 8) == 0 &&
		    check->plan.items[i].type != MOUNT_BIND)
			strings_addf(&facts, "%s (always)", check->plan.items[i].target);
	add_row(table, "reading",
		facts.count ? "every file but what is hidden" : "every file");
	add_list(table, "hidden", &facts);
}

static void add_paths(struct table *table, const char *heading, const struct settings_paths *paths)
{
	_cleanup_strings_ struct strings facts = STRINGS_EMPTY;

	for (size_t i = 0; i < paths->count; i++)
		strings_addf(&facts, "%s%s", paths->items[i].path, literal_mark(&paths->items[i]));
	add_list(table, heading, &facts);
}

static void add_places(struct table *table, const char *heading, const struct check *check,
		       const struct strings *places)
{
	_cleanup_strings_ struct strings facts = STRINGS_EMPTY;

	for (size_t i = 0; i < places->count; i++)
		strings_take(&facts, path_shorten(places->items[i], check->home));
	add_list(table, heading, &facts);
}

static void add_files(struct table *table, const struct check *check)
{
	const struct settings *settings = check->settings;

	if (settings->filesystem_disabled) {
		add_row(table, "files", "not restricted at all (filesystem.disabled)");
		return;
	}
	add_hidden(table, check);
	add_paths(table, "readable in it", &settings->allow_read);
	add_row(table, "writing", check->writable.count ? "nothing but" : "nothing");
	add_places(table, "", check, &check->writable);
	add_paths(table, "never written", &settings->deny_write);
	add_places(table, "always protected", check, &check->protected);
	if (settings->allow_git_config)
		add_row(table, "", ".git/config is not (filesystem.allowGitConfig)");
}

/* Where it is, and not with which credentials. */
static void add_parent(struct strings *facts, const char *what, const char *text)
{
	_cleanup_buf_ struct buf place = BUF_EMPTY;
	struct proxy_url url;

	if (!text)
		return;
	if (proxy_url_parse(&url, text)) {
		domain_format_endpoint(&place, url.host, url.port);
		strings_addf(facts, "%s leave by the proxy at %s", what, place.data);
	}
	proxy_url_free(&url);
}

static void add_own_proxy(struct strings *facts, const char *which, int port)
{
	if (port)
		strings_addf(facts, "port %d of this host takes the place of the %s proxy: what is sent "
				    "there is not held to these lists", port, which);
}

static void add_ways(struct table *table, const struct settings *settings)
{
	_cleanup_strings_ struct strings facts = STRINGS_EMPTY;

	add_own_proxy(&facts, "HTTP", settings->http_proxy_port);
	add_own_proxy(&facts, "SOCKS", settings->socks_proxy_port);
	for (size_t i = 0; i < settings->mitm_domains.count; i++)
		strings_addf(&facts, "%s is reached through %s", settings->mitm_domains.items[i],
			     settings->mitm_socket_path);
	add_parent(&facts, settings->parent_https ? "plain requests" : "connections",
		   settings->parent_http);
	add_parent(&facts, "tunnels", settings->parent_https);
	if (settings->refuse_opaque_tunnels)
		strings_add(&facts, "no tunnels, plain requests alone (network.refuseOpaqueTunnels)");
	add_list(table, "ways out", &facts);
}

static void add_hosts(struct table *table, const struct settings *settings)
{
	add_row(table, "network",
		settings->allowed_domains.count ? "these hosts and no others" :
						  "no host can be reached");
	add_list(table, "", &settings->allowed_domains);
	add_list(table, "hosts denied", &settings->denied_domains);
	add_list(table, "not if it is at", &settings->denied_resolved_addresses);
	add_ways(table, settings);
	add_row(table, "unix sockets",
		settings->allow_all_unix_sockets ?
			"all, those of other programs too (network.allowAllUnixSockets)" :
			"none can be made");
	add_list(table, "but, with srt-top run,", &settings->allow_unix_sockets);
}

static void add_variables(struct table *table, const struct credentials *variables)
{
	_cleanup_strings_ struct strings facts = STRINGS_EMPTY;

	for (size_t i = 0; i < variables->count; i++)
		if (variables->items[i].mode == CREDENTIAL_DENY)
			strings_addf(&facts, "%s is taken out of the environment",
				     variables->items[i].name);
	add_list(table, "credentials", &facts);
}

static void add_masks(struct table *table, const char *heading, const struct credentials *list)
{
	_cleanup_strings_ struct strings facts = STRINGS_EMPTY;

	for (size_t i = 0; i < list->count; i++) {
		const struct credential *credential = &list->items[i];
		_cleanup_buf_ struct buf hosts = BUF_EMPTY;

		if (credential->mode != CREDENTIAL_MASK)
			continue;
		for (size_t h = 0; h < credential->inject_hosts.count; h++)
			buf_addf(&hosts, "%s%s", h ? ", " : "", credential->inject_hosts.items[h]);
		strings_addf(&facts, "%s: a stand-in, and the real one only on the way to %s",
			     credential->name, hosts.length ? hosts.data : "hosts that are allowed");
	}
	add_list(table, heading, &facts);
}

static void add_remarks(struct table *table, const struct check *check)
{
	const struct settings *settings = check->settings;
	_cleanup_strings_ struct strings unknown = STRINGS_EMPTY;

	settings_hint_unknown_keys(settings, &unknown);
	if (check->unsupported.count)
		add_row(table, "not supported", "srt-top refuses to run with this file, for");
	add_list(table, "", &check->unsupported);
	add_list(table, "unused on Linux", &settings->ignored_fields);
	add_list(table, "warning", &unknown);
	add_list(table, "note", &check->notes);
}

void check_print_words(const struct check *check)
{
	const struct settings *settings = check->settings;
	struct table table = { .columns = 2 };

	add_files(&table, check);
	add_hosts(&table, settings);
	add_variables(&table, &settings->credential_vars);
	add_masks(&table, "masked files", &settings->credential_files);
	add_masks(&table, "masked variables", &settings->credential_vars);
	if (settings->enable_weaker_nested_sandbox)
		add_row(&table, "weaker", "the host's /proc is visible (enableWeakerNestedSandbox)");
	if (settings->allow_nested_user_namespaces)
		add_row(&table, "weaker", "user namespaces can be made (allowNestedUserNamespaces)");
	add_remarks(&table, check);
	table_print(&table);
}
