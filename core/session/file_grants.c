/* SPDX-License-Identifier: MIT */
/*
 * Refused file accesses: who decides, and what a grant changes.
 *
 * When a question is put, the broker pins the object (and its directory) by descriptor, so
 * that what is granted later is what was shown. A grant is the difference that a rule makes
 * to the mount plan: the plan is made again with the rule, and everything that it has below
 * the granted place goes along, so that nothing hidden or protected there comes bare.
 *
 * A grant holds for as long as a rule allows it. When the rules change, each is judged again;
 * what no rule allows any more is taken back. Where that takes another grant along, its rule makes
 * it anew when a program meets the mask.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/attribution.h"
#include "core/session/supervisor_parts.h"

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
static void collect_all(struct ruled *ruled, const struct rule_list *rules, const struct rule *extra)
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

int files_plan(struct supervisor *s, struct mount_plan *plan, const struct rule *extra, struct err *e)
{
	struct ruled ruled = { .reads = STRINGS_EMPTY };
	_cleanup_strings_ struct strings read_only = STRINGS_EMPTY;
	int result;
	const struct supervisor_options *o = s->options;
	struct mount_request request = {
		.settings = o->settings,
		.home = s->home,
		.cwd = s->cwd,
		.mask_sensitive = o->mode != MODE_ENFORCE || (!o->settings_path && !o->drop_in),
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

/* --- asking --- */

static bool is_fixed(enum mount_origin origin)
{
	return origin == ORIGIN_SETTINGS || origin == ORIGIN_MANDATORY || origin == ORIGIN_OWN;
}

/* A read-only place: the plan knows what made it so. */
static void find_read_only_origin(const struct supervisor *s, struct notice *notice)
{
	const struct mount *mount;

	if (notice->origin != ORIGIN_BASE || notice->kind != ACCESS_WRITE)
		return;
	mount = mount_plan_find(&s->plan, notice->place);
	if (mount->type == MOUNT_RO_BIND || mount->type == MOUNT_FAKE_FILE ||
	    mount->type == MOUNT_PLACEHOLDER_FILE ||
	    mount->type == MOUNT_PLACEHOLDER_DIR) {
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
	if (!asked->by_parent && broker_pin(broker, asked->pin, asked->pin,
					    asked->question.event.object, NULL) == 0)
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

	return !notice->is_directory && strcmp(notice->object, notice->place) == 0 &&
	       (!notice->mask || (notice->mask_is_directory && path_is_below(directory, notice->mask)));
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
	} else if (strcmp(notice->object, notice->place) != 0) {
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
	supervisor_event(s, event);
	journal_access(s->journal, event->kind, event->object, VERDICT_DENY, event->exe, event->error,
		       false, event->time_ms);
	s->denied++;
	s->changed = true;
	notifier_continue(s->notifier, notice->id);
}

/* A rule allows what is not there yet: made since the start, or a place below a fresh mask. */
static void grant_by_rule(struct supervisor *s, const struct notice *notice,
			  const struct access_event *event, const struct rule *rule)
{
	struct waiter waiter = { .notification = notice->id,
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
			notifier_continue(s->notifier, notice->id);
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

void files_refused(struct supervisor *s, struct notice *notice)
{
	struct waiter waiter = { .notification = notice->id,
				 .is_open = notice->is_open,
				 .open_flags = notice->open_flags,
				 .makes_directory = S_ISDIR(notice->makes),
				 .socket = -1 };
	struct judgement judgement;
	struct refused_file file = { .kind = notice->kind,
				     .object = notice->object,
				     .mask = notice->mask };
	struct access_event event = { .time_ms = clock_wall_ms(),
				      .kind = notice->kind,
				      .object = notice->object,
				      .pid = process_of_thread(notice->pid),
				      .syscall = (char *)notice->syscall,
				      .error = notice->error,
				      .count = 1 };
	_cleanup_free_ char *exe = process_executable(notice->pid);
	struct asked *asked;

	find_read_only_origin(s, notice);
	file.fixed = is_fixed(notice->origin) || notice->no_grant;
	file.entry = notice->rule;
	judge_file(&judgement, s->options->mode, &s->rules, &file);
	if (notice->no_grant && !notice->rule)
		snprintf(judgement.why, sizeof(judgement.why),
			 "a mount of its own in the sandbox, which names cannot cross");
	event.exe = exe;
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

/* --- granting --- */

static bool is_pin(const struct mount *mount)
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

/*
 * The part of the new plan below the granted place. What is mounted cannot be replaced by name, so
 * nothing is that does not have to be. The plan's read-only binds of directories
 * come before the bind that covers them, and serve as pins; all else goes on top.
 */
static void sort_below(struct broker_grant *grant, const struct mount_plan *plan, const char *target)
{
	struct mount *below = xmalloc((plan->count + 1) * sizeof(*below));
	struct mount *pins = xmalloc((plan->count + 1) * sizeof(*pins));

	for (size_t i = 0; i < plan->count; i++) {
		const struct mount *mount = &plan->items[i];

		if (strcmp(mount->target, target) == 0 || !path_is_below(mount->target, target) ||
		    is_needless(plan, mount))
			continue;
		if (is_pin(mount))
			pins[grant->pin_count++] = *mount;
		else
			below[grant->below_count++] = *mount;
	}
	grant->below = below;
	grant->pins = pins;
}

static void free_grant(struct file_grant *grant)
{
	free(grant->target);
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
}

static bool is_still_allowed(const struct supervisor *s, const struct file_grant *grant)
{
	const struct refused_file file = { .kind = grant->kind,
					   .object = grant->target,
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

/* Nothing is looked at while a mount comes or goes. */
static void watch_or_pause(struct supervisor *s)
{
	bool changing = false;

	for (size_t i = 0; i < s->grant_count && !changing; i++)
		changing = s->grants[i].revoking;
	for (struct asked *a = s->questions; a && !changing; a = a->next)
		changing = a->mounting;
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
	sort_below(&without, &plan, grant->target);
	grant->revoking = true;
	watch_or_pause(s);
	result = broker_revoke(s->broker, grant->number, &without, hidden, e);
	grant->revoking = result == 0;
	watch_or_pause(s);
	free((void *)without.below);
	free((void *)without.pins);
	mount_plan_free(&plan);
	return result;
}

/*
 * A file that is mounted cannot be renamed over or removed by its directory, whatever lies over that
 * mount: programs that replace their files need it gone where the whole directory is granted.
 */
static void release_files_below(struct supervisor *s, const struct asked *asked, const char *target)
{
	for (size_t i = 0; i < s->grant_count; i++) {
		struct file_grant *grant = &s->grants[i];

		if (!grant->is_directory && !grant->revoking &&
		    path_is_strictly_below(grant->target, target) &&
		    (asked->rule.kind == ACCESS_WRITE || grant->kind != ACCESS_WRITE))
			start_revoking(s, grant, NULL);
	}
}

/* Writing is granted for the directory that the program was started in, or one above it. */
static bool stands_in_it(const struct supervisor *s, const struct asked *asked, const char *target)
{
	const struct mount *mount = mount_plan_find(&s->plan, s->cwd);

	return asked->rule.kind == ACCESS_WRITE && path_is_below(s->cwd, target) && is_pin(mount) &&
	       strcmp(mount->target, s->cwd) == 0;
}

/*
 * Nothing was granted. A person may try another scope while the call is held; a rule cannot,
 * and nothing may wait on without its deadline.
 */
static void grant_failed(struct asked *asked, const char *text)
{
	bool by_person = asked->client != 0;

	asked->granting = asked->mounting = false;
	watch_or_pause(asked->supervisor);
	if (asked->making) {
		asked->making = false;
		asked->by_parent = true;
		asked->is_directory = false;
	}
	question_reply(asked->supervisor, asked->client, asked->question.event.id, false, text);
	asked->client = 0;
	if (!by_person || asked->question.deadline_ms <= clock_wall_ms())
		question_refuse_for_now(asked, text);
}

/* A joined question took the place of one about a file. */
static bool grants_directory_of_it(const struct asked *asked)
{
	return asked->joined || (asked->rule.scope == SCOPE_DIR && !asked->is_directory);
}

static uint32_t pin_to_grant(const struct asked *asked)
{
	return grants_directory_of_it(asked) ? asked->pin + 1 : asked->pin;
}

static char *granted_place(const struct asked *asked)
{
	char *target = xstrdup(asked->place);

	if (asked->rule.scope == SCOPE_DIR && !asked->is_directory)
		*strrchr(target, '/') = '\0';
	return target;
}

static void start_grant(struct asked *asked)
{
	struct supervisor *s = asked->supervisor;
	_cleanup_free_ char *target = granted_place(asked);
	struct mount_plan plan;
	struct broker_grant grant = { .writable = asked->rule.kind == ACCESS_WRITE,
				      .mask = asked->mask };
	struct err e = { 0 };

	grant.pin = pin_to_grant(asked);
	grant.target = target;
	/* The whole mask is lifted, or the place lies on it. */
	if (asked->mask && strcmp(asked->mask, target) == 0)
		grant.mask = NULL;
	if (files_plan_and_hold(s, &plan, &asked->rule, target, &e) < 0) {
		grant_failed(asked, e.message);
		return;
	}
	sort_below(&grant, &plan, target);
	if (stands_in_it(s, asked, target))
		grant.in_place = s->cwd;
	if (asked->rule.scope == SCOPE_DIR)
		release_files_below(s, asked, target);
	asked->mounting = true;
	watch_or_pause(s);
	if (broker_grant(s->broker, asked->pin, &grant, &e) < 0)
		grant_failed(asked, e.message);
	free((void *)grant.below);
	free((void *)grant.pins);
	mount_plan_free(&plan);
}

/*
 * A rule may speak for a call that needs more than the rule says: to remove or rename a
 * directory itself, the one above it would have to be granted.
 */
static bool rule_covers_grant(const struct asked *asked, bool whole_directory)
{
	_cleanup_free_ char *granted = xstrdup(asked->question.event.object);

	if (whole_directory)
		*strrchr(granted, '/') = '\0';
	if (asked->rule.scope == SCOPE_DIR)
		return path_is_below(granted, asked->rule.pattern);
	return strcmp(granted, asked->rule.pattern) == 0;
}

/* The rule speaks for what the call makes, and not for the directory that it is made in. */
static bool is_for_what_it_makes(const struct asked *asked)
{
	_cleanup_free_ char *directory = xstrdup(asked->question.event.object);

	*strrchr(directory, '/') = '\0';
	return asked->by_parent && asked->makes && !asked->making &&
	       !(asked->rule.scope == SCOPE_DIR && path_is_below(directory, asked->rule.pattern));
}

/*
 * Makes it in the call's stead, in the directory that was asked about, so that nothing around it has
 * to be granted. From then on it is as if it had been there.
 */
static int make_it(struct asked *asked, struct err *e)
{
	const char *name = strrchr(asked->question.event.object, '/') + 1;

	if (broker_make(asked->supervisor->broker, asked->pin, asked->pin, asked->pin + 1, name,
			asked->makes, e) < 0)
		return -1;
	asked->pins_wanted++;
	asked->making = true;
	asked->by_parent = false;
	asked->is_directory = S_ISDIR(asked->makes);
	return 0;
}

int files_grant(struct asked *asked, struct err *e)
{
	const struct supervisor *s = asked->supervisor;
	bool makes_it = is_for_what_it_makes(asked);
	bool whole_directory = !makes_it && asked->rule.scope == SCOPE_DIR && !asked->is_directory;

	if (!rule_covers_grant(asked, whole_directory))
		return err_set(e, "no rule covers the directory that would have to be granted");
	if (asked->rule.scope == SCOPE_DIR && strcmp(asked->rule.pattern, "/") == 0)
		return err_set(e, "the whole file system cannot be granted");
	if (!s->broker)
		return err_set(e, "the process that changes mounts could not be started");
	if (makes_it && asked->directory_pinned && make_it(asked, e) < 0)
		return -1;
	if (!asked->pins_wanted &&
	    !(whole_directory || asked->joined ? asked->directory_pinned : asked->object_pinned))
		return err_set(e, "the object is no longer what was asked about");
	asked->granting = true;
	/* The pins' replies come first; the grant goes out after the last one. */
	if (!asked->pins_wanted)
		start_grant(asked);
	return 0;
}

/*
 * Once: each held open gets a descriptor of the pinned file, opened here as it asked for, and
 * the mounts stay as they are. Never a directory: through its descriptor a program could
 * walk up and away, past every mask.
 */
int files_allow_once(struct asked *asked, struct err *e)
{
	struct supervisor *s = asked->supervisor;

	for (struct waiter *w = asked->waiters; w; w = w->next)
		if (!w->is_open)
			return err_set(e, "only an open can be allowed once: choose session or always");
	if (asked->is_directory || asked->by_parent)
		return err_set(e, "only an existing file can be allowed once: choose session or always");
	if (!asked->waiters)
		return err_set(e, "nothing waits for it any more: choose session or always");
	if (!asked->object_pinned)
		return err_set(e, "the object is no longer what was asked about");
	if (broker_fetch(s->broker, asked->pin, asked->pin, e) < 0)
		return -1;
	asked->granting = true;
	return 0;
}

/* Flags that say how to open, not what to make of the name. */
#define OPEN_FLAGS_KEPT                                                                            \
	(O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | O_DIRECT | O_NOATIME | O_TRUNC | O_LARGEFILE)

static bool inject(struct supervisor *s, const struct waiter *waiter, int pinned)
{
	char link[64];
	_cleanup_close_ int file = -1;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", pinned);
	file = open(link, (int)(waiter->open_flags & OPEN_FLAGS_KEPT) | O_CLOEXEC | O_NOCTTY);
	return file >= 0 && notifier_inject(s->notifier, waiter->notification, file,
					    waiter->open_flags & O_CLOEXEC) == 0;
}

static void fetched(struct asked *asked, const struct broker_reply *reply)
{
	struct supervisor *s = asked->supervisor;
	struct rule rule = { 0 };
	_cleanup_free_ char *text = rule_text(&asked->rule);

	/* Those that could not be served are let on with the others, and refused by the mounts. */
	for (struct waiter *w = asked->waiters; w; w = w->next)
		inject(s, w, reply->fd);
	rule_copy(&rule, &asked->rule);
	question_reply(s, asked->client, asked->question.event.id, true, text);
	question_resolve(asked, VERDICT_ALLOW, &rule, "person");
	rule_free(&rule);
}

/* New masks came with the grant: the notifier has to know them by their mount ids. */
static void refresh_masks(struct supervisor *s)
{
	struct masks *masks = xcalloc(1, sizeof(*masks));
	struct mount_plan plan;

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

static void keep_grant(const struct asked *asked)
{
	struct supervisor *s = asked->supervisor;
	grow_array(s->grants, s->grant_count, s->grant_capacity);
	s->grants[s->grant_count++] = (struct file_grant){
		.kind = asked->rule.kind,
		.target = granted_place(asked),
		.mask = xstrdup(asked->mask),
		.number = pin_to_grant(asked),
		.is_directory = asked->rule.scope == SCOPE_DIR || asked->is_directory,
	};
}

static void granted(struct asked *asked)
{
	struct supervisor *s = asked->supervisor;
	struct rule rule = { 0 };
	_cleanup_free_ char *text = rule_text(&asked->rule);

	rule_copy(&rule, &asked->rule);
	/* Before anything is let go: the next question must know of it. */
	if (asked->client)
		supervisor_keep_rule(s, &rule);
	keep_grant(asked);
	refresh_masks(s);
	asked->mounting = false;
	watch_or_pause(s);
	question_reply(s, asked->client, asked->question.event.id, true, text);
	question_resolve(asked, VERDICT_ALLOW, &rule, asked->client ? "person" : "rule");
	rule_free(&rule);
	/* What changed while it was on its way has not met it yet. */
	files_rules_changed(s, 0, NULL, NULL);
}

static void not_granted(struct asked *asked, const struct broker_reply *reply)
{
	_cleanup_free_ char *text = xasprintf("not granted: %s: %s", reply->step, strerror(reply->error));

	grant_failed(asked, text);
}

static void pinned(struct asked *asked, const struct broker_reply *reply)
{
	asked->pins_wanted--;
	if (reply->error && asked->making) {
		not_granted(asked, reply);
		return;
	}
	asked->was_made = reply->was_made;
	if (reply->error == 0 && reply->serial == asked->pin)
		asked->object_pinned = true;
	else if (reply->error == 0)
		asked->directory_pinned = true;
	if (asked->granting && !asked->pins_wanted) {
		struct err e;

		if (files_grant(asked, &e) < 0)
			grant_failed(asked, e.message);
	}
}

/* --- when the rules change --- */

/* Nobody may believe that it is closed. */
static void revoke_failed(struct supervisor *s, const struct file_grant *grant, const char *why)
{
	_cleanup_free_ char *text = xasprintf("its rule is gone, but the sandbox keeps it: %s", why);
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

static void revoked(struct supervisor *s, const struct broker_reply *reply)
{
	for (size_t i = 0; i < s->grant_count; i++) {
		struct file_grant grant = s->grants[i];

		if (!grant.revoking || grant.number != reply->serial)
			continue;
		if (reply->error) {
			_cleanup_free_ char *text = xasprintf("still open: %s: %s", reply->step,
							      strerror(reply->error));

			s->grants[i].revoking = false;
			watch_or_pause(s);
			revoke_failed(s, &s->grants[i], text);
			say_revoked(s, grant.client, grant.rule_id, NULL, text);
			s->grants[i].client = 0;
			return;
		}
		s->grants[i] = s->grants[--s->grant_count];
		if (reply->covered && grant.hidden && grant.is_directory &&
		    !strings_contain(&s->covered, grant.target))
			strings_add(&s->covered, grant.target);
		refresh_masks(s);
		watch_or_pause(s);
		say_revoked(s, grant.client, grant.rule_id, grant.rule, NULL);
		free_grant(&grant);
		return;
	}
}

void files_broker_gone(struct supervisor *s)
{
	struct broker_reply reply = { .type = BROKER_GRANTED, .error = EPIPE, .fd = -1 };

	snprintf(reply.step, sizeof(reply.step), "asking the broker, which has ended");
	for (struct asked *a = s->questions, *next; a; a = next) {
		next = a->next;
		a->pins_wanted = 0;
		a->object_pinned = a->directory_pinned = false;
		if (a->granting)
			not_granted(a, &reply);
	}
	for (size_t i = 0; i < s->grant_count; i++) {
		if (!s->grants[i].revoking)
			continue;
		reply.serial = s->grants[i].number;
		revoked(s, &reply);
	}
}

void files_broker_reply(struct supervisor *s, const struct broker_reply *reply)
{
	struct asked *asked = question_by_pin(s, (uint32_t)reply->serial);

	if (reply->type == BROKER_REVOKED) {
		revoked(s, reply);
		return;
	}
	if (asked) {
		if (reply->type == BROKER_PINNED)
			pinned(asked, reply);
		else if (reply->error)
			not_granted(asked, reply);
		else if (reply->type == BROKER_FETCHED)
			fetched(asked, reply);
		else
			granted(asked);
		return;
	}
	/* The question is gone: its pin is not needed either. */
	if (reply->type == BROKER_PINNED && !reply->error)
		broker_unpin(s->broker, (uint32_t)reply->serial);
}
