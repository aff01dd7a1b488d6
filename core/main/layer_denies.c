/* SPDX-License-Identifier: MIT */
#include "core/main/layer_denies.h"

#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/main/report.h"
#include "core/main/settings_in_force.h"
#include "core/policy/path.h"
#include "core/sandbox/layer.h"

/* What is known of the server: where it ran last, and what may not be written or seen. */
static int ask_history(const char *server, char **cwd, struct strings *reads, struct strings *writes,
		       struct err *e)
{
	_cleanup_db_ struct db *db = NULL;
	struct session_row *sessions = NULL;
	struct rule *rules = NULL;
	size_t session_count = 0, rule_count = 0;

	if (open_history(&db, e) < 0)
		return -1;
	if (!db)
		return 0;
	if (db_sessions(db, server, 1, &sessions, &session_count, e) < 0)
		return -1;
	if (session_count && sessions[0].cwd && sessions[0].cwd[0] == '/')
		*cwd = xstrdup(sessions[0].cwd);
	session_rows_free(sessions, session_count);
	if (db_rules(db, server, &rules, &rule_count, e) < 0)
		return -1;
	for (size_t i = 0; i < rule_count; i++)
		if (rules[i].verdict == VERDICT_DENY && access_is_file(rules[i].kind))
			strings_add(rules[i].kind == ACCESS_WRITE ? writes : reads, rules[i].pattern);
	rules_free(rules, rule_count);
	return 0;
}

int layer_denies_make(struct mount_plan *plan, const struct layer_denies_request *request, struct err *e)
{
	_cleanup_in_force_ struct settings_in_force in_force = { .settings = NULL };
	_cleanup_strings_ struct strings roots = STRINGS_EMPTY, read_only = STRINGS_EMPTY;
	_cleanup_strings_ struct strings reads = STRINGS_EMPTY, writes = STRINGS_EMPTY;
	_cleanup_free_ char *cwd = NULL;
	struct mount_request wanted = { .home = request->home,
					.write_roots = &roots,
					.rule_deny_read = &reads,
					.rule_deny_write = &writes,
					.read_only = &read_only };

	if (settings_in_force_load(&in_force, request->settings, e) < 0 ||
	    ask_history(request->server, &cwd, &reads, &writes, e) < 0 ||
	    layer_list_roots(request->directory, &roots, e) < 0)
		return -1;
	wanted.settings = in_force.settings;
	if (in_force.path)
		strings_add(&read_only, in_force.path);
	wanted.cwd = cwd ? cwd : request->home;
	return mount_plan_make(plan, &wanted, e);
}

static bool is_deny(const struct mount *mount)
{
	return mount->type != MOUNT_BIND && mount->rule &&
	       (mount->origin == ORIGIN_SETTINGS || mount->origin == ORIGIN_RULE ||
		mount->origin == ORIGIN_OWN);
}

/* Where a whole tree goes, what is denied in it goes too. */
static const struct mount *find_below(const struct mount_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->count; i++)
		if (is_deny(&plan->items[i]) && path_is_strictly_below(plan->items[i].target, path))
			return &plan->items[i];
	return NULL;
}

void layer_denies_mark(struct layer_changes *changes, const struct mount_plan *plan)
{
	for (size_t i = 0; plan->count && i < changes->count; i++) {
		struct layer_change *change = &changes->items[i];
		const struct mount *mount = mount_plan_find(plan, change->path);

		if (change->refused)
			continue;
		if (mount && !is_deny(mount))
			mount = change->change == LAYER_DELETED ? find_below(plan, change->path) : NULL;
		if (mount)
			change->refused = mount->rule;
	}
}
