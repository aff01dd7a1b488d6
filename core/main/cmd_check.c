/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/report.h"
#include "core/policy/settings.h"

#define LISTED_MOST 6

static void add_heading(struct table *table, const char *heading)
{
	table_add(table, heading);
}

/* "a, b, c and 4 more", or `empty`. */
static void add_names(struct table *table, const char *heading, const struct strings *names,
		      const char *empty)
{
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	for (size_t i = 0; i < names->count && i < LISTED_MOST; i++)
		buf_addf(&text, "%s%s", i ? ", " : "", names->items[i]);
	if (names->count > LISTED_MOST)
		buf_addf(&text, " and %zu more", names->count - LISTED_MOST);
	add_heading(table, heading);
	table_add(table, names->count ? text.data : empty);
}

static void collect_paths(struct strings *names, const struct settings_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		strings_addf(names, "%s%s", paths->items[i].path,
			     paths->items[i].literal ? " (literal)" : "");
}

static void add_paths(struct table *table, const char *heading, const struct settings_paths *paths,
		      const char *empty)
{
	_cleanup_strings_ struct strings names = STRINGS_EMPTY;

	collect_paths(&names, paths);
	add_names(table, heading, &names, empty);
}

static void collect_credentials(struct strings *names, const struct credentials *credentials)
{
	for (size_t i = 0; i < credentials->count; i++)
		strings_addf(names, "%s (%s)", credentials->items[i].name,
			     credentials->items[i].mode == CREDENTIAL_MASK ? "mask" : "deny");
}

static void add_credentials(struct table *table, const char *heading,
			    const struct credentials *credentials)
{
	_cleanup_strings_ struct strings names = STRINGS_EMPTY;

	collect_credentials(&names, credentials);
	if (names.count)
		add_names(table, heading, &names, NULL);
}

static void add_optional(struct table *table, const char *heading, const struct strings *names)
{
	if (names->count)
		add_names(table, heading, names, NULL);
}

static void describe_files(struct table *table, const struct settings *settings)
{
	if (settings->filesystem_disabled) {
		add_heading(table, "files");
		table_add(table, "not restricted at all (filesystem.disabled)");
		return;
	}
	add_paths(table, "reads denied", &settings->deny_read, "nothing: every file can be read");
	if (settings->allow_read.count)
		add_paths(table, "but allowed", &settings->allow_read, NULL);
	add_paths(table, "writes allowed", &settings->allow_write, "nothing");
	if (settings->deny_write.count)
		add_paths(table, "but denied", &settings->deny_write, NULL);
	if (settings->allow_git_config) {
		add_heading(table, "git configuration");
		table_add(table, "writable (allowGitConfig)");
	}
}

static void describe(const struct settings *settings)
{
	struct table table = { .columns = 2 };
	const char *unsupported = settings_unsupported(settings);

	describe_files(&table, settings);
	add_names(&table, "hosts allowed", &settings->allowed_domains, "none: no network");
	add_optional(&table, "hosts denied", &settings->denied_domains);
	if (settings->allow_all_unix_sockets) {
		add_heading(&table, "unix sockets");
		table_add(&table, "all (allowAllUnixSockets)");
	} else {
		add_optional(&table, "unix sockets", &settings->allow_unix_sockets);
	}
	add_credentials(&table, "credential files", &settings->credential_files);
	add_credentials(&table, "credential variables", &settings->credential_vars);
	if (settings->enable_weaker_nested_sandbox) {
		add_heading(&table, "weaker");
		table_add(&table, "the host's /proc is visible (enableWeakerNestedSandbox)");
	}
	if (settings->unknown_keys.count)
		add_names(&table, "ignored keys", &settings->unknown_keys, NULL);
	if (unsupported) {
		add_heading(&table, "not supported");
		table_addf(&table, "%s: srt-top run refuses this file", unsupported);
	}
	table_print(&table);
}

static void add_json_paths(struct buf *out, const char *name, const struct settings_paths *paths)
{
	_cleanup_strings_ struct strings names = STRINGS_EMPTY;

	for (size_t i = 0; i < paths->count; i++)
		strings_add(&names, paths->items[i].path);
	json_member_strings(out, name, &names);
}

static void describe_json(struct buf *out, const struct settings *settings)
{
	json_member_bool(out, "filesystemDisabled", settings->filesystem_disabled);
	add_json_paths(out, "denyRead", &settings->deny_read);
	add_json_paths(out, "allowRead", &settings->allow_read);
	add_json_paths(out, "allowWrite", &settings->allow_write);
	add_json_paths(out, "denyWrite", &settings->deny_write);
	json_member_strings(out, "allowedDomains", &settings->allowed_domains);
	json_member_strings(out, "deniedDomains", &settings->denied_domains);
	json_member_strings(out, "ignored", &settings->unknown_keys);
	json_member_string(out, "unsupported", settings_unsupported(settings));
}

static int check_json(const char *path)
{
	_cleanup_settings_ struct settings *settings = NULL;
	_cleanup_buf_ struct buf line = BUF_EMPTY;
	struct err e;
	bool found;
	bool valid = settings_load(&settings, &found, path, true, &e) == 0;

	buf_addc(&line, '{');
	json_member_integer(&line, "v", 1);
	json_member_string(&line, "file", path);
	json_member_bool(&line, "valid", valid);
	json_member_string(&line, "error", valid ? NULL : e.message);
	if (valid)
		describe_json(&line, settings);
	buf_addc(&line, '}');
	print_line(&line);
	return report_end() || !valid;
}

int cmd_check(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	_cleanup_settings_ struct settings *settings = NULL;
	bool json = false, found;
	const struct option_spec specs[] = { { 0, "json", &json, NULL } };
	struct err e;
	int status = report_options("check", specs, ARRAY_LENGTH(specs), argc, argv, &operands);

	if (status >= 0)
		return status;
	if (operands.count != 1) {
		err_set(&e, "check takes the name of one settings file");
		return report_misuse("check", &e);
	}
	if (json)
		return check_json(operands.items[0]);
	if (settings_load(&settings, &found, operands.items[0], true, &e) < 0)
		return report_failure(&e);
	describe(settings);
	return report_end();
}
