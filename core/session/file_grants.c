/* SPDX-License-Identifier: MIT */
/*
 * What a grant changes. When a question is put, the broker pins the object (and its directory) by
 * descriptor, so that what is granted later is what was shown.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/session/file_parts.h"

/* Writing is granted for the directory that the program was started in, or one above it. */
static bool stands_in_it(const struct supervisor *s, const struct asked *asked, const char *target)
{
	const struct mount *mount = mount_plan_find(&s->plan, s->cwd);

	return asked->rule.kind == ACCESS_WRITE && path_is_below(s->cwd, target) &&
	       files_is_pin(mount) && strcmp(mount->target, s->cwd) == 0;
}

/*
 * Nothing was granted. A person may try another scope while the call is held; a rule cannot,
 * and nothing may wait on without its deadline.
 */
static void grant_failed(struct asked *asked, const char *text)
{
	bool by_person = asked->client != 0;

	asked->granting = asked->mounting = false;
	files_watch_or_pause(asked->supervisor);
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

/* Of the path that was asked about, what the rule's scope grants. */
static char *granted_part(const struct asked *asked, const char *path)
{
	char *granted = xstrdup(path);

	if (asked->rule.scope == SCOPE_DIR && !asked->is_directory)
		*strrchr(granted, '/') = '\0';
	return granted;
}

static char *granted_place(const struct asked *asked)
{
	return granted_part(asked, asked->place);
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
	files_sort_below(&grant, &plan, target);
	if (stands_in_it(s, asked, target))
		grant.in_place = s->cwd;
	if (asked->rule.scope == SCOPE_DIR)
		files_release_below(s, asked, target);
	asked->mounting = true;
	files_watch_or_pause(s);
	if (broker_grant(s->broker, asked->pin, &grant, &e) < 0)
		grant_failed(asked, e.message);
	files_free_sorted(&grant);
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

static int no_broker(const struct supervisor *s, struct err *e)
{
	return err_set(e, "the process that changes mounts %s",
		       s->broker ? "has ended" : "could not be started");
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
	if (!s->broker || s->broker_failed)
		return no_broker(s, e);
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
			return err_set(
				e, "only an open can be allowed once: choose session or always");
	if (asked->is_directory || asked->by_parent)
		return err_set(
			e, "only an existing file can be allowed once: choose session or always");
	if (!asked->waiters)
		return err_set(e, "nothing waits for it any more: choose session or always");
	if (!s->broker || s->broker_failed)
		return no_broker(s, e);
	if (!asked->object_pinned)
		return err_set(e, "the object is no longer what was asked about");
	if (broker_fetch(s->broker, asked->pin, asked->pin, e) < 0)
		return -1;
	asked->granting = true;
	return 0;
}

/* Flags that say how to open, not what to make of the name. */
#define OPEN_FLAGS_KEPT                                                                            \
	(O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | O_DIRECT | O_NOATIME | O_TRUNC |   \
	 O_LARGEFILE)

static bool inject(const struct asked *asked, const struct waiter *waiter, int pinned)
{
	struct supervisor *s = asked->supervisor;
	char link[64];
	_cleanup_close_ int file = -1;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", pinned);
	file = open(link, (int)(waiter->open_flags & OPEN_FLAGS_KEPT) | O_CLOEXEC | O_NOCTTY);
	/* A mask gives no descriptor away, but shows the file to this one caller. */
	if (file >= 0 && waiter->masked)
		return asked->mask && mask_server_open_once(s->mask_server, waiter->masked, asked->mask,
							    asked->place, steal_fd(&file)) == 0;
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
		w->not_once = !inject(asked, w, reply->fd);
	rule_copy(&rule, &asked->rule);
	question_reply(s, asked->client, asked->question.event.id, true, text);
	question_resolve(asked, VERDICT_ALLOW, &rule, "person");
	rule_free(&rule);
}

static void keep_grant(const struct asked *asked)
{
	struct supervisor *s = asked->supervisor;
	grow_array(s->grants, s->grant_count, s->grant_capacity);
	s->grants[s->grant_count++] = (struct file_grant){
		.kind = asked->rule.kind,
		.target = granted_place(asked),
		.object = granted_part(asked, asked->question.event.object),
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
		rules_keep(s, &rule);
	keep_grant(asked);
	files_refresh_masks(s);
	asked->mounting = false;
	files_watch_or_pause(s);
	question_reply(s, asked->client, asked->question.event.id, true, text);
	question_resolve(asked, VERDICT_ALLOW, &rule, asked->client ? "person" : "rule");
	rule_free(&rule);
	/* What changed while it was on its way has not met it yet. */
	files_rules_changed(s, 0, NULL, NULL);
}

static void not_granted(struct asked *asked, const struct broker_reply *reply)
{
	_cleanup_free_ char *text =
		xasprintf("not granted: %s: %s", reply->step, strerror(reply->error));

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
		files_revoked(s, &reply);
	}
}

void files_broker_reply(struct supervisor *s, const struct broker_reply *reply)
{
	struct asked *asked = question_by_pin(s, (uint32_t)reply->serial);

	if (reply->type == BROKER_REVOKED) {
		files_revoked(s, reply);
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
