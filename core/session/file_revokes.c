/* SPDX-License-Identifier: MIT */
/*
 * A grant holds for as long as a rule allows it. When the rules change, each is judged again;
 * what no rule allows any more is taken back. Where that takes another grant along, its rule makes
 * it anew when a program meets the mask.
 */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/session/file_parts.h"

static void free_grant(struct file_grant *grant)
{
	free(grant->target);
	free(grant->object);
	free(grant->mask);
	free(grant->rule);
	free(grant->rule_id);
}

void files_free(struct supervisor *s)
{
	for (size_t i = 0; i < s->grant_count; i++)
		free_grant(&s->grants[i]);
	free(s->grants);
	strings_free(&s->covered);
	strings_free(&s->told_denials);
}

static bool is_still_allowed(const struct supervisor *s, const struct file_grant *grant)
{
	const struct refused_file file = { .kind = grant->kind,
					   .object = grant->object,
					   .mask = grant->mask };
	struct judgement judgement;

	judge_file(&judgement, MODE_ENFORCE, &s->rules, &file);
	return judgement.verdict == VERDICT_ALLOW;
}

/* A write that is not allowed any more may leave reading. */
static bool is_hidden(const struct mount_plan *plan, const struct file_grant *grant)
{
	const struct mount *mount = mount_plan_find(plan, grant->target);

	return mount->type == MOUNT_MASK_DIR || mount->type == MOUNT_MASK_FILE;
}

void files_watch_or_pause(struct supervisor *s)
{
	bool changing = false;

	for (size_t i = 0; i < s->grant_count && !changing; i++)
		changing = s->grants[i].revoking;
	for (struct asked *a = s->questions; a && !changing; a = a->next)
		changing = a->mounting;
	/* Before anything is looked at again. */
	if (!changing && s->masks_stale)
		files_refresh_masks(s);
	notifier_set_paused(s->notifier, changing);
}

static int start_revoking(struct supervisor *s, struct file_grant *grant, struct err *e)
{
	struct broker_grant without = { .pin = grant->number,
					.target = grant->target,
					.mask = grant->mask };
	struct mount_plan plan;
	bool hidden;
	int result;

	if (!s->broker)
		return err_set(e, "the process that changes mounts has ended");
	if (files_plan_and_hold(s, &plan, NULL, grant->target, e) < 0)
		return -1;
	hidden = is_hidden(&plan, grant);
	grant->hidden = hidden;
	files_sort_below(&without, &plan, grant->target);
	grant->revoking = true;
	files_watch_or_pause(s);
	result = broker_revoke(s->broker, grant->number, &without, hidden, e);
	grant->revoking = result == 0;
	files_watch_or_pause(s);
	files_free_sorted(&without);
	mount_plan_free(&plan);
	return result;
}

void files_release_below(struct supervisor *s, const struct asked *asked, const char *target)
{
	for (size_t i = 0; i < s->grant_count; i++) {
		struct file_grant *grant = &s->grants[i];

		if (!grant->is_directory && !grant->revoking &&
		    path_is_strictly_below(grant->target, target) &&
		    (asked->rule.kind == ACCESS_WRITE || grant->kind != ACCESS_WRITE))
			start_revoking(s, grant, NULL);
	}
}

/* Nobody may believe that it is closed. */
static void revoke_failed(struct supervisor *s, const struct file_grant *grant, const char *why)
{
	_cleanup_free_ char *text =
		xasprintf("its rule is gone, but the sandbox keeps it: %s", why);
	struct access_event event = { .time_ms = clock_wall_ms(),
				      .kind = grant->kind,
				      .object = grant->target,
				      .verdict = VERDICT_ALLOW,
				      .why = text,
				      .count = 1 };

	supervisor_event(s, &event);
}

static void say_revoked(struct supervisor *s, uint64_t client, const char *id, const char *rule,
			const char *error)
{
	if (client)
		question_reply(s, client, id, !error, error ? error : rule);
}

bool files_rules_changed(struct supervisor *s, uint64_t client, const char *id, const char *rule)
{
	bool any = false;

	for (size_t i = 0; i < s->grant_count; i++) {
		struct file_grant *grant = &s->grants[i];
		struct err e = { 0 };

		if (grant->revoking || is_still_allowed(s, grant))
			continue;
		if (start_revoking(s, grant, &e) < 0) {
			revoke_failed(s, grant, e.message);
			continue;
		}
		/* One reply, with the last of them. */
		for (size_t k = 0; k < i; k++)
			if (s->grants[k].client == client)
				s->grants[k].client = 0;
		grant->client = client;
		free(grant->rule);
		free(grant->rule_id);
		grant->rule = xstrdup(rule);
		grant->rule_id = xstrdup(id);
		any = true;
	}
	return any;
}

void files_revoked(struct supervisor *s, const struct broker_reply *reply)
{
	for (size_t i = 0; i < s->grant_count; i++) {
		struct file_grant grant = s->grants[i];

		if (!grant.revoking || grant.number != reply->serial)
			continue;
		if (reply->error) {
			_cleanup_free_ char *text = xasprintf("still open: %s: %s", reply->step,
							      strerror(reply->error));

			s->grants[i].revoking = false;
			files_watch_or_pause(s);
			revoke_failed(s, &s->grants[i], text);
			say_revoked(s, grant.client, grant.rule_id, NULL, text);
			s->grants[i].client = 0;
			return;
		}
		s->grants[i] = s->grants[--s->grant_count];
		if (reply->covered && grant.hidden && grant.is_directory &&
		    !strings_contain(&s->covered, grant.target))
			strings_add(&s->covered, grant.target);
		s->masks_stale = true;
		files_watch_or_pause(s);
		say_revoked(s, grant.client, grant.rule_id, grant.rule, NULL);
		free_grant(&grant);
		return;
	}
}
