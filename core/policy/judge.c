/* SPDX-License-Identifier: MIT */
#include "core/policy/judge.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/path.h"

static const char *const mode_names[] = { "ask", "enforce", "learn" };

const char *mode_name(enum mode mode)
{
	return mode_names[mode];
}

bool mode_parse(const char *name, enum mode *mode)
{
	for (size_t i = 0; i < ARRAY_LENGTH(mode_names); i++)
		if (strcmp(name, mode_names[i]) == 0) {
			*mode = (enum mode)i;
			return true;
		}
	return false;
}

void rule_list_free(struct rule_list *list)
{
	rules_free(list->items, list->count);
	*list = (struct rule_list){ 0 };
}

void rule_list_add(struct rule_list *list, struct rule *rule)
{
	grow_array(list->items, list->count, list->capacity);
	list->items[list->count++] = *rule;
	memset(rule, 0, sizeof(*rule));
}

const struct rule *rule_list_find(const struct rule_list *list, enum access_kind kind,
				  const char *object)
{
	for (size_t i = list->count; i-- > 0;)
		if (rule_matches(&list->items[i], kind, object))
			return &list->items[i];
	return NULL;
}

static void say(struct judgement *out, enum verdict verdict, const char *why, const char *rule)
{
	out->verdict = verdict;
	out->matched = NULL;
	out->reason = NULL;
	snprintf(out->why, sizeof(out->why), "%s", why);
	snprintf(out->rule, sizeof(out->rule), "%s", rule ? rule : "");
}

/*
 * "Allow writing below ~" was not said of ~/.ssh. A link in there may lead out of it, to what a rule
 * names.
 */
static bool is_too_wide(const struct rule *rule, const char *object, const char *mask)
{
	return mask && rule->verdict == VERDICT_ALLOW && !path_is_below(rule->pattern, mask) &&
	       (path_is_below(object, mask) || strcmp(rule->pattern, object) != 0);
}

static bool by_rules(struct judgement *out, const struct rule_list *rules, enum access_kind kind,
		     const char *object, const char *mask)
{
	for (size_t i = rules->count; i-- > 0;) {
		_cleanup_free_ char *text = NULL;

		if (!rule_matches(&rules->items[i], kind, object) ||
		    is_too_wide(&rules->items[i], object, mask))
			continue;
		text = rule_text(&rules->items[i]);
		say(out, rules->items[i].verdict, "a rule of yours", text);
		out->matched = &rules->items[i];
		return true;
	}
	return false;
}

static void by_default(struct judgement *out, enum mode mode, const char *what)
{
	if (mode != MODE_ENFORCE)
		say(out, VERDICT_ASK, "no rule matches", NULL);
	else
		say(out, VERDICT_DENY, what, NULL);
}

void judge_file(struct judgement *out, enum mode mode, const struct rule_list *rules,
		const struct refused_file *file)
{
	if (file->fixed) {
		say(out, VERDICT_DENY, file->entry ? file->entry : "the settings file", file->entry);
		return;
	}
	if (by_rules(out, rules, file->kind, file->object, file->mask))
		return;
	by_default(out, mode,
		   file->entry ? file->entry : "default: not in a place that may be written");
	if (file->entry)
		snprintf(out->rule, sizeof(out->rule), "%s", file->entry);
}

/* deniedDomainReasons: for the exact text of the entry that matched. */
static const char *reason_for(const struct settings *settings, const char *entry)
{
	for (size_t i = 0; i < settings->denied_reason_count; i++)
		if (strcmp(settings->denied_reasons[i].entry, entry) == 0)
			return settings->denied_reasons[i].reason;
	return "host is on the deny list";
}

void judge_host(struct judgement *out, enum mode mode, const struct rule_list *rules,
		const struct settings *settings, const char *host, int port)
{
	_cleanup_buf_ struct buf object = BUF_EMPTY;
	enum domain_verdict listed;
	const char *entry = NULL;

	if (!host) {
		say(out, VERDICT_DENY, "malformed host", NULL);
		return;
	}
	domain_format_endpoint(&object, host, port);
	listed = domain_lists_judge(&settings->allowed_domains, &settings->denied_domains, host,
				    port, &entry);
	if (listed == DOMAIN_DENIED) {
		_cleanup_free_ char *text = xasprintf("deniedDomains %s", entry);

		say(out, VERDICT_DENY, reason_for(settings, entry), text);
		out->reason = reason_for(settings, entry);
		return;
	}
	if (by_rules(out, rules, ACCESS_CONNECT, buf_text(&object), NULL))
		return;
	if (listed == DOMAIN_ALLOWED) {
		_cleanup_free_ char *text = xasprintf("allowedDomains %s", entry);

		say(out, VERDICT_ALLOW, "the settings file", text);
		return;
	}
	/* strictAllowlist: nobody is asked. */
	by_default(out, settings->strict_allowlist ? MODE_ENFORCE : mode,
		   "host is not on the allow list");
}
