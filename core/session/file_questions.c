/* SPDX-License-Identifier: MIT */
/* Refused file accesses: who decides. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/session/file_parts.h"

static bool is_fixed(enum mount_origin origin)
{
	return origin == ORIGIN_SETTINGS || origin == ORIGIN_MANDATORY || origin == ORIGIN_OWN;
}

static bool hides_or_protects(const struct mount *mount, bool writes)
{
	return mount->type == MOUNT_MASK_DIR || mount->type == MOUNT_MASK_FILE ||
	       mount->type == MOUNT_FAKE_FILE || (writes && mount->type == MOUNT_RO_BIND);
}

/* A link in a hidden place leads to it. */
static bool is_linked(const struct notice *notice)
{
	return strcmp(notice->object, notice->place) != 0;
}

/*
 * What the settings deny stays so in a place that is hidden for another reason, and by whatever link it
 * is reached: neither the mask nor the place says it then.
 */
static void find_buried_denial(const struct supervisor *s, struct notice *notice)
{
	bool writes = notice->kind == ACCESS_WRITE;
	const struct mount *denial;

	if (is_fixed(notice->origin))
		return;
	denial = mount_plan_find_buried(&s->plan, notice->object, writes);
	if (!denial && is_linked(notice)) {
		denial = mount_plan_find(&s->plan, notice->object);
		if (!is_fixed(denial->origin) || !hides_or_protects(denial, writes))
			return;
	}
	if (!denial)
		return;
	notice->origin = denial->origin;
	free(notice->rule);
	notice->rule = xstrdup(denial->rule);
}

/* A read-only place: the plan knows what made it so. */
static void find_read_only_origin(const struct supervisor *s, struct notice *notice)
{
	const struct mount *mount;

	if (notice->origin != ORIGIN_BASE || notice->kind != ACCESS_WRITE)
		return;
	mount = mount_plan_find(&s->plan, notice->place);
	if (mount->type == MOUNT_RO_BIND || mount->type == MOUNT_FAKE_FILE ||
	    mount->type == MOUNT_PLACEHOLDER_FILE || mount->type == MOUNT_PLACEHOLDER_DIR) {
		notice->origin = mount->origin;
		free(notice->rule);
		notice->rule = xstrdup(mount->rule);
	}
}

static void pin(struct asked *asked)
{
	struct supervisor *s = asked->supervisor;
	struct broker *broker = supervisor_broker(s);
	_cleanup_free_ char *directory = xstrdup(asked->question.event.object);
	char *slash = strrchr(directory, '/');

	if (!broker)
		return;

	question_set_pin(asked, s->next_pin);
	s->next_pin += 2;
	/* Serial numbers of pins are the pins' own numbers. */
	if (!asked->by_parent &&
	    broker_pin(broker, asked->pin, asked->pin, asked->question.event.object, NULL) == 0)
		asked->pins_wanted++;
	slash[slash == directory] = '\0';
	if (!asked->is_directory &&
	    broker_pin(broker, asked->pin + 1, asked->pin + 1, directory, NULL) == 0)
		asked->pins_wanted++;
}

/* What its directory's mask, or the read-only place that this is in, hides or protects as a whole. */
static bool may_join(const struct notice *notice)
{
	_cleanup_free_ char *directory = path_parent(notice->object);

	return !notice->is_directory && !is_linked(notice) &&
	       (!notice->mask ||
		(notice->mask_is_directory && path_is_below(directory, notice->mask)));
}

static struct asked *ask(struct supervisor *s, const struct notice *notice,
			 const struct access_event *event)
{
	enum scope scopes[SCOPE_COUNT];
	size_t count;
	struct asked *asked;
	bool fresh;
	struct access_event copy;

	if (notice->makes) {
		/* A file right below "/" must not offer the whole system. */
		count = strrchr(notice->object, '/') == notice->object ? 1 : 2;
		scopes[0] = SCOPE_EXACT;
		scopes[1] = SCOPE_DIR;
	} else if (notice->by_parent || notice->is_directory) {
		scopes[0] = SCOPE_DIR;
		count = 1;
	} else if (is_linked(notice)) {
		scopes[0] = SCOPE_EXACT;
		count = 1;
	} else {
		count = rule_scopes(notice->kind, notice->object, false, scopes);
	}
	access_event_copy(&copy, journal_event(s->journal, event, &fresh));
	asked = question_add(s, &copy, scopes, count, notice->is_directory);
	access_event_free(&copy);
	asked->place = xstrdup(notice->place);
	asked->mask = notice->mask_is_directory ? xstrdup(notice->mask) : NULL;
	asked->is_directory = notice->is_directory;
	asked->by_parent = notice->by_parent;
	asked->makes = notice->makes;
	asked->question.makes_directory = S_ISDIR(notice->makes);
	asked->may_join = may_join(notice);
	pin(asked);
	supervisor_tell_event(s, &asked->question.event);
	return asked;
}

static void refuse(struct supervisor *s, const struct notice *notice,
		   const struct access_event *event)
{
	/* Who called is known by now: it need not wait for the rest. */
	call_let_go(s, notice->id, notice->masked, false);
	supervisor_event(s, event);
	journal_access(s->journal, event->kind, event->object, VERDICT_DENY, event->exe,
		       event->error, false, event->time_ms);
	s->denied++;
	s->changed = true;
}

/* A rule allows what is not there yet: made since the start, or a place below a fresh mask. */
static void grant_by_rule(struct supervisor *s, const struct notice *notice,
			  const struct access_event *event, const struct rule *rule)
{
	struct waiter waiter = { .notification = notice->id,
				 .masked = notice->masked,
				 .makes_directory = S_ISDIR(notice->makes),
				 .socket = -1 };
	struct asked *asked = ask(s, notice, event);
	struct err e;

	question_hold(asked, &waiter);
	rule_free(&asked->rule);
	rule_copy(&asked->rule, rule);
	asked->client = 0;
	if (files_grant(asked, &e) < 0)
		question_refuse_for_now(asked, e.message);
}

static void refuse_unasked(struct supervisor *s, const struct notice *notice,
			   struct access_event *event, const char *why)
{
	event->verdict = VERDICT_DENY;
	event->why = (char *)why;
	refuse(s, notice, event);
}

/* One more file of a directory that is asked about: it waits with the others, with its own event. */
static void wait_with_others(struct asked *asked, const struct notice *notice,
			     struct access_event *event, struct waiter *waiter)
{
	struct supervisor *s = asked->supervisor;

	question_add_object(asked, notice->object);
	if (!asked->held && !asked->granting && !question_hold_ms(s)) {
		refuse_unasked(s, notice, event, "nobody is attached to answer");
		return;
	}
	waiter->event = xstrdup(supervisor_event(s, event)->id);
	question_hold(asked, waiter);
	free(waiter->event);
}

static void wanted(struct supervisor *s, const struct notice *notice, struct access_event *event,
		   struct waiter *waiter)
{
	struct asked *asked = question_find(s, notice->kind, notice->object);

	if (asked) {
		if (asked->held || asked->granting || question_hold_ms(s))
			question_hold(asked, waiter);
		else
			call_let_go(s, notice->id, notice->masked, false);
		asked->question.event.count++;
		return;
	}
	if (may_join(notice)) {
		asked = question_joined(s, notice->kind, notice->object);
		if (!asked)
			asked = question_join(s, notice->kind, notice->object,
					      notice->mask_is_directory ? notice->mask : NULL);
		if (asked) {
			wait_with_others(asked, notice, event, waiter);
			return;
		}
	}
	if (!question_make_room(s)) {
		refuse_unasked(s, notice, event, "not asked about: too many questions are open");
		return;
	}
	asked = ask(s, notice, event);
	question_hold(asked, waiter);
	if (!question_hold_ms(s))
		question_refuse_for_now(asked, "nobody is attached to answer");
}

static void judge(const struct supervisor *s, struct notice *notice, struct judgement *out)
{
	/* What is hidden or protected below a directory is so by its path, which is another one there. */
	bool linked_directory = is_linked(notice) && (notice->is_directory || notice->by_parent);
	struct refused_file file = { .kind = notice->kind,
				     .object = notice->object,
				     .mask = notice->mask };
	bool fixed;

	find_read_only_origin(s, notice);
	find_buried_denial(s, notice);
	fixed = is_fixed(notice->origin);
	file.fixed = fixed || notice->no_grant || linked_directory;
	file.entry = notice->rule;
	judge_file(out, s->options->mode, &s->rules, &file);
	if (notice->origin == ORIGIN_SENSITIVE && out->verdict == VERDICT_ASK)
		snprintf(out->why, sizeof(out->why), "it may hold secrets, and no rule allows it");
	if (linked_directory && !fixed)
		snprintf(out->why, sizeof(out->why),
			 "a link in a hidden place leads to it: only its own path can be allowed");
	if (notice->no_grant && !notice->rule)
		snprintf(out->why, sizeof(out->why),
			 "a mount of its own in the sandbox, which names cannot cross");
}

void files_refused(struct supervisor *s, struct notice *notice)
{
	struct waiter waiter = { .notification = notice->id,
				 .masked = notice->masked,
				 .is_open = notice->is_open,
				 .open_flags = notice->open_flags,
				 .socket = -1 };
	struct judgement judgement;
	struct access_event event = { .time_ms = clock_wall_ms(),
				      .kind = notice->kind,
				      .object = notice->object,
				      .syscall = (char *)notice->syscall,
				      .error = notice->error,
				      .count = 1 };
	struct asked *asked;

	supervisor_attribute(s, notice, &event);
	judge(s, notice, &judgement);
	/* What is refused anyway is made by nobody, and only the report says what would do. */
	if (judgement.verdict != VERDICT_DENY || s->report)
		notice_apply_umask(notice);
	event.makes = notice->makes;
	waiter.makes_directory = S_ISDIR(notice->makes);
	rule_hits_count(s, judgement.matched);
	event.verdict = judgement.verdict;
	event.why = judgement.why;
	event.rule = judgement.rule[0] ? judgement.rule : NULL;
	if (judgement.verdict == VERDICT_ASK) {
		wanted(s, notice, &event, &waiter);
		return;
	}
	asked = question_find(s, notice->kind, notice->object);
	if (judgement.verdict == VERDICT_ALLOW && judgement.matched && !asked)
		grant_by_rule(s, notice, &event, judgement.matched);
	else if (judgement.verdict == VERDICT_ALLOW && asked && asked->granting)
		question_hold(asked, &waiter);
	else
		refuse(s, notice, &event);
}
