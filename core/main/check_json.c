/* SPDX-License-Identifier: MIT */
#include "core/main/check.h"

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/policy/settings_hints.h"

static void add_paths(struct buf *out, const char *name, const struct settings_paths *paths)
{
	_cleanup_strings_ struct strings names = STRINGS_EMPTY;

	for (size_t i = 0; i < paths->count; i++)
		strings_add(&names, paths->items[i].path);
	json_member_strings(out, name, &names);
}

static void add_files(struct buf *out, const struct check *check)
{
	const struct settings *settings = check->settings;

	json_member_bool(out, "filesystemDisabled", settings->filesystem_disabled);
	add_paths(out, "denyRead", &settings->deny_read);
	add_paths(out, "allowRead", &settings->allow_read);
	add_paths(out, "allowWrite", &settings->allow_write);
	add_paths(out, "denyWrite", &settings->deny_write);
	json_member_strings(out, "hidden", &check->hidden);
	json_member_strings(out, "writable", &check->writable);
	json_member_strings(out, "protected", &check->protected);
}

static void add_credentials(struct buf *out, const char *kind, const struct credentials *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct credential *credential = &list->items[i];

		if (out->data[out->length - 1] != '[')
			buf_addc(out, ',');
		buf_addc(out, '{');
		json_member_string(out, "kind", kind);
		json_member_string(out, "name", credential->name);
		json_member_string(out, "mode",
				   credential->mode == CREDENTIAL_MASK ? "mask" : "deny");
		json_member_strings(out, "injectHosts", &credential->inject_hosts);
		buf_addc(out, '}');
	}
}

static void add_unknown(struct buf *out, const struct strings *keys)
{
	json_key(out, "unknown");
	buf_addc(out, '[');
	for (size_t i = 0; i < keys->count; i++) {
		_cleanup_free_ char *meant = settings_nearest_field(keys->items[i]);

		buf_adds(out, i ? ",{" : "{");
		json_member_string(out, "key", keys->items[i]);
		json_member_string(out, "suggestion", meant);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

void check_add_json(struct buf *out, const struct check *check)
{
	const struct settings *settings = check->settings;

	add_files(out, check);
	json_member_strings(out, "allowedDomains", &settings->allowed_domains);
	json_member_strings(out, "deniedDomains", &settings->denied_domains);
	json_member_strings(out, "deniedResolvedAddresses", &settings->denied_resolved_addresses);
	json_member_bool(out, "unixSockets", settings->allow_all_unix_sockets);
	json_key(out, "credentials");
	buf_addc(out, '[');
	add_credentials(out, "file", &settings->credential_files);
	add_credentials(out, "variable", &settings->credential_vars);
	buf_addc(out, ']');
	json_member_strings(out, "unsupported", &check->unsupported);
	json_member_strings(out, "ignored", &settings->ignored_fields);
	add_unknown(out, &settings->unknown_keys);
	json_member_strings(out, "notes", &check->notes);
}
