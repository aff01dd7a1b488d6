/* SPDX-License-Identifier: MIT */
/*
 * Settings entries to resolved paths. A deny is placed where it leads, through any link; an
 * allow counts only where its path has no link in it, since a link may have been planted by
 * the very program that is to be held.
 */
#include "core/sandbox/mount_entries.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/mem.h"
#include "core/policy/glob.h"
#include "core/sandbox/placeholders.h"

struct collector {
	struct mount_entries *entries;
	const struct mount_request *request;
	struct strings *notes;
	struct err *e;
};

void mount_entries_free(struct mount_entries *entries)
{
	for (size_t i = 0; i < entries->grant_count; i++) {
		free(entries->grants[i].path);
		free(entries->grants[i].rule);
	}
	for (size_t i = 0; i < entries->denial_count; i++) {
		free(entries->denials[i].path);
		free(entries->denials[i].rule);
	}
	for (size_t i = 0; i < entries->write_denial_count; i++) {
		free(entries->write_denials[i].path);
		free(entries->write_denials[i].rule);
		path_landing_free(&entries->write_denials[i].landing);
	}
	free(entries->grants);
	free(entries->denials);
	free(entries->write_denials);
	free(entries->home);
	strings_free(&entries->own);
	*entries = (struct mount_entries){ 0 };
}

/* Trees that the sandbox gets of its own: nothing that a rule says about them can hold. */
static bool is_replaced(const char *path)
{
	return path_is_below(path, "/proc") || path_is_below(path, "/dev");
}

static char *spell(const struct collector *c, const char *text)
{
	return path_absolute(text, c->entries->home, c->request->cwd);
}

/* Allows. */

static void add_grant(struct collector *c, const char *path, bool write, bool conditional,
		      enum mount_origin origin, const char *rule)
{
	struct mount_entries *entries = c->entries;

	/* It goes when its run ends. */
	if (placeholder_is_at(path, NULL))
		return;
	for (size_t i = 0; i < entries->grant_count; i++) {
		const struct grant *known = &entries->grants[i];

		if (known->write == write && known->conditional == conditional &&
		    known->origin == origin && strcmp(known->path, path) == 0)
			return;
	}
	grow_array(entries->grants, entries->grant_count, entries->grant_capacity);
	entries->grants[entries->grant_count++] = (struct grant){ .path = xstrdup(path),
								  .write = write,
								  .conditional = conditional,
								  .origin = origin,
								  .rule = xstrdup(rule) };
}

/* Adds the path if it can be granted, else a note. */
static void try_grant(struct collector *c, const char *path, bool write, enum mount_origin origin,
		      const char *rule)
{
	_cleanup_free_ char *real = path_real(path);

	if (is_replaced(path) || (write && path_is_below(path, "/sys")))
		strings_addf(c->notes, "%s: has no effect below /proc, /sys and /dev", rule);
	else if (!real || placeholder_is_at(real, NULL))
		strings_addf(c->notes, "%s: left out: %s", rule,
			     real || errno == ENOENT ? "does not exist" : strerror(errno));
	else if (strcmp(real, path) != 0)
		strings_addf(c->notes, "%s: left out: it leads through a symbolic link to %s", rule,
			     real);
	else
		add_grant(c, path, write, false, origin, rule);
}

static void add_default_writes(struct collector *c)
{
	static const struct {
		const char *path;
		bool conditional;
	} defaults[] = { { "/tmp/claude", false },
			 { "/private/tmp/claude", false },
			 { "~/.npm/_logs", true },
			 { "~/.claude/debug", true } };

	for (size_t i = 0; i < ARRAY_LENGTH(defaults); i++) {
		_cleanup_free_ char *path = spell(c, defaults[i].path);
		_cleanup_free_ char *rule = xasprintf("default %s", defaults[i].path);

		if (path_is_plain(path))
			add_grant(c, path, true, defaults[i].conditional, ORIGIN_SETTINGS, rule);
	}
}

/*
 * True if an absolute entry goes up again behind a pattern: nobody knows from where, and what the text
 * comes to without both is not what the entry names. A relative one upstream brings into form first.
 */
static bool goes_up_behind_pattern(const char *text)
{
	const char *up = strpbrk(text, "*?[]");

	if (text[0] != '/' && text[0] != '~')
		return false;
	while (up && (up = strstr(up, "/..")))
		if (*(up += 3) == '/' || *up == '\0')
			return true;
	return false;
}

/*
 * The path that an entry of allowWrite names, NULL where it is a pattern. That goes by the text as it
 * is written, without one slash and two stars at its end: two more, a slash behind them or a way up
 * again leave a pattern, even if the path that comes of it were none.
 */
static char *writable_name(const struct collector *c, const struct settings_path *entry)
{
	size_t length = strlen(entry->path);
	_cleanup_free_ char *name = NULL, *path = NULL;
	struct stat st;

	if (entry->literal)
		return spell(c, entry->path);
	if (length >= 3 && strcmp(entry->path + length - 3, "/**") == 0)
		length -= 3;
	name = length ? xstrndup(entry->path, length) : xstrdup("/");
	path = spell(c, name);
	if (!glob_has_characters(name))
		return steal_ptr(&path);
	/* Something may be called just so. */
	return !goes_up_behind_pattern(name) && glob_has_characters(path) && lstat(path, &st) == 0 ?
		       steal_ptr(&path) :
		       NULL;
}

static void add_writable(struct collector *c, const struct settings_path *entry, const char *rule)
{
	_cleanup_free_ char *name = writable_name(c, entry);

	if (name)
		try_grant(c, name, true, ORIGIN_SETTINGS, rule);
	else
		strings_addf(c->notes, "%s: left out: a pattern cannot be made writable", rule);
}

static int add_readable(struct collector *c, const struct settings_path *entry, const char *rule)
{
	_cleanup_free_ char *path = spell(c, entry->path);
	_cleanup_free_ char *name = entry->literal ? xstrdup(path) : glob_strip(path);
	_cleanup_strings_ struct strings matches = STRINGS_EMPTY;
	struct stat st;

	if (!entry->literal && goes_up_behind_pattern(entry->path)) {
		strings_addf(c->notes, "%s: left out: it goes up again behind a pattern", rule);
		return 0;
	}
	if (entry->literal || !glob_has_characters(name) || lstat(name, &st) == 0)
		try_grant(c, name, false, ORIGIN_SETTINGS, rule);
	if (entry->literal || !glob_has_characters(name))
		return 0;
	if (glob_expand(path, &matches, NULL, c->e) < 0)
		return err_wrap(c->e, "%s", rule);
	for (size_t i = 0; i < matches.count; i++)
		if (path_is_plain(matches.items[i]))
			add_grant(c, matches.items[i], false, false, ORIGIN_SETTINGS, rule);
	return 0;
}

/* allowRead patterns are expanded; an allowWrite entry is only ever a name. */
static int add_allowed(struct collector *c, const struct settings_paths *paths, bool write)
{
	for (size_t i = 0; i < paths->count; i++) {
		const struct settings_path *entry = &paths->items[i];
		_cleanup_free_ char *rule =
			xasprintf("%s %s", write ? "allowWrite" : "allowRead", entry->path);

		if (write)
			add_writable(c, entry, rule);
		else if (add_readable(c, entry, rule) < 0)
			return -1;
	}
	return 0;
}

static void add_rules(struct collector *c, const struct strings *paths, bool write)
{
	for (size_t i = 0; paths && i < paths->count; i++) {
		_cleanup_free_ char *path = path_normalize(paths->items[i]);
		_cleanup_free_ char *rule =
			xasprintf("allow %s %s", write ? "write" : "read", paths->items[i]);

		try_grant(c, path, write, ORIGIN_RULE, rule);
	}
}

static void add_write_roots(struct collector *c)
{
	const struct strings *roots = c->request->write_roots;

	for (size_t i = 0; roots && i < roots->count; i++)
		try_grant(c, roots->items[i], true, ORIGIN_BASE, "learning");
}

/* Read denies. */

static void push_denial(struct collector *c, const char *path, bool final, enum mount_origin origin,
			const char *rule)
{
	struct mount_entries *entries = c->entries;
	struct stat st;

	if (is_replaced(path)) {
		strings_addf(c->notes, "%s: has no effect below /proc and /dev", rule);
		return;
	}
	if (lstat(path, &st) < 0 || placeholder_is_at(path, NULL))
		return;
	grow_array(entries->denials, entries->denial_count, entries->denial_capacity);
	entries->denials[entries->denial_count++] =
		(struct denial){ .path = xstrdup(path),
				 .directory = S_ISDIR(st.st_mode),
				 .final = final,
				 .origin = origin,
				 .rule = xstrdup(rule) };
}

/* The root itself cannot be hidden: everything in it is. Links in it lead to what is. */
static int deny_root(struct collector *c, bool final, enum mount_origin origin, const char *rule)
{
	DIR *dir = opendir("/");
	struct dirent *entry;

	if (!dir)
		return err_errno(c->e, "%s", rule);
	while ((entry = readdir(dir))) {
		_cleanup_free_ char *path = path_join("/", entry->d_name);
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    is_replaced(path) || strcmp(path, "/sys") == 0)
			continue;
		if (lstat(path, &st) == 0 && !S_ISLNK(st.st_mode))
			push_denial(c, path, final, origin, rule);
	}
	closedir(dir);
	return 0;
}

static bool root_is_allowed(const struct collector *c)
{
	for (size_t i = 0; i < c->entries->grant_count; i++) {
		const struct grant *grant = &c->entries->grants[i];

		if (!grant->write && grant->origin == ORIGIN_SETTINGS &&
		    strcmp(grant->path, "/") == 0)
			return true;
	}
	return false;
}

static int add_denial(struct collector *c, const char *path, bool final, enum mount_origin origin,
		      const char *rule)
{
	_cleanup_landing_ struct path_landing landing = { 0 };
	_cleanup_free_ char *holder = NULL;

	path_land(&landing, path);
	if (landing.fate == PATH_HIDDEN) {
		push_denial(c, landing.at, true, origin, rule);
		return 0;
	}
	if (landing.fate != PATH_EXISTS)
		return 0;
	if (strcmp(landing.at, "/") != 0) {
		push_denial(c, landing.at, final, origin, rule);
		return 0;
	}
	if (strcmp(path, "/") == 0)
		return !final && root_is_allowed(c) ? 0 : deny_root(c, final, origin, rule);
	/* A link to the root: what holds the link is hidden. */
	holder = path_parent(path);
	return add_denial(c, holder, final, origin, rule);
}

static int add_denied_matches(struct collector *c, const char *pattern, bool final, const char *rule)
{
	_cleanup_strings_ struct strings matches = STRINGS_EMPTY;
	_cleanup_strings_ struct strings unlisted = STRINGS_EMPTY;

	if (glob_expand(pattern, &matches, &unlisted, c->e) < 0)
		return err_wrap(c->e, "%s", rule);
	for (size_t i = 0; i < matches.count; i++)
		if (add_denial(c, matches.items[i], final, ORIGIN_SETTINGS, rule) < 0)
			return -1;
	for (size_t i = 0; i < unlisted.count; i++)
		if (add_denial(c, unlisted.items[i], final, ORIGIN_SETTINGS, rule) < 0)
			return -1;
	return 0;
}

static bool something_is_granted_in(const struct collector *c, const char *path)
{
	for (size_t i = 0; i < c->entries->grant_count; i++)
		if (path_is_below(c->entries->grants[i].path, path))
			return true;
	return false;
}

/*
 * A slash and two stars at the end of a text are left out. Two stars alone, once more, or with a slash
 * behind them are a pattern, of all that is below: who may read x in spite of that may see its names,
 * and read nothing in it.
 */
static bool denies_each_below(const struct collector *c, const char *text, const char *path,
			      const char *name)
{
	size_t length = strlen(text), stripped = strlen(path) - strlen(name);
	bool whole = length >= 3 && strcmp(text + length - 3, "/**") == 0 && stripped <= 3;

	return strcmp(path, name) != 0 && !whole &&
	       (glob_has_characters(name) || something_is_granted_in(c, name));
}

static int add_denied_entry(struct collector *c, const char *text, bool literal, bool final,
			    const char *rule)
{
	_cleanup_free_ char *path = spell(c, text);
	_cleanup_free_ char *name = literal ? xstrdup(path) : glob_strip(path);
	_cleanup_free_ char *below = NULL;

	if (literal || !glob_has_characters(name)) {
		if (add_denial(c, name, final, ORIGIN_SETTINGS, rule) < 0)
			return -1;
	} else if (add_denied_matches(c, path, final, rule) < 0) {
		return -1;
	}
	if (literal || final || !denies_each_below(c, text, path, name))
		return 0;
	below = path_join(path, "*");
	return add_denied_matches(c, below, final, rule);
}

static void collect_sensitive(const struct collector *c, struct strings *paths)
{
	const struct strings *files = c->request->project_files;

	sensitive_paths(c->entries->home, c->request->cwd, paths);
	for (size_t i = 0; files && i < files->count; i++)
		if (access(files->items[i], F_OK) == 0 && !strings_contain(paths, files->items[i]))
			strings_add(paths, files->items[i]);
}

static int add_denials(struct collector *c)
{
	const struct settings *settings = c->request->settings;
	const struct strings *denied = c->request->rule_deny_read;
	_cleanup_strings_ struct strings sensitive = STRINGS_EMPTY;

	for (size_t i = 0; i < settings->deny_read.count; i++) {
		const struct settings_path *entry = &settings->deny_read.items[i];
		_cleanup_free_ char *rule = xasprintf("denyRead %s", entry->path);

		if (add_denied_entry(c, entry->path, entry->literal, false, rule) < 0)
			return -1;
	}
	for (size_t i = 0; i < settings->credential_files.count; i++) {
		const struct credential *file = &settings->credential_files.items[i];
		_cleanup_free_ char *rule = xasprintf("credentials.files %s", file->name);

		if (file->mode == CREDENTIAL_DENY &&
		    add_denied_entry(c, file->name, false, true, rule) < 0)
			return -1;
	}
	if (add_denial(c, MOUNTS_HIDDEN_ALWAYS, false, ORIGIN_SETTINGS,
		       "default " MOUNTS_HIDDEN_ALWAYS) < 0)
		return -1;
	for (size_t i = 0; denied && i < denied->count; i++) {
		_cleanup_free_ char *path = path_normalize(denied->items[i]);
		_cleanup_free_ char *rule = xasprintf("deny read %s", denied->items[i]);

		if (add_denial(c, path, false, ORIGIN_RULE, rule) < 0)
			return -1;
	}
	if (c->request->mask_sensitive)
		collect_sensitive(c, &sensitive);
	for (size_t i = 0; i < sensitive.count; i++) {
		_cleanup_free_ char *shown = path_shorten(sensitive.items[i], c->entries->home);
		_cleanup_free_ char *rule = xasprintf("sensitive %s", shown);

		push_denial(c, sensitive.items[i], false, ORIGIN_SENSITIVE, rule);
	}
	return 0;
}

/* Shallow first; of two for one path the stricter first. */
static int compare_denials(const void *left, const void *right)
{
	const struct denial *a = left, *b = right;
	size_t depth_a = path_depth(a->path), depth_b = path_depth(b->path);
	int order;

	if (depth_a != depth_b)
		return depth_a < depth_b ? -1 : 1;
	order = strcmp(a->path, b->path);
	if (order)
		return order;
	if (a->final != b->final)
		return a->final ? -1 : 1;
	return (int)(a->origin == ORIGIN_SENSITIVE) - (int)(b->origin == ORIGIN_SENSITIVE);
}

/*
 * A person's rule for the directory that holds a sensitive file is one for that file too; what
 * is wider, and any directory of the list, needs a rule of its own.
 */
static bool lifts_from_above(const struct grant *grant, const struct denial *denial)
{
	_cleanup_free_ char *holder = NULL;

	if (grant->origin != ORIGIN_RULE || grant->write || denial->directory ||
	    denial->origin != ORIGIN_SENSITIVE)
		return false;
	holder = path_parent(denial->path);
	return strcmp(grant->path, holder) == 0;
}

static void sort_denials(struct mount_entries *entries)
{
	size_t kept = 0;

	if (entries->denial_count)
		qsort(entries->denials, entries->denial_count, sizeof(*entries->denials),
		      compare_denials);
	for (size_t i = 0; i < entries->denial_count; i++) {
		struct denial *denial = &entries->denials[i];

		if (kept && strcmp(entries->denials[kept - 1].path, denial->path) == 0) {
			free(denial->path);
			free(denial->rule);
			continue;
		}
		for (size_t g = 0; g < entries->grant_count && !denial->lifted_by; g++) {
			const struct grant *grant = &entries->grants[g];

			if ((strcmp(grant->path, denial->path) == 0 &&
			     mount_entries_lift(entries, grant, denial)) ||
			    lifts_from_above(grant, denial))
				denial->lifted_by = grant;
		}
		entries->denials[kept++] = *denial;
	}
	entries->denial_count = kept;
}

/* A default gives way unless the settings re-open it by an allowRead inside the deny. */
static bool is_reopened(const struct mount_entries *entries, const char *path, const char *denied)
{
	for (size_t i = 0; i < entries->grant_count; i++) {
		const struct grant *grant = &entries->grants[i];

		if (!grant->write && grant->origin == ORIGIN_SETTINGS &&
		    path_is_below(path, grant->path) && path_is_below(grant->path, denied))
			return true;
	}
	return false;
}

bool mount_entries_lift(const struct mount_entries *entries, const struct grant *grant,
		  const struct denial *denial)
{
	bool same = strcmp(grant->path, denial->path) == 0;

	if (denial->final || grant->origin == ORIGIN_BASE || !path_is_below(grant->path, denial->path))
		return false;
	if (grant->conditional)
		return is_reopened(entries, grant->path, denial->path);
	if (denial->origin == ORIGIN_SENSITIVE)
		return denial->directory || same;
	if (denial->origin == ORIGIN_RULE)
		return grant->origin == ORIGIN_RULE && denial->directory && !same;
	if (grant->origin != ORIGIN_SETTINGS)
		return false;
	/* A directory comes back where it may be read or written; a file only where it may be read. */
	return denial->directory || (same && !grant->write);
}

bool mount_entries_writable(const struct mount_entries *entries, const char *path, const char *within)
{
	for (size_t i = 0; i < entries->grant_count; i++) {
		const struct grant *grant = &entries->grants[i];

		if (grant->write && path_is_below(path, grant->path) && path_is_below(grant->path, within))
			return true;
	}
	return false;
}

/* Write denies. */

/* As path_land(), but a placeholder of another run is a name that does not exist. */
static void land_write_denial(struct path_landing *landing, const char *path)
{
	_cleanup_free_ char *parent = NULL;

	path_land(landing, path);
	if (landing->fate == PATH_EXISTS || landing->fate == PATH_BLOCKED) {
		if (placeholder_is_at(landing->at, NULL))
			landing->fate = PATH_MISSING;
	} else if (landing->fate == PATH_MISSING) {
		parent = path_parent(landing->at);
		if (placeholder_is_at(parent, NULL)) {
			free(landing->at);
			landing->at = steal_ptr(&parent);
			landing->more = true;
		}
	}
}

void mount_entries_add_write_denial(struct mount_entries *entries, char *path, bool directory,
			      enum mount_origin origin, char *rule)
{
	struct write_denial *denial;

	grow_array(entries->write_denials, entries->write_denial_count,
		   entries->write_denial_capacity);
	denial = &entries->write_denials[entries->write_denial_count++];
	*denial = (struct write_denial){
		.path = path, .directory = directory, .origin = origin, .rule = rule
	};
	land_write_denial(&denial->landing, path);
}

static int add_write_denials(struct collector *c)
{
	const struct settings_paths *paths = &c->request->settings->deny_write;
	const struct strings *denied = c->request->rule_deny_write;

	for (size_t i = 0; i < paths->count; i++) {
		const struct settings_path *entry = &paths->items[i];
		_cleanup_free_ char *rule = xasprintf("denyWrite %s", entry->path);
		_cleanup_free_ char *path = spell(c, entry->path);
		_cleanup_free_ char *name = entry->literal ? xstrdup(path) : glob_strip(path);
		_cleanup_strings_ struct strings found = STRINGS_EMPTY;

		if (entry->literal || !glob_has_characters(name))
			strings_add(&found, name);
		/* One that cannot be listed is denied whole, like a match. */
		else if (glob_expand(path, &found, &found, c->e) < 0)
			return err_wrap(c->e, "%s", rule);
		for (size_t f = 0; f < found.count; f++)
			mount_entries_add_write_denial(c->entries, xstrdup(found.items[f]), false,
						 ORIGIN_SETTINGS, xstrdup(rule));
	}
	for (size_t i = 0; denied && i < denied->count; i++)
		mount_entries_add_write_denial(c->entries, path_normalize(denied->items[i]), false,
					       ORIGIN_RULE,
					       xasprintf("deny write %s", denied->items[i]));
	return 0;
}

/* The search is only made where something in cwd can be written. */
static bool touches_cwd(const struct collector *c)
{
	const char *cwd = c->request->cwd;

	for (size_t i = 0; i < c->entries->grant_count; i++) {
		const struct grant *grant = &c->entries->grants[i];

		if (grant->write &&
		    (path_is_below(cwd, grant->path) || path_is_below(grant->path, cwd)))
			return true;
	}
	return false;
}

static void add_own(struct collector *c)
{
	const struct strings *own = c->request->own, *read_only = c->request->read_only;

	for (size_t i = 0; read_only && i < read_only->count; i++)
		mount_entries_add_write_denial(c->entries, path_normalize(read_only->items[i]), false,
					 ORIGIN_OWN, xasprintf("own %s", read_only->items[i]));
	for (size_t i = 0; own && i < own->count; i++) {
		char *real = path_real(own->items[i]);

		if (real)
			strings_take(&c->entries->own, real);
	}
}

static int add_mandatory(struct collector *c)
{
	const struct mount_request *request = c->request;
	const struct settings *settings = request->settings;
	const struct strings *roots = request->protected_roots;

	if (touches_cwd(c) &&
	    mandatory_denials(c->entries, request->cwd, settings->mandatory_deny_search_depth,
			      settings->allow_git_config, c->e) < 0)
		return -1;
	for (size_t i = 0; roots && i < roots->count; i++)
		if (strcmp(roots->items[i], request->cwd) != 0 &&
		    mandatory_denials_found(c->entries, roots->items[i],
					    settings->mandatory_deny_search_depth,
					    settings->allow_git_config, c->e) < 0)
			return -1;
	return 0;
}

int mount_entries_collect(struct mount_entries *entries, const struct mount_request *request,
		    struct strings *notes, struct err *e)
{
	const struct settings *settings = request->settings;
	struct collector c = { .entries = entries, .request = request, .notes = notes, .e = e };

	entries->home = path_real(request->home);
	if (!entries->home)
		entries->home = path_normalize(request->home);
	if (!settings->filesystem_disabled) {
		add_default_writes(&c);
		if (add_allowed(&c, &settings->allow_write, true) < 0 ||
		    add_allowed(&c, &settings->allow_read, false) < 0)
			return -1;
		add_rules(&c, request->rule_write, true);
		add_rules(&c, request->rule_read, false);
		add_write_roots(&c);
		if (add_denials(&c) < 0)
			return -1;
		sort_denials(entries);
		if (add_write_denials(&c) < 0)
			return -1;
		if (add_mandatory(&c) < 0)
			return -1;
	}
	add_own(&c);
	return 0;
}
