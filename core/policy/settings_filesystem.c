/* SPDX-License-Identifier: MIT */
#include "core/base/mem.h"
#include "core/policy/settings_check.h"

static void add_path(struct settings_paths *out, const char *path, bool literal)
{
	grow_array(out->items, out->count, out->capacity);
	out->items[out->count++] = (struct settings_path){ xstrdup(path), literal };
}

/* {"path": "<path>", "literal": true} and nothing else. */
static void read_literal(struct checker *c, const struct place *at, const cJSON *entry,
			 struct settings_paths *out)
{
	static const char *const known[] = { "path", "literal", NULL };
	const cJSON *path = check_member(entry, "path");
	struct place here = { .up = at, .key = "path" };

	if (!cJSON_IsObject(entry) || !cJSON_IsString(path) ||
	    !cJSON_IsTrue(check_member(entry, "literal"))) {
		check_spoiled(c, at,
			      "Expected a path, or { \"path\": \"<path>\", \"literal\": true }");
		return;
	}
	add_path(out, check_string(c, &here, path, path_error), true);
	check_keys(c, at, entry, known, true);
}

static void read_path(struct checker *c, const struct place *at, const cJSON *entry,
		      struct settings_paths *out)
{
	if (cJSON_IsString(entry))
		add_path(out, check_string(c, at, entry, path_error), false);
	else
		read_literal(c, at, entry, out);
}

static void read_paths(struct checker *c, const struct place *at, const cJSON *filesystem,
		       const char *key, enum presence presence, struct settings_paths *out)
{
	const cJSON *value = check_member(filesystem, key), *entry;
	struct place here = { .up = at, .key = key };
	struct place there = { .up = &here };

	if (!value && presence == OPTIONAL)
		return;
	if (!check_is_array(c, &here, value))
		return;
	cJSON_ArrayForEach(entry, value) {
		read_path(c, &there, entry, out);
		there.index++;
	}
}

void settings_read_filesystem(struct checker *c, const cJSON *top)
{
	static const char *const known[] = { "disabled",   "denyRead",	"allowRead",
					     "allowWrite", "denyWrite", "allowGitConfig",
					     NULL };
	const cJSON *filesystem = read_object(c, NULL, top, "filesystem", REQUIRED);
	struct place here = { .key = "filesystem" };
	struct settings *settings = c->settings;

	if (!filesystem)
		return;
	read_bool(c, &here, filesystem, "disabled", &settings->filesystem_disabled);
	read_paths(c, &here, filesystem, "denyRead", REQUIRED, &settings->deny_read);
	read_paths(c, &here, filesystem, "allowRead", OPTIONAL, &settings->allow_read);
	read_paths(c, &here, filesystem, "allowWrite", REQUIRED, &settings->allow_write);
	read_paths(c, &here, filesystem, "denyWrite", REQUIRED, &settings->deny_write);
	read_bool(c, &here, filesystem, "allowGitConfig", &settings->allow_git_config);
	check_keys(c, &here, filesystem, known, false);
}
