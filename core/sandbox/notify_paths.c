/* SPDX-License-Identifier: MIT */
/*
 * A call that names a path: read it out of the caller's memory, see what the kernel is going to do
 * with it (inspect.h), and either let the call on at once or hand it over.
 */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/sandbox/attribution.h"
#include "core/sandbox/notify_parts.h"

static struct notice *make_notice(const struct seccomp_notif *call, const struct path_call *entry,
				  const struct finding *finding, uint64_t open_flags)
{
	struct notice *notice = xcalloc(1, sizeof(*notice));

	notice->type = NOTICE_FILE;
	notice->kind = finding->kind;
	notice->object = xstrdup(finding->object);
	notice->place = xstrdup(finding->place);
	notice->syscall = entry->name;
	notice->is_open = entry->effect == EFFECT_OPEN;
	notice->open_flags = open_flags;
	notice->error = finding->error;
	notice->is_directory = finding->is_directory;
	notice->by_parent = finding->by_parent;
	if (finding->by_parent && !finding->mask)
		notice->makes = caller_makes(call, entry, open_flags);
	notice->no_grant = finding->no_grant;
	notice->origin = finding->mask ? finding->mask->origin : ORIGIN_BASE;
	notice->rule = finding->mask ? xstrdup(finding->mask->rule) : NULL;
	notice->mask = finding->mask ? xstrdup(finding->mask->target) : NULL;
	notice->mask_is_directory = finding->mask && finding->mask->is_directory;
	return notice;
}

void notice_apply_umask(struct notice *notice)
{
	int mask = notice->makes ? process_umask(notice->pid) : -1;
	mode_t left = mask < 0 ? 0 : notice->makes & ~(mode_t)mask;

	notice->makes = S_ISDIR(left) || (left & 0600) == 0600 ? left : 0;
}

static void hand_over_path(struct notifier *n, const struct seccomp_notif *call,
			   const struct path_call *entry, const struct finding *finding,
			   uint64_t open_flags)
{
	notifier_hand_over(n, call, make_notice(call, entry, finding, open_flags));
}

static struct access_table *borrow_table(struct notifier *n)
{
	/* Never NULL here: the owner only ever puts another table in the place of one. */
	return __atomic_exchange_n(&n->accesses, NULL, __ATOMIC_ACQ_REL);
}

static void give_table_back(struct notifier *n, struct access_table *table)
{
	__atomic_store_n(&n->accesses, table, __ATOMIC_RELEASE);
}

static void add_access(struct notifier *n, pid_t pid, const struct finding *finding)
{
	struct access_table *table;

	/* A call of the test's that was taken for a harmless one. */
	if (notifier_is_rehearsal(n, pid))
		return;
	table = borrow_table(n);
	access_table_add(table, finding->kind, VERDICT_ALLOW, finding->object, pid, 0,
			 finding->created, clock_wall_ms());
	/* Its next calls are another program's. */
	if (finding->kind == ACCESS_EXEC)
		access_table_forget(table, pid);
	give_table_back(n, table);
}

static void count_unreadable(struct notifier *n)
{
	__atomic_add_fetch(&n->counts.unreadable, 1, __ATOMIC_RELAXED);
}

/* A rename or a link. True if the call was handed over and stays held. */
static bool look_at_pair(struct notifier *n, const struct seccomp_notif *call,
			 const struct path_call *entry, const struct intent *intent, uint64_t flags)
{
	struct finding first, second;
	struct caller_name old, new;
	bool empty = entry->effect == EFFECT_LINK && (flags & AT_EMPTY_PATH);
	struct finding *refused;

	if (!caller_read_named(&n->links, call, entry, empty, entry->dirfd, entry->path, &old) ||
	    !caller_read_named(&n->links, call, entry, false, entry->second_dirfd,
			       entry->second_path, &new)) {
		if (!old.readable)
			count_unreadable(n);
		return false;
	}
	inspect_pair(&n->inspector, (pid_t)call->pid, old.path, new.path, intent, &first, &second);
	/*
	 * The first that is refused is asked about; once it is granted the call meets the mounts, and
	 * the program's next try is asked about the second.
	 */
	refused = first.outcome == OUTCOME_REFUSED    ? &first
		  : second.outcome == OUTCOME_REFUSED ? &second
						      : NULL;
	if (refused) {
		hand_over_path(n, call, entry, refused, 0);
		return true;
	}
	if (first.outcome == OUTCOME_PLAIN)
		add_access(n, (pid_t)call->pid, &first);
	if (second.outcome == OUTCOME_PLAIN)
		add_access(n, (pid_t)call->pid, &second);
	return false;
}

/* Nothing but being hidden stands in the way of it, and where it succeeds it need not count. */
static bool only_may_be_hidden(const struct notifier *n, const struct intent *intent)
{
	if (intent->effect == EFFECT_LOOK)
		return !n->listed && !intent->read && !intent->write && !intent->search;
	return intent->effect == EFFECT_OPEN && n->spares_reads && !intent->write && !intent->create;
}

/*
 * What is where its text says, and the plan hides nothing there, is not refused. No mask is anywhere else:
 * the directories above one are pinned (mounts.h). So it is with one name in a directory, whose path the
 * kernel told and so has no symlink in it, that is not followed either.
 */
static bool cannot_be_refused(const struct notifier *n, const struct intent *intent,
			      const struct caller_name *named)
{
	return only_may_be_hidden(n, intent) &&
	       !plan_tree_hides(n->inspector.masks->tree, named->path) &&
	       ((intent->no_follow && named->plain) ||
		inspect_is_where_it_says(&n->inspector, named->path, named->plain));
}

/* Whether it is one of the needs that learning counts. */
static bool is_need(struct notifier *n, const struct intent *intent, const struct finding *finding)
{
	if (!n->listed)
		return true;
	if (intent->effect == EFFECT_OPEN && intent->directory)
		listed_add(n->listed, finding->object);
	return intent->effect != EFFECT_LOOK || !listed_has_parent_of(n->listed, finding->object);
}

/* True if the call stays held. */
static bool act_on(struct notifier *n, const struct seccomp_notif *call,
		   const struct path_call *entry, const struct intent *intent,
		   const struct finding *finding, uint64_t flags)
{
	if (finding->outcome == OUTCOME_REFUSED) {
		if (caller_takes_nothing(call, entry, finding->object))
			return false;
		hand_over_path(n, call, entry, finding, entry->effect == EFFECT_OPEN ? flags : 0);
		return true;
	}
	if (finding->outcome == OUTCOME_PLAIN && is_need(n, intent, finding))
		add_access(n, (pid_t)call->pid, finding);
	return false;
}

/* openat2(2) with flags that say how its path is to be followed. */
static bool look_at_restricted(struct notifier *n, const struct seccomp_notif *call,
			       const struct path_call *entry, const struct intent *intent,
			       uint64_t flags, uint64_t resolve)
{
	char base[PATH_MAX], path[PATH_MAX];
	struct finding finding;
	bool readable;

	if (!caller_read_parts(&n->links, call, entry, resolve, base, path, &readable)) {
		if (!readable)
			count_unreadable(n);
		return false;
	}
	inspect_restricted(&n->inspector, (pid_t)call->pid, base, path, resolve, intent, &finding);
	return act_on(n, call, entry, intent, &finding, flags);
}

bool notifier_look_at_path(struct notifier *n, const struct seccomp_notif *call,
			   const struct path_call *entry)
{
	struct finding finding;
	struct intent intent;
	struct caller_name named;
	uint64_t flags, resolve;
	bool may_be_empty = false;

	if (entry->effect == EFFECT_EXEC && n->programs)
		n->programs++;
	if (!caller_read_intent(call, entry, &intent, &flags, &resolve))
		return false;
	if (entry->second_path != NO_ARGUMENT)
		return look_at_pair(n, call, entry, &intent, flags);
	if (resolve)
		return look_at_restricted(n, call, entry, &intent, flags, resolve);
	if (entry->effect != EFFECT_OPEN && entry->flags != NO_ARGUMENT)
		may_be_empty = flags & AT_EMPTY_PATH;
	if (!caller_read_named(&n->links, call, entry, may_be_empty, entry->dirfd, entry->path,
			       &named)) {
		if (!named.readable)
			count_unreadable(n);
		return false;
	}
	/* Of an open descriptor, what it says was decided when it was opened. */
	if (named.empty && intent.effect == EFFECT_LOOK && !intent.write)
		return false;
	if (named.empty)
		intent.no_follow = true;
	if (cannot_be_refused(n, &intent, &named))
		return false;
	if (!named.plain || !inspect_name(&n->inspector, named.path, &intent, &finding))
		inspect_path(&n->inspector, (pid_t)call->pid, named.path, &intent, &finding);
	return act_on(n, call, entry, &intent, &finding, flags);
}

struct notice *notifier_look_at_open(struct notifier *n, struct caller_links *links,
				     const struct seccomp_notif *call)
{
	const struct path_call *entry = path_call_find(&n->calls, call->data.nr);
	struct inspector inspector = { .root = n->inspector.root };
	struct finding finding;
	struct intent intent;
	struct caller_name named;
	struct notice *notice;
	uint64_t flags, resolve;

	notifier_wait_while_paused(n);
	inspector.masks = __atomic_load_n(&n->masks, __ATOMIC_ACQUIRE);
	if (!entry || !inspector.masks || !caller_read_intent(call, entry, &intent, &flags, &resolve))
		return NULL;
	if (!caller_read_named(links, call, entry, false, entry->dirfd, entry->path, &named)) {
		if (!named.readable)
			count_unreadable(n);
		return NULL;
	}
	inspect_path(&inspector, (pid_t)call->pid, named.path, &intent, &finding);
	if (finding.outcome != OUTCOME_REFUSED)
		return NULL;
	notice = make_notice(call, entry, &finding, flags);
	notice->pid = (pid_t)call->pid;
	notice->programs = __atomic_load_n(&n->programs, __ATOMIC_RELAXED);
	return notice;
}

uint64_t notifier_take_accesses(struct notifier *n, struct access_row **rows, size_t *count)
{
	uint64_t dropped;
	struct access_table *table;

	/* The thread has it for less than a system call. */
	for (;;) {
		table = __atomic_load_n(&n->accesses, __ATOMIC_RELAXED);
		if (table && __atomic_compare_exchange_n(&n->accesses, &table, n->spare, false,
							 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			break;
		sched_yield();
	}
	dropped = access_table_take(table, rows, count);
	n->spare = table;
	return dropped;
}
