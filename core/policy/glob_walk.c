/* SPDX-License-Identifier: MIT */
/*
 * Expansion of a pattern over what exists. The text before the first pattern character names
 * the directory to start in; below it every name is fed to the matcher, and a directory is
 * entered only while something below it could still match. Through links, a directory is
 * visited once at most for each state of the matcher, so they cannot make the walk endless;
 * it is limited in entries and time, and a walk that does not end is an error, never a
 * shorter list.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/glob.h"
#include "core/policy/path.h"

#define ENTRIES_MOST 8000000u
#define MILLISECONDS_MOST 30000
#define MATCHES_MOST 50000u
#define DEPTH_MOST 100u

struct visit {
	dev_t device;
	ino_t inode;
	uint64_t state; /* a hash of it */
};

struct walk {
	const struct glob *glob;
	size_t words;
	bool directories_only; /* and only those that hold something */
	bool in_sys;
	struct strings *matches, *unlisted;
	struct visit *visits; /* open addressing; inode 0 = free */
	size_t visit_count, visit_size;
	size_t entries;
	int64_t deadline;
	struct err *e;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash ^= value;
	hash *= UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ (hash >> 29);
}

static struct visit *find_visit(struct visit *visits, size_t size, const struct visit *wanted)
{
	size_t slot = mix(mix(mix(1, wanted->inode), wanted->device), wanted->state) & (size - 1);

	while (visits[slot].inode &&
	       (visits[slot].inode != wanted->inode || visits[slot].device != wanted->device ||
		visits[slot].state != wanted->state))
		slot = (slot + 1) & (size - 1);
	return &visits[slot];
}

/* True if this directory was not seen in this state before. */
static bool first_visit(struct walk *walk, const struct stat *st, const uint64_t *state)
{
	struct visit visit = { .device = st->st_dev, .inode = st->st_ino, .state = 7 };
	struct visit *place;

	for (size_t i = 0; i < walk->words; i++)
		visit.state = mix(visit.state, state[i]);
	if (walk->visit_count * 2 >= walk->visit_size) {
		size_t size = walk->visit_size ? walk->visit_size * 2 : 256;
		struct visit *larger = xcalloc(size, sizeof(*larger));

		for (size_t i = 0; i < walk->visit_size; i++)
			if (walk->visits[i].inode)
				*find_visit(larger, size, &walk->visits[i]) = walk->visits[i];
		free(walk->visits);
		walk->visits = larger;
		walk->visit_size = size;
	}
	place = find_visit(walk->visits, walk->visit_size, &visit);
	if (place->inode)
		return false;
	*place = visit;
	walk->visit_count++;
	return true;
}

/* Trees that the sandbox has its own of, and /sys unless the pattern names it. */
static bool is_left_out(const struct walk *walk, const char *path)
{
	return path_is_below(path, "/proc") || path_is_below(path, "/dev") ||
	       (!walk->in_sys && path_is_below(path, "/sys"));
}

static void deny_unlisted(struct walk *walk, const char *path)
{
	if (walk->unlisted)
		strings_add(walk->unlisted, path);
}

/* A link is followed unless it leads to a directory that holds the link. */
static bool may_follow(const struct walk *walk, const char *link, const char *holder)
{
	_cleanup_free_ char *target = path_real(link);
	_cleanup_free_ char *from = path_real(holder);

	return target && from && !path_is_below(from, target) && !is_left_out(walk, target);
}

static bool holds_something(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool found = false;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		/* What cannot be listed counts as holding something. */
		return errno == EACCES;
	}
	while (!found && (entry = readdir(dir)))
		found = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return found;
}

static int count_entry(struct walk *walk)
{
	if (++walk->entries > ENTRIES_MOST || walk->matches->count > MATCHES_MOST ||
	    ((walk->entries & 1023) == 0 && clock_mono_ms() > walk->deadline))
		return err_set(walk->e, "the pattern covers too large a tree to search it");
	return 0;
}

static int walk_directory(struct walk *walk, int directory, struct buf *path,
			  const uint64_t *state, unsigned depth, bool linked);

/* One entry: path is the entry's, state the one before its name. */
static int walk_entry(struct walk *walk, int directory, const char *name, int type,
		      struct buf *path, size_t parent_length, const uint64_t *state,
		      unsigned depth, bool linked)
{
	_cleanup_free_ uint64_t *mine = xmalloc(walk->words * sizeof(*mine));
	bool matches, link = false, seen;
	struct stat st;
	int child;

	glob_feed(walk->glob, state, mine, name);
	if (!glob_alive(walk->glob, mine))
		return 0;
	matches = glob_accepts(walk->glob, mine);
	if (type == DT_UNKNOWN || type == DT_LNK) {
		link = fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		       S_ISLNK(st.st_mode);
		if (fstatat(directory, name, &st, 0) < 0)
			type = DT_LNK;
		else
			type = S_ISDIR(st.st_mode) ? DT_DIR : DT_REG;
	}
	if (matches && (!walk->directories_only ||
			(type == DT_DIR && holds_something(directory, name))))
		strings_add(walk->matches, path->data);
	if (type != DT_DIR)
		return 0;
	glob_feed(walk->glob, mine, mine, "/");
	if (!glob_alive(walk->glob, mine) || is_left_out(walk, path->data))
		return 0;
	if (link) {
		_cleanup_free_ char *holder = parent_length ? xstrndup(path->data, parent_length) :
							      xstrdup("/");

		if (!may_follow(walk, path->data, holder))
			return 0;
	}
	if (depth >= DEPTH_MOST) {
		deny_unlisted(walk, path->data);
		return 0;
	}
	child = openat(directory, name,
		       O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (link ? 0 : O_NOFOLLOW));
	if (child < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
			return err_errno(walk->e, "searching %s", path->data);
		if (errno == EACCES)
			deny_unlisted(walk, path->data);
		return 0;
	}
	linked |= link;
	seen = fstat(child, &st) < 0 || !first_visit(walk, &st, mine);
	if (linked && seen) {
		close(child);
		return 0;
	}
	return walk_directory(walk, child, path, mine, depth + 1, linked);
}

/* Takes the descriptor. `path` is the directory's, and is the same again afterwards. */
static int walk_directory(struct walk *walk, int directory, struct buf *path,
			  const uint64_t *state, unsigned depth, bool linked)
{
	DIR *dir = fdopendir(directory);
	size_t length = path->length == 1 ? 0 : path->length;
	struct dirent *entry;
	int result = 0;

	if (!dir) {
		close(directory);
		return err_errno(walk->e, "searching %s", path->data);
	}
	/* With the right to list but not to search, no entry can be looked at or masked alone. */
	if (faccessat(dirfd(dir), ".", X_OK, AT_EACCESS) < 0 && errno == EACCES) {
		deny_unlisted(walk, path->data);
		closedir(dir);
		return 0;
	}
	while (result == 0 && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		result = count_entry(walk);
		if (result < 0)
			break;
		path->length = length;
		buf_addc(path, '/');
		buf_adds(path, entry->d_name);
		if (path->length < PATH_MAX)
			result = walk_entry(walk, dirfd(dir), entry->d_name, entry->d_type, path,
					    length, state, depth, linked);
	}
	path->length = length;
	if (!length)
		buf_addc(path, '/');
	path->data[path->length] = '\0';
	closedir(dir);
	return result;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The directory before the first component with a pattern character. Caller frees. */
static char *start_directory(const char *pattern)
{
	size_t length = strcspn(pattern, "*?[]");

	while (length > 1 && pattern[length - 1] != '/')
		length--;
	while (length > 1 && pattern[length - 1] == '/')
		length--;
	return xstrndup(pattern, length);
}

int glob_expand(const char *pattern, struct strings *matches, struct strings *unlisted,
		struct err *e)
{
	_cleanup_free_ char *stripped = glob_strip(pattern);
	_cleanup_free_ char *start = start_directory(stripped);
	_cleanup_glob_ struct glob *glob = glob_compile(stripped);
	_cleanup_free_ uint64_t *state = NULL;
	_cleanup_buf_ struct buf path = BUF_EMPTY;
	size_t old_matches = matches->count;
	struct walk walk = { .glob = glob,
			     .directories_only = strcmp(stripped, pattern) != 0,
			     .matches = matches,
			     .unlisted = unlisted,
			     .deadline = clock_mono_ms() + MILLISECONDS_MOST,
			     .e = e };
	int directory, result;

	if (!glob)
		return err_set(e, "the pattern is longer than %d bytes", GLOB_PATTERN_MOST);
	walk.in_sys = path_is_below(start, "/sys");
	if (is_left_out(&walk, start))
		return 0;
	directory = open(start, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	if (directory < 0) {
		if (errno == EACCES)
			deny_unlisted(&walk, start);
		return 0;
	}
	walk.words = glob_state_words(glob);
	state = xmalloc(walk.words * sizeof(*state));
	glob_start(glob, state);
	if (strcmp(start, "/") != 0)
		glob_feed(glob, state, state, start);
	glob_feed(glob, state, state, "/");
	buf_adds(&path, start);
	result = walk_directory(&walk, directory, &path, state, 0, false);
	free(walk.visits);
	if (result < 0)
		return -1;
	if (matches->count - old_matches > 1)
		qsort(matches->items + old_matches, matches->count - old_matches,
		      sizeof(*matches->items), compare);
	return 0;
}
