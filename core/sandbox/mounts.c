/* SPDX-License-Identifier: MIT */
/*
 * The order of mounts. A later mount covers an earlier one at or below its target, so what a
 * program meets at a path is decided by the last mount at or above it; every step here asks
 * mount_plan_find() for that before it adds something:
 *
 *   1. everything read-only;
 *   2. pins: read-only binds of the directories between something protected and the write root
 *	above it. The write binds cover them, so no lookup meets them, but the kernel
 *	refuses to rename or remove a mount point: the protected name cannot be moved away;
 *   3. write binds;
 *   4. read denies, shallow first, each followed by what is allowed inside it;
 *   5. fakes of credentials;
 *   6. write denies, and again what they would uncover;
 *   7. what is this program's own.
 *
 * A missing name that must not come into being gets a placeholder: what is mounted needs
 * something to be mounted on. placeholders.h makes it on the host, and removes it afterwards. One
 * that another run has made already counts as a missing name here.
 */
#include "core/sandbox/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/mount_entries.h"
#include "core/sandbox/placeholders.h"

/* bwrap takes 9000 words in all; the rest is for its other options and the command. */
#define WORDS_MOST 8500

struct builder {
	struct mount_plan *plan;
	const struct mount_request *request;
	struct mount_entries entries;
	struct err *e;
};

static bool is_mask(const struct mount *mount)
{
	return mount->type == MOUNT_MASK_DIR || mount->type == MOUNT_MASK_FILE;
}

/* Something over a name that must not come bare. */
static bool is_cover(const struct mount *mount)
{
	return is_mask(mount) || mount->type == MOUNT_FAKE_FILE;
}

static bool is_writable(const struct mount *mount)
{
	return mount->type == MOUNT_BIND;
}

static bool is_placeholder(const struct mount *mount)
{
	return mount->type == MOUNT_PLACEHOLDER_DIR || mount->type == MOUNT_PLACEHOLDER_FILE;
}

static void bind_self(struct builder *b, enum mount_type type, enum mount_origin origin,
		      const char *path, const char *rule)
{
	mount_plan_add(b->plan, type, origin, path, path, rule);
}

/* Pins. */

/* The write grant that lies furthest up above a path, or NULL. */
static const struct grant *outermost_root(const struct mount_entries *entries, const char *path)
{
	const struct grant *outermost = NULL;

	for (size_t i = 0; i < entries->grant_count; i++) {
		const struct grant *grant = &entries->grants[i];

		if (grant->write && path_is_strictly_below(path, grant->path) &&
		    (!outermost || path_is_below(outermost->path, grant->path)))
			outermost = grant;
	}
	return outermost;
}

static void pin_ancestors(const struct mount_entries *entries, const char *path,
			  struct strings *pins)
{
	const struct grant *root = outermost_root(entries, path);
	_cleanup_free_ char *at = root ? path_parent(path) : NULL;

	while (at && path_is_strictly_below(at, root->path) && !strings_contain(pins, at)) {
		char *parent = path_parent(at);

		strings_add(pins, at);
		free(at);
		at = parent;
	}
}

static int compare_paths(const void *left, const void *right)
{
	const char *a = *(char *const *)left, *b = *(char *const *)right;
	size_t depth_a = path_depth(a), depth_b = path_depth(b);

	if (depth_a != depth_b)
		return depth_a < depth_b ? -1 : 1;
	return strcmp(a, b);
}

static void collect_pins(const struct builder *b, struct strings *pins)
{
	const struct mount_entries *entries = &b->entries;

	for (size_t i = 0; i < entries->denial_count; i++)
		if (!entries->denials[i].lifted_by)
			pin_ancestors(entries, entries->denials[i].path, pins);
	for (size_t i = 0; i < entries->write_denial_count; i++)
		pin_ancestors(entries, entries->write_denials[i].landing.at, pins);
	for (size_t i = 0; i < entries->own.count; i++)
		pin_ancestors(entries, entries->own.items[i], pins);
	for (size_t i = 0; i < b->request->fake_count; i++)
		pin_ancestors(entries, b->request->fakes[i].path, pins);
	if (pins->count)
		qsort(pins->items, pins->count, sizeof(*pins->items), compare_paths);
}

static void add_pins(struct builder *b, const struct strings *pins)
{
	for (size_t i = 0; i < pins->count; i++)
		bind_self(b, MOUNT_RO_BIND, ORIGIN_BASE, pins->items[i], NULL);
}

/* Write binds. */

/*
 * A person's rule about what lies in another writable place. A mount of its own would change nothing
 * but that its name could not be renamed or replaced (EBUSY). What a settings file names has one, as
 * upstream has it.
 */
static bool is_needless(const struct mount_entries *entries, const struct grant *grant)
{
	for (size_t i = 0; i < entries->grant_count && grant->origin == ORIGIN_RULE; i++) {
		const struct grant *other = &entries->grants[i];

		if (other->write && strcmp(other->path, "/") != 0 &&
		    path_is_strictly_below(grant->path, other->path))
			return true;
	}
	return false;
}

static void add_write_binds(struct builder *b)
{
	const struct mount_entries *entries = &b->entries;
	_cleanup_strings_ struct strings pins = STRINGS_EMPTY;
	const struct grant *whole_tree = NULL;

	collect_pins(b, &pins);
	for (size_t i = 0; i < entries->grant_count; i++)
		if (entries->grants[i].write && strcmp(entries->grants[i].path, "/") == 0)
			whole_tree = &entries->grants[i];
	if (!whole_tree)
		add_pins(b, &pins);
	for (size_t i = 0; i < entries->grant_count; i++) {
		const struct grant *grant = &entries->grants[i];

		if (grant->write && !is_needless(entries, grant))
			bind_self(b, MOUNT_BIND, grant->origin, grant->path, grant->rule);
	}
	if (!whole_tree)
		return;
	/* The bind of the root would take the pins with it: they lie on it, each top directory
	 * with pins in it is bound once more over them. */
	add_pins(b, &pins);
	for (size_t i = 0; i < pins.count && path_depth(pins.items[i]) == 1; i++)
		bind_self(b, MOUNT_BIND, whole_tree->origin, pins.items[i], whole_tree->rule);
	bind_self(b, MOUNT_RO_BIND, ORIGIN_BASE, "/sys", NULL);
}

/* Read denies. */

/* True if nothing that is denied keeps the grant from being restored inside a mask. */
static bool may_restore(const struct mount_entries *entries, const struct grant *grant)
{
	for (size_t i = 0; i < entries->denial_count; i++) {
		const struct denial *denial = &entries->denials[i];

		if (!denial->lifted_by && path_is_below(grant->path, denial->path) &&
		    !mount_entries_lift(entries, grant, denial))
			return false;
	}
	return true;
}

/* What may be written around a mask may not be where only reading is allowed back in it. */
static bool restores_writable(const struct mount_entries *entries, const struct grant *grant,
			      const char *mask)
{
	return grant->write || mount_entries_writable(entries, grant->path, mask);
}

/* True if another grant that is restored too makes this one needless. */
static bool is_included(const struct mount_entries *entries, const struct grant *grant,
			const char *mask)
{
	for (size_t i = 0; i < entries->grant_count; i++) {
		const struct grant *other = &entries->grants[i];

		if (other == grant || !path_is_strictly_below(other->path, mask) ||
		    !path_is_below(grant->path, other->path))
			continue;
		/* Of two for one path the write grant, else the first, is kept. */
		if (strcmp(other->path, grant->path) == 0 &&
		    !(other->write > grant->write || (other->write == grant->write && other < grant)))
			continue;
		if (restores_writable(entries, grant, mask) &&
		    !restores_writable(entries, other, mask))
			continue;
		if (may_restore(entries, other))
			return true;
	}
	return false;
}

/* What is allowed inside a directory, for writing or for reading alone. */
static void restore(struct builder *b, const char *within, bool write)
{
	const struct mount_entries *entries = &b->entries;

	for (size_t i = 0; i < entries->grant_count; i++) {
		const struct grant *grant = &entries->grants[i];

		if (restores_writable(entries, grant, within) != write ||
		    !path_is_strictly_below(grant->path, within) || !may_restore(entries, grant) ||
		    is_included(entries, grant, within))
			continue;
		bind_self(b, write ? MOUNT_BIND : MOUNT_RO_BIND, grant->origin, grant->path, grant->rule);
	}
}

static void add_mask(struct builder *b, const char *path, bool directory, enum mount_origin origin,
		     const char *rule)
{
	mount_plan_add(b->plan, directory ? MOUNT_MASK_DIR : MOUNT_MASK_FILE, origin, NULL, path,
		       rule);
}

/*
 * A deny that was lifted for reading only: what may be written around the place may not be there. Of
 * the settings file's own, a file that is denied and allowed again is as if it was never named.
 */
static bool stays_read_only(const struct builder *b, const struct denial *denial)
{
	return denial->lifted_by && (denial->directory || denial->origin == ORIGIN_SENSITIVE) &&
	       is_writable(mount_plan_find(b->plan, denial->path)) &&
	       !mount_entries_writable(&b->entries, denial->path, denial->path);
}

/* Of what lies in the mask `hidden`. Where the settings made that it says so itself. */
static void bury(struct builder *b, const struct mount *hidden, enum mount_type type, const char *path,
		 const char *rule)
{
	if (hidden->origin != ORIGIN_SETTINGS)
		mount_plan_bury(b->plan, type, path, rule);
}

static void add_read_denials(struct builder *b)
{
	for (size_t i = 0; i < b->entries.denial_count; i++) {
		const struct denial *denial = &b->entries.denials[i];
		const struct mount *now;

		if (stays_read_only(b, denial)) {
			bind_self(b, MOUNT_RO_BIND, denial->lifted_by->origin, denial->path,
				  denial->lifted_by->rule);
			restore(b, denial->path, true);
		}
		if (denial->lifted_by)
			continue;
		now = mount_plan_find(b->plan, denial->path);
		if (is_mask(now)) {
			if (denial->origin == ORIGIN_SETTINGS)
				bury(b, now, MOUNT_MASK_DIR, denial->path, denial->rule);
			continue;
		}
		add_mask(b, denial->path, denial->directory, denial->origin, denial->rule);
		b->plan->items[b->plan->count - 1].is_final = denial->final;
		if (!denial->directory)
			continue;
		/* Reading first, so that writing lies on top of it. */
		restore(b, denial->path, false);
		restore(b, denial->path, true);
	}
}

/* Fakes. */

static bool is_last_fake(const struct mount_request *request, size_t index)
{
	for (size_t i = index + 1; i < request->fake_count; i++)
		if (strcmp(request->fakes[i].path, request->fakes[index].path) == 0)
			return false;
	return true;
}

/* A fake is shown inside what is hidden, and in its place, as upstream has it: it tells nothing. */
static void add_fake(struct builder *b, const struct mount_fake *fake)
{
	const struct mount *now = mount_plan_find(b->plan, fake->path);
	struct stat st;

	if (is_mask(now) && (now->is_final || !fake->source)) {
		bury(b, now, MOUNT_MASK_FILE, fake->path, fake->rule);
		return;
	}
	if (fake->source && now->type == MOUNT_MASK_FILE) {
		/* In its place: not every bwrap mounts over a device. */
		struct mount *mask = &b->plan->items[now - b->plan->items];

		mask->type = MOUNT_FAKE_FILE;
		mask->origin = ORIGIN_SETTINGS;
		mask->source = xstrdup(fake->source);
		free(mask->rule);
		mask->rule = xstrdup(fake->rule);
	} else if (fake->source) {
		mount_plan_add(b->plan, MOUNT_FAKE_FILE, ORIGIN_SETTINGS, fake->source, fake->path,
			       fake->rule);
	} else {
		add_mask(b, fake->path, stat(fake->path, &st) == 0 && S_ISDIR(st.st_mode),
			 ORIGIN_SETTINGS, fake->rule);
	}
}

static void add_fakes(struct builder *b)
{
	for (size_t i = 0; i < b->request->fake_count; i++)
		/* The sandbox has a /proc and a /dev of its own. */
		if (is_last_fake(b->request, i) &&
		    !path_is_below(b->request->fakes[i].path, "/proc") &&
		    !path_is_below(b->request->fakes[i].path, "/dev"))
			add_fake(b, &b->request->fakes[i]);
}

/* Write denies. */

static bool holds_writable(const struct mount_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct mount *mount = &plan->items[i];

		if (is_writable(mount) && path_is_strictly_below(mount->target, path) &&
		    mount_plan_find(plan, mount->target) == mount)
			return true;
	}
	return false;
}

/*
 * Binds a directory over itself. That uncovers what was mounted below it, so the masks there
 * are made again with what lies in them; under a read-only bind writing does not come back.
 */
static void bind_over(struct builder *b, enum mount_type type, enum mount_origin origin,
		      const char *path, const char *rule)
{
	struct mount_plan *plan = b->plan;
	size_t before = plan->count, *again = NULL, count = 0, capacity = 0;

	for (size_t i = 0; i < before; i++) {
		const struct mount *mount = &plan->items[i];

		if (path_is_strictly_below(mount->target, path) &&
		    mount_plan_find(plan, mount->target) == mount) {
			grow_array(again, count, capacity);
			again[count++] = i;
		}
	}
	bind_self(b, type, origin, path, rule);
	for (size_t i = 0; i < count; i++) {
		const struct mount old = plan->items[again[i]];
		bool hidden = is_mask(mount_plan_find(plan, old.target));
		enum mount_type new = old.type;

		if (type == MOUNT_RO_BIND) {
			if (is_placeholder(&old) || (!hidden && !is_cover(&old)))
				continue;
			if (old.type == MOUNT_BIND)
				new = MOUNT_RO_BIND;
		}
		mount_plan_add(plan, new, old.origin, old.source, old.target, old.rule);
	}
	free(again);
}

/* What a person allowed by name inside a mandatory deny stays writable. */
static void rebind_rules(struct builder *b, const char *path, const bool *was_writable)
{
	for (size_t i = 0; i < b->entries.grant_count; i++) {
		const struct grant *grant = &b->entries.grants[i];

		if (was_writable[i] && path_is_strictly_below(grant->path, path))
			bind_over(b, MOUNT_BIND, grant->origin, grant->path, grant->rule);
	}
}

static bool is_rule_write(const struct grant *grant)
{
	return grant->write && grant->origin == ORIGIN_RULE;
}

static bool is_allowed_by_name(const struct builder *b, const char *path)
{
	const struct strings *allowed = b->request->rule_write;

	for (size_t i = 0; i < b->entries.grant_count; i++)
		if (is_rule_write(&b->entries.grants[i]) &&
		    strcmp(b->entries.grants[i].path, path) == 0)
			return true;
	return allowed && strings_contain(allowed, path);
}

/* Of what is hidden there only the writable places in it can be written. */
static void deny_carve_outs(struct builder *b, const struct write_denial *denial, const char *path)
{
	size_t before = b->plan->count;

	for (size_t i = 0; i < before; i++) {
		/* The list moves when it grows. */
		_cleanup_free_ char *target = xstrdup(b->plan->items[i].target);

		if (is_writable(&b->plan->items[i]) && path_is_strictly_below(target, path) &&
		    mount_plan_find(b->plan, target) == &b->plan->items[i] &&
		    !(denial->origin == ORIGIN_MANDATORY && b->plan->items[i].origin == ORIGIN_RULE))
			bind_over(b, MOUNT_RO_BIND, denial->origin, target, denial->rule);
	}
}

static void deny_existing(struct builder *b, const struct write_denial *denial, const char *path)
{
	const struct mount_entries *entries = &b->entries;
	const struct mount *now = mount_plan_find(b->plan, path);
	_cleanup_free_ bool *was_writable = NULL;

	if (is_mask(now)) {
		if (denial->origin == ORIGIN_SETTINGS)
			bury(b, now, MOUNT_RO_BIND, path, denial->rule);
		deny_carve_outs(b, denial, path);
		return;
	}
	if (!is_writable(now) && !holds_writable(b->plan, path))
		return;
	was_writable = xcalloc(entries->grant_count, sizeof(*was_writable));
	if (denial->origin == ORIGIN_MANDATORY)
		for (size_t i = 0; i < entries->grant_count; i++)
			was_writable[i] = is_rule_write(&entries->grants[i]) &&
					  is_writable(mount_plan_find(b->plan,
								      entries->grants[i].path));
	bind_over(b, MOUNT_RO_BIND, denial->origin, path, denial->rule);
	rebind_rules(b, path, was_writable);
}

static void deny_missing(struct builder *b, const struct write_denial *denial)
{
	const char *path = denial->landing.at;
	_cleanup_free_ char *parent = path_parent(path);
	bool directory = denial->directory || denial->landing.more;
	bool is_there = placeholder_is_at(path, &directory);
	struct stat st;

	for (size_t i = 0; i < b->plan->count; i++) {
		struct mount *known = &b->plan->items[i];

		if (is_placeholder(known) && strcmp(known->target, path) == 0) {
			if (directory && !is_there)
				known->type = MOUNT_PLACEHOLDER_DIR;
			return;
		}
	}
	if (!is_writable(mount_plan_find(b->plan, path)) || path_is_below(parent, "/proc") ||
	    path_is_below(parent, "/dev") || path_is_below(parent, "/sys"))
		return;
	if (faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) < 0) {
		/* Its owner could make it writable, so it is bound as it is. */
		if (errno == EACCES && stat(parent, &st) == 0 && st.st_uid == geteuid())
			deny_existing(b, denial, parent);
		return;
	}
	mount_plan_add(b->plan, directory ? MOUNT_PLACEHOLDER_DIR : MOUNT_PLACEHOLDER_FILE,
		       denial->origin, NULL, path, denial->rule);
	b->plan->items[b->plan->count - 1].created_on_host = true;
}

static int deny_write(struct builder *b, const struct write_denial *denial)
{
	const struct path_landing *landing = &denial->landing;

	if (denial->origin == ORIGIN_MANDATORY && is_allowed_by_name(b, denial->path))
		return 0;
	switch (landing->fate) {
	case PATH_EXISTS:
	case PATH_BLOCKED:
	case PATH_HIDDEN:
		deny_existing(b, denial, landing->at);
		return 0;
	case PATH_MISSING:
		deny_missing(b, denial);
		return 0;
	case PATH_LOOP:
		if (!is_writable(mount_plan_find(b->plan, landing->at)))
			return 0;
		return err_set(b->e, "%s: cannot be protected: %s leads nowhere", denial->rule,
			       landing->at);
	}
	return 0;
}

static int add_write_denials(struct builder *b)
{
	for (size_t i = 0; i < b->entries.write_denial_count; i++)
		if (deny_write(b, &b->entries.write_denials[i]) < 0)
			return -1;
	return 0;
}

/* The rest. */

static void add_own(struct builder *b)
{
	for (size_t i = 0; i < b->entries.own.count; i++) {
		const char *path = b->entries.own.items[i];
		_cleanup_free_ char *rule = xasprintf("own %s", path);
		struct stat st;

		if (!is_mask(mount_plan_find(b->plan, path)) && lstat(path, &st) == 0)
			add_mask(b, path, S_ISDIR(st.st_mode), ORIGIN_OWN, rule);
	}
}

static int check_size(const struct mount_plan *plan, struct err *e)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;

	mount_plan_arguments(plan, &words);
	if (words.count <= WORDS_MOST)
		return 0;
	return err_set(e,
		       "the rules need %zu mounts, more than bubblewrap takes: deny directories "
		       "instead of patterns that match many files", plan->count);
}

static int build(struct builder *b)
{
	bool disabled = b->request->settings->filesystem_disabled;

	if (mount_entries_collect(&b->entries, b->request, &b->plan->notes, b->e) < 0)
		return -1;
	if (disabled) {
		bind_self(b, MOUNT_BIND, ORIGIN_BASE, "/", NULL);
		bind_self(b, MOUNT_RO_BIND, ORIGIN_BASE, "/sys", NULL);
	} else {
		bind_self(b, MOUNT_RO_BIND, ORIGIN_BASE, "/", NULL);
		if (b->request->separate_cwd && strcmp(b->request->cwd, "/") != 0)
			bind_self(b, MOUNT_RO_BIND, ORIGIN_BASE, b->request->cwd, NULL);
		add_write_binds(b);
		add_read_denials(b);
	}
	add_fakes(b);
	if (add_write_denials(b) < 0)
		return -1;
	add_own(b);
	return check_size(b->plan, b->e);
}

int mount_plan_make(struct mount_plan *plan, const struct mount_request *request, struct err *e)
{
	struct builder b = { .plan = plan, .request = request, .e = e };
	int result = build(&b);

	mount_entries_free(&b.entries);
	if (result < 0)
		mount_plan_free(plan);
	return result;
}
