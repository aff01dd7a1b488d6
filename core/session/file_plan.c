/* SPDX-License-Identifier: MIT */
/*
 * From the rules to the mounts. A grant is the difference that a rule makes to the plan: the plan
 * is made again with the rule, and everything that it has below the granted place goes along, so
 * that nothing hidden or protected there comes bare.
 */
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/session/file_parts.h"

#define PLANS_MOST 100

/* What the rules say to the plan. */
struct ruled {
	struct strings reads, writes, denied_reads, denied_writes;
};

static void ruled_free(struct ruled *ruled)
{
	strings_free(&ruled->reads);
	strings_free(&ruled->writes);
	strings_free(&ruled->denied_reads);
	strings_free(&ruled->denied_writes);
}

static void collect(struct ruled *ruled, const struct rule *rule)
{
	bool writes = rule->kind == ACCESS_WRITE;

	if (!access_is_file(rule->kind) || rule->duration == DURATION_ONCE)
		return;
	if (rule->verdict == VERDICT_ALLOW)
		strings_add(writes ? &ruled->writes : &ruled->reads, rule->pattern);
	else if (writes)
		strings_add(&ruled->denied_writes, rule->pattern);
	else if (rule->kind == ACCESS_READ)
		strings_add(&ruled->denied_reads, rule->pattern);
}

/* Each where no newer one says otherwise about the very same. */
static void collect_all(struct ruled *ruled, const struct rule_list *rules,
			const struct rule *extra)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->items[i];
		const struct rule *last = rule_list_find(rules, rule->kind, rule->pattern);

		if (extra && rule_matches(extra, rule->kind, rule->pattern))
			last = extra;
		if (!last || last->verdict == rule->verdict)
			collect(ruled, rule);
	}
	if (extra)
		collect(ruled, extra);
}

static bool masks_sensitive(const struct supervisor_options *o)
{
	return o->mode != MODE_ENFORCE || (!o->settings_path && !o->settings_nameless && !o->drop_in);
}

void files_find_project_files(struct supervisor *s)
{
	_cleanup_strings_ struct strings command = STRINGS_EMPTY;

	if (!masks_sensitive(s->options))
		return;
	for (size_t i = 0; s->options->command[i]; i++)
		strings_add(&command, s->options->command[i]);
	project_environment_files(s->home, s->cwd, &command, &s->project_files);
}

int files_plan(struct supervisor *s, struct mount_plan *plan, const struct rule *extra,
	       struct err *e)
{
	struct ruled ruled = { .reads = STRINGS_EMPTY };
	_cleanup_strings_ struct strings read_only = STRINGS_EMPTY;
	int result;
	const struct supervisor_options *o = s->options;
	struct mount_request request = {
		.settings = o->settings,
		.home = s->home,
		.cwd = s->cwd,
		.mask_sensitive = masks_sensitive(o),
		.project_files = &s->project_files,
		.rule_read = &ruled.reads,
		.rule_write = &ruled.writes,
		.rule_deny_read = &ruled.denied_reads,
		.rule_deny_write = &ruled.denied_writes,
		.fakes = s->credentials.fakes,
		.fake_count = s->credentials.fake_count,
		.own = &s->own,
		.read_only = &read_only,
		.write_roots = &s->learning.roots,
		.protected_roots = &s->learning.protected_roots,
		.separate_cwd = !o->drop_in,
	};

	collect_all(&ruled, &s->rules, extra);
	if (o->settings_path)
		strings_add(&read_only, o->settings_path);
	*plan = (struct mount_plan){ 0 };
	result = mount_plan_make(plan, &request, e);
	ruled_free(&ruled);
	return result;
}

int files_plan_and_hold(struct supervisor *s, struct mount_plan *plan, const struct rule *extra,
			const char *within, struct err *e)
{
	/* Somebody who makes and removes files all the time can keep a plan from ever being true. */
	for (unsigned tries = 0; tries < PLANS_MOST; tries++) {
		int held;

		if (files_plan(s, plan, extra, e) < 0)
			return -1;
		held = placeholders_hold(&s->placeholders, plan, within, e);
		if (held == 0)
			return 0;
		mount_plan_free(plan);
		if (held < 0)
			return -1;
	}
	return err_set(e, "what is to be protected does not stop changing");
}

bool files_is_pin(const struct mount *mount)
{
	return mount->origin == ORIGIN_BASE && mount->type == MOUNT_RO_BIND;
}

/* A file that a rule opens for writing, in a directory that is open for it anyway. */
static bool is_needless(const struct mount_plan *plan, const struct mount *mount)
{
	_cleanup_free_ char *parent = NULL;
	const struct mount *above;

	if (mount->type != MOUNT_BIND || mount->origin != ORIGIN_RULE)
		return false;
	above = mount_plan_find(plan, mount->target);
	if (above != mount)
		return above->type == MOUNT_BIND;
	parent = path_parent(mount->target);
	above = mount_plan_find(plan, parent);
	return above->type == MOUNT_BIND && above < mount;
}

void files_sort_below(struct broker_grant *grant, const struct mount_plan *plan, const char *target)
{
	struct mount *below = xmalloc((plan->count + 1) * sizeof(*below));
	struct mount *pins = xmalloc((plan->count + 1) * sizeof(*pins));

	for (size_t i = 0; i < plan->count; i++) {
		const struct mount *mount = &plan->items[i];

		if (strcmp(mount->target, target) == 0 || !path_is_below(mount->target, target) ||
		    is_needless(plan, mount))
			continue;
		if (files_is_pin(mount))
			pins[grant->pin_count++] = *mount;
		else
			below[grant->below_count++] = *mount;
	}
	grant->below = below;
	grant->pins = pins;
}

void files_free_sorted(struct broker_grant *grant)
{
	free((void *)grant->below);
	free((void *)grant->pins);
}

void files_refresh_masks(struct supervisor *s)
{
	struct masks *masks = xcalloc(1, sizeof(*masks));
	struct mount_plan plan;

	s->masks_stale = false;
	if (files_plan(s, &plan, NULL, NULL) < 0) {
		free(masks);
		return;
	}
	/* Not in the plan of a start: there they would not exist, or lie below a mask. */
	for (size_t i = 0; i < s->covered.count; i++)
		mount_plan_add(&plan, MOUNT_MASK_DIR, ORIGIN_SENSITIVE, NULL, s->covered.items[i],
			       "no rule allows it any more");
	masks_find(masks, &plan, s->sandbox.root);
	mount_plan_free(&s->plan);
	s->plan = plan;
	if (s->masks_count)
		masks_keep(masks, s->masks[s->masks_count - 1]);
	grow_array(s->masks, s->masks_count, s->masks_capacity);
	s->masks[s->masks_count++] = masks;
	notifier_set_masks(s->notifier, masks);
}
