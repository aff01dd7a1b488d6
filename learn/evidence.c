/* SPDX-License-Identifier: MIT */
#include "learn/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/path.h"
#include "learn/entries.h"

/* --- facts --- */

bool fact_stands(const struct fact *fact)
{
	return fact->allowed && (!fact->denied || fact->allowed_ms > fact->denied_ms);
}

bool fact_refused(const struct fact *fact)
{
	return fact->denied && !fact_stands(fact);
}

static int compare_rows(const void *a, const void *b)
{
	const struct access_row *left = *(const struct access_row *const *)a;
	const struct access_row *right = *(const struct access_row *const *)b;
	int order = strcmp(left->object, right->object);

	/* Only for an order that does not depend on the input's. */
	return order ? order : strcmp(left->exe ? left->exe : "", right->exe ? right->exe : "");
}

static void add_row(struct fact *fact, const struct access_row *row)
{
	if (row->verdict == VERDICT_DENY) {
		if (!fact->denied || row->last_ms > fact->denied_ms)
			fact->denied_ms = row->last_ms;
		fact->denied = true;
		return;
	}
	if (!fact->allowed || row->last_ms > fact->allowed_ms)
		fact->allowed_ms = row->last_ms;
	fact->allowed = true;
	fact->created = fact->created || row->created;
	fact->count += row->count;
	if (row->runs > fact->runs)
		fact->runs = row->runs;
	if (!fact->exe) {
		fact->exe = row->exe;
		fact->programs = row->programs;
	}
}

/* An access that was allowed and failed shows no need. */
static bool counts(const struct access_row *row, enum access_kind kind)
{
	if (row->kind != kind || !row->object)
		return false;
	return row->verdict == VERDICT_DENY || (row->verdict == VERDICT_ALLOW && row->error == 0);
}

static void collect_facts(struct facts *facts, const struct export_input *input,
			  enum access_kind kind)
{
	_cleanup_free_ const struct access_row **rows =
		xcalloc(input->access_count + 1, sizeof(struct access_row *));
	size_t count = 0;

	for (size_t i = 0; i < input->access_count; i++) {
		const struct access_row *row = &input->accesses[i];

		if (counts(row, kind) &&
		    (!access_is_file(kind) || path_is_spelled_plainly(row->object)))
			rows[count++] = row;
	}
	if (!count)
		return;
	qsort(rows, count, sizeof(*rows), compare_rows);
	facts->items = xcalloc(count, sizeof(*facts->items));
	for (size_t i = 0; i < count; i++) {
		struct fact *fact = facts->count ? &facts->items[facts->count - 1] : NULL;

		if (!fact || strcmp(fact->object, rows[i]->object) != 0) {
			fact = &facts->items[facts->count++];
			fact->object = rows[i]->object;
		}
		add_row(fact, rows[i]);
	}
}

size_t facts_below(const struct facts *facts, const char *directory)
{
	_cleanup_free_ char *prefix = xasprintf("%s/", strcmp(directory, "/") == 0 ? "" : directory);
	size_t low = 0, high = facts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(facts->items[middle].object, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct fact *evidence_fact(const struct evidence *evidence, enum access_kind kind,
				 const char *object)
{
	const struct facts *facts = &evidence->facts[kind];
	size_t low = 0, high = facts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(facts->items[middle].object, object);

		if (order == 0)
			return &facts->items[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* --- rules --- */

/* Newer first: the database numbers rules as they are made; the rest keeps the input's order. */
static int compare_age(const void *a, const void *b)
{
	const struct rule *left = *(const struct rule *const *)a;
	const struct rule *right = *(const struct rule *const *)b;

	if (left->id != right->id)
		return left->id < right->id ? 1 : -1;
	return left < right ? -1 : left > right;
}

static bool is_sound(const struct rule *rule)
{
	char host[HOST_TEXT_SIZE];
	int port;

	if (!rule->pattern)
		return false;
	if (access_is_file(rule->kind))
		return (rule->scope == SCOPE_EXACT || rule->scope == SCOPE_FILE ||
			rule->scope == SCOPE_DIR) &&
		       path_is_spelled_plainly(rule->pattern);
	if (rule->kind != ACCESS_CONNECT)
		return false;
	if (rule->scope == SCOPE_EXACT)
		return domain_split_endpoint(rule->pattern, host, &port);
	return rule->scope == SCOPE_HOST || rule->scope == SCOPE_DOMAIN;
}

static int collect_rules(struct evidence *evidence, struct err *e)
{
	const struct export_input *input = evidence->input;

	evidence->rules = xcalloc(input->rule_count + 1, sizeof(*evidence->rules));
	for (size_t i = 0; i < input->rule_count; i++) {
		const struct rule *rule = &input->rules[i];

		if (is_sound(rule)) {
			if (rule->verdict == VERDICT_DENY || rule->duration == DURATION_ALWAYS)
				evidence->rules[evidence->rule_count++] = rule;
		} else if (rule->verdict != VERDICT_ALLOW) {
			_cleanup_free_ char *text = rule_text(rule);
			_cleanup_free_ char *shown = escape_string(text);

			return err_set(
				e,
				"the rule \"%s\" cannot be written in a settings file: remove or "
				"replace it first",
				shown);
		}
	}
	qsort(evidence->rules, evidence->rule_count, sizeof(*evidence->rules), compare_age);
	return 0;
}

int evidence_make(struct evidence *evidence, const struct export_input *input, struct err *e)
{
	*evidence = (struct evidence){ .input = input };
	if (collect_rules(evidence, e) < 0) {
		evidence_free(evidence);
		return -1;
	}
	for (int kind = 0; kind < ACCESS_KIND_COUNT; kind++)
		collect_facts(&evidence->facts[kind], input, (enum access_kind)kind);
	return 0;
}

void evidence_free(struct evidence *evidence)
{
	for (int kind = 0; kind < ACCESS_KIND_COUNT; kind++)
		free(evidence->facts[kind].items);
	free(evidence->rules);
	*evidence = (struct evidence){ 0 };
}

static bool host_within(const struct rule *inner, const struct rule *outer)
{
	_cleanup_free_ char *sample = NULL;

	switch (inner->scope) {
	case SCOPE_EXACT:
		return rule_matches(outer, ACCESS_CONNECT, inner->pattern);
	case SCOPE_HOST:
		if (outer->scope == SCOPE_EXACT)
			return false;
		sample = xasprintf(strchr(inner->pattern, ':') ? "[%s]:1" : "%s:1", inner->pattern);
		return rule_matches(outer, ACCESS_CONNECT, sample);
	case SCOPE_DOMAIN:
		if (outer->scope != SCOPE_DOMAIN)
			return false;
		sample = xasprintf("x.%s:1", inner->pattern);
		return rule_matches(outer, ACCESS_CONNECT, sample);
	default:
		return false;
	}
}

bool rule_within(const struct rule *inner, const struct rule *outer)
{
	if (inner->kind == ACCESS_CONNECT || outer->kind == ACCESS_CONNECT)
		return inner->kind == outer->kind && host_within(inner, outer);
	if (outer->scope == SCOPE_DIR)
		return path_is_below(inner->pattern, outer->pattern);
	return inner->scope != SCOPE_DIR && strcmp(inner->pattern, outer->pattern) == 0;
}

bool is_home_or_above(const struct export_input *input, const char *path)
{
	return path_is_below(input->home, path);
}

struct wanted {
	enum access_kind kind;
	const char *object;
	bool whole;
	const char *secret;
};

static bool allows(const struct evidence *evidence, const struct rule *rule,
		   const struct wanted *wanted)
{
	if (rule->verdict != VERDICT_ALLOW || !rule_matches(rule, wanted->kind, wanted->object))
		return false;
	if (rule->scope != SCOPE_DIR)
		return !wanted->whole;
	if (!wanted->secret || !path_is_strictly_below(wanted->secret, rule->pattern))
		return true;
	return rule->kind == ACCESS_READ && !is_home_or_above(evidence->input, rule->pattern);
}

enum word evidence_word(const struct evidence *evidence, enum access_kind kind, const char *object,
			bool whole, const char *secret)
{
	const struct wanted wanted = { kind, object, whole, secret };
	enum word word = WORD_NONE;

	for (size_t i = 0; i < evidence->rule_count; i++) {
		const struct rule *rule = evidence->rules[i];
		bool overruled = false;

		if (allows(evidence, rule, &wanted))
			word = WORD_ALLOW;
		if (rule->verdict != VERDICT_DENY || !rule_matches(rule, kind, object))
			continue;
		for (size_t newer = 0; newer < i && !overruled; newer++)
			overruled = allows(evidence, evidence->rules[newer], &wanted) &&
				    rule_within(evidence->rules[newer], rule);
		if (!overruled)
			return WORD_DENY;
	}
	return word;
}

static bool speaks_for(const struct rule *allow, enum access_kind kind)
{
	return allow->kind == kind || (allow->kind == ACCESS_WRITE && kind == ACCESS_READ);
}

bool evidence_deny_holds(const struct evidence *evidence, const struct rule *deny,
			 enum access_kind kind)
{
	if (deny->kind != kind && !(deny->kind == ACCESS_READ && kind == ACCESS_WRITE))
		return false;
	for (size_t i = 0; i < evidence->rule_count && evidence->rules[i] != deny; i++) {
		const struct rule *newer = evidence->rules[i];

		if (newer->verdict == VERDICT_ALLOW && speaks_for(newer, kind) &&
		    rule_within(newer, deny) && rule_within(deny, newer))
			return false;
	}
	return true;
}

bool evidence_allow_holds(const struct evidence *evidence, const struct rule *allow)
{
	for (size_t i = 0; i < evidence->rule_count; i++) {
		const struct rule *other = evidence->rules[i];

		if (other == allow)
			return true;
		if (other->verdict != VERDICT_DENY || !rule_within(allow, other))
			continue;
		if (other->kind == allow->kind ||
		    (other->kind == ACCESS_READ && allow->kind == ACCESS_WRITE))
			return false;
	}
	return true;
}

static enum judgement judge(const struct evidence *evidence, enum access_kind kind,
			    const char *object, const char *secret)
{
	const struct fact *fact;

	switch (evidence_word(evidence, kind, object, false, secret)) {
	case WORD_DENY:
		return JUDGED_REFUSED;
	case WORD_ALLOW:
		return JUDGED_ALLOWED;
	case WORD_NONE:
		break;
	}
	fact = evidence_fact(evidence, kind, object);
	if (fact && fact_refused(fact))
		return JUDGED_REFUSED;
	return fact && fact_stands(fact) ? JUDGED_ALLOWED : JUDGED_UNKNOWN;
}

enum judgement evidence_judge(const struct evidence *evidence, enum access_kind kind,
			      const char *object, const char *secret)
{
	enum judgement own = judge(evidence, kind, object, secret), read, exec;

	if (kind != ACCESS_READ && kind != ACCESS_WRITE)
		return own;
	read = judge(evidence, ACCESS_READ, object, secret);
	exec = judge(evidence, ACCESS_EXEC, object, secret);
	if (own == JUDGED_REFUSED || read == JUDGED_REFUSED || exec == JUDGED_REFUSED)
		return JUDGED_REFUSED;
	return kind == ACCESS_READ && exec == JUDGED_ALLOWED ? JUDGED_ALLOWED : own;
}
